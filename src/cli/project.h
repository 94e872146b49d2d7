// The files of a new project, which appear together or not at all.
//
// Everything is written beside its place before anything takes its name, so that a full disk leaves the folder as it
// was. Invariant: without `replace` no file that was there is touched, whatever goes wrong.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/archive_reader.h"

namespace bundle::cli {

struct Project {
  std::string folder;                        // made when it is not there
  std::map<std::string, std::string> texts;  // by path in the folder
  /// A file that is copied, to this path in the folder.
  struct Copy {
    std::string source, path;
  };
  std::optional<Copy> copy;
  /// What lies below a folder of an archive, which becomes one of the project.
  struct Unpacking {
    const verify::ArchiveReader* archive = nullptr;
    std::string folder;  // "tools/jq"
    std::string path;    // "app/tools/jq"
  };
  std::optional<Unpacking> unpacking;
};

/// What was written, as a user would type it; of a folder that was unpacked its path and a slash. Throws Error: usage
/// for a file that is there already and `replace` is not set; cannot_bundle for an archive that cannot be unpacked;
/// machine when writing fails.
std::vector<std::string> write_project(const Project& project, bool replace);

}  // namespace bundle::cli
