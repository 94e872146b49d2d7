#include "discover/rules.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "discover/refusal.h"

namespace bundle::discover {

namespace {

/// The function by which a program starts an interpreter that lies in a library, and the library's name. The
/// library computes where its modules are, and does nothing without them.
struct Interpreter {
  std::string_view library;
  std::array<const char*, 3> starters;
};
constexpr std::array<Interpreter, 6> interpreters = {{
    {"libpython", {"Py_Initialize", "Py_InitializeEx", "Py_InitializeFromConfig"}},
    {"libperl", {"perl_construct", "perl_alloc", "perl_parse"}},
    {"libruby", {"ruby_init", "ruby_setup", "ruby_sysinit"}},
    {"libtcl", {"Tcl_CreateInterp", "Tcl_FindExecutable", "Tcl_MainEx"}},
    {"libguile", {"scm_boot_guile", "scm_init_guile", "scm_with_guile"}},
    {"libjvm", {"JNI_CreateJavaVM", "JNI_GetDefaultJavaVMInitArgs", "JNI_GetCreatedJavaVMs"}},
}};

enum class Is { absent, file, folder };
Is kind_of(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return Is::absent;
  return S_ISDIR(status.st_mode) ? Is::folder : S_ISREG(status.st_mode) ? Is::file : Is::absent;
}

/// The family keeps paths without the "/usr" of the merged folders; files lie with it where /lib is a
/// symlink.
std::string on_disk(const std::string& path) {
  static const bool merged = [] {
    struct stat status = {};
    return ::lstat("/lib", &status) == 0 && S_ISLNK(status.st_mode);
  }();
  for (const char* folder : {"/lib", "/bin/", "/sbin/"}) {
    if (merged && path.starts_with(folder)) return "/usr" + path;
  }
  return path;
}

/// Programs that the packages' own small text files name at the end of a line, as groff's "postpro grops"
/// does.
std::vector<std::string> words_of_settings(const Family& family, const std::vector<std::string>& names) {
  constexpr off_t most = 4096;
  std::vector<std::string> out;
  for (const Family::File& file : family.inner_files()) {
    const std::string path = on_disk(file.path);
    struct stat status = {};
    if (is_left_out(path) || is_in_program_folder(path) || refusal_by_place(path)) continue;
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > most) continue;
    if ((status.st_mode & 0111U) != 0) continue;
    const std::optional<std::string> text = read_file(path);
    for (const std::string& name : names) {
      if (text && text->find(" " + name + "\n") != std::string::npos) out.push_back(name);
    }
  }
  return out;
}

std::string common_folder(const std::vector<Found>& files) {
  std::string folder = files.empty() ? "" : std::string(folder_name(files[0].destination));
  for (const Found& file : files) {
    while (folder != "/" && !file.destination.starts_with(folder + "/")) folder = folder_name(folder);
  }
  return folder;
}

}  // namespace

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
  std::unique_ptr<Family>& family = families_[key];
  if (!family)
    family = database_ == nullptr ? std::make_unique<Family>() : std::make_unique<Family>(*database_, key);
  return *family;
}

const Family& Rules::family_of_names(const Evidence& evidence) {
  std::vector<PackageId> ids;
  for (const NamedPath& named : evidence.paths) {
    const std::string path = normal_path(named.text.substr(0, named.text.find('%')));
    if (database_ == nullptr || is_broad_folder(path) || is_left_out(path) || refusal_by_place(path))
      continue;
    if (is_in_program_folder(path)) continue;
    // A folder of many packages is nobody's data.
    const std::vector<PackageId> owning = database_->owners(path);
    if (owning.size() <= 3) ids.insert(ids.end(), owning.begin(), owning.end());
  }
  return family_of(ids);
}

bool Rules::is_interpreter(const Object& object) const {
  const std::string_view name = base_name(object.real_path);
  return std::any_of(interpreters.begin(), interpreters.end(), [&](const Interpreter& candidate) {
    return name.starts_with(candidate.library) &&
           std::any_of(candidate.starters.begin(), candidate.starters.end(),
                       [&](const char* starter) { return program_imports_.contains(starter); });
  });
}

void Rules::begin_program(const Closure& closure, const Evidence& program, bool is_found) {
  linked_.clear();
  for (const Object& object : closure.objects) {
    linked_.insert(object.name);
    if (object.soname) linked_.insert(*object.soname);
  }
  program_ = closure.objects[0].real_path;
  program_name_ = base_name(program_);
  program_imports_ = program.imports;
  is_found_ = is_found;
  const std::vector<PackageId> ids = owners(closure.objects[0]);
  program_owners_ = ids;
  if (!is_found) close_.push_back(ids.empty() ? &family_of_names(program) : &family_of(ids));
}

