// See plugin_places.h.
#include "run/plugin_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/discover.h"
#include "discover/file_kind.h"
#include "discover/names.h"
#include "discover/tree.h"
#include "elf/image.h"
#include "knowledge/folders.h"
#include "knowledge/trees.h"

namespace bundle::run {

namespace {

/// Homes, and where scratch folders are made: such a path tells who built the bundle, and where.
bool is_builders_own(std::string_view path) {
  constexpr std::array<std::string_view, 6> places = {"/home", "/root", "/tmp", "/var/tmp", "/run", "/dev"};
  const char* home = std::getenv("HOME");
  return std::any_of(places.begin(), places.end(), [&](std::string_view place) { return is_below(path, place); }) ||
         (home != nullptr && is_below(path, normal_path(absolute_path(home))));
}

/// Whether an object of the programs holds the path, or the folder to which it adds the file's name.
bool is_named(const machine::Root& root, const std::string& path, const std::vector<plan::NamedProgram>& programs) {
  const std::string_view folder = folder_name(path);
  std::set<std::string> seen;
  for (const plan::NamedProgram& program : programs) {
    for (const Object& object : program.closure.objects) {
      if (!seen.insert(object.real_path).second) continue;
      const std::shared_ptr<const MappedFile> file = root.map_source(object.real_path);
      if (discover::holds_path(elf::Image(file->bytes(), object.real_path), folder.size() > 1 ? folder : path))
        return true;
    }
  }
  return false;
}

/// Of a folder named by --plugins: why nothing can be taken from it, as an Error (usage, or cannot_bundle).
void check_plugin_folder(machine::Root& root, const std::string& named, const std::optional<std::string>& inside) {
  if (!inside || !root.look(*inside).is_there()) {
    throw Error(Exit::usage, named,
                fmt::format("was named by --plugins, and there is no such folder{}",
                            root.is_host() ? "" : " in the sysroot " + printable(root.sysroot())));
  }
  if (!root.look(*inside).is_folder()) {
    throw Error(Exit::usage, named, "was named by --plugins, and is no folder. --plugin takes one library");
  }
  if (knowledge::is_broad_folder(root.as_it_lies(normal_path(*inside)))) {
    throw Error(Exit::usage, named, "is a folder of the whole system: name a folder in it by --plugins");
  }
  int why_not = 0;
  (void)root.entries(*inside, why_not);
  if (why_not != 0) {
    throw Error(Exit::cannot_bundle, named,
                fmt::format("was named by --plugins, and cannot be read: {}. Run as a user who may",
                            std::generic_category().message(why_not)));
  }
}

/// The libraries of the folders that --plugins names, each as --plugin would name it, at its own place. A small text
/// that names a library (an .icd) stands for it: discovery finds that, for whoever reads the folder. Gives those
/// folders that were named from here on, as --add has them.
std::vector<discover::Addition> add_plugin_folders(discover::Options& options, const discover::Machine& machine,
                                                   machine::Root& root) {
  constexpr uint64_t small = 4096;
  std::vector<std::string> folders;
  std::vector<discover::Addition> relative;
  for (const std::string& named : options.plugin_folders) {
    const std::optional<std::string> inside = root.meant_by(named);
    check_plugin_folder(root, named, inside);
    const std::string folder = root.as_it_lies(normal_path(*inside));
    bool any = false;
    root.walk(
        folder, {[&](const std::string& path, Node node) {
          const machine::Status status = node == Node::folder ? machine::Status{} : root.look(path);
          if (!status.is_file()) return true;
          int why_not = 0;
          const std::shared_ptr<const MappedFile> file = root.map(path, why_not);
          if (file == nullptr) return true;
          if (path.find(".so") != std::string::npos && discover::why_not_loadable(*file, machine).empty()) {
            options.plugins.push_back({root.is_host() ? path : root.at(root.real(path).value_or(path)), path, true});
            any = true;
          }
          any = any || (status.size <= small && file->bytes().text().find(".so") != std::string_view::npos);
          return true;
        }});
    if (!any) {
      throw Error(Exit::usage, named,
                  "was named by --plugins, and holds no library that the program could load. --add puts a folder in as "
                  "it is");
    }
    folders.push_back(folder);
    if (!named.starts_with('/')) relative.push_back({folder, "", false});
  }
  options.plugin_folders = std::move(folders);
  return relative;
}

/// The deepest folder that holds both paths.
std::string common_folder(const std::string& a, const std::string& b) {
  std::string folder(folder_name(a));
  while (folder.size() > 1 && !is_below(b, folder)) folder = folder_name(folder);
  return folder;
}

/// Where a relative path that the user added goes: as far from the program as here, for the program looks from where it
/// lies itself, or from the folder that both are used in. The tree of the first program grows until it holds both.
void place_beside(discover::Addition& addition, const std::string& path, std::optional<discover::Tree>& tree,
                  const std::string& program) {
  if (!tree || tree->is_shared) return;
  const std::string folder = common_folder(program, path);
  if (!is_below(path, tree->top) && path != tree->top) {
    if (!knowledge::may_be_top(folder)) return;
    tree->top = folder;
    tree->has_bin = tree->has_bin && folder_name(folder_name(program)) == folder;
  }
  addition.destination = discover::place_in(*tree, path);
}

}  // namespace

discover::Options with_plugin_places(discover::Options options, const std::vector<plan::NamedProgram>& programs,
                                     machine::Root& root) {
  std::vector<discover::Addition> folders =
      add_plugin_folders(options, discover::machine_of(programs.front().closure), root);
  const plan::NamedProgram& first = programs.front();
  const std::string& source = first.script ? first.script->source : first.closure.objects.front().real_path;
  const std::string program = root.inside_of(source).value_or(source);
  std::optional<discover::Tree> tree;
  if (!plan::is_system_path(program)) tree = discover::tree_of(root, program, std::string(base_name(first.given)));
  // A tree is an addition whose place does not depend on how it was typed.
  for (const std::string& folder : options.trees) options.add.push_back({folder, "", false});
  std::vector<std::pair<discover::Addition*, std::string>> beside;  // and their paths
  const auto place_later = [&](discover::Addition& addition, const std::string& path) {
    if (!plan::is_system_path(path) && !is_named(root, path, programs)) beside.emplace_back(&addition, path);
  };
  for (discover::Addition& addition : options.add) {
    if (!addition.destination.empty() || addition.is_full_path) continue;
    const std::optional<std::string> inside = root.meant_by(addition.path);
    if (inside) place_later(addition, normal_path(*inside));
  }
  for (discover::Addition& folder : folders) place_later(folder, folder.path);
  // Twice, for one that makes the tree larger moves what was placed before it.
  for (int round = 0; round < 2; ++round) {
    for (const auto& [addition, path] : beside) place_beside(*addition, path, tree, program);
  }
  for (const discover::Addition& folder : folders) {
    for (discover::Addition& plugin : options.plugins) {
      const bool is_placed = !folder.destination.empty() && is_below(plugin.destination, folder.path);
      if (is_placed) plugin.destination = folder.destination + plugin.destination.substr(folder.path.size());
    }
  }
  options.tree = tree;
  std::set<std::string> taken;
  for (discover::Addition& plugin : options.plugins) {
    const std::optional<std::string> inside = root.meant_by(plugin.path);
    if (!plugin.destination.empty() || !inside || plan::is_system_path(normal_path(*inside))) continue;
    const std::string path = normal_path(*inside);
    if ((plugin.is_full_path && !is_builders_own(path)) || is_named(root, path, programs)) {
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
