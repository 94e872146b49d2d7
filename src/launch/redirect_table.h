// The table of the redirect library (launchers/redirect/abi.h) and the library's own bytes.
//
// libredirect.so, first DT_NEEDED of a program that has data, answers libc's path functions for the bundled
// paths by this table, which lies beside it. launchers/redirect/abi.h says where everything is expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "plan/plan.h"

namespace bundle::launch {

struct RedirectSettings {
  std::string prefix;          // "/opt"
  std::string home;            // the folder of libredirect.so inside the bundle: "lib/rig"
  bool prefer_target = false;  // a file that the target has under that very path wins
  /// "KEY=VALUE" for libc alone where the caller has no KEY, while it reads what it opens without a path
  /// function (TZDIR, LOCPATH, GCONV_PATH): neither the program nor what it executes sees them. @root@ in VALUE
  /// is the folder that the entries' files lie in.
  std::vector<std::string> environment;
  /// Launchers, and the programs or scripts that they start, both inside the bundle: answered as symlinks to these.
  std::vector<std::pair<std::string, std::string>> launchers;
};

/// The bytes of redirect.tab. Paths are tidied, doubles dropped (a program beats a file, a folder both); the
/// result does not depend on the order of `redirects`. Throws Error (usage) for a path that is not absolute or
/// is "/", a program without a launcher, or a variable without '='.
std::string make_redirect_table(const std::vector<Redirect>& redirects, const RedirectSettings& settings);

/// What a table was made of: make_redirect_table() of it gives the same bytes. Of `settings` the prefix has no slash at
/// its end. Throws Error (cannot_bundle) for what is no whole table of this version.
struct RedirectTable {
  std::vector<Redirect> redirects;
  RedirectSettings settings;
};
RedirectTable read_redirect_table(Bytes table);

/// Whether there is a libredirect.so for this e_machine.
bool has_redirect_library(uint16_t e_machine);
/// Its bytes, to be stored as they are, 0755. Throws Error (cannot_bundle) without has_redirect_library().
std::string_view redirect_library(uint16_t e_machine);

}  // namespace bundle::launch