bool Rules::look_at(const Object& object, const Evidence& evidence, std::vector<Wish>& wishes) {
  const bool is_program = object.real_path == program_;
  const std::vector<PackageId> ids = owners(object);
  Source source;
  source.name = base_name(object.real_path);
  source.is_unowned = ids.empty();
  const bool starts_it = !is_program && is_interpreter(object);
  const auto is_inner = [&](const Family* family) {
    return std::any_of(ids.begin(), ids.end(), [&](PackageId id) {
      return std::find(family->inner().begin(), family->inner().end(), id) != family->inner().end();
    });
  };
  source.is_close = (is_program && !is_found_) || starts_it ||
                    std::any_of(close_.begin(), close_.end(), is_inner) || (ids.empty() && !is_found_);
  // A close library speaks for the program's packages too: libtesseract names the folder that tesseract-ocr
  // fills.
  std::vector<PackageId> family_ids = ids;
  if (source.is_close && !is_found_) {
    family_ids.insert(family_ids.end(), program_owners_.begin(), program_owners_.end());
  }
  source.family = ids.empty() ? &family_of_names(evidence) : &family_of(family_ids);

  for (const NamedPath& named : evidence.paths) look_at_path(named, source);
  if (source.is_close) add_helpers(evidence, source);
  if (source.is_close || is_program) wish_libraries(evidence, source, wishes);
  if (is_program && !is_found_ && !ids.empty()) {
    add_inner(*source.family, "of the package of " + program_name_);
    if (options_.with_etc) add_etc(*source.family);
  }
  if (starts_it && !ids.empty()) {
    close_.push_back(source.family);
    add_inner(*source.family, fmt::format("of {}, which {} starts", source.name, program_name_));
  }
  return source.is_close || (is_program && is_found_);
}

void Rules::look_at_path(const NamedPath& named, const Source& source) {
  std::string path = normal_path(named.text);
  if (path.starts_with("/etc/") || path.starts_with("/var/")) return look_at_settings(path, source);
  const Family& family = *source.family;
  Group group;
  group.path = path;
  group.why = "named by " + source.name;
  if (path.find('%') != std::string::npos) {
    const std::string folder(folder_name(path.substr(0, path.find('%'))));
    if (is_broad_folder(folder) || is_left_out(folder) || !family.is_known()) return;
    if (!add_listed(group, "", family.files_matching(glob_of_format(path)))) {
      group.path = folder;
      add_listed(group, folder, family.files_under(folder));
    }
    return take_named(std::move(group), source);
  }
  if (is_broad_folder(path)) return;
  Is kind = kind_of(path);
  if (kind == Is::absent && !named.is_terminated && source.is_close && database_ != nullptr) {
    // The text runs on into the next string: the longest beginning of it that a package of the family ships
    // is meant.
    for (size_t size = path.size(); size >= 12 && kind == Is::absent; --size) {
      const std::string shorter = path.substr(0, size);
      const std::vector<PackageId> ids = database_->owners(shorter);
      const bool mine =
          std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
      if (mine && !is_broad_folder(shorter)) {
        kind = kind_of(shorter);
        path = group.path = shorter;
      }
    }
  }
  if (kind == Is::folder && is_left_out(path)) return;
  if (!family.is_known() || (source.is_unowned && database_->owners(path).empty())) {
    if (source.is_close && kind != Is::absent) look_at_unowned(path, source);
    return;
  }
  if (kind == Is::folder) {
    if (!add_listed(group, path, family.files_under(path))) {
      const std::vector<PackageId> ids = database_->owners(path);
      const bool mine =
          std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
      if (mine) collector_.add(group, path, path);  // a link to a folder
    }
    add_generated(group, path, family);
  }
  if (kind == Is::file) {
    const std::vector<PackageId> ids = database_->owners(path);
    const bool mine = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
    if (mine && !is_in_library_folder(path)) collector_.add(group, path, path);
  }
  // A name less its ending, which the reader adds: "/usr/share/misc/magic" for magic.mgc.
  std::vector<Family::File> beside = family.files_beside(path);
  std::erase_if(beside, [&](const Family::File& file) {
    return folder_name(on_disk(file.path)) != folder_name(on_disk(path)) || is_in_library_folder(file.path) ||
           is_in_program_folder(file.path);
  });
  add_listed(group, "", beside);
  take_named(std::move(group), source);
}

