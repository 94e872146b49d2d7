// What all drivers share, and the table of them.
#include "packages/database.h"

#include <algorithm>

#include "packages/dpkg.h"
#include "packages/store.h"

namespace bundle::packages {

std::optional<PackageId> Database::find(std::string_view name) const {
  const auto at =
      std::find_if(records_.begin(), records_.end(), [&](const Record& record) { return record.package.name == name; });
  return at == records_.end() ? std::nullopt : std::optional(static_cast<PackageId>(at - records_.begin()));
}

std::optional<PackageId> Database::owner_id(std::string_view path) const {
  const std::vector<PackageId> ids = owners(path);
  return ids.empty() ? std::nullopt : std::optional(*std::min_element(ids.begin(), ids.end()));
}

std::optional<Package> Database::owner(std::string_view path) const {
  const std::optional<PackageId> id = owner_id(path);
  return id ? std::optional(package(*id)) : std::nullopt;
}

std::unique_ptr<Database> open_database(machine::Root& root) {
  // One row a driver; the first that finds its database is taken.
  constexpr std::unique_ptr<Database> (*drivers[])(machine::Root&) = {open_dpkg, open_store};
  for (const auto& open : drivers) {
    if (std::unique_ptr<Database> database = open(root)) return database;
  }
  return nullptr;
}

}  // namespace bundle::packages
