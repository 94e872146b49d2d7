// What comes with the packages of a close object, named or not: data beside the program, helper programs,
// settings, libraries that it opens by name.
#include <fmt/format.h>

#include <algorithm>

#include "discover/on_disk.h"
#include "discover/refusal.h"
#include "discover/rules.h"

namespace bundle::discover {

namespace {

/// Programs that the packages' own small text files name at the end of a line, as groff's "postpro grops"
/// does.
std::vector<std::string> words_of_settings(const Family& family, const std::vector<std::string>& names) {
  constexpr off_t most = 4096;
  const std::set<std::string_view> wanted(names.begin(), names.end());
  std::set<std::string> found;
  for (const Family::File& file : family.inner_files()) {
    const std::string path = on_disk(file.path);
    struct stat status = {};
    if (is_left_out(path) || is_in_program_folder(path) || refusal_by_place(path)) continue;
    // Settings have no ending, or say what they are; sources and modules (.rb, .vim, .pm) are many and name
    // all sorts.
    const std::string_view name = base_name(path);
    if (name.find('.') != std::string_view::npos && !name.ends_with(".conf") && !name.ends_with(".cfg"))
      continue;
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > most) continue;
    if ((status.st_mode & 0111U) != 0) continue;
    for (const std::string& line : split(read_file(path).value_or(""), "\n")) {
      const size_t space = line.rfind(' ');
      if (space == std::string::npos) continue;
      const std::string word = line.substr(space + 1);
      if (wanted.contains(word)) found.insert(word);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace

void Rules::add_helpers(const Evidence& evidence, const Source& source) {
  if (!source.family->is_known() || source.is_unowned) return;
  const auto [at, is_new] = helpers_.try_emplace(source.family);
  std::vector<Helper>& programs = at->second;
  if (is_new) {
    for (const Family::File& file : source.family->inner_files()) {
      const std::string path = on_disk(file.path);
      if (is_left_out(path) || path.starts_with("/etc/") || path.find(".so") != std::string::npos) continue;
      struct stat status = {};
      if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111U) != 0) {
        programs.push_back({path, real_path(path).value_or(path), std::string(base_name(path))});
      }
    }
  }
  std::vector<std::string> names;
  for (const Helper& helper : programs) {
    if (helper.name.size() >= 3 && helper.real != evidence.path) names.push_back(helper.name);
  }
  if (names.empty()) return;
  const std::shared_ptr<const MappedFile> file = MappedFile::open(evidence.path);
  const elf::Image image(file->bytes(), evidence.path);
  std::vector<std::string> words = named_words(image, names);
  if (evidence.path == program_ && !is_found_) {
    const std::vector<std::string> more = words_of_settings(*source.family, names);
    words.insert(words.end(), more.begin(), more.end());
  }
  Group group;
  for (const Helper& helper : programs) {
    if (std::find(words.begin(), words.end(), helper.name) == words.end() || helper.real == evidence.path)
      continue;
    collector_.add(group, helper.path, helper.path);
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
  std::map<PackageId, Group> groups;
  std::vector<Family::File> files = family.inner_files();
  files.insert(files.end(), family.neighbours().begin(), family.neighbours().end());
  for (const Family::File& file : files) {
    const std::string path = on_disk(file.path);
    if (family.leaves_out(path) || path.starts_with("/etc/") || is_in_program_folder(path) ||
        is_in_library_folder(path)) {
      continue;
    }
    if (refusal_by_place(path)) continue;
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
    Group& group = groups[file.package];
    group.why = why;
    group.package = database_->packages()[file.package].package;
    collector_.add(group, path, path);
  }
  for (auto& [id, group] : groups) {
    // Other programs of the package are taken when they are named. A library in a folder of the package's own stays
    // there, needed or not: LibreOffice's look for their settings beside themselves.
    std::erase_if(group.files, [&](const Found& found) {
      return found.what == Found::What::program ||
             (collector_.is_object(found.source) && is_in_library_folder(found.source));
    });
    group.path = common_folder(group.files);
    collector_.take(std::move(group));
  }
}

void Rules::add_etc(const Family& family) {
  Group group;
  group.path = "/etc";
  group.why = "--with-etc";
  for (const Family::File& file : family.files_under("/etc")) {
    if (std::find(family.inner().begin(), family.inner().end(), file.package) == family.inner().end())
      continue;
    if (kind_of(file.path) == Is::file) {
      collector_.add(group, file.path, file.path, Collector::License::unmodified_etc);
    }
  }
  collector_.take(std::move(group));
}

void Rules::wish_libraries(const Evidence& evidence, const Source& source, std::vector<Wish>& wishes) {
  if (!evidence.imports.contains("dlopen")) return;
  for (const std::string& name : evidence.libraries) {
    if (linked_.contains(name)) continue;
    Wish wish;
    wish.names = {name};
    wish.by = evidence.path;
    wish.priority = Wish::Priority::suggested;
    if (database_ != nullptr && source.family->is_known() && !source.is_unowned) {
      // A package that depends on another one's library without linking it opens it.
      std::set<PackageId> leads;
      for (const PackageId id : source.family->inner()) {
        for (const PackageId other : database_->depends_of(id)) leads.insert(other);
        leads.insert(id);
      }
      bool depended_on = false;
      for (const auto& [package, path] : database_->find_by_base_name(name)) {
        if (!is_in_library_folder(path)) continue;
        const std::optional<PackageId> id = database_->owner_id(path);
        depended_on = depended_on || (id && leads.contains(*id));
      }
      if (!depended_on) continue;
      wish.priority = Wish::Priority::recommended;
    } else if (source.is_unowned && name.find(".so.") != std::string::npos) {
      wish.priority = Wish::Priority::recommended;
    } else {
      continue;
    }
    wishes.push_back(std::move(wish));
  }
}

}  // namespace bundle::discover
