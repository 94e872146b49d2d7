// The files of a run as they come in: strongest use, less what the run wrote and what it was given as
// arguments.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "discover/discover.h"

namespace bundle::discover {

class TracedFiles {
 public:
  void add(const std::string& path, TracedFile::Use use) {
    const auto [at, is_new] = uses_.emplace(path, use);
    if (!is_new && at->second < use) at->second = use;
  }
  void add_written(const std::string& path) { written_.insert(path); }
  /// An argument of the first program; `folder` is where relative ones count from. Also the FILE of
  /// --option=FILE. What lies where packages install is data all the same.
  void add_argument(const std::string& argument, const std::string& folder) {
    for (const std::string& text : {argument, argument.substr(argument.find('=') + 1)}) {
      if (text.empty()) continue;
      const std::string path = normal_path(text.starts_with('/') ? text : folder + "/" + text);
      if (!path.starts_with("/usr/") && !path.starts_with("/opt/") && !path.starts_with("/lib")) {
        arguments_.insert(path);
      }
    }
  }
  bool empty() const { return uses_.empty(); }

  std::vector<TracedFile> result() const {
    std::vector<TracedFile> out;
    for (const auto& [path, use] : uses_) {
      if (!written_.contains(path)) out.push_back({path, use, arguments_.contains(path)});
    }
    return out;
  }

 private:
  std::map<std::string, TracedFile::Use> uses_;
  std::set<std::string> written_, arguments_;
};

}  // namespace bundle::discover
