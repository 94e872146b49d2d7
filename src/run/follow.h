// The loop between discovery and resolving: what is found may be a program or a library with a closure of its own, in
// which more is found.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "discover/discover.h"
#include "discover/trace.h"
#include "packages/database.h"
#include "plan/layout.h"
#include "resolve/closure.h"
#include "run/options.h"

namespace bundle::run {

/// What was found for the programs, beside what their loaders load.
struct Followed {
  plan::Added added;
  std::vector<KeptFolder> kept;
  std::vector<TreePlace> homes;
  std::vector<FolderName> folder_names;
  std::vector<VariableDefault> defaults;
  std::vector<Finding> findings;
  std::vector<discover::Hint> hints;
  std::vector<discover::LeftOut> left_out;
  std::map<std::string, uint64_t> dropped;  // see discover::Discovery
  std::vector<std::string> notes;
  std::vector<LeftToTarget> left_to_target;  // by what was found, and by what opens a library by its name
  struct Droppable {
    std::string key;    // for discover::Options::dropped
    uint64_t size = 0;  // bytes, with all that it drags in
    int goes_last = 0;  // see Finding
  };
  std::vector<Droppable> droppable;  // what is likely, and no more
};

/// What was looked into once, kept for a follow() that begins anew: of the same programs on the same machine.
struct LookedInto {
  /// What resolving something found gave: its closure, or why it cannot be bundled.
  struct Resolved {
    Closure closure;
    std::string refusal;
  };
  std::map<std::string, Resolved> resolved;  // what was found and looked into, taken or not, by real path
  discover::Readings readings;
  struct Traced {
    std::string log;  // empty: by a run of the program
    discover::Trace trace;
  };
  std::optional<std::vector<Traced>> traces;
};

/// Finds what the loader cannot see of `programs`, and gives each of them the libraries that its objects open by name.
/// `packages` may be null. Runs nothing but, where a trace of it is asked for, the first program.
Followed follow(const BundleOptions& options, std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver,
                const packages::Database* packages, LookedInto& looked);

}  // namespace bundle::run
