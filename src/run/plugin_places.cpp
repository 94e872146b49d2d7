// See plugin_places.h.
#include "run/plugin_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

#include "base/file.h"
#include "discover/names.h"
#include "elf/image.h"

namespace bundle::run {

namespace {

bool is_below(std::string_view path, std::string_view folder) {
  return folder.size() > 1 && path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// Homes, and where scratch folders are made: such a path tells who built the bundle, and where.
bool is_builders_own(std::string_view path) {
  constexpr std::array<std::string_view, 6> places = {"/home", "/root", "/tmp", "/var/tmp", "/run", "/dev"};
  const char* home = std::getenv("HOME");
  return std::any_of(places.begin(), places.end(), [&](std::string_view place) { return is_below(path, place); }) ||
         (home != nullptr && is_below(path, normal_path(absolute_path(home))));
}

/// Whether an object of the programs holds the path, or the folder to which it adds the file's name.
bool is_named(const std::string& path, const std::vector<plan::NamedProgram>& programs) {
  const std::string_view folder = folder_name(path);
  std::set<std::string> seen;
  for (const plan::NamedProgram& program : programs) {
    for (const Object& object : program.closure.objects) {
      if (!seen.insert(object.real_path).second) continue;
      const std::shared_ptr<const MappedFile> file = MappedFile::open(object.real_path);
      if (discover::holds_path(elf::Image(file->bytes(), object.real_path), folder.size() > 1 ? folder : path))
        return true;
    }
  }
  return false;
}

}  // namespace

discover::Options with_plugin_places(discover::Options options, const std::vector<plan::NamedProgram>& programs,
                                     machine::Root& root) {
  std::set<std::string> taken;
  for (discover::Addition& plugin : options.plugins) {
    const std::optional<std::string> inside = root.meant_by(plugin.path);
    if (!plugin.destination.empty() || !inside || plan::is_system_path(normal_path(*inside))) continue;
    const std::string path = normal_path(*inside);
    if ((plugin.is_full_path && !is_builders_own(path)) || is_named(path, programs)) {
      plugin.destination = path;
      continue;
    }
    const std::string name(base_name(path));
    plugin.destination = "/usr/lib/plugins/" + name;
    // The second of a name gets a number.
    for (int n = 2; !taken.insert(plugin.destination).second; ++n) {
      plugin.destination = fmt::format("/usr/lib/plugins/{}/{}", n, name);
    }
  }
  return options;
}

}  // namespace bundle::run
