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

std::string source_of_missing(const discover::DpkgDatabase* packages, const std::string& name, bool in_sysroot) {
  if (knowledge::is_driver(name)) {
    return "it comes with a driver's installation, and the target's is the one that works: leave out --target-has none";
  }
  if (packages == nullptr) return "";
  const std::vector<std::pair<Package, std::string>> shipped = packages->find_by_base_name(name);
  if (!shipped.empty()) {
    const auto& [package, path] = shipped.front();
    return fmt::format("the package {} ships it as {}: add -L {}", package.name, printable(path),
                       shell_word(folder_name(path)));
  }
  const std::optional<std::string> package = discover::package_name_for_soname(name);
  if (!package) return "";
  const std::string is_in = fmt::format("by its name it would be in the package {}", *package);
  return in_sysroot ? is_in + ", which is not in the sysroot" : fmt::format("{}: apt-get install {}", is_in, *package);
}

void name_packages(Plan& plan, const discover::DpkgDatabase* packages) {
  if (packages == nullptr) return;
  const std::string& outside = plan.sysroot;
  for (Item& item : plan.items) {
    if (item.source.empty() || item.package.known()) continue;
    std::string_view path = item.source;
    if (!outside.empty()) {
      if (!path.starts_with(outside + "/")) continue;  // built here for there
      path.remove_prefix(outside.size());
    }
    if (std::optional<Package> package = packages->owner(path)) item.package = std::move(*package);
  }
}

}  // namespace bundle::run
