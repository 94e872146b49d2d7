#include "discover/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "discover/refusal.h"
#include "knowledge/calls.h"
#include "knowledge/drivers.h"
#include "knowledge/folders.h"
#include "knowledge/generated.h"
#include "knowledge/left_out.h"
#include "knowledge/qt.h"
#include "knowledge/toolchains.h"

namespace bundle::discover {

std::vector<PackageId> Rules::owners(const Object& object) const {
  if (database_ == nullptr) return {};
  std::vector<PackageId> ids = database_->owners(object.real_path);
  for (const PackageId id : database_->owners(normal_path(object.path))) ids.push_back(id);
  return ids;
}

const Family& Rules::family_of(const std::vector<PackageId>& own) {
  std::vector<PackageId> key = own;
  std::sort(key.begin(), key.end());
  key.erase(std::unique(key.begin(), key.end()), key.end());
  std::unique_ptr<Family>& family = facts_.families[key];
  if (!family) {
    family =
        database_ == nullptr ? std::make_unique<Family>() : std::make_unique<Family>(*database_, facts_.tables, key);
  }
  return *family;
}

const Family& Rules::family_of_names(const Evidence& evidence) {
  static const Family nobody;
  const Source unowned{{}, &nobody, false, true};
  std::vector<PackageId> ids;
  for (const NamedPath& named : evidence.paths) {
    const std::string path = normal_path(named.text.substr(0, named.text.find('%')));
    if (database_ == nullptr || is_broad_folder(path) || is_left_out(path) || refusal_by_place(path)) continue;
    if (is_in_program_folder(path) || is_of_build(path, unowned)) continue;
    // A folder of many packages is nobody's data.
    const std::vector<PackageId> owning = database_->owners(path);
    if (owning.size() <= 3) ids.insert(ids.end(), owning.begin(), owning.end());
  }
  return family_of(ids);
}

bool Rules::is_interpreter(const Object& object) const {
  const std::string_view name = base_name(object.real_path);
  const auto& known = knowledge::interpreters;
  return std::any_of(known.begin(), known.end(), [&](const knowledge::Interpreter& candidate) {
    return name.starts_with(candidate.library) &&
           std::any_of(candidate.starters.begin(), candidate.starters.end(),
                       [&](const char* starter) { return program_imports_.contains(starter); });
  });
}

void Rules::begin_program(const Closure& closure, const Evidence& program, bool is_found, bool is_opened) {
  is_opened_ = is_opened;
  program_ = closure.objects[0].real_path;
  program_name_ = collector_.name_of(program_);
  program_imports_ = program.imports;
  is_found_ = is_found;
  if (!is_found && !is_opened) {
    driver_ = printable(base_name(program_));
    driver_owners_ = owners(closure.objects[0]);
  }
  for (const Object& object : closure.objects) {
    if (is_in_library_folder(object.real_path)) library_folders_.emplace(folder_name(object.real_path));
  }
  const std::vector<PackageId> ids = owners(closure.objects[0]);
  program_owners_ = ids;
  runtimes_.clear();
  for (const Object& object : closure.objects) runtimes_.emplace(base_name(object.real_path));
  has_tex_ = has_tex_ || std::any_of(runtimes_.begin(), runtimes_.end(),
                                     [](const std::string& name) { return name.starts_with("libkpathsea.so"); });
  linked_.clear();
  for (const Edge& edge : closure.objects[0].needs) {
    if (ids.empty() && edge.target != no_object) linked_.insert(closure.objects[edge.target].real_path);
  }
  if (!is_found) close_.push_back(ids.empty() ? &family_of_names(program) : &family_of(ids));
  tree_.reset();
  if (!is_found && !is_opened) begin_tree(closure);
}

// What nothing can be compiled without comes first, so that the limits leave out the rest. Settings come ahead of the
// links that lead to them, and what a library reads plugin by plugin ahead of its folder as a whole.
const Rules::Rule Rules::rules[] = {
    {"helpers", &Rules::take_wrapped_by_program},
    {"tools", &Rules::find_tools_of},
    {"tools", &Rules::take_tools},
    {"development", &Rules::take_development},
    {"settings", &Rules::take_settings},
    {"shared-plugins", &Rules::take_shared_plugins_of_library},
    {"qt", &Rules::take_qt},
    {"named-path", &Rules::take_named_paths},
    {"helpers", &Rules::take_helpers},
    {"opens-library", &Rules::wish_for_libraries},
    {"own-tree", &Rules::take_tree},
    {"registered", &Rules::take_registered},
    {"beside-library", &Rules::take_beside_library},
    {"own-package", &Rules::take_own_package},
    {"extension", &Rules::take_extensions},
    {"shared-plugins", &Rules::take_shared_plugins_of_program},
    {"generated", &Rules::take_generated},
    {"own-package", &Rules::take_started},
};

Group Rules::group_for(std::string path, std::string why, Strength strength) const {
  Group group;
  group.path = std::move(path);
  group.why = std::move(why);
  group.rule = rule_;
  group.strength = strength;
  return group;
}

Rules::Subject Rules::subject_of(const Object& object, const Evidence& evidence, std::vector<Wish>& wishes) {
  Subject subject{object, evidence, wishes};
  const std::vector<PackageId>& ids = subject.ids = owners(object);
  subject.is_program = object.real_path == program_;
  subject.is_named = subject.is_program && !is_found_ && !is_opened_;
  subject.is_started = !subject.is_program && is_interpreter(object);
  subject.is_driver = subject.is_program && is_found_ && tools_taken_.contains(object.real_path) && is_compiler(ids);
  const auto is_inner = [&](const Family* family) {
    return std::any_of(ids.begin(), ids.end(), [&](PackageId id) {
      return std::binary_search(family->inner().begin(), family->inner().end(), id);
    });
  };
  Source& source = subject.source;
  source.name = collector_.name_of(object.real_path);
  source.object = object.real_path;
  source.is_unowned = ids.empty();
  source.is_close = (subject.is_program && !is_found_) || subject.is_started || subject.is_driver ||
                    std::any_of(close_.begin(), close_.end(), is_inner) || (ids.empty() && !is_found_);
  // A close library speaks for the program's packages too: libtesseract names the folder that tesseract-ocr fills.
  std::vector<PackageId> family_ids = ids;
  if (source.is_close && !is_found_) {
    family_ids.insert(family_ids.end(), program_owners_.begin(), program_owners_.end());
  }
  source.family = ids.empty() ? &family_of_names(evidence) : &family_of(family_ids);
  subject.has_tools = !ids.empty() && (subject.is_named || subject.is_driver);
  return subject;
}

bool Rules::look_at(const Object& object, const Evidence& evidence, std::vector<Wish>& wishes) {
  const Subject subject = subject_of(object, evidence, wishes);
  for (const Rule& rule : rules) {
    rule_ = rule.id;
    collector_.begin_rule(rule_);
    (this->*rule.apply)(subject);
  }
  return subject.source.is_close || (subject.is_program && is_found_);
}

void Rules::find_tools_of(const Subject& subject) {
  if (subject.has_tools) find_tools(*subject.source.family);
}

void Rules::take_tools(const Subject& subject) {
  if (subject.source.is_close && !subject.source.is_unowned) add_tools(subject.evidence, subject.source);
}

void Rules::take_development(const Subject& subject) {
  if (subject.has_tools) add_development_packages(*subject.source.family);
}

void Rules::take_named_paths(const Subject& subject) {
  if (subject.evidence.is_raw) return;
  // What a compiler puts together is its own rules' business.
  const bool is_compilers = is_compiler(driver_owners_) || is_compiler(subject.ids);
  for (const NamedPath& named : subject.evidence.paths) {
    if (is_compilers && !named.parts.empty()) continue;
    rule_ = "named-path";
    look_at_path(named, subject.source);
  }
}

void Rules::take_helpers(const Subject& subject) {
  if (!subject.source.is_close || subject.evidence.is_raw) return;
  const auto& needs = subject.object.needs;
  const auto& of_words = knowledge::libraries_of_word_lists;
  const bool has_word_lists = std::any_of(needs.begin(), needs.end(), [&](const Edge& edge) {
    return std::any_of(of_words.begin(), of_words.end(),
                       [&](std::string_view library) { return edge.name.starts_with(library); });
  });
  if (!has_word_lists) add_helpers(subject.evidence, subject.source);
  take_joined_helpers(subject);
  take_foreign_helpers(subject);
}

void Rules::wish_for_libraries(const Subject& subject) {
  wish_libraries(subject.evidence, subject.source, !subject.source.is_close && !subject.is_program, subject.wishes);
}

void Rules::take_beside_library(const Subject& subject) {
  keep_beside_program(subject.object);
  if (!subject.is_program || subject.object.is_library) look_beside(subject.object, subject.evidence, subject.source);
}

void Rules::take_own_package(const Subject& subject) {
  if (subject.is_named && !subject.ids.empty()) add_inner(*subject.source.family, "of the package of " + program_name_);
}

void Rules::take_extensions(const Subject& subject) {
  if (subject.is_named && !subject.ids.empty()) add_branches(*subject.source.family);
}

void Rules::take_started(const Subject& subject) {
  if (!(subject.is_started || subject.is_driver) || subject.ids.empty()) return;
  close_.push_back(subject.source.family);
  add_inner(*subject.source.family, fmt::format("of {}, which {} starts", subject.source.name, program_name_));
}

void Rules::look_at_path(const NamedPath& named, const Source& source) {
  check_interrupted();
  std::string path = normal_path(named.text);
  if (path.starts_with("/etc/") || path.starts_with("/var/") || path.starts_with("/usr/local/etc/"))
    return look_at_settings(path, source);
  const Family& family = *source.family;
  if (is_of_build(path, source)) return;
  const bool is_joined = !named.parts.empty();
  Group group = group_for(path, (is_joined ? "put together by " : "named by ") + source.name,
                          named.is_by_word ? Strength::likely : Strength::certain);
  group.evidence = is_joined ? fmt::format("{} holds {}", source.name, named.parts)
                             : fmt::format("{} holds \"{}\"", source.name, printable(named.text));
  if (path.find('%') != std::string::npos) {
    const std::string folder(folder_name(path.substr(0, path.find('%'))));
    if (is_broad_folder(folder) || family.leaves_out(folder)) return;
    if (source.is_close && (!family.is_known() || (source.is_unowned && database_->owners(folder).empty()))) {
      group.path = folder;
      return look_at_unowned(std::move(group), glob_of_format(path), source);
    }
    if (!family.is_known()) return;
    if (!add_listed(group, "", "", family.files_matching(glob_of_format(path)), family)) {
      group.path = folder;
      add_listed(group, folder, folder, family.files_under(folder), family);
    }
    return take_named(std::move(group), source);
  }
  Is kind = root_.kind(path);
  if (kind != Is::file && is_broad_folder(path)) return;
  if (kind == Is::absent && !named.is_terminated && source.is_close && database_ != nullptr) {
    // The text runs on into the next string: the longest beginning of it that a package of the family ships
    // is meant.
    for (size_t size = path.size(); size >= 12 && kind == Is::absent; --size) {
      const std::string shorter = path.substr(0, size);
      const std::vector<PackageId> ids = database_->owners(shorter);
      const bool mine = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
      if (mine && !is_broad_folder(shorter)) {
        kind = root_.kind(shorter);
        path = group.path = shorter;
      }
    }
  }
  // Documentation that the program names file by file is there to be shown.
  const bool is_shown = kind == Is::file && source.is_close && knowledge::is_documentation(path);
  if (family.leaves_out(path) && !is_shown) return;
  if (!family.is_known() || (source.is_unowned && database_->owners(path).empty())) {
    // Qt's folder of all that depends on the machine holds more than its plugins.
    if (named.is_above_others && knowledge::is_qt_looker(base_name(source.object))) return;
    if (source.is_close && kind != Is::absent) look_at_unowned(std::move(group), path, source);
    return;
  }
  if (kind == Is::folder && named.is_above_others) return;
  if (kind == Is::folder && !source.is_close && !knowledge::use_elsewhere(path + "/").empty()) {
    // By their names alone: there may be thousands, and nobody looks at them.
    const std::vector<Family::File> files = family.files_under(path);
    for (size_t i = 0; i < files.size(); ++i) {
      const bool is_folder = i + 1 < files.size() && files[i + 1].path.starts_with(files[i].path + "/");
      if (!is_folder) leave_for_elsewhere(root_.as_it_lies(files[i].path), 0, group.why, "--add", group.evidence);
    }
    return;
  }
  if (kind == Is::folder) {
    // Under a link (perl/5.36 -> 5.36.0) lie the files of the folder that it leads to.
    const std::string real = root_.real(path).value_or(path);
    if (!add_named_folder(group, path, path, family, source) && !is_broad_folder(real) && !refusal_by_place(real)) {
      add_named_folder(group, real, path, family, source);
    }
    add_generated(group, path, family);
  }
  if (kind == Is::file) {
    const std::vector<PackageId> ids = database_->owners(path);
    const bool mine = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
    if (mine && !is_found_by_search(path)) collector_.add(group, path, path);
    if (!mine && source.is_close && is_depended_on(ids, family) && is_in_program_folder(path)) {
      group.why = "program that " + source.name + " names";
      collector_.add(group, path, path);
    }
  }
  if (group.files.empty() && source.is_close && !source.is_unowned) add_of_dependency(group, path, kind, source);
  // A name less its ending, which the reader adds: "/usr/share/misc/magic" for magic.mgc.
  std::vector<Family::File> beside = family.files_beside(path);
  std::erase_if(beside, [&](const Family::File& file) {
    return folder_name(root_.as_it_lies(file.path)) != folder_name(root_.as_it_lies(path)) ||
           is_in_library_folder(file.path) || is_in_program_folder(file.path);
  });
  add_listed(group, "", "", beside, family);
  take_named(std::move(group), source);
}

void Rules::add_of_dependency(Group& group, const std::string& path, Is kind, const Source& source) {
  if (kind == Is::absent || is_in_program_folder(path) || is_found_by_search(path)) return;
  const bool is_exact = names_its_package(path);
  const std::vector<PackageId> ids = database_->owners(path);
  for (const PackageId mine : source.family->inner()) {
    for (const PackageId other : database_->depends_of(mine)) {
      const bool is_librarys_business = database_->record(other).role == packages::Role::library && !is_exact;
      if (is_librarys_business || source.family->contains(other)) continue;
      const Family& theirs = family_of({other});
      const std::vector<PackageId>& inner = theirs.inner();
      const bool is_theirs = std::any_of(
          ids.begin(), ids.end(), [&](PackageId id) { return std::binary_search(inner.begin(), inner.end(), id); });
      if (!is_theirs) continue;
      if (kind == Is::file) collector_.add(group, path, path);
      if (kind == Is::folder) add_listed(group, path, path, theirs.files_under(path), theirs);
    }
  }
}

/// flex and bison do nothing without m4, whose package theirs depend on.
bool Rules::is_depended_on(const std::vector<PackageId>& ids, const Family& family) const {
  return std::any_of(family.inner().begin(), family.inner().end(), [&](PackageId mine) {
    const std::vector<PackageId> depends = database_->depends_of(mine);
    return std::any_of(ids.begin(), ids.end(),
                       [&](PackageId id) { return std::find(depends.begin(), depends.end(), id) != depends.end(); });
  });
}

void Rules::look_at_unowned(Group&& group, const std::string& path, const Source& source) {
  // Where a program was installed by hand, its data was too. Elsewhere a path may be anything.
  if (!knowledge::is_installed_place(group.path)) {
    if (refusal_by_place(path) || is_left_out(path) || is_in_program_folder(path)) return;
    if (collector_.is_object(collector_.source_of(root_.real(path).value_or(path)))) return;
    collector_.hint(path, fmt::format("{} names {}, which no package owns: --add {} if it is wanted", source.name,
                                      printable(path), shell_word(path)));
    return;
  }
  for (const std::string& one : path == group.path ? std::vector<std::string>{path} : collector_.matching(path)) {
    if (refusal_by_place(one) || is_left_out(one) || is_in_program_folder(one)) continue;
    if (collector_.is_object(collector_.source_of(root_.real(one).value_or(one)))) continue;
    if (root_.kind(one) == Is::file) collector_.add(group, one, one);
    if (is_qt_plugins(one)) {
      take_qt_plugins(one, one, group, Collector::License::none);
    } else if (root_.kind(one) == Is::folder) {
      collector_.add_folder(group, one, one, Collector::License::none,
                            [&](const std::string& file) { return !is_left_out(file); });
    }
  }
  take_named(std::move(group), source);
}

bool Rules::add_listed(Group& group, const std::string& folder, const std::string& named,
                       const std::vector<Family::File>& files, const Family& family) {
  bool any = false;
  for (const Family::File& file : files) {
    if (family.leaves_out(file.path) || is_in_library_folder(file.path)) continue;
    const std::string path = root_.as_it_lies(file.path);
    // To be found under the spelling that the program uses.
    const std::string inside = named.empty() ? "" : path.substr(std::min(path.size(), root_.as_it_lies(folder).size()));
    if (is_in_program_folder(path) && root_.kind(path) == Is::file) continue;  // add_helpers' choice
    const machine::Status status = root_.look_at_link(path);
    if (!status.is_there() || status.is_folder()) continue;
    collector_.add(group, path, named.empty() ? path : named + inside);
    any = true;
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  return any;
}

bool Rules::add_named_folder(Group& group, const std::string& folder, const std::string& named, const Family& family,
                             const Source& source) {
  std::vector<Family::File> mine;
  std::map<PackageId, std::vector<Family::File>> others;
  for (Family::File& file : family.files_under(folder)) {
    if (is_anothers_business(file.package)) continue;
    (family.is_extension(file.package) ? others[file.package] : mine).push_back(std::move(file));
  }
  bool any = add_listed(group, folder, named, mine, family);
  for (const auto& [id, files] : others) {
    // One that is started by itself, as the server for its client, has its own use for the folder: what is small, as
    // groff's fonts beside those of groff-base, is no loss.
    const bool stands_alone = family.starts_something(id);
    Group extension = group_for(named, group.why, stands_alone ? Strength::likely : Strength::certain);
    extension.evidence = group.evidence;
    extension.package = database_->package(id);
    any = add_listed(extension, folder, named, files, family) || any;
    if (!source.is_close) leave_for_elsewhere(extension);
    if (extension.files.empty() || (stands_alone && !source.is_close)) continue;
    if (stands_alone) {
      extension.path = common_folder(extension.files);
      extension.why += fmt::format(", files of the package {}", database_->package(id).name);
    }
    const bool is_limited = stands_alone || !source.is_close;
    collector_.take(std::move(extension), is_limited ? std::optional(options_.library_item_limit) : std::nullopt);
  }
  return any;
}

bool Rules::is_of_build(const std::string& path, const Source& source) {
  if (knowledge::is_source_of_compiled(path) && !source.family->is_own(path)) return true;
  // A package's program names what its packages have; and a compiler is told by where it lies.
  if ((database_ != nullptr && !source.is_unowned) || program_.starts_with(path + "/")) return false;
  const auto has = [&](std::string_view name) { return root_.look(path + "/" + std::string(name)).is_there(); };
  if (root_.is_folder(path) && knowledge::is_compilers_folder(has)) return true;
  const std::vector<PackageId> ids = database_ == nullptr ? std::vector<PackageId>() : database_->owners(path);
  return !ids.empty() && std::all_of(ids.begin(), ids.end(), [&](PackageId id) {
    return database_->record(id).role == packages::Role::development || is_compiler({id});
  });
}

void Rules::add_generated(Group& group, const std::string& folder, const Family& family) {
  // Caches that a package's installation made (graphviz's config6a, loaders.cache) lie among its files
  // unlisted. Only where no other package has a say.
  const machine::Status status = root_.look_at_link(folder);
  if (!status.is_there() || status.is_link) return;
  const std::vector<PackageId> ids = database_->owners(folder);
  if (ids.empty() || !std::all_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); })) return;
  collector_.add_folder(group, folder, folder, Collector::License::none, [&](const std::string& path) {
    return !family.leaves_out(path) && !database_->owner_id(path) && !is_in_program_folder(path);
  });
}

