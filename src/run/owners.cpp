// See owners.h.
#include "run/owners.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "knowledge/drivers.h"

namespace bundle::run {

std::string source_of_missing(const packages::Database* packages, const std::string& name, bool in_sysroot) {
  if (knowledge::is_driver(name)) {
    return "it comes with a driver's installation, and the target's is the one that works: leave out --target-has none";
  }
  if (packages == nullptr) return "";
  const auto shipped = packages->find_by_base_name(name);
  if (!shipped.empty()) {
    const auto& [id, path] = shipped.front();
    return fmt::format("the package {} ships it as {}: add -L {}", packages->package(id).name, printable(path),
                       shell_word(folder_name(path)));
  }
  const auto advice = packages->how_to_get(name);
  if (!advice) return "";
  return in_sysroot ? advice->where + ", which is not in the sysroot" : advice->where + ": " + advice->command;
}

void name_packages(Plan& plan, packages::Installed& installed) {
  const std::string& outside = plan.sysroot;
  for (Item& item : plan.items) {
    if (item.source.empty() || item.package.known()) continue;
    std::string_view path = item.source;
    if (!outside.empty()) {
      if (!path.starts_with(outside + "/")) continue;  // built here for there
      path.remove_prefix(outside.size());
    }
    if (std::optional<Package> package = installed.owner(std::string(path))) item.package = std::move(*package);
  }
}

}  // namespace bundle::run
