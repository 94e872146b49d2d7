// Folders: what is in them, to take them away whole, to have them on disk; and what stat(2) tells.
//
// In place of std::filesystem, half of whose calls throw what main would not know, an iterator's increment among them
// (a folder that may not be read, a working folder that is gone). Here a fault of the machine is an Error, and all else
// is a value.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bundle {

/// Of the file that `path` leads to; nothing when there is none or it may not be looked at.
std::optional<struct stat> status_of(const std::string& path);
/// The same, of a symlink itself.
std::optional<struct stat> link_status_of(const std::string& path);
/// The text of a symlink; nothing when it is none, and the errno (EINVAL then) in `error_number`.
std::optional<std::string> link_text(const std::string& path, int& error_number);

/// Every symlink resolved, as real_path() does; where that fails the errno is in `error_number`.
std::optional<std::string> real_path(const std::string& path, int& error_number);

enum class Node { file, folder, link, other };

/// The names in a folder, sorted, with what they are. When it cannot be read: none, and the errno in `error_number`,
/// else 0.
std::vector<std::pair<std::string, Node>> list_folder(const std::string& path, int& error_number);

/// What a walk calls, each with the whole path.
struct Walk {
  /// For all below the folder, parents first. False from a folder: what is in it is passed over.
  std::function<bool(const std::string& path, Node node)> each;
  /// For a folder that cannot be read; the walk goes on.
  std::function<void(const std::string& path, int error_number)> unreadable = [](const std::string&, int) {};
};
/// Lists a folder as list_folder() does.
using Lister = std::function<std::vector<std::pair<std::string, Node>>(const std::string& path, int& error_number)>;
/// Symlinks are not followed.
void walk_folder(const std::string& folder, const Walk& walk, const Lister& list = list_folder);

/// Makes the folder and those above it; what is there stays as it is. Throws Error (machine).
void make_folders(const std::string& path);

/// Takes away a file, or a folder with all in it; as much as can be. What of it stays, and the errno; nothing when all
/// is gone.
struct Remnant {
  std::string path;
  int error_number = 0;
};
std::optional<Remnant> remove_tree(const std::string& path);

/// Returns when all below `folder` is on disk. Throws Error (machine) when it cannot be written there.
void sync_tree(const std::string& folder);

}  // namespace bundle
