// The loop between discovery and resolving: what is found may be a program or a library with a closure of its own, in
// which more is found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "discover/discover.h"
#include "plan/layout.h"
#include "resolve/closure.h"

namespace bundle::cli {

struct Discovered {
  std::vector<plan::AddedFile> files;
  std::vector<std::vector<Opening>> openings;  // by named program: what its objects open by name
  std::vector<discover::KeptFolder> kept;
  std::vector<discover::FoundItem> items;  // for the report
  std::vector<discover::Hint> hints;
  std::vector<std::string> notes;
  std::vector<LeftToTarget> left_to_target;  // by what was found, and by what opens a library by its name
};

/// Finds what the loader cannot see of `programs`. Runs nothing but, with --trace, the first of them.
Discovered discover_files(const Request& request, const std::vector<plan::NamedProgram>& programs,
                          resolve::Resolver& resolver, const packages::Database* packages);

}  // namespace bundle::cli
