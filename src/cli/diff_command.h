// `bundle diff A B`: what differs between two bundles, each a zip or a folder.
//
// Exit codes are those of diff(1), on which scripts rely: 0 the same, 1 they differ, 2 one of them cannot be read or
// the command line is wrong.
#pragma once

#include <string>

namespace bundle::cli {

struct DiffRequest {
  std::string before, after;
  bool json = false;
  bool all = false;  // on a terminal, too
};

/// The command line from the word `diff` on; the exit code. Throws what diff() throws, and Error (usage).
int run_diff(int argc, const char* const* argv);

/// Prints it; whether they are the same. Throws Error (cannot_bundle) for what is damaged or cannot be read.
bool diff(const DiffRequest& request);

}  // namespace bundle::cli
