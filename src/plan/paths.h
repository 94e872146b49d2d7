// Names and paths in a bundle, and the run paths that lead from one to another.
//
// A loader splits run paths at ':' and takes '$' for the beginning of a token, musl's in the value of $ORIGIN as well;
// LD_LIBRARY_PATH is split at ';', too (ld.so(8)). So a folder with such a letter cannot be searched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle::plan {

/// What no folder of a run path may have in its name.
constexpr std::string_view not_in_run_paths = ":;$";

/// Throws Error (usage) when `name` cannot be a file's name. `what` names the thing and `option` the flag that sets it,
/// for the message.
void check_file_name(const std::string& name, std::string_view what, std::string_view option);

/// The bundle's own folder, when the user gave no name, is called after the first program, less what would keep a
/// loader from searching it. No one looks for the folder by its name.
std::string folder_name_for(std::string program);

/// The run path that leads from `folder` to each of `targets`, in order, and then to the folders `behind`, which are
/// absolute and of the target.
std::string run_path(std::string_view folder, const std::vector<std::string>& targets,
                     const std::vector<std::string>& behind = {});

/// Whether `path` (absolute, tidy) lies in a folder that a distribution owns, so that naming it tells nothing of a
/// user.
bool is_system_path(std::string_view path);

/// "lib/rig/root/usr/bin" to "lib/rig" is "../../.."; "." when they are the same, and from the top "lib/rig".
std::string relative_path(std::string_view from_folder, std::string_view to);

}  // namespace bundle::plan
