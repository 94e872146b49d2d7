// What a file has beside its bytes: owner, permissions, capabilities, attributes, further names. A copy of it, in an
// archive or under the same name, is without these unless somebody sees to it.
//
// Rules: execve(2) and capabilities(7) for what set-user-ID, set-group-ID and file capabilities lend to whoever starts
// the file; chown(2) and write(2), which take both away; linux/capability.h for the attribute's layout.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle {

struct FileRights {
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;  // permissions with the set-ID bits
  uint64_t names = 1;
  uint64_t device = 0, inode = 0;
  bool is_regular = false;
  std::string capabilities;  // the attribute as it is; empty when there is none
  /// The other extended attributes, access lists among them, by name. Without those that sign the content.
  std::vector<std::pair<std::string, std::string>> attributes;

  bool sets_id() const;
};

/// Of the file that `path` leads to; nothing when there is none.
std::optional<FileRights> rights_of(const std::string& path);

/// File capabilities as setcap(8) takes them: "cap_net_raw=ep". `attribute` is security.capability's value.
std::string capabilities_text(std::string_view attribute);

/// Who a set-ID file is started as: "set-user-ID root", "set-group-ID 42".
std::string set_id_text(const FileRights& rights);

}  // namespace bundle