void Rules::take_named(Group&& group, const Source& source) {
  for (Group& part : rare_parts_of(group)) collector_.take(std::move(part));
  if (!source.is_close) {
    leave_for_elsewhere(group);
    // Nothing of the program's own asks for it, and the further from there, the less it is worth.
    group.may_go = true;
    group.goes_last = is_linked_by_close(source) ? 1 : 0;
  }
  if (group.files.empty() && group.refused.empty()) return;
  if (!group.files.empty()) group.package = group.files[0].package;
  const uint64_t limit = std::min(source.is_close ? UINT64_MAX : options_.library_item_limit, collector_.data_room());
  // What only a helper's library names is worth no second look: file(1), which a script of git's may run.
  const bool is_looked_into = !source.object.empty() && (source.is_close || !is_found_);
  if (collector_.cost(group) > limit && is_looked_into) return take_in_parts(std::move(group), source, limit);
  collector_.take(std::move(group), source.is_close ? std::nullopt : std::optional(options_.library_item_limit));
}

/// By what packages say: a program's depends on those of the libraries that it links itself.
bool Rules::is_linked_by_close(const Source& source) {
  if (database_ == nullptr || linked_.contains(source.object)) return true;
  const std::vector<PackageId> ids = database_->owners(source.object);
  return std::any_of(close_.begin(), close_.end(), [&](const Family* family) { return is_depended_on(ids, *family); });
}

