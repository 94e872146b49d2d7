// Libraries that a program finds in its own folder by a table that lies there: LibreOffice's services.rdb, which says
// for each of a hundred what it can do.
//
// All that the packages of the program's source put there may be loaded, and a job needs some. What more than the
// table speaks for is certain: a library that another table or an object names by its file's name, and one of whose
// row some names stand in the settings, too (the filter that a file type is opened by). The rest is likely, each by
// itself, and goes first where the bundle is over its target's limit; so does what would bring along a lot, whoever
// speaks for it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bitset>
#include <unordered_map>

#include "base/error.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/rules.h"
#include "discover/table_of_libraries.h"

namespace bundle::discover {

namespace {

constexpr uint64_t largest_table = 1'000'000;

/// What one costs that is kept, whatever speaks for it.
constexpr uint64_t small_cost = 400'000;

}  // namespace

/// The libraries of its packages straight in `folder`, and their sizes.
std::map<std::string, uint64_t> Rules::libraries_beside(const std::string& folder, const Family& family) {
  std::map<std::string, uint64_t> out;
  int why_not = 0;
  for (const auto& [name, node] : root_.entries(folder, why_not)) {
    const std::string path = folder + "/" + name;
    if (name.find(".so") == std::string::npos || root_.kind(path) != Is::file) continue;
    const std::vector<PackageId> ids = database_->owners(path);
    const bool is_own = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
    if (is_own) out.emplace(name, root_.look(path).size);
  }
  return out;
}

void Rules::take_registered(const Subject& subject) {
  if (!subject.is_program || !subject.source.is_close || subject.ids.empty()) return;
  const std::string folder(folder_name(program_));
  const Family& family = *subject.source.family;
  if (family.is_known() && !is_broad_folder(folder) && registered_folders_.insert(folder).second) {
    const std::map<std::string, uint64_t> libraries = libraries_beside(folder, family);
    Registry registry(libraries);
    read_tables(folder, family, registry);
    follow_names_beside(folder, libraries, registry);
    take_registered_in(folder, registry);
  }
  if (auto waiting = beside_wrapped_.extract(folder)) {
    rule_ = "own-package";
    take_part_by_part(std::move(waiting.mapped()), std::nullopt);
  }
}

/// The tables in a folder and the folders straight in there, and what settings say of what they name.
void Rules::read_tables(const std::string& folder, const Family& family, Registry& registry) {
  Walk walk;
  walk.each = [&](const std::string& path, Node node) {
    if (node == Node::folder) return folder_name(path) == folder;
    if (node != Node::file || path.find(".so") != std::string::npos) return true;
    const machine::Status status = root_.look(path);
    if (status.size <= largest_table && !status.is_executable() && family.is_own(path))
      registry.add_table(path, root_.read(path).value_or(""));
    return true;
  };
  root_.walk(folder, walk);
  if (registry.libraries().empty()) return;
  std::map<std::string, const std::vector<std::string>*> settings;
  for (const Found& found : collector_.taken()) {
    if (found.rule != "settings" || found.kind != Kind::data || !found.same_as.empty()) continue;
    const auto [at, is_new] = facts_.qualified_names.try_emplace(found.source);
    if (is_new) at->second = qualified_names(root_.read_source(found.source).value_or(""));
    settings.emplace(printable(base_name(found.destination)), &at->second);
  }
  registry.note_settings(settings);
  registry.note_shared();
}

/// Which of the libraries of its folder an object names; read once.
const std::vector<HeldName>& Rules::libraries_named_by(const std::string& real,
                                                       const std::map<std::string, uint64_t>& libraries) {
  const auto [at, is_new] = facts_.held_names.try_emplace(real);
  std::vector<HeldName>& out = at->second;
  if (!is_new) return out;
  std::unordered_map<std::string_view, HeldName> wanted;
  std::bitset<256> last_letters;  // of each some: most texts have another one
  for (const auto& [name, size] : libraries) {
    wanted.emplace(name, HeldName{name, true});
    const std::string_view all = name;
    if (all.starts_with("lib") && all.ends_with(".so")) {
      const std::string_view stem = all.substr(3, all.size() - 6);
      if (!stem.empty()) wanted.emplace(stem, HeldName{name, false});
    }
  }
  for (const auto& [word, held] : wanted) last_letters.set(static_cast<unsigned char>(word.back()));
  const auto look_at_name = [&](std::string_view text) {
    if (text.empty() || !last_letters[static_cast<unsigned char>(text.back())]) return;
    const std::string_view name = base_name(text);
    const auto found = wanted.find(name);
    if (found == wanted.end() || (!found->second.is_whole && name.size() != text.size())) return;
    out.push_back(found->second);
  };
  const std::shared_ptr<const MappedFile> file = collector_.open(real);
  const elf::Image image(file->bytes(), real);
  for_each_text(image, look_at_name);
  for (const std::string& needed : image.needed()) look_at_name(needed);
  return out;
}

/// What the libraries name that are in, or that something speaks for; and what those name in turn.
void Rules::follow_names_beside(const std::string& folder, const std::map<std::string, uint64_t>& libraries,
                                Registry& registry) {
  const auto real = [&](const std::string& name) {
    return root_.real(folder + "/" + name).value_or(folder + "/" + name);
  };
  std::set<std::string> unnamed;
  std::vector<std::string> readers;
  for (const auto& [name, size] : libraries) {
    const Registry::Library* const registered = registry.find(name);
    const bool is_in = collector_.is_object(collector_.source_of(real(name)));
    if (is_in || (registered != nullptr && !registered->by.empty())) {
      readers.push_back(name);
    } else {
      unnamed.insert(name);
    }
  }
  for (size_t i = 0; i < readers.size() && !unnamed.empty(); ++i) {
    for (const HeldName& held : libraries_named_by(real(readers[i]), libraries)) {
      if (!unnamed.contains(held.library)) continue;
      Registry::Library* const registered = registry.find(held.library);
      if (!held.is_whole && registered != nullptr) continue;  // what a table names has its name there
      (held.is_whole ? named_beside_ : named_by_stem_).insert(collector_.source_of(real(held.library)));
      if (registered != nullptr) registered->by = fmt::format("{} names it", printable(readers[i]));
      readers.push_back(held.library);
      unnamed.erase(held.library);
    }
  }
}

void Rules::take_registered_in(const std::string& folder, const Registry& registry) {
  Group certain = group_for(folder, fmt::format("libraries beside {} that are registered there", program_name_));
  certain.evidence = "a table there and another file name it";
  std::vector<Group> likely;
  // The larger first, for smaller ones need them: beside libscfiltlo.so is what it links, libsclo.so.
  std::vector<std::pair<uint64_t, std::string>> by_size;
  for (const auto& [name, registered] : registry.libraries()) by_size.emplace_back(registered.size, name);
  std::sort(by_size.rbegin(), by_size.rend());
  uint64_t spent = 0;
  for (const auto& [size, name] : by_size) {
    const Registry::Library& registered = registry.libraries().at(name);
    const std::string path = folder + "/" + name;
    Group one = group_for(path, fmt::format("library beside {} that is registered there", program_name_));
    collector_.add(one, path, path);
    if (one.files.empty() || one.files[0].kind != Kind::library) continue;
    registered_.insert(one.files[0].source);
    if (collector_.is_object(one.files[0].source)) continue;
    const uint64_t most = 2 * one.files[0].size + options_.library_item_limit;
    certain.files.push_back(one.files[0]);
    const uint64_t with_it = collector_.cost(certain), cost = with_it - std::min(with_it, spent);
    if ((!registered.by.empty() && cost <= most) || cost <= small_cost) {
      certain.files.back().why = certain.why;
      spent = with_it;
      continue;
    }
    certain.files.pop_back();
    one.strength = Strength::likely;
    one.package = one.files[0].package;
    one.evidence = fmt::format("{} names it", printable(*registered.tables.begin()));
    likely.push_back(std::move(one));
  }
  if (!certain.files.empty()) certain.package = certain.files[0].package;
  collector_.take(std::move(certain));
  take_each(std::move(likely));
}

/// Each by itself; of those that go for the target's limit one hint tells.
void Rules::take_each(std::vector<Group>&& groups) {
  const std::string folder(groups.empty() ? "" : folder_name(groups[0].path));
  std::vector<std::pair<uint64_t, std::string>> left;
  for (Group& group : groups) {
    const std::string key = key_of(group.rule, group.path, group.why, group.package);
    if (!options_.dropped.contains(key)) {
      collector_.take(std::move(group));
      continue;
    }
    const uint64_t cost = collector_.cost(group);
    collector_.note_dropped(key, group, cost);
    left.emplace_back(cost, std::string(base_name(group.path)));
    collector_.leave_unsaid({group.path,
                             fmt::format("{} ({}, {}) is not added, for the bundle would be over the target's limit",
                                         printable(group.path), human_size(cost), printable(group.why)),
                             group.rule, cost},
                            group.evidence);
  }
  if (left.empty()) return;
  std::sort(left.rbegin(), left.rend());
  constexpr size_t most = 4;
  uint64_t all = 0;
  std::vector<std::string> shown;
  for (const auto& [cost, name] : left) {
    all += cost;
    if (shown.size() < most) shown.push_back(fmt::format("{} {}", printable(name), human_size(cost)));
  }
  if (left.size() > most) shown.push_back(fmt::format("{} more", left.size() - most));
  collector_.hint(folder,
                  fmt::format("{} of {} {} not added, for the bundle would be over the target's limit ({}): --add FILE "
                              "for one that is wanted",
                              left.size() == 1 ? "1 file" : fmt::format("{} files", left.size()), printable(folder),
                              left.size() == 1 ? "is" : "are", fmt::join(shown, ", ")),
                  rule_, all);
}

}  // namespace bundle::discover
