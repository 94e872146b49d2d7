// What Qt finds by its own protocol: plugins by the settings beside the program (qt.conf), and those of a Qt that no
// package owns.
//
// A prefix and a name of libQt5Core's (joins.h), or where that library lies itself (beside.h), lead to the folder of
// all plugins. They are many, each of them in a folder of its kind, and go in by cost. Relative paths of qt.conf count
// from where the program lies, so what they lead to keeps its place to the program; absolute ones are answered.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/printable.h"
#include "discover/rules.h"
#include "knowledge/folders.h"
#include "knowledge/qt.h"
#include "plan/paths.h"

namespace bundle::discover {

namespace {

constexpr std::string_view blanks = " \t\r\"";  // what QSettings takes off a key and a value

/// The rows of the section [Paths].
std::map<std::string, std::string, std::less<>> paths_of_settings(const std::string& text) {
  std::map<std::string, std::string, std::less<>> out;
  bool is_inside = false;
  for (const std::string& line : split(text, "\n")) {
    const std::string_view row = trimmed(line, blanks);
    const size_t equals = row.find('=');
    if (row.starts_with('[')) {
      is_inside = row == "[Paths]";
    } else if (is_inside && equals != std::string::npos && !row.starts_with(';') && !row.starts_with('#')) {
      out[std::string(trimmed(row.substr(0, equals), blanks))] = trimmed(row.substr(equals + 1), blanks);
    }
  }
  return out;
}

std::string joined(const std::string& folder, std::string_view path) {
  return normal_path(path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path));
}

}  // namespace

bool Rules::is_qt_plugins(const std::string& folder) {
  return base_name(folder) != "platforms" && root_.is_folder(folder + "/platforms") &&
         (root_.is_folder(folder + "/imageformats") || base_name(folder) == knowledge::qt_plugins.usual);
}

void Rules::take_qt_plugins(const std::string& folder, const std::string& destination, const Group& like,
                            Collector::License license) {
  for (const std::string_view kind : knowledge::qt_plugin_folders) {
    const std::string from = folder + "/" + std::string(kind), to = destination + "/" + std::string(kind);
    const auto part = [&](const std::string& path) {
      Group group = group_for(path, like.why, Strength::likely);
      group.evidence = like.evidence;
      group.folder = like.folder;
      group.is_beside = like.is_beside;
      return group;
    };
    std::vector<Group> plugins;
    int why_not = 0;
    for (const auto& [name, node] : root_.entries(from, why_not)) {
      Group plugin = part(from + "/" + name);
      if (!name.ends_with(".so") || root_.kind(plugin.path) != Is::file) continue;
      collector_.add(plugin, plugin.path, to + "/" + name, license);
      std::erase_if(plugin.files, [&](const Found& found) { return found.kind != Kind::library; });
      if (!plugin.files.empty() || !plugin.refused.empty()) plugins.push_back(std::move(plugin));
    }
    for (const Collector::Left& left :
         collector_.take_cheapest(part(from), std::move(plugins), Collector::Room::of_program)) {
      collector_.hint(left.plugin.path,
                      fmt::format("{}, a plugin of Qt's, is not added, for the size with what it needs: --plugin {} if "
                                  "it is wanted",
                                  printable(left.plugin.path), shell_word(left.plugin.path)),
                      rule_, left.cost);
    }
  }
}

void Rules::take_qt(const Subject& subject) {
  if (!subject.is_named || !links_qt_) return;
  const std::string folder(folder_name(subject.object.real_path));
  for (const std::string_view name : knowledge::qt_settings) {
    const std::string settings = folder + "/" + std::string(name);
    const std::optional<std::string> text = root_.kind(settings) == Is::file ? root_.read(settings) : std::nullopt;
    if (!text) continue;
    // Where the program is to lie.
    const std::string home = tree_ ? place_in(trees_[*tree_].tree, folder) : folder;
    const bool is_own = !plan::is_system_path(folder);
    if (!tree_ && is_own) return;
    if (tree_) trees_[*tree_].is_used = true;
    const auto group_of = [&](const std::string& path) {
      Group group = group_for(path, fmt::format("{} of {} leads to it", name, subject.source.name));
      group.evidence = fmt::format("it lies beside {}", subject.source.name);
      group.folder = path;
      return group;
    };
    Group itself = group_of(folder);
    collector_.add(itself, settings, home + "/" + std::string(name), Collector::License::own_tree);
    itself.path = settings;
    collector_.take(std::move(itself));
    const auto rows = paths_of_settings(*text);
    const auto row = [&](std::string_view key, std::string_view usual) {
      const auto at = rows.find(key);
      return at == rows.end() ? std::string(usual) : at->second;
    };
    const std::string prefix = row("Prefix", ".");
    const auto take = [&](const knowledge::QtPath& path, bool is_plugins) {
      const std::string value = row(path.key, path.usual);
      if (value.empty()) return;
      const std::string from = joined(joined(folder, prefix), value), to = joined(joined(home, prefix), value);
      if (!root_.is_folder(from) || is_broad_folder(from) || is_broad_folder(to) || is_at_or_below(folder, from))
        return;
      const bool is_absolute = prefix.starts_with('/') || value.starts_with('/');
      if (is_absolute && !knowledge::is_installed_place(from)) {
        collector_.hint(from,
                        fmt::format("{} names {}, a folder of this machine alone, which is not added: make it relative "
                                    "to the program's folder",
                                    printable(settings), printable(from)),
                        rule_);
        return;
      }
      if (is_plugins) return take_qt_plugins(from, to, group_of(from), Collector::License::own_tree);
      Group group = group_of(from);
      collector_.add_folder(group, from, to, Collector::License::own_tree,
                            [](const std::string& file) { return !is_left_out(file); });
      collector_.take(std::move(group), options_.branch_limit);
    };
    take(knowledge::qt_plugins, true);
    for (const knowledge::QtPath& path : knowledge::qt_data) take(path, false);
    return;
  }
}

}  // namespace bundle::discover
