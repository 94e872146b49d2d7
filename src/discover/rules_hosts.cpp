// Interpreters as hosts: the modules that a script of Python's leads to, and in the texts of modules, whatever their
// language, the libraries that they open by name and the data that they name.
//
// ctypes, cffi, Ruby's FFI, koffi and their like give dlopen a name that stands in no object. It is meant where the
// package of the text depends on the library of that name, which is how packagers say it; where nobody packaged the
// text, where it is the user's own. Such a name is searched from an object of the interpreter's (libffi, a compiled
// module), so each lies where any object finds it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "discover/module_text.h"
#include "discover/python_modules.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "discover/script_text.h"
#include "knowledge/languages.h"
#include "knowledge/libc.h"

namespace bundle::discover {

namespace {

constexpr uint64_t largest_text = 1'000'000;  // bytes

bool is_text_of_language(std::string_view path) {
  const auto& endings = knowledge::text_endings;
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

/// "foo" of "libfoo.so.1" and "libfoo.so"; empty for a name of another shape.
std::string stem_of(std::string_view name) {
  const size_t end = name.find(".so");
  const bool is_library =
      name.starts_with("lib") && end != std::string_view::npos && name.find('/') == std::string::npos;
  const bool is_whole = is_library && (end + 3 == name.size() || name[end + 3] == '.');
  return is_whole && end > 3 ? std::string(name.substr(3, end - 3)) : std::string();
}

/// Most files name neither a library nor a path.
bool may_name_something(std::string_view text) {
  const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  const auto& calls = knowledge::library_calls;
  const auto& beginnings = knowledge::beginnings_of_names();
  return has(".so") || std::any_of(calls.begin(), calls.end(), has) ||
         std::any_of(beginnings.begin(), beginnings.end(), has);
}

/// The end of a path that tells its file from others of that name.
std::string short_name(const std::string& path) {
  return std::string(base_name(folder_name(path))) + "/" + std::string(base_name(path));
}

}  // namespace

bool Rules::is_module_package(PackageId id, const std::set<std::string>& sources) const {
  const std::vector<PackageId> needs = database_->depends_of(id);
  return std::any_of(needs.begin(), needs.end(),
                     [&](PackageId need) { return sources.contains(database_->package(need).source); });
}

/// Where the interpreter of a script looks: beside the script, among its own, in folders that the script names itself,
/// in the system's. `standard` gets the second.
std::vector<std::string> Rules::python_folders(const std::string& script, const std::string& interpreter,
                                               std::string& standard) {
  std::string version(base_name(root_.real(interpreter).value_or(interpreter)));
  if (version.find('.') == std::string::npos && !program_.empty()) version = base_name(program_);
  standard = "/usr/lib/" + version;
  // Fedora and SUSE have it by the machine, where everybody's modules have both.
  if (const std::string of_machine = "/usr/lib64/" + version; root_.is_folder(of_machine + "/encodings"))
    standard = of_machine;
  std::vector<std::string> out;
  if (!is_broad_folder(folder_name(script))) out.emplace_back(folder_name(script));
  out.push_back(standard);
  for (const NamedPath& named : paths_in(collector_.open(script)->bytes().text())) {
    const std::string path = normal_path(named.text);
    if (!is_broad_folder(path) && root_.is_folder(path)) out.push_back(path);
  }
  for (const std::string_view folder : knowledge::python_folders) {
    std::string path(folder);
    if (const size_t at = path.find("VERSION"); at != std::string::npos) path.replace(at, 7, version);
    if (root_.is_folder(path)) out.push_back(path);
  }
  return out;
}

void Rules::add_python_modules(const std::string& script, const std::string& interpreter,
                               const std::set<std::string>& sources) {
  std::string standard;
  std::vector<std::string> folders = python_folders(script, interpreter, standard);
  PythonModules modules(root_, std::move(folders), std::move(standard));
  modules.add_own(script);
  std::vector<PackageId> own;
  if (database_ != nullptr) own = family_of(database_->owners(script)).inner();
  // What lies where Python does not look by itself is the script's own, too: foo-common below /usr/share.
  for (size_t i = 0; i < own.size(); ++i) {
    const std::vector<Family::File> files = family_of({own[i]}).inner_files();
    for (const Family::File& file : files) {
      if (file.package == own[i] && file.path.ends_with(".py")) modules.add_own(root_.as_it_lies(file.path));
    }
    for (const PackageId id : database_->depends_of(own[i])) {
      const bool is_known = sources.contains(database_->package(id).source) || !is_module_package(id, sources) ||
                            std::find(own.begin(), own.end(), id) != own.end();
      if (is_known) continue;
      const std::vector<std::string> theirs = database_->files_of(id);
      const bool has_modules = std::any_of(theirs.begin(), theirs.end(), [&](const std::string& path) {
        return !modules.folder_above(root_.as_it_lies(path)).empty();
      });
      if (!has_modules) own.push_back(id);
    }
  }
  take_python_modules(modules, script, own, sources);
}

/// A compiled module imports by names that stand in its data.
void Rules::reach_from_compiled(PythonModules& modules) {
  std::set<std::string> seen;
  for (bool again = true; again;) {
    again = false;
    const std::map<std::string, PythonModules::Reached> reached = modules.follow();
    for (const auto& entry : reached) {
      const std::string& path = entry.first;  // clang 14 takes no structured binding into a lambda
      if (!path.ends_with(".so") || !entry.second.is_firm || database_ == nullptr || !seen.insert(path).second)
        continue;
      std::set<std::string, std::less<>> wanted;
      for (const PackageId owner : database_->owners(path)) {
        for (const PackageId id : database_->depends_of(owner)) {
          for (const std::string& file : database_->files_of(id)) {
            const std::string folder = modules.folder_above(file);
            if (folder.empty()) continue;
            const std::string rest = file.substr(folder.size() + 1);
            wanted.insert(rest.substr(0, rest.find_first_of("/.")));
          }
        }
      }
      if (wanted.empty()) continue;
      const std::shared_ptr<const MappedFile> file = collector_.open(root_.real(path).value_or(path));
      for_each_text(elf::Image(file->bytes(), path), [&](std::string_view text) {
        if (text.size() >= 3 && wanted.contains(text.substr(0, text.find('.')))) {
          modules.add_module(std::string(text), path);
          again = true;
        }
      });
    }
  }
}

void Rules::take_python_modules(PythonModules& modules, const std::string& script, const std::vector<PackageId>& own,
                                const std::set<std::string>& sources) {
  const std::string name(base_name(script)), for_script = "for the script " + name;
  reach_from_compiled(modules);
  rule_ = "script-package";
  for (const PackageId id : own) add_inner(family_of({id}), for_script);
  std::set<PackageId> known(own.begin(), own.end());
  std::set<std::string> offered;
  // The firm ones first, whoever else imports them. What is taken without being firm leads on in turn.
  for (const bool is_firm : {true, false}) {
    for (bool again = true; again;) {
      again = false;
      const std::map<std::string, PythonModules::Reached> reached = modules.follow();
      for (const auto& [path, how] : reached) {
        const std::string module = modules.topmost(path);
        if (module.empty() || how.is_own || (is_firm && !how.is_firm) || is_below(how.by, module)) continue;
        const std::string why =
            how.is_firm ? for_script : fmt::format("imported by {}, which does without", printable(short_name(how.by)));
        const std::vector<PackageId> ids = database_ == nullptr ? std::vector<PackageId>() : database_->owners(path);
        bool is_taken = false;
        for (const PackageId id : ids) {
          if (sources.contains(database_->package(id).source) || !known.insert(id).second) continue;
          if (how.is_firm) add_inner(family_of({id}), why);
          is_taken = how.is_firm || take_weak_package(id, module, why) || is_taken;
        }
        if (ids.empty() && knowledge::is_modules_folder(module) && offered.insert(module).second)
          is_taken = take_unowned_module(module, how.is_firm, why);
        if (is_taken) modules.note_taken(module);
        again = again || is_taken;
      }
    }
  }
  // Whoever made the script's own package may know of more than its texts say.
  for (const PackageId mine : own) {
    for (const PackageId id : database_->depends_of(mine)) {
      const bool is_others = sources.contains(database_->package(id).source) || !is_module_package(id, sources);
      if (is_others || !known.insert(id).second) continue;
      take_weak_package(id, "", fmt::format("the package of {} depends on it", name));
    }
  }
  tell_of_unimported(modules, known, sources, name);
  const std::string asker = program_.empty() ? std::string() : collector_.source_of(program_);
  for (const auto& [path, how] : modules.follow()) {
    std::vector<PackageId> ids = database_ == nullptr ? std::vector<PackageId>() : database_->owners(path);
    if (!path.ends_with(".so")) texts_.push_back({path, std::move(ids), how.is_own, asker});
  }
}

/// For --why alone: packages of modules that one of `known` depends on, and that nothing imports.
void Rules::tell_of_unimported(const PythonModules& modules, const std::set<PackageId>& known,
                               const std::set<std::string>& sources, const std::string& script) {
  for (const PackageId by : known) {
    for (const PackageId id : database_->depends_of(by)) {
      if (known.contains(id) || !is_module_package(id, sources)) continue;
      std::string module;
      for (const std::string& path : database_->files_of(id)) {
        if (module.empty() && path.ends_with("/__init__.py")) module = modules.topmost(root_.as_it_lies(path));
      }
      if (module.empty()) continue;
      collector_.leave_unsaid(
          {module,
           fmt::format("{} is not added: the package {} depends on it, and nothing that {} loads imports it: "
                       "--add {} if it is wanted",
                       printable(module), database_->package(by).name, printable(script), shell_word(module)),
           rule_},
          {});
    }
  }
}

/// A package that is not known to be needed: as far as it costs little, and told of where it does not.
bool Rules::take_weak_package(PackageId id, const std::string& module, const std::string& why) {
  const Family& family = family_of({id});
  Group group = group_for("", why, Strength::likely);
  group.package = database_->package(id);
  for (const Family::File& file : family.inner_files()) {
    const std::string path = root_.as_it_lies(file.path);
    const bool is_module = knowledge::is_modules_folder(path);
    if (!is_module || family.leaves_out(path) || path.starts_with("/etc/") || refusal_by_place(path)) continue;
    const machine::Status itself = root_.look_at_link(path);
    if (itself.is_there() && !itself.is_folder()) collector_.add(group, path, path);
  }
  if (group.files.empty()) return false;
  group.path = module.empty() ? common_folder(group.files) : module;
  if (is_broad_folder(group.path)) group.path = group.files.front().destination;
  return collector_.take(std::move(group), options_.library_item_limit);
}

/// One that no package owns: pip's. The libraries of a wheel lie beside it, in NAME.libs.
bool Rules::take_unowned_module(const std::string& module, bool is_firm, const std::string& why) {
  Group group = group_for(module, why, is_firm ? Strength::certain : Strength::likely);
  const auto is_wanted = [](const std::string& path) { return !path.ends_with(".pyc"); };
  if (root_.is_folder(module)) {
    for (const std::string& folder : {module, module + ".libs"})
      collector_.add_folder(group, folder, folder, Collector::License::none, is_wanted);
  } else {
    collector_.add(group, module, module);
  }
  return collector_.take(std::move(group), is_firm ? std::nullopt : std::optional(options_.library_item_limit));
}

void Rules::note_texts_of(const std::vector<std::string>& paths, const std::vector<PackageId>& ids, bool is_by_user,
                          const std::string& asker) {
  for (const std::string& path : paths) {
    if (is_text_of_language(path)) texts_.push_back({path, ids, is_by_user, asker});
  }
}

void Rules::follow_texts() {
  for (const HostText& text : std::exchange(texts_, {})) look_into_text(text);
}

void Rules::look_into_text(const HostText& text) {
  const std::string real = root_.real(text.path).value_or(text.path);
  const machine::Status status = root_.look(real);
  // A module that was left out for its size names nothing.
  if (!status.is_file() || status.size > largest_text ||
      (!text.is_by_user && !collector_.has_source(collector_.source_of(real))))
    return;
  const std::shared_ptr<const MappedFile> file = collector_.open(real);
  if (!may_name_something(file->bytes().text())) return;
  for (const Quoted& name : quoted_in(file->bytes().text())) {
    if (name.text.starts_with('/')) {
      take_data_of_text(normal_path(name.text), text);
      continue;
    }
    const std::string library = library_meant(name, text);
    if (library.empty()) continue;
    if (name.is_searched && file->bytes().text().find(library) == std::string_view::npos) {
      collector_.hint(
          text.path,
          fmt::format("{} asks ctypes for the library \"{}\", which runs ldconfig, gcc and ld to find it: where "
                      "the target has none of them, or none that knows it, it gets None. {} is in the bundle, "
                      "and is opened by that name",
                      printable(short_name(text.path)), printable(name.text), library));
    }
    Wish wish;
    wish.names = {library};
    wish.by = text.asker;
    wish.rule = "opens-library";
    wish.why = fmt::format("\"{}\" in {}", printable(name.text), printable(short_name(text.path)));
    text_wishes_.push_back(std::move(wish));
  }
}

/// The SONAME of the library that a name in a text stands for; empty when it is none's.
std::string Rules::library_meant(const Quoted& name, const HostText& text) {
  const bool has_ending = !stem_of(name.text).empty();
  // Few letters are the name of a library only where one is opened.
  if (!has_ending && !name.is_opened && name.text.size() < 4) return {};
  for (const PackageId id : text.ids) {
    const std::map<std::string, std::string>& known = libraries_depended_on(id);
    if (const auto found = known.find(name.text); found != known.end()) return found->second;
  }
  if (!text.is_by_user || (!has_ending && !name.is_opened)) return {};
  if (knowledge::is_of_libc(name.text) || name.text.find('/') != std::string::npos) return {};
  for (const std::string& folder : library_folders_) {
    if (has_ending && root_.look(folder + "/" + name.text).is_file()) return name.text;
    if (has_ending) continue;
    const std::string start = (name.text.starts_with("lib") ? "" : "lib") + name.text + ".so.";
    std::string best;
    int error_number = 0;
    for (const auto& [entry, node] : root_.entries(folder, error_number)) {
      if (entry.starts_with(start) && (best.empty() || entry.size() < best.size())) best = entry;
    }
    if (!best.empty() && !knowledge::is_of_libc(best)) return best;
  }
  return {};
}

/// Of the libraries in packages that a package depends on, and that those depend on as libraries: each by the names
/// that a text may have for it ("libmagic.so.1", "libmagic", "magic").
const std::map<std::string, std::string>& Rules::libraries_depended_on(PackageId id) {
  const auto [at, is_new] = depended_.try_emplace(id);
  if (!is_new) return at->second;
  std::vector<PackageId> packages = database_->depends_of(id);
  const std::vector<PackageId> recommended = database_->recommends_of(id);
  packages.insert(packages.end(), recommended.begin(), recommended.end());
  for (size_t i = 0; i < packages.size(); ++i) {
    bool is_library = false;
    for (const std::string& listed : database_->files_of(packages[i])) {
      const std::string path = root_.as_it_lies(listed);
      const std::string soname(base_name(path)), stem = stem_of(soname);
      if (stem.empty() || !is_in_library_folder(path) || knowledge::is_of_libc(soname)) continue;
      is_library = true;
      // Of libz.so.1 and libz.so.1.2.13 the former is the SONAME.
      for (const std::string& name : {stem, "lib" + stem, "lib" + stem + ".so", soname}) {
        std::string& known = at->second[name];
        if (known.empty() || soname.size() < known.size()) known = soname;
      }
    }
    if (!is_library) continue;
    for (const PackageId next : database_->depends_of(packages[i])) {
      if (std::find(packages.begin(), packages.end(), next) == packages.end()) packages.push_back(next);
    }
  }
  return at->second;
}

/// Data of another package, by its cost; a hint tells of the rest.
void Rules::take_data_of_text(const std::string& path, const HostText& text) {
  const bool is_data = knowledge::is_installed_place(path) && !is_broad_folder(path) && !is_left_out(path) &&
                       !is_in_program_folder(path) && !is_in_library_folder(path) &&
                       !knowledge::is_modules_folder(path);
  if (!is_data || database_ == nullptr || path.find_first_of("%*{$") != std::string::npos) return;
  const Is kind = root_.kind(path);
  if (kind == Is::absent || collector_.has_below(path)) return;
  const std::vector<PackageId> ids = database_->owners(path);
  if (ids.empty() || refusal_by_place(path)) return;
  rule_ = "named-path";
  Group group = group_for(path, fmt::format("named by {}", printable(short_name(text.path))), Strength::likely);
  group.evidence = fmt::format("{} holds \"{}\"", printable(text.path), printable(path));
  group.package = database_->package(ids.front());
  if (kind == Is::file) collector_.add(group, path, path);
  if (kind == Is::folder) {
    collector_.add_folder(group, path, path, Collector::License::none,
                          [](const std::string& below) { return !is_left_out(below); });
  }
  if (!group.files.empty()) collector_.take(std::move(group), options_.library_item_limit);
}

}  // namespace bundle::discover
