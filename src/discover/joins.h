// Paths that an object puts together when it runs: a folder by its absolute path, and a name from there on.
//
// Prefix and name are both texts of one object: Qt's "qt_prfxpath=/usr" and "lib/x86_64-linux-gnu/qt5/plugins", a
// program's PREFIX and "share/app/words.txt". What they lead to together is evidence if it is there, for chance finds
// nothing that has a folder of its own; a mere word is a name only where the prefix is nobody else's. Where two lead to
// everybody's folder ("/usr" and "share"), that is a prefix, too.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "discover/names.h"
#include "machine/root.h"

namespace bundle::discover {

/// The names in folders of a machine, read once each, for objects that are looked at side by side.
class FolderNames {
 public:
  explicit FolderNames(machine::Root& root) : root_(root) {}
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;
  /// Null where there is no such folder, or nothing in it.
  std::shared_ptr<const Names> of(const std::string& folder);
  machine::Kind kind(const std::string& path);

 private:
  machine::Root& root_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Names>> names_;
};

/// Those of one object, sorted, each once.
std::vector<NamedPath> joined_paths(const Texts& texts, FolderNames& folders);

}  // namespace bundle::discover
