// Where a file lies and who may read it. Names are in refusal_names.cpp, contents in secret_content.cpp and
// secret_settings.cpp.
#include "discover/refusal.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "knowledge/folders.h"

namespace bundle::discover {

std::optional<std::string> refusal_by_place(std::string_view path) {
  const std::string_view place = knowledge::private_place(path);
  return place.empty() ? std::nullopt : std::optional(fmt::format("lies in {}", place));
}

std::optional<std::string> refusal_by_mode(machine::Root& root, const std::string& path, std::string_view top) {
  const machine::Status status = root.look(path);
  if (!status.is_there()) return "cannot be read";
  if (!status.is_file()) return "is not a regular file";
  constexpr uint32_t others_read = 0004, others_pass = 0001;
  if ((status.mode & others_read) == 0) {
    return fmt::format("is not readable for everyone (mode {:04o})", status.mode);
  }
  // A file of mode 0644 in a folder of mode 0700 is not readable for everyone either.
  for (std::string folder(folder_name(path)); folder.size() > top.size() && folder != "/" && folder != ".";
       folder = folder_name(folder)) {
    const machine::Status above = root.look(folder);
    if (above.is_there() && (above.mode & others_pass) == 0) {
      return fmt::format("is not readable for everyone (the folder {} has mode {:04o})", printable(folder), above.mode);
    }
  }
  return std::nullopt;
}

}  // namespace bundle::discover
