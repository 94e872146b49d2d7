// Trees of programs that nobody's package owns: where such a tree may begin, and the signs by which the best known of
// them are told. What a tree does without is left_out.h's.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Whether a folder may be the top of one program's tree: none that everybody shares, and no home.
bool may_be_top(std::string_view folder);

/// Whether a folder is somebody's home by where it lies.
bool is_home(std::string_view folder);

/// Whether a path lies in a folder that is the system's: no link there leads into anybody's tree.
bool is_systems(std::string_view path);

/// What package.json calls the modules that one needs.
constexpr std::array<const char*, 3> node_dependencies = {"dependencies", "optionalDependencies", "peerDependencies"};

/// Whether a tree is where something is made, and not where it is installed, by the name of a file at its top.
bool is_sign_of_project(std::string_view name);

/// The folder of modules that users install into a tree, of which a path lies below: site-packages; empty for any other
/// path. `path` is from the top.
std::string_view modules_folder(std::string_view path);

/// Whether a prefix of one user's programs is for many of them, by its last name: .local.
bool is_users_prefix(std::string_view folder_name);

/// Whether what lies beside the folder for programs is a tool's that put them there, and nothing of theirs: .cargo.
bool is_installers_prefix(std::string_view folder_name);

/// Whether a folder is somebody's home, by the name of a file in it.
bool is_sign_of_home(std::string_view name);

/// An interpreter that computes where its modules are: known by a text of its own, which no other program has a reason
/// to hold, and by a folder of its tree. `folder` is from the top; a '*' at its end stands for a version.
struct Landmark {
  std::string_view text;
  std::string_view folder;
};
extern const std::array<Landmark, 12> landmarks;

}  // namespace bundle::knowledge
