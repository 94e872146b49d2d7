// What packages and their folders say beside their lists, looked up once for all rules, and for rules that begin anew
// on the same machine.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "discover/family.h"

namespace bundle::discover {

/// A program of a family's inner packages.
struct Helper {
  std::string path, real, name;
};

/// A library of a folder, as another one there names it.
struct HeldName {
  std::string library;
  bool is_whole = true;  // by its file's name, and not by "localedata_en" alone, which a function makes one of
};

struct FamilyFacts {
  FileTables tables;
  std::map<std::vector<PackageId>, std::unique_ptr<Family>> families;  // by their own packages, sorted
  std::map<const Family*, std::vector<Helper>> helpers;
  std::map<const Family*, bool> is_compiler;
  /// Of an object and a family: which of the names of its helpers, or of the words of its plugins' folders, the object
  /// holds.
  using Held = std::map<std::pair<std::string, const Family*>, std::vector<std::string>>;
  Held held_helpers, held_folders;
  /// Folders of the inner packages that may hold plugins, by the words that stand for them.
  std::map<const Family*, std::map<std::string, std::vector<std::string>>> plugin_folders;
  std::map<const Family*, std::multimap<uint64_t, std::string>> shipped_sizes;  // of files outside /etc
  /// By a file in /etc, the file of the family that holds the very same.
  std::map<std::pair<const Family*, std::string>, std::optional<std::string>> shipped_copies;
  std::map<std::string, std::vector<HeldName>> held_names;          // by who holds them, in the order of its texts
  std::map<std::string, bool> dialogs;                              // by real path, of files of .ui: whether it is one
  std::map<std::string, std::vector<std::string>> qualified_names;  // by source, those in settings
  std::map<const Family*, std::set<std::string>> linked;  // what links of inner packages, outside /etc, lead to
};

}  // namespace bundle::discover
