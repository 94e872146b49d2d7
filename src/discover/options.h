// What the user may say about discovery. Filled by cli, read by discover.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "discover/tree.h"
#include "knowledge/drivers.h"

namespace bundle::discover {

/// --add PATH[:DEST] and --plugin FILE[:DEST].
struct Addition {
  std::string path;           // as the user named it
  std::string destination;    // absolute; empty: where it lies here
  bool is_full_path = false;  // typed from the root on
};

/// How much of a named set goes in.
enum class SetMode {
  automatic,  // the usual part, when the program imports what needs it
  none,
  usual,
  all,
};

struct Options {
  bool enabled = true;  // --no-discover
  std::vector<Addition> add;
  std::vector<Addition> plugins;
  std::vector<std::string> plugin_folders;  // --plugins FOLDER
  std::vector<std::string> libraries;       // --library: a SONAME, or a path
  std::vector<std::string> exclude;         // shell globs over destinations; '*' matches '/' too
  uint64_t data_limit = 200'000'000;
  uint64_t library_item_limit = 4'000'000;  // for what only a library names
  uint64_t branch_limit = 50'000'000;       // for what a package that extends the program's brings
  bool with_etc = false;                    // settings of the program's packages that were changed on this machine, too
  /// --tree: of the first program's own tree all goes in. A folder of the user's: all of that.
  bool whole_tree = false;
  std::vector<std::string> trees;
  /// The tree of the first program, where what the user adds by a relative path made it larger than it would be.
  std::optional<Tree> tree;
  /// Keys (found.h, key_of) of findings that a run before this one took and that made the bundle too large for its
  /// target.
  std::set<std::string> dropped;
  SetMode gconv = SetMode::automatic;
  SetMode locale = SetMode::automatic;
  SetMode zoneinfo = SetMode::automatic;
  SetMode terminfo = SetMode::automatic;
  SetMode ca_bundle = SetMode::automatic;
  SetMode nss = SetMode::automatic;
  SetMode fonts = SetMode::automatic;
  knowledge::TargetHas target_has;   // not taken as a library, whoever finds it; what the user adds is
  std::vector<std::string> locales;  // --locale NAME, beyond C.UTF-8
};

}  // namespace bundle::discover
