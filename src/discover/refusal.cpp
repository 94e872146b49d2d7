// Where a file lies and who may read it. Names are in refusal_names.cpp, contents in secret_content.cpp and
// secret_settings.cpp.
#include "discover/refusal.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"

namespace bundle::discover {

namespace {

/// /usr/local/etc is to what was installed by hand what /etc is to the packages.
constexpr std::array<std::string_view, 11> refused_places = {
    "/etc", "/usr/local/etc", "/home", "/root", "/var", "/proc", "/sys", "/dev", "/run", "/tmp", "/lost+found"};

}  // namespace

std::optional<std::string> refusal_by_place(std::string_view path) {
  for (const std::string_view place : refused_places) {
    if (path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/')) {
      return fmt::format("lies in {}", place);
    }
  }
  return std::nullopt;
}

std::optional<std::string> refusal_by_mode(const std::string& path, std::string_view top) {
  const std::optional<struct stat> status = status_of(path);
  if (!status) return "cannot be read";
  if (!S_ISREG(status->st_mode)) return "is not a regular file";
  if ((status->st_mode & S_IROTH) == 0) {
    return fmt::format("is not readable for everyone (mode {:04o})", status->st_mode & 07777U);
  }
  // A file of mode 0644 in a folder of mode 0700 is not readable for everyone either.
  for (std::string folder(folder_name(path)); folder.size() > top.size() && folder != "/" && folder != ".";
       folder = folder_name(folder)) {
    const std::optional<struct stat> above = status_of(folder);
    if (above && (above->st_mode & S_IXOTH) == 0) {
      return fmt::format("is not readable for everyone (the folder {} has mode {:04o})", printable(folder),
                         above->st_mode & 07777U);
    }
  }
  return std::nullopt;
}

std::optional<std::string> refusal_by_content(const std::string& path) {
  if (std::optional<std::string> why = refusal_by_mode(path)) return why;
  return secret_in(path);
}

}  // namespace bundle::discover
