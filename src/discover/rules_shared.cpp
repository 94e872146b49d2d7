// Plugins of other packages in a folder that a library, or a program, reads: loaders of pictures, modules of GIO,
// elements of GStreamer, Qt's platforms.
//
// One idea for all: an object reads the folders that it names in full, and those that its own packages ship or create
// and whose last name stands in it, or the name of a file that lies beside (gdk-pixbuf's loaders.cache, ahead of
// loaders/). The libraries straight in such a folder, whoever ships them, are its plugins. A small text there may stand
// for one that lies elsewhere, by its name: p11-kit's .module, the loaders' .icd and .json.
//
// Which of them a job needs, nobody can know. So they go in by cost, one by one: within the room that a program's own
// packages get, or within the limit of what only a library names. Caches that list them (loaders.cache,
// giomodule.cache) go in with them. Drivers of devices are left to the target, or to the user's word. Of whatever stays
// out one hint a folder tells.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/human_size.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "knowledge/drivers.h"

namespace bundle::discover {

namespace {

bool has_library_name(std::string_view name) { return name.ends_with(".so") || name.find(".so.") != std::string::npos; }

/// The libraries that a small text names: "module: p11-kit-trust.so", "libpocl.so.2", "library_path": "libx.so.0".
std::vector<std::string> libraries_in(const std::string& text) {
  std::vector<std::string> out;
  for (std::string& word : split(text, " \t\r\n\",:=")) {
    if (has_library_name(word)) out.push_back(std::move(word));
  }
  return out;
}

}  // namespace

bool Rules::may_hold_plugins(const std::string& folder) {
  return !is_broad_folder(folder) && !is_left_out(folder) && !knowledge::is_modules_folder(folder) &&
         !is_in_program_folder(folder + "/x") && !is_in_library_folder(folder + "/x") && root_.is_folder(folder);
}

/// Those of its own packages: by a word, for the rest of the path is put together.
const std::map<std::string, std::vector<std::string>>& Rules::plugin_folders_of(const Family& family) {
  const auto [at, is_new] = facts_.plugin_folders.try_emplace(&family);
  std::map<std::string, std::vector<std::string>>& by_word = at->second;
  if (!is_new) return by_word;
  std::set<std::string> candidates;
  for (const PackageId id : family.inner()) {
    for (const std::string& path : database_->files_of(id)) {
      const std::string lies = root_.as_it_lies(path);
      const bool is_place = knowledge::is_data_place(lies) || lies.starts_with("/etc/");
      if (is_place && lies.find(".so") == std::string::npos && may_hold_plugins(lies)) candidates.insert(lies);
    }
  }
  // Most packages have no such folder, and their libraries need not be read once more.
  std::erase_if(candidates, [&](const std::string& folder) {
    const std::vector<std::string> names = root_.list(folder);
    return std::none_of(names.begin(), names.end(), [](const std::string& name) {
      return has_library_name(name) || name.ends_with(".module") || name.ends_with(".icd") || name.ends_with(".json");
    });
  });
  for (const std::string& folder : candidates) {
    by_word[std::string(base_name(folder))].push_back(folder);
    const std::string above(folder_name(folder));
    if (is_broad_folder(above)) continue;
    int why_not = 0;
    for (const auto& [name, node] : root_.entries(above, why_not)) {
      if (node == Node::file && name.starts_with(std::string(base_name(folder)) + ".")) by_word[name].push_back(folder);
    }
  }
  return by_word;
}

std::vector<std::string> Rules::plugin_folders(const Subject& subject) {
  std::vector<std::string> out;
  for (const NamedPath& named : subject.evidence.paths) {
    const std::string folder = root_.as_it_lies(normal_path(named.text));
    if (may_hold_plugins(folder) && !is_searched_by_loader(folder) && !is_of_build(folder, subject.source))
      out.push_back(folder);
  }
  const Family& family = family_of(subject.ids);
  const auto& by_word = plugin_folders_of(family);
  const auto [held, is_unread] = facts_.held_folders.try_emplace({subject.evidence.path, &family});
  if (is_unread && !by_word.empty()) {
    std::vector<std::string> words;
    for (const auto& [word, folders] : by_word) words.push_back(word);
    const std::shared_ptr<const MappedFile> file = collector_.open(subject.evidence.path);
    held->second = named_words(elf::Image(file->bytes(), subject.evidence.path), words);
  }
  for (const std::string& word : held->second) {
    const std::vector<std::string>& folders = by_word.at(word);
    out.insert(out.end(), folders.begin(), folders.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// What the system's loader is told to search, libltdl was built with: what lies there is no plugin.
bool Rules::is_searched_by_loader(const std::string& folder) {
  if (!searched_) {
    searched_.emplace();
    std::vector<std::string> files = {"/etc/ld.so.conf"};
    for (const std::string& name : root_.list("/etc/ld.so.conf.d")) files.push_back("/etc/ld.so.conf.d/" + name);
    for (const std::string& file : files) {
      for (const std::string& line : split(root_.read(file).value_or(""), " \t\r\n:,")) {
        if (line.starts_with('/')) searched_->insert(root_.as_it_lies(normal_path(line)));
      }
    }
  }
  return searched_->contains(folder);
}

void Rules::take_shared_plugins_of_library(const Subject& subject) {
  if (!subject.source.is_close) take_shared_plugins(subject);
}

/// Behind all that is certain of its packages.
void Rules::take_shared_plugins_of_program(const Subject& subject) {
  if (subject.source.is_close) take_shared_plugins(subject);
}

void Rules::take_shared_plugins(const Subject& subject) {
  // What a compiler has beside itself is its own rules' business.
  if (database_ == nullptr || subject.ids.empty() || is_compiler(subject.ids)) return;
  // Of libc nothing is read: its converters are a named set.
  const Evidence& evidence = subject.evidence;
  if (evidence.paths.empty() && evidence.libraries.empty() && evidence.imports.empty()) return;
  if (subject.is_program && is_found_ && !subject.object.is_library) return;
  for (const std::string& folder : plugin_folders(subject)) {
    check_interrupted();
    // Who lies in the folder is one of the plugins.
    if (folder == folder_name(evidence.path) && subject.object.is_library) continue;
    take_plugins_in(folder, subject);
  }
}

void Rules::take_plugins_in(const std::string& folder, const Subject& subject) {
  const Family& family = family_of(subject.ids);
  const bool is_driver = knowledge::is_drivers_folder(folder);
  std::vector<Group> plugins;
  bool any = false;
  int why_not = 0;
  for (const auto& [name, node] : root_.entries(folder, why_not)) {
    const std::string path = folder + "/" + name;
    if (!has_library_name(name) || root_.kind(path) != Is::file) continue;
    const std::vector<PackageId> ids = database_->owners(path);
    const bool is_not_meant = std::any_of(ids.begin(), ids.end(), [&](PackageId id) {
      // What extends the program's packages is the rules' for those: the graphical part of Java.
      return database_->record(id).role == packages::Role::development || is_compiler({id}) || family.is_extension(id);
    });
    if (ids.empty() || is_not_meant) continue;
    if (is_driver && std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); })) continue;
    any = any || collector_.has(path);
    Group plugin = group_for(path, "plugin in a folder that " + subject.source.name + " reads");
    collector_.add(plugin, path, path);
    std::erase_if(plugin.files, [&](const Found& found) {
      // What is in by another path is no plugin that is missing: perl's 5.36 is a link to 5.36.0.
      return found.kind != Kind::library || collector_.is_object(found.source) || collector_.has_source(found.source) ||
             is_found_by_loader(found);
    });
    // Its own is there for it; what others put into the folder may be for elsewhere whoever reads it.
    const bool is_own = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
    const bool is_asked = subject.source.is_close && is_own;
    if (!is_asked && !is_by_user(folder)) leave_for_elsewhere(plugin);
    if (!plugin.files.empty() || !plugin.refused.empty()) plugins.push_back(std::move(plugin));
  }
  add_modules_of_texts(folder, subject, plugins);
  if (!plugins.empty()) {
    const std::vector<Collector::Left> left = take_plugins(folder, std::move(plugins), subject);
    any = any || collector_.has_below(folder);
    tell_of_left(folder, left, subject);
  }
  if (any) add_caches_of(folder, subject);
}

/// Whether --plugins names it, or a folder that holds it.
bool Rules::is_by_user(const std::string& folder) const {
  const std::vector<std::string>& named = options_.plugin_folders;
  return std::any_of(named.begin(), named.end(), [&](const std::string& one) { return is_at_or_below(folder, one); });
}

std::vector<Collector::Left> Rules::take_plugins(const std::string& folder, std::vector<Group>&& plugins,
                                                 const Subject& subject) {
  Group whole = group_for(folder, "plugins in a folder that " + subject.source.name + " reads");
  whole.evidence = fmt::format("{} names {}", subject.source.name, printable(folder));
  if (is_by_user(folder)) {
    whole.why = "--plugins";
    for (Group& plugin : plugins) {
      std::move(plugin.files.begin(), plugin.files.end(), std::back_inserter(whole.files));
      std::move(plugin.refused.begin(), plugin.refused.end(), std::back_inserter(whole.refused));
    }
    collector_.take_unlimited(std::move(whole));
    return {};
  }
  if (!knowledge::is_drivers_folder(folder)) {
    const Collector::Room room = subject.source.is_close                      ? Collector::Room::of_program
                                 : linked_.contains(subject.object.real_path) ? Collector::Room::of_linked
                                                                              : Collector::Room::of_library;
    return collector_.take_cheapest(std::move(whole), std::move(plugins), room);
  }
  std::vector<Collector::Left> left;
  for (Group& plugin : plugins) left.push_back({std::move(plugin), plugin.size});
  return left;
}

/// A line for all that stays out of a folder, the cheapest named.
void Rules::tell_of_left(const std::string& folder, const std::vector<Collector::Left>& left, const Subject& subject) {
  if (left.empty()) return;
  const bool is_driver = knowledge::is_drivers_folder(folder);
  constexpr size_t most = 3;
  std::vector<std::string> shown;
  for (const Collector::Left& one : left) {
    if (shown.size() < most)
      shown.push_back(fmt::format("{} {}", printable(base_name(one.plugin.path)), human_size(one.cost)));
  }
  if (left.size() > most) shown.push_back(fmt::format("{} more", left.size() - most));
  uint64_t cost = 0;
  for (const Collector::Left& one : left) cost += one.cost;
  collector_.hint(folder,
                  fmt::format("{} in {}, which {} reads, {} not added, for {} ({}): --plugins {} if wanted",
                              left.size() == 1 ? "1 plugin" : fmt::format("{} plugins", left.size()), printable(folder),
                              subject.source.name, left.size() == 1 ? "is" : "are",
                              is_driver ? "devices need other drivers elsewhere" : "the size with what is needed",
                              fmt::join(shown, ", "), shell_word(folder)),
                  rule_, cost);
}

/// A small text of another package that names a library stands for it. The library lies in a folder that the object
/// names, too, or where the loader looks.
void Rules::add_modules_of_texts(const std::string& folder, const Subject& subject, std::vector<Group>& plugins) {
  constexpr uint64_t most = 4096;
  int why_not = 0;
  for (const auto& [name, node] : root_.entries(folder, why_not)) {
    const std::string path = folder + "/" + name;
    const machine::Status status = root_.look(path);
    if (has_library_name(name) || !status.is_file() || status.size > most || status.is_executable()) continue;
    const std::vector<PackageId> ids = database_->owners(path);
    const bool is_own =
        std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family_of(subject.ids).contains(id); });
    if (ids.empty() || is_own || collector_.has(path)) continue;
    const bool is_setting = path.starts_with("/etc/");
    if (is_setting && !database_->is_as_shipped(path)) continue;
    Group plugin = group_for(path, "plugin in a folder that " + subject.source.name + " reads");
    bool is_complete = false;
    for (const std::string& library : libraries_in(root_.read(path).value_or(""))) {
      std::string found;
      bool by_name = false;
      if (library.starts_with('/')) found = library;
      for (const NamedPath& named : subject.evidence.paths) {
        const std::string beside = normal_path(named.text) + "/" + library;
        if (found.empty() && root_.kind(beside) == Is::file) found = beside;
      }
      for (const auto& [id, shipped] : database_->find_by_base_name(base_name(library))) {
        if (!found.empty() || !is_in_library_folder(shipped)) continue;
        found = root_.as_it_lies(shipped);
        by_name = true;
      }
      if (found.empty() || root_.kind(found) != Is::file) continue;
      const size_t before = plugin.files.size();
      collector_.add(plugin, found, found);
      if (plugin.files.size() > before) plugin.files.back().by_name = by_name;
      is_complete = is_complete || collector_.has(found) ||
                    (plugin.files.size() > before && plugin.files.back().kind == Kind::library);
    }
    if (!is_complete) continue;
    collector_.add(plugin, path, path, is_setting ? Collector::License::settings : Collector::License::none);
    plugins.push_back(std::move(plugin));
  }
}

/// What lists the plugins of a folder and was made on this machine lies there, or straight above.
void Rules::add_caches_of(const std::string& folder, const Subject& subject) {
  constexpr uint64_t most = 1'000'000;
  const std::string above(folder_name(folder));
  Group group = group_for(folder, "list of plugins that " + subject.source.name + " reads");
  for (const std::string& place : {folder, above}) {
    if (is_broad_folder(place) || !family_of(subject.ids).is_own(place)) continue;
    int why_not = 0;
    for (const auto& [name, node] : root_.entries(place, why_not)) {
      const std::string path = place + "/" + name;
      if (node != Node::file || has_library_name(name) || database_->owner_id(path) || is_left_out(path)) continue;
      if (root_.look(path).size <= most && !root_.look(path).is_executable()) collector_.add(group, path, path);
    }
  }
  if (group.files.size() == 1) group.path = group.files[0].destination;
  take_named(std::move(group), subject.source);
}

}  // namespace bundle::discover