bool Rules::leave_for_elsewhere(const std::string& path, uint64_t size, const std::string& why, const char* option,
                                const std::string& evidence) {
  const std::string_view use = knowledge::use_elsewhere(path);
  if (use.empty()) return false;
  collector_.leave_unsaid({path,
                           fmt::format("{} ({}) is not added: it is for {}. {} {} if it is wanted", printable(path),
                                       printable(why), use, option, shell_word(path)),
                           rule_, size},
                          evidence);
  return true;
}

void Rules::leave_for_elsewhere(Group& group) {
  std::erase_if(group.files, [&](const Found& found) {
    return leave_for_elsewhere(found.destination, found.size, group.why, "--add", group.evidence);
  });
}

std::vector<Group> Rules::rare_parts_of(Group& group) const {
  std::map<std::string_view, Group> parts;
  std::erase_if(group.files, [&](Found& found) {
    const auto is_own = [&] {
      return std::any_of(driver_owners_.begin(), driver_owners_.end(),
                         [&](PackageId id) { return database_->package(id).name == found.package.name; });
    };
    const std::string_view use = knowledge::rare_use_of(found.destination, driver_, is_own);
    if (use.empty()) return false;
    Group& part =
        parts.try_emplace(use, group_for("", fmt::format("{}, for {}", group.why, use), Strength::weak)).first->second;
    part.evidence = group.evidence;
    part.package = found.package;
    part.files.push_back(std::move(found));
    return true;
  });
  std::vector<Group> out;
  for (auto& [use, part] : parts) {
    part.path = part.files.size() == 1 ? part.files[0].destination : common_folder(part.files);
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace bundle::discover