void Rules::look_at_settings(const std::string& path, const Source& source) {
  // What every system has of its own, and what the named sets answer for.
  static const std::set<std::string> common = {
      "/etc/passwd",        "/etc/group",       "/etc/shadow",         "/etc/hosts",
      "/etc/resolv.conf",   "/etc/mtab",        "/etc/services",       "/etc/nsswitch.conf",
      "/etc/localtime",     "/etc/ld.so.cache", "/etc/shells",         "/etc/fstab",
      "/etc/hostname",      "/etc/os-release",  "/etc/debian_version", "/etc/host.conf",
      "/etc/environment",   "/etc/profile",     "/etc/papersize",      "/etc/machine-id",
      "/etc/ld.so.preload", "/etc/timezone",    "/etc/terminfo",       "/etc/protocols"};
  if (!source.is_close || common.contains(path) || path == "/etc/ssl" || path.starts_with("/etc/ssl/certs") ||
      path == "/etc/ssl/private")
    return;
  if (path.find('%') != std::string::npos || kind_of(path) == Is::absent || is_broad_folder(path)) return;
  if (refusal_by_name(path)) return;
  const bool shipped = database_ != nullptr && source.family->is_known() && path.starts_with("/etc/") &&
                       !source.family->files_under(path).empty();
  const std::vector<PackageId> ids =
      database_ == nullptr ? std::vector<PackageId>() : database_->owners(path);
  const bool mine = shipped || std::any_of(ids.begin(), ids.end(),
                                           [&](PackageId id) { return source.family->contains(id); });
  if (mine && options_.with_etc) return;
  collector_.hint(path, fmt::format("{} names {}: {} it if wanted", source.name, path,
                                    mine && path.starts_with("/etc/") ? "--with-etc or --add" : "--add"));
}

void Rules::look_at_unowned(const std::string& path, const Source& source) {
  if (refusal_by_place(path) || is_left_out(path) || is_in_program_folder(path)) return;
  if (collector_.is_object(real_path(path).value_or(path))) return;
  // Where a program was installed by hand, its data was too. Elsewhere a path may be anything.
  const bool installed = path.starts_with("/usr/") || path.starts_with("/opt/") || path.starts_with("/srv/");
  if (!installed) {
    collector_.hint(path, fmt::format("{} names {}, which no package owns: --add {} if it is wanted",
                                      source.name, path, path));
    return;
  }
  Group group;
  group.path = path;
  group.why = "named by " + source.name;
  if (kind_of(path) == Is::file) collector_.add(group, path, path);
  if (kind_of(path) == Is::folder) {
    collector_.add_folder(group, path, path, Collector::License::none,
                          [&](const std::string& file) { return !is_left_out(file); });
  }
  take_named(std::move(group), source);
}

bool Rules::add_listed(Group& group, const std::string& named, const std::vector<Family::File>& files) {
  bool any = false;
  for (const Family::File& file : files) {
    if (is_left_out(file.path) || is_in_library_folder(file.path)) continue;
    const std::string path = on_disk(file.path);
    // To be found under the spelling that the program uses.
    const std::string inside = named.empty() ? "" : path.substr(std::min(path.size(), on_disk(named).size()));
    if (is_in_program_folder(path) && kind_of(path) == Is::file) continue;  // add_helpers' choice
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
    collector_.add(group, path, named.empty() ? path : named + inside);
    any = true;
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  return any;
}

void Rules::add_generated(Group& group, const std::string& folder, const Family& family) {
  // Caches that a package's installation made (graphviz's config6a, loaders.cache) lie among its files
  // unlisted. Only where no other package has a say.
  struct stat status = {};
  if (::lstat(folder.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return;
  const std::vector<PackageId> ids = database_->owners(folder);
  if (ids.empty() || !std::all_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); }))
    return;
  collector_.add_folder(group, folder, folder, Collector::License::none, [&](const std::string& path) {
    return !is_left_out(path) && !database_->owner_id(path) && !is_in_program_folder(path);
  });
}

void Rules::take_named(Group&& group, const Source& source) {
  if (group.files.empty() && group.refused.empty()) return;
  if (!group.files.empty()) group.package = group.files[0].package;
  collector_.take(std::move(group),
                  source.is_close ? std::nullopt : std::optional(options_.library_item_limit));
}

