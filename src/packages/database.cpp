// What all drivers share, and the table of them.
#include "packages/database.h"

#include <algorithm>

#include "packages/apk.h"
#include "packages/dpkg.h"
#include "packages/opkg.h"
#include "packages/pacman.h"
#include "packages/rpm.h"
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

/// dpkg has "/." of each package, too, the root, which is of no use to anyone.
bool is_listed_path(std::string_view path) {
  constexpr size_t longest = 4096;  // PATH_MAX
  if (!path.starts_with('/') || path.size() >= longest || path.find('\0') != std::string_view::npos) return false;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view part = path.substr(at + 1, end - at - 1);
    if (part.empty() || part == "." || part == "..") return false;
    at = end;
  }
  return true;
}

std::unique_ptr<Database> open_database(machine::Root& root) {
  // One row a driver; the first that finds its database is taken.
  constexpr std::unique_ptr<Database> (*drivers[])(machine::Root&) = {open_dpkg, open_apk, open_pacman,
                                                                      open_opkg, open_rpm, open_store};
  for (const auto& open : drivers) {
    if (std::unique_ptr<Database> database = open(root)) return database;
  }
  return nullptr;
}

}  // namespace bundle::packages
