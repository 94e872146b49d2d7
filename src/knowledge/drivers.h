// What only a driver's installation can bring, and where targets have it; what is of use elsewhere only.
//
// libcuda.so.1 and its kin belong to one version of a kernel module: a copy from another machine does not work, and no
// package repository is where they come from. They are left to the target. Mesa's and GLVND's libraries are not of
// that kind: they are bundled as any other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::knowledge {

/// Whether a library of this name is part of a driver.
bool is_driver(std::string_view name);

/// Whether what lies in a folder drives devices, or names what does: of graphics, of video, of OpenCL. A target without
/// the device has no use for it, and one with it has its own.
bool is_drivers_folder(std::string_view folder);

/// What a file that a library names is for, where a program that does not name it itself has no use for it on a machine
/// without display: what only an X server's client reads, a server's own plugins. A library that is opened by its name
/// may be told by that alone. Empty for all else.
std::string_view use_elsewhere(std::string_view path);

/// The libraries that are not bundled, for the target has them: by shell globs over their names.
struct TargetHas {
  bool drivers = false;  // those of is_driver()
  std::vector<std::string> globs;
  bool has(std::string_view name) const;
};

/// The folders in which distributions keep libraries, and those where drivers lie, in the order in which they are
/// best searched. A bundled loader knows but its own distribution's.
std::vector<std::string> library_folders_of_targets(uint16_t e_machine, bool is_64);

}  // namespace bundle::knowledge