void Rules::add_helpers(const Evidence& evidence, const Source& source) {
  if (!source.family->is_known() || source.is_unowned) return;
  const auto [at, is_new] = helpers_.try_emplace(source.family);
  std::vector<std::string>& programs = at->second;
  if (is_new) {
    for (const Family::File& file : source.family->inner_files()) {
      const std::string path = on_disk(file.path);
      if (is_left_out(path) || path.starts_with("/etc/") || path.find(".so") != std::string::npos) continue;
      struct stat status = {};
      if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111U) != 0) {
        programs.push_back(path);
      }
    }
  }
  std::vector<std::string> names;
  for (const std::string& path : programs) {
    const std::string name(base_name(path));
    if (name.size() >= 3 && real_path(path) != evidence.path) names.push_back(name);
  }
  if (names.empty()) return;
  const std::shared_ptr<const MappedFile> file = MappedFile::open(evidence.path);
  const elf::Image image(file->bytes(), evidence.path);
  std::vector<std::string> words = named_words(image, names);
  if (evidence.path == program_) {
    const std::vector<std::string> more = words_of_settings(*source.family, names);
    words.insert(words.end(), more.begin(), more.end());
  }
  Group group;
  for (const std::string& path : programs) {
    if (std::find(words.begin(), words.end(), base_name(path)) == words.end()) continue;
    if (real_path(path) != evidence.path) collector_.add(group, path, path);
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
  for (const Family::File& file : family.inner_files()) {
    const std::string path = on_disk(file.path);
    if (is_left_out(path) || path.starts_with("/etc/") || is_in_program_folder(path) ||
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
    // Other programs of the package are taken when they are named.
    std::erase_if(group.files, [&](const Found& found) {
      return found.what == Found::What::program || collector_.is_object(found.source);
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
    wish.feature = "named by " + source.name;
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

void Rules::add_by_user(const std::string& path, const std::string& real, const std::string& destination,
                        const char* option) {
  Group group;
  group.path = path;
  group.why = option;
  if (kind_of(real) != Is::folder) {
    collector_.add(group, path, destination, Collector::License::user);
  } else if (const std::string text = normal_path(real);
             text == "/" || text.find('/', 1) == std::string::npos) {
    throw Error(Exit::usage, path,
                fmt::format("is a folder of the whole system: name a folder in it by {}", option));
  } else {
    collector_.add_folder(group, real, destination, Collector::License::user, [&](const std::string& file) {
      // The folder was named, not each file in it: what is secret by its name or mode still has to be.
      std::optional<std::string> why = refusal_by_name(file);
      const std::optional<std::string> target = real_path(file);
      if (!target) return false;
      if (!why && kind_of(*target) != Is::folder) why = refusal_by_content(*target);
      if (!why && !target->starts_with(real + "/")) why = refusal_by_place(*target);
      if (why)
        group.refused.push_back(
            {file, fmt::format("{} is not added: it {}. --add it by its full name if it is wanted",
                               printable(file), *why)});
      return !why;
    });
  }
  if (!group.files.empty()) group.package = group.files[0].package;
  // By the user's word, so whatever its size.
  collector_.take_unlimited(std::move(group));
}

size_t Rules::add_traced(const std::vector<TracedFile>& files, const std::string& program) {
  std::map<std::string, Group> groups;  // by folder
  for (const TracedFile& file : files) {
    const std::string path = normal_path(file.path);
    if (path.starts_with("/proc/") || path.starts_with("/sys/") || path.starts_with("/dev/")) continue;
    const std::optional<std::string> real = real_path(path);
    if (!real || kind_of(*real) != Is::file || collector_.is_object(*real)) continue;
    if (path == "/etc/ld.so.cache" || path == "/etc/ld.so.preload") continue;
    if (file.is_argument && file.use != TracedFile::Use::executed && !refusal(*real) &&
        !refusal_by_place(path)) {
      collector_.hint(
          path, fmt::format("{} was an argument of the run, and is taken for its input: --add it if wanted",
                            printable(path)));
      continue;
    }
    Group& group = groups[std::string(folder_name(path))];
    group.path = folder_name(path);
    group.why = fmt::format("used in a run of {}", program);
    collector_.add(group, path, path);
  }
  size_t added = 0;
  for (auto& [folder, group] : groups) {
    for (Found& found : group.files) {
      found.by_name = found.what == Found::What::library && is_in_library_folder(found.destination);
    }
    if (group.files.size() == 1) group.path = group.files[0].destination;
    if (!group.files.empty()) group.package = group.files[0].package;
    const size_t count = group.files.size();
    if (collector_.take(std::move(group))) added += count;
  }
  return added;
}

}  // namespace bundle::discover
