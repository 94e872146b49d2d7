// Under which of its names a data file lies in the bundle: links on the source machine are names of one file.
//
// A large file is stored once: magic.mgc has three names. A small one is not, for who lists a folder does not see what
// lies elsewhere; but where the folder itself has two names. The other names are answered by the redirect library.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/found.h"

namespace bundle::plan {

class SecondNames {
 public:
  SecondNames(const std::vector<Found>& files, const std::vector<FolderName>& folders);
  /// The destination that the content of `file` lies under, where that is another one; else null.
  const std::string* stored_as(const Found& file) const;

 private:
  bool is_in_named_folder(const std::string& path) const;
  const std::string* by_folder(const Found& file) const;

  std::vector<FolderName> folders_;
  std::map<std::string, std::string> sources_;  // by destination
  std::map<std::string, std::string> first_;    // by source: the first destination that is in no folder of another name
};

}  // namespace bundle::plan
