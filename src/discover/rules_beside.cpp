// What a library finds beside itself: it asks the loader where it lies (dladdr), and looks from there.
//
// Such a library keeps its folder: it lies in the bundle where what it looks for lies as on this machine. One of the
// system's folders keeps its path. A user's own folder gets one of the bundle's, for no private path goes in, and of it
// only what the library names: the tree of what the user named is no guess, but its secrets stay out.
#include <fmt/format.h>

#include <algorithm>

#include "discover/beside.h"
#include "discover/rules.h"
#include "elf/image.h"
#include "plan/layout.h"

namespace bundle::discover {

namespace {

/// `name` seen from `folder`, tidy.
std::string from(const std::string& folder, std::string_view name) {
  return normal_path(folder + "/" + std::string(name));
}

}  // namespace

/// A library straight beside its program, in a folder of theirs, is found there by more than the loader: LibreOffice's
/// look for their settings from where another of them is told that they lie.
void Rules::keep_beside_program(const Object& object) {
  const std::string folder(folder_name(object.real_path));
  if (object.real_path == program_ || folder != folder_name(program_)) return;
  if (is_broad_folder(folder) || !plan::is_system_path(folder)) return;
  kept_.push_back({collector_.source_of(object.real_path), folder, {folder}});
}

void Rules::look_beside(const Object& object, const Evidence& evidence, const Source& source) {
  if (evidence.imports.empty() || !evidence.asks_where_it_lies) return;
  const std::shared_ptr<const MappedFile> file = collector_.open(evidence.path);
  const elf::Image image(file->bytes(), evidence.path);
  // As the loader opened it, which is what it tells, and where a link leads, which may be looked up from there.
  std::vector<std::string> folders = {root_.as_it_lies(std::string(folder_name(normal_path(object.path))))};
  if (const std::string real(folder_name(object.real_path)); real != folders[0]) folders.push_back(real);
  for (const std::string& folder : folders) {
    const std::vector<NameBeside> names = names_beside(image, root_, folder, !plan::is_system_path(folder));
    if (names.empty()) continue;
    const std::optional<std::string> found_at = collector_.destination_of(collector_.source_of(object.real_path));
    if (found_at || plan::is_system_path(folder)) {
      const std::string home = found_at ? std::string(folder_name(*found_at)) : folder;
      if (!found_at) kept_.push_back({collector_.source_of(object.real_path), home, {}});
      for (const NameBeside& name : names) {
        if (!found_at) kept_.back().looked_for.push_back(from(home, fixed_part(name.text)));
        if (home == folder && !source.is_unowned) {
          if (is_inner(from(folder, fixed_part(name.text)), *source.family))
            look_at_path({from(folder, name.text), true}, source);
        } else if (source.is_unowned) {
          take_beside(folder, home, name, source);
        }
      }
      continue;
    }
    if (!source.is_unowned) continue;
    // A level deeper for each that is gone up from it.
    size_t up = 1;
    for (const NameBeside& name : names) up = std::max(up, levels_up(name.text));
    const auto place = own_folders_.try_emplace({folder, up}, own_folders_.size() + 1).first;
    std::string home = fmt::format("/usr/lib/own/{}", place->second);
    for (size_t level = 0; level < up; ++level) home += "/lib";
    kept_.push_back({collector_.source_of(object.real_path), home, {}});
    for (const NameBeside& name : names) {
      kept_.back().looked_for.push_back(from(home, fixed_part(name.text)));
      take_beside(folder, home, name, source);
    }
  }
}

/// Whether the family's own packages ship it: a graphical part of Java beside the one without is another package's.
bool Rules::is_inner(const std::string& path, const Family& family) const {
  const std::vector<PackageId> ids = database_ == nullptr ? std::vector<PackageId>() : database_->owners(path);
  return std::any_of(ids.begin(), ids.end(), [&](PackageId id) {
    return std::find(family.inner().begin(), family.inner().end(), id) != family.inner().end();
  });
}

/// Of a folder that no package owns. A folder that only a word stands for is taken within a limit.
void Rules::take_beside(const std::string& folder, const std::string& home, const NameBeside& name,
                        const Source& source) {
  constexpr size_t most_up = 2;
  const size_t up = levels_up(name.text);
  std::string tree = folder;
  for (size_t level = 0; level < up; ++level) tree = folder_name(tree);
  if (up > most_up || std::count(tree.begin(), tree.end(), '/') < 2) return;
  const bool is_own = !plan::is_system_path(folder);
  const Collector::License license = is_own ? Collector::License::own_tree : Collector::License::none;
  Group group = group_for("", "");
  group.folder = tree;
  group.is_beside = is_own && folder != home;
  group.path = from(folder, name.text);
  group.why = fmt::format("beside {}, which names it", source.name);
  const auto add = [&](const std::string& path, const std::string& destination) {
    if (root_.kind(path) == Is::file) collector_.add(group, path, destination, license);
    if (is_qt_plugins(path)) {
      take_qt_plugins(path, destination, group, license);
    } else if (root_.kind(path) == Is::folder && path != folder && !folder.starts_with(path + "/")) {
      collector_.add_folder(group, path, destination, license,
                            [](const std::string& file) { return !is_left_out(file); });
    }
  };
  const size_t conversion = name.text.find('%');
  if (conversion == std::string::npos) {
    add(group.path, from(home, name.text));
  } else {
    const size_t slash = name.text.rfind('/', conversion);
    const std::string above = name.text.substr(0, slash);  // of a fixed part that is there
    const std::string glob = from(folder, glob_of_format(name.text));
    for (const std::string& path : collector_.matching(glob)) {
      add(path, from(home, above) + path.substr(from(folder, above).size()));
    }
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  if (group.files.empty() && group.refused.empty()) return;
  collector_.take(std::move(group),
                  source.is_close && name.is_path ? std::nullopt : std::optional(options_.library_item_limit));
}

std::vector<KeptFolder> Rules::kept_folders() const {
  std::vector<KeptFolder> out;
  for (const Kept& kept : kept_) {
    const bool is_used = std::any_of(kept.looked_for.begin(), kept.looked_for.end(),
                                     [&](const std::string& path) { return collector_.has_below(path); });
    const bool is_known =
        std::any_of(out.begin(), out.end(), [&](const KeptFolder& other) { return other.source == kept.library; });
    if (is_used && !is_known) out.push_back({kept.library, kept.folder});
  }
  return out;
}

}  // namespace bundle::discover
