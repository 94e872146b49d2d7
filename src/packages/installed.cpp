// Stores, the table of the drivers of prefixes, and the way up to one. See installed.h.
#include "packages/installed.h"

#include "base/file.h"
#include "knowledge/stores.h"
#include "packages/cellar.h"
#include "packages/conda.h"
#include "packages/store.h"

namespace bundle::packages {

const Database* Installed::behind(const std::string& path) {
  if (!knowledge::names_its_package(path)) return system();
  if (!stores_) stores_ = open_store(root_);
  return *stores_ != nullptr ? stores_->get() : system();
}

const Database* Installed::around(const std::string& path) {
  if (knowledge::names_its_package(path)) return behind(path);
  const std::string folder(folder_name(path));
  if (folder == "/" || !folder.starts_with('/')) return system();
  const auto known = around_.find(folder);
  if (known != around_.end()) return known->second;
  // One row a driver; each says whether a folder is such a prefix.
  constexpr std::unique_ptr<Database> (*drivers[])(machine::Root&, const std::string&) = {open_conda, open_cellar};
  for (const auto& open : drivers) {
    std::unique_ptr<Database> database = open(root_, folder);
    if (database == nullptr) continue;
    prefixes_.push_back(std::move(database));
    return around_[folder] = prefixes_.back().get();
  }
  const Database* const above = around(folder);
  return around_[folder] = above;
}

std::optional<Package> Installed::owner(const std::string& path) {
  const Database* const database = around(path);
  std::optional<Package> package = database == nullptr ? std::nullopt : database->owner(path);
  if (!package && database != system() && system() != nullptr) package = system()->owner(path);
  return package;
}

}  // namespace bundle::packages
