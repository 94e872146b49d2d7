// What bubblewrap is told: the root of a Place as its options, in the order in which it mounts them. Internal to
// verify.
#pragma once

#include <string>
#include <vector>

#include "verify/sandbox.h"

namespace bundle::verify {

/// What this machine lets a root have.
struct World {
  /// A /proc of its own. Inside a container whose /proc is partly covered the kernel allows none
  /// (mnt_already_visible() in fs/namespace.c): then it is this machine's, and so are the process numbers.
  bool own_processes = true;
};

/// All that stands behind "bwrap", for `arguments` to be run in it. Throws Error (cannot_bundle) when a folder that is
/// to be seen cannot be read.
std::vector<std::string> bubblewrap_options(const Place& place, const World& world,
                                            const std::vector<std::string>& arguments);

}  // namespace bundle::verify
