// See traced_run.h.
#include "discover/traced_run.h"

#include <fcntl.h>

#include "base/file.h"

namespace bundle::discover {

void TracedRun::see(Shape shape, const std::string& base, const std::string& path, long flags) {
  if (path.empty() || (!path.starts_with('/') && base.empty())) return;
  const std::string full = normal_path(path.starts_with('/') ? path : base + "/" + path);
  const auto use = [&](TracedFile::Use how) {
    const auto [at, is_new] = uses_.emplace(full, how);
    if (!is_new && at->second < how) at->second = how;
  };
  switch (shape) {
    case Shape::open:
    case Shape::openat:
    case Shape::openat2:
      if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0) {
        written_.insert(full);
      } else if ((flags & O_DIRECTORY) == 0) {
        use(TracedFile::Use::opened);
      }
      return;
    case Shape::creat:
      written_.insert(full);
      return;
    case Shape::stat:
    case Shape::statat:
      return use(TracedFile::Use::found_by_stat);
    case Shape::execute:
    case Shape::executeat:
      return use(TracedFile::Use::executed);
    case Shape::chdir:
    case Shape::fchdir:
    case Shape::fork:
    case Shape::link:
    case Shape::linkat:
      return;  // no files of the program
  }
}

void TracedRun::add_argument(const std::string& argument, const std::string& folder) {
  for (const std::string& text : {argument, argument.substr(argument.find('=') + 1)}) {
    if (text.empty()) continue;
    const std::string path = normal_path(text.starts_with('/') ? text : folder + "/" + text);
    if (!path.starts_with("/usr/") && !path.starts_with("/opt/") && !path.starts_with("/lib")) arguments_.insert(path);
  }
}

std::vector<TracedFile> TracedRun::result() const {
  std::vector<TracedFile> out;
  for (const auto& [path, use] : uses_) {
    if (!written_.contains(path)) out.push_back({path, use, arguments_.contains(path)});
  }
  return out;
}

}  // namespace bundle::discover
