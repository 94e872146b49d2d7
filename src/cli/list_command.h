// `bundle list FILE|DIR`: what is in a bundle, of whoever made it, by package, reason, kind, folder or file.
#pragma once

#include <string>

#include "report/list.h"

namespace bundle::cli {

struct ListRequest {
  std::string bundle;  // a zip or a folder
  report::ListBy by = report::ListBy::package;
  bool json = false;
  bool all = false;  // on a terminal, too
};

/// The command line from the word `list` on. Throws what list() throws, and Error (usage).
void run_list(int argc, const char* const* argv);

/// Prints it. Throws Error (cannot_bundle) when it is neither zip nor folder, is damaged or cannot be read.
void list(const ListRequest& request);

}  // namespace bundle::cli
