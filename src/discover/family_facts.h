// What packages and their folders say beside their lists, looked up once for all rules, and for rules that begin anew
// on the same machine.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "discover/family.h"

namespace bundle::discover {

/// A program of a family's inner packages.
struct Helper {
  std::string path, real, name;
};

struct FamilyFacts {
  FileTables tables;
  std::map<std::vector<PackageId>, std::unique_ptr<Family>> families;  // by their own packages, sorted
  std::map<const Family*, std::vector<Helper>> helpers;
  /// Folders of the inner packages that may hold plugins, by the words that stand for them.
  std::map<const Family*, std::map<std::string, std::vector<std::string>>> plugin_folders;
  std::map<const Family*, std::multimap<uint64_t, std::string>> shipped_sizes;  // of files outside /etc
  std::map<const Family*, std::set<std::string>> linked;  // what links of inner packages, outside /etc, lead to
};

}  // namespace bundle::discover
