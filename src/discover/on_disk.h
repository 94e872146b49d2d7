// Small looks at the disk that the rules share. Internal to discover.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "base/folder.h"
#include "discover/discover.h"

namespace bundle::discover {

/// What a path leads to, symlinks followed. What is neither file nor folder counts as absent.
enum class Is { absent, file, folder };
inline Is kind_of(const std::string& path) {
  const std::optional<struct stat> status = status_of(path);
  if (!status) return Is::absent;
  return S_ISDIR(status->st_mode) ? Is::folder : S_ISREG(status->st_mode) ? Is::file : Is::absent;
}

/// The family keeps paths without the "/usr" of the merged folders; files lie with it where /lib is a
/// symlink.
inline std::string on_disk(const std::string& path) {
  static const bool merged = [] {
    struct stat status = {};
    return ::lstat("/lib", &status) == 0 && S_ISLNK(status.st_mode);
  }();
  for (const char* folder : {"/lib", "/bin/", "/sbin/"}) {
    if (merged && path.starts_with(folder)) return "/usr" + path;
  }
  return path;
}

/// The deepest folder that holds all the destinations.
inline std::string common_folder(const std::vector<Found>& files) {
  std::string folder = files.empty() ? "" : std::string(folder_name(files[0].destination));
  for (const Found& file : files) {
    while (folder.size() > 1 && !file.destination.starts_with(folder + "/")) folder = folder_name(folder);
  }
  return folder;
}

}  // namespace bundle::discover
