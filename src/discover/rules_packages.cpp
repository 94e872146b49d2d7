// What comes with the packages of a close object, named or not: data beside the program, helper programs, libraries
// that it opens by name. Settings are in rules_settings.cpp.
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "discover/refusal.h"
#include "discover/rules.h"
#include "knowledge/calls.h"
#include "knowledge/drivers.h"
#include "knowledge/libc.h"

namespace bundle::discover {

namespace {

/// Programs that the packages' own small text files name at the end of a line, as groff's "postpro grops"
/// does.
std::vector<std::string> words_of_settings(machine::Root& root_, const Family& family,
                                           const std::vector<std::string>& names) {
  constexpr uint64_t most = 4096;
  const std::set<std::string_view> wanted(names.begin(), names.end());
  std::set<std::string> found;
  for (const Family::File& file : family.inner_files()) {
    const std::string path = root_.as_it_lies(file.path);
    if (is_left_out(path) || is_in_program_folder(path) || refusal_by_place(path)) continue;
    // Settings have no ending, or say what they are; sources and modules (.rb, .vim, .pm) are many and name
    // all sorts.
    const std::string_view name = base_name(path);
    if (name.find('.') != std::string_view::npos && !name.ends_with(".conf") && !name.ends_with(".cfg")) continue;
    const machine::Status status = root_.look(path);
    if (!status.is_file() || status.size > most || status.is_executable()) continue;
    for (const std::string& line : split(root_.read(path).value_or(""), "\n")) {
      const size_t space = line.rfind(' ');
      if (space == std::string::npos) continue;
      const std::string word = line.substr(space + 1);
      if (wanted.contains(word)) found.insert(word);
    }
  }
  return {found.begin(), found.end()};
}

/// "beam" of beam.smp, when it lies beside the object in a folder of their own: the ending may be put together in
/// code, as erlexec does. Empty for any other.
std::string stem_beside(const std::string& program, const std::string& object) {
  const std::string_view folder = folder_name(program), name = base_name(program);
  const size_t dot = name.find('.');
  const bool is_beside = folder == folder_name(object) && !is_broad_folder(folder);
  return is_beside && dot != std::string_view::npos && dot >= 3 ? std::string(name.substr(0, dot)) : std::string();
}

}  // namespace

void Rules::add_helpers(const Evidence& evidence, const Source& source) {
  if (!source.family->is_known() || source.is_unowned) return;
  const auto [at, is_new] = facts_.helpers.try_emplace(source.family);
  std::vector<Helper>& programs = at->second;
  if (is_new) {
    for (const Family::File& file : source.family->inner_files()) {
      const std::string path = root_.as_it_lies(file.path);
      if (is_left_out(path) || path.starts_with("/etc/") || path.find(".so") != std::string::npos) continue;
      const machine::Status status = root_.look(path);
      if (status.is_executable()) {
        programs.push_back({path, root_.real(path).value_or(path), std::string(base_name(path))});
      }
    }
  }
  std::vector<std::string> names;
  for (const Helper& helper : programs) {
    if (helper.name.size() < 3 || helper.real == evidence.path) continue;
    names.push_back(helper.name);
    if (const std::string stem = stem_beside(helper.real, evidence.path); !stem.empty()) names.push_back(stem);
  }
  if (names.empty()) return;
  const auto [held, is_unread] = facts_.held_helpers.try_emplace({evidence.path, source.family});
  if (is_unread) {
    const std::shared_ptr<const MappedFile> file = collector_.open(evidence.path);
    held->second = named_words(elf::Image(file->bytes(), evidence.path), names);
  }
  std::vector<std::string> words = held->second;
  if (evidence.path == program_ && !is_found_) {
    const std::vector<std::string> more = words_of_settings(root_, *source.family, names);
    words.insert(words.end(), more.begin(), more.end());
  }
  const std::unordered_set<std::string> named(words.begin(), words.end());
  // What a library names, LLVM's its symbolizer, is for some of its programs.
  const bool by_program = evidence.path == program_;
  Group group = group_for("", "", by_program || source.is_unowned ? Strength::certain : Strength::likely);
  group.may_go = by_program && is_found_;
  for (const Helper& helper : programs) {
    const bool is_named = named.contains(helper.name) || named.contains(stem_beside(helper.real, evidence.path));
    if (is_named && helper.real != evidence.path) collector_.add(group, helper.path, helper.path);
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  if (group.files.empty()) return;
  group.why = fmt::format("programs that {} names", source.name);
  for (Found& found : group.files) found.why = "program that " + source.name + " names";
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  take_named(std::move(group), source);
}

void Rules::add_inner(const Family& family, const std::string& why) {
  if (!family.is_known() || !taken_whole_.insert(&family).second) return;
  // Ahead of the links that lead to them.
  const char* const rule = std::exchange(rule_, "settings");
  add_settings_of(family, "settings " + why);
  rule_ = rule;
  std::vector<Family::File> files = family.inner_files();
  for (Family::File& neighbour : family.neighbours()) files.push_back(std::move(neighbour));
  add_packages(files, family, why, Strength::certain, std::nullopt);
}

void Rules::add_branches(const Family& family) {
  if (family.is_known())
    add_packages(family.branches(program_), family, "extends the package of " + program_name_, Strength::likely,
                 options_.branch_limit);
}

void Rules::add_packages(const std::vector<Family::File>& files, const Family& family, const std::string& why,
                         Strength strength, std::optional<uint64_t> limit) {
  std::map<PackageId, Group> groups;
  for (const Family::File& file : files) {
    const std::string path = root_.as_it_lies(file.path);
    if (is_anothers_business(file.package)) continue;
    // What the user adds may be a script in that very language.
    if (std::string_view(rule_) == "own-package" && is_modules_of_other(file.package)) continue;
    if (family.leaves_out(path) || path.starts_with("/etc/") || is_in_library_folder(path)) continue;
    if (refusal_by_place(path)) continue;
    // In a folder of the package's own called bin there may be data, too: Erlang's start.boot.
    if (is_in_program_folder(path)) {
      const machine::Status status = root_.look(path);
      if (is_broad_folder(folder_name(path)) || !status.is_there() || (status.mode & 0111U) != 0) continue;
    }
    const machine::Status itself = root_.look_at_link(path);
    if (!itself.is_there() || itself.is_folder()) continue;
    Group& group = groups.try_emplace(file.package, group_for("", why, strength)).first->second;
    group.package = database_->package(file.package);
    collector_.add(group, path, path);
  }
  for (auto& [id, group] : groups) {
    // Other programs of the package are taken when they are named. A library in a folder of the package's own stays
    // there, needed or not: LibreOffice's look for their settings beside themselves.
    std::erase_if(group.files, [&](const Found& found) {
      // What the loader finds by its name is found by whoever opens it, too.
      return found.kind == Kind::program || (found.kind == Kind::library && is_found_by_loader(found));
    });
    for (Group& part : rare_parts_of(group)) collector_.take(std::move(part), limit);
    take_part_by_part(std::move(group), limit);
  }
}

/// A development package among those of a program's source is taken where something is compiled, and then by the rule
/// for that.
bool Rules::is_anothers_business(PackageId id) const {
  return database_->record(id).role == packages::Role::development &&
         std::find(program_owners_.begin(), program_owners_.end(), id) == program_owners_.end();
}

/// Whether a package brings modules of an interpreter and nothing else, and the program is not that one and loads no
/// library of it: what scripts of the same source import, GDAL's for Python beside ogr2ogr. Not so of the program's
/// own.
bool Rules::is_modules_of_other(PackageId id) {
  if (std::find(program_owners_.begin(), program_owners_.end(), id) != program_owners_.end()) return false;
  const auto [at, is_new] = modules_of_.try_emplace(id);
  if (is_new) {
    for (const std::string& file : database_->files_of(id)) {
      const std::string path = root_.as_it_lies(file);
      const machine::Status status = root_.look_at_link(path);
      if (is_left_out(path) || !status.is_there() || status.is_folder()) continue;
      at->second = knowledge::interpreter_of_modules(path);
      if (at->second.empty()) break;
    }
  }
  const std::string_view interpreter = at->second;
  return !interpreter.empty() && std::none_of(runtimes_.begin(), runtimes_.end(), [&](const std::string& name) {
    return name.starts_with(interpreter) || name.starts_with(fmt::format("lib{}", interpreter));
  });
}

/// Whether it lies, itself or a link to it, where every search of the loader looks.
bool Rules::is_found_by_loader(const Found& found) const {
  if (is_in_library_folder(found.source) || is_in_library_folder(found.destination)) return true;
  const auto named = database_->find_by_base_name(base_name(found.destination));
  return std::any_of(named.begin(), named.end(), [&](const auto& shipped) {
    return is_in_library_folder(shipped.second) &&
           collector_.source_of(root_.real(shipped.second).value_or("")) == found.source;
  });
}

/// Whether a library is of use elsewhere only, by its name; `--why` is told of it.
bool Rules::is_for_elsewhere(const std::string& name, const Source& source) {
  if (knowledge::use_elsewhere(name).empty()) return false;
  if (database_ == nullptr) return true;
  for (const auto& [id, shipped] : database_->find_by_base_name(name)) {
    const std::string path = root_.as_it_lies(shipped);
    if (is_in_library_folder(path))
      leave_for_elsewhere(path, root_.look(path).size, "opened by " + source.name, "--plugin");
  }
  return true;
}

void Rules::wish_libraries(const Evidence& evidence, const Source& source, bool is_distant, std::vector<Wish>& wishes) {
  const auto& openers = knowledge::opening_calls;
  const bool opens =
      std::any_of(openers.begin(), openers.end(), [&](const char* name) { return evidence.imports.contains(name); });
  if (!opens) return;
  // Who was named for its own sake knows what it needs.
  const bool is_named = evidence.path == program_ && !is_found_ && !is_opened_;
  for (const std::string& name : evidence.libraries) {
    if (!is_named && is_for_elsewhere(name, source)) continue;
    Wish wish;
    wish.names = {name};
    wish.by = collector_.source_of(evidence.path);
    wish.priority = Wish::Priority::recommended;
    wish.in_new_namespace = evidence.imports.contains("dlmopen");
    if (options_.target_has.has(name)) {
      // Where the target has it, it is to be found.
    } else if (database_ != nullptr && source.family->is_known() && !source.is_unowned) {
      // A package that depends on another one's library without linking it opens it.
      std::set<PackageId> leads;
      for (const PackageId id : source.family->inner()) {
        leads.insert(id);
        if (is_distant) continue;
        for (const PackageId other : database_->depends_of(id)) leads.insert(other);
      }
      bool depended_on = false;
      for (const auto& [id, path] : database_->find_by_base_name(name)) {
        if (!is_in_library_folder(path)) continue;
        const bool is_large = is_distant && root_.look(path).size > options_.library_item_limit;
        depended_on = depended_on || (leads.contains(id) && !is_large);
      }
      wish.is_guess = !depended_on;
    } else {
      wish.is_guess = !source.is_unowned;
    }
    wishes.push_back(std::move(wish));
  }
  for (const std::string& glob : evidence.library_globs) {
    for (const std::string& name : libraries_matching(glob, source)) {
      Wish wish;
      wish.names = {name};
      wish.by = collector_.source_of(evidence.path);
      wishes.push_back(std::move(wish));
    }
  }
}

/// Of packages that the object's own depend on; where it has none, in the folders that its program's libraries lie in.
std::vector<std::string> Rules::libraries_matching(const std::string& glob, const Source& source) {
  std::set<std::string> out;
  const auto look_at = [&](const std::string& name) {
    const size_t version = name.find(".so.");
    if (version == std::string::npos || knowledge::is_of_libc(name)) return;
    if (::fnmatch(glob.c_str(), name.c_str(), 0) == 0) out.insert(name);
  };
  if (database_ != nullptr && !source.is_unowned) {
    for (const PackageId id : source.family->inner()) {
      for (const auto& [name, soname] : libraries_depended_on(id)) {
        if (name == soname) look_at(name);
      }
    }
  } else if (source.is_close) {
    for (const std::string& folder : library_folders_) {
      for (const std::string& name : root_.list(folder)) look_at(name);
    }
  }
  // Of libz.so.1 and libz.so.1.2.13 the former is the SONAME.
  std::erase_if(out, [&](const std::string& name) {
    for (size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0; dot = name.rfind('.', dot - 1)) {
      if (out.contains(name.substr(0, dot))) return true;
    }
    return false;
  });
  return {out.begin(), out.end()};
}

}  // namespace bundle::discover
