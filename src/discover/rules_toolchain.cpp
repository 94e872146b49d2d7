// What a compiler needs beside itself: its tools, and the packages that it compiles and links against.
//
// Packages say who compiles: one that depends on a development package (gcc-12: libgcc-12-dev) or recommends libc's
// (libc6-dev). For such a program the headers, start files and static libraries that
// discovery leaves out elsewhere are the data, byte for byte, for no loader ever reads them; and the programs
// of the packages that it depends on, where it names them in its specs, are its helpers (as, ld). A driver
// among those (ocamlopt's gcc) brings its own along.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "knowledge/toolchains.h"

namespace bundle::discover {

namespace {

bool is_development(const packages::Record& record) { return record.role == packages::Role::development; }

/// The development packages that `inner` lead to: the first step by what is depended on, or libc's where that
/// is recommended (newlisp recommends libraries that it may call, and compiles nothing), further ones by what
/// those depend on (libc6-dev: linux-libc-dev). None for a package that is of that kind itself.
std::vector<PackageId> development_packages(const packages::Database& database, const std::vector<PackageId>& inner) {
  const auto& records = database.records();
  std::vector<PackageId> found;
  const auto take = [&](PackageId id) {
    if (std::find(found.begin(), found.end(), id) == found.end()) found.push_back(id);
  };
  for (const PackageId id : inner) {
    if (is_development(records[id])) continue;
    for (const PackageId other : database.depends_of(id)) {
      if (is_development(records[other])) take(other);
    }
    for (const PackageId other : database.recommends_of(id)) {
      if (records[other].brings_libc_headers) take(other);
    }
  }
  for (size_t i = 0; i < found.size(); ++i) {
    for (const PackageId id : database.depends_of(found[i])) {
      if (is_development(records[id])) take(id);
    }
  }
  return found;
}

constexpr uint64_t longest_script = 4096;

bool is_library_to_link(const std::string& path) {
  return path.ends_with(".a") || path.find(".so") != std::string::npos;
}

/// A linker script's own words: "GROUP ( /lib/…/libc.so.6 /usr/lib/…/libc_nonshared.a AS_NEEDED ( … ) )".
std::vector<std::string> linker_script_names(const std::string& text) {
  if (text.find("GROUP") == std::string::npos && text.find("INPUT") == std::string::npos) return {};
  std::vector<std::string> out;
  for (std::string& word : split(text, " \t\n(),")) {
    if (word.find(".so") != std::string::npos || word.ends_with(".a")) out.push_back(std::move(word));
  }
  return out;
}

/// The files that a linker opens beyond `path`, a shared library or what stands for one: those that it needs,
/// or that a script names. By their paths where they are; one without a folder is looked for where the linker
/// does, in the folder of the library itself and, from gcc's own (/usr/lib/gcc/TRIPLET/12), in
/// /usr/lib/TRIPLET.
std::vector<std::string> linked_behind(machine::Root& root_, const std::string& path) {
  if (path.find(".so") == std::string::npos || root_.kind(path) != Is::file) return {};
  const std::string real = root_.real(path).value_or(path);
  const std::shared_ptr<const MappedFile> file = root_.map_source(root_.at(real));
  std::vector<std::string> names;
  if (elf::has_elf_magic(file->bytes())) {
    try {
      names = elf::Image(file->bytes(), real, elf::Image::Sections::skip).needed();
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      return {};
    }
  } else if (file->bytes().size() <= longest_script) {
    names = linker_script_names(std::string(file->bytes().text()));
  }
  std::vector<std::string> folders = {std::string(folder_name(real))};
  if (const size_t gcc = folders[0].find("/gcc/"); gcc != std::string::npos) {
    folders.push_back(folders[0].substr(0, gcc) + "/" + split(folders[0].substr(gcc + 5), "/").front());
  }
  std::vector<std::string> out;
  for (const std::string& name : names) {
    if (name.starts_with('/')) out.push_back(name);
    for (const std::string& folder : folders) {
      if (!name.starts_with('/') && root_.kind(folder + "/" + name) == Is::file) out.push_back(folder + "/" + name);
    }
  }
  return out;
}

}  // namespace

bool Rules::is_compiler(const std::vector<PackageId>& own) {
  if (database_ == nullptr || own.empty()) return false;
  const Family& family = family_of(own);
  const auto [at, is_new] = facts_.is_compiler.try_emplace(&family);
  if (is_new) at->second = !development_packages(*database_, family.inner()).empty();
  return at->second;
}

void Rules::add_development_packages(const Family& family) {
  const std::vector<PackageId> packages = development_packages(*database_, family.inner());
  std::vector<PackageId> basic;
  for (const PackageId id : packages) {
    if (!database_->record(id).brings_libc_headers) continue;
    basic.push_back(id);
    // The kernel's headers, which libc's include. What has libraries of its own, libnsl's, is another matter.
    for (const PackageId other : database_->depends_of(id)) {
      const std::vector<std::string> files = database_->files_of(other);
      if (std::none_of(files.begin(), files.end(), is_library_to_link)) basic.push_back(other);
    }
  }
  const bool has_other_headers = std::any_of(packages.begin(), packages.end(), [&](PackageId id) {
    return ships(id, "stddef.h", "include") && !ships(id, "crtbegin.o");
  });
  for (const PackageId id : packages) {
    Development development{id};
    development.has_start_files = ships(id, "crtbegin.o");
    development.is_of_other_driver = development.has_start_files && has_other_headers;
    development.is_basic = std::find(basic.begin(), basic.end(), id) != basic.end() || family.contains(id) ||
                           development.has_start_files || ships(id, "stddef.h", "include");
    add_development(development);
  }
  for (const PackageId id : family.inner()) {
    if (!packages.empty()) add_archives(id);
  }
}

void Rules::find_tools(const Family& family) {
  if (!family.is_known() || !toolchains_.insert(&family).second) return;
  const bool compiles = !development_packages(*database_, family.inner()).empty();
  const auto& records = database_->records();
  for (const PackageId id : family.inner()) {
    for (const PackageId other : database_->depends_of(id)) {
      if (family.contains(other) || is_development(records[other]) || records[other].role == packages::Role::library)
        continue;
      // Who compiles nothing may still start what it depends on, yosys berkeley-abc. Of the same section it
      // is a part of the work; of another (perl, python3) an interpreter of scripts beside it, and none of
      // much use without its library. A family without sections (Alpine, Arch) says nothing of it.
      if (!compiles && (records[id].group.empty() || records[other].group != records[id].group)) continue;
      // With those of the same source: binutils has links to the programs of binutils-x86-64-linux-gnu.
      for (const Family::File& file : family_of({other}).inner_files()) {
        const std::string path = root_.as_it_lies(file.path);
        if (is_in_program_folder(path) && root_.kind(path) == Is::file)
          tools_.push_back({{path, root_.real(path).value_or(path), std::string(base_name(path))}, compiles});
      }
    }
  }
}

/// Whether a package has a file of this name, in a folder of that one.
bool Rules::ships(PackageId id, std::string_view name, std::string_view folder) const {
  const std::vector<std::string> files = database_->files_of(id);
  return std::any_of(files.begin(), files.end(), [&](const std::string& path) {
    return base_name(path) == name && (folder.empty() || base_name(folder_name(path)) == folder);
  });
}

/// Whether an archive lies beside the shared library of its name, so that only -static asks for it.
bool Rules::is_for_static(const std::string& archive) {
  return archive.ends_with(".a") && root_.kind(archive.substr(0, archive.size() - 2) + ".so") == Is::file;
}

/// The archives that such a one leads to: libm.a is a script that names libm-2.36.a.
std::set<std::string> Rules::static_parts(PackageId id) {
  std::set<std::string> out;
  for (const std::string& listed : database_->files_of(id)) {
    const std::string path = root_.as_it_lies(listed);
    if (!is_for_static(path) || root_.look(path).size > longest_script) continue;
    for (const std::string& name : linker_script_names(root_.read(path).value_or(""))) {
      if (name.ends_with(".a")) out.insert(root_.as_it_lies(name));
    }
  }
  return out;
}

/// Of a development package what its target's machine can use. What everything is compiled with is certain: libc's and
/// the kernel's, and the compiler's own start files. The rest is likely, and what is for -static alone and the
/// sanitizers by themselves, of which there are many and large ones.
void Rules::add_development(const Development& development) {
  const Strength strength = development.is_basic ? Strength::certain : Strength::likely;
  Group group = group_for("", "to compile and link with", strength);
  Group more = group_for("", "to link with where it is asked for", Strength::likely);
  Group archives = group_for("", "to link with -static", Strength::likely);
  Group sanitizers = group_for("", "for sanitizers", Strength::likely);
  const std::array<Group*, 4> groups = {&group, &more, &archives, &sanitizers};
  for (Group* each : groups) each->package = database_->package(development.id);
  const std::set<std::string> parts = static_parts(development.id);
  // Of a compiler's own, each program is linked with libgcc; libgomp and its like are asked for.
  const auto is_asked_for = [&](const std::string& path) {
    if (!development.has_start_files) return false;
    if (path.find("/include/") != std::string::npos) return development.is_of_other_driver;
    return is_library_to_link(path) && !base_name(path).starts_with("libgcc");
  };
  const auto add = [&](const std::string& path, bool for_sanitizer) {
    if (knowledge::is_for_other_machine(path, collector_.machine().e_machine) || root_.kind(path) != Is::file) return;
    const bool for_static = is_for_static(path) || parts.contains(path);
    if (for_sanitizer && for_static) return;
    for (const Group* each : groups) {
      if (each->destinations.contains(path)) return;
    }
    collector_.add(for_sanitizer ? sanitizers : for_static ? archives : is_asked_for(path) ? more : group, path, path);
  };
  const auto is_archive = [](const std::string& path) { return path.ends_with(".a"); };
  std::vector<std::string> linked, linked_by_sanitizers;
  for (const std::string& listed : database_->files_of(development.id)) {
    const std::string path = root_.as_it_lies(listed);
    if (is_left_out(path) && !is_archive(path) && !path.starts_with("/usr/include/")) continue;
    if (is_in_program_folder(path) || refusal_by_place(path)) continue;
    const bool is_sanitizer = knowledge::is_of_sanitizer(path);
    add(path, is_sanitizer);
    (is_sanitizer ? linked_by_sanitizers : linked).push_back(path);
  }
  std::set<std::string> followed;
  const auto follow = [&](std::vector<std::string>& from, bool for_sanitizer) {
    while (!from.empty()) {
      const std::string path = std::move(from.back());
      from.pop_back();
      if (!followed.insert(path).second) continue;
      for (std::string& file : linked_behind(root_, path)) {
        if (is_left_out(file) && !is_archive(file)) continue;
        add(file, for_sanitizer);
        // Not every linker asks by the script's spelling: /lib/… and /usr/lib/… are one folder here.
        if (const std::optional<std::string> real = root_.real(file))
          add(std::string(folder_name(*real)) + "/" + std::string(base_name(file)), for_sanitizer);
        from.push_back(std::move(file));
      }
    }
  };
  follow(linked, false);
  follow(linked_by_sanitizers, true);
  for (Group* each : groups) {
    for (Found& found : each->files) found.kind = Kind::data;
    each->path = common_folder(each->files);
  }
  collector_.take(std::move(group));
  collector_.take(std::move(more));
  collector_.take(std::move(archives));
  // One by one, the smallest first: each serves by itself.
  std::sort(sanitizers.files.begin(), sanitizers.files.end(),
            [](const Found& a, const Found& b) { return a.size < b.size; });
  for (Found& found : sanitizers.files) {
    Group one = group_for(found.destination, sanitizers.why, Strength::likely);
    one.package = sanitizers.package;
    one.files.push_back(std::move(found));
    collector_.take(std::move(one), options_.library_item_limit);
  }
}

/// The compiler's own: libtcc1.a, the standard libraries of Go and OCaml.
void Rules::add_archives(PackageId id) {
  Group group = group_for("", "to link with", Strength::likely);
  group.package = database_->package(id);
  for (const std::string& listed : database_->files_of(id)) {
    const std::string path = root_.as_it_lies(listed);
    const bool is_usable = !is_for_static(path) && !knowledge::is_of_sanitizer(path) &&
                           !knowledge::is_for_other_machine(path, collector_.machine().e_machine);
    if (path.ends_with(".a") && is_usable && !refusal_by_place(path)) collector_.add(group, path, path);
  }
  group.path = common_folder(group.files);
  collector_.take(std::move(group));
}

void Rules::add_tools(const Evidence& evidence, const Source& source) {
  if (tools_.empty()) return;
  std::vector<std::string> anywhere, whole;
  for (const Tool& tool : tools_) (tool.in_text ? anywhere : whole).push_back(tool.name);
  const std::shared_ptr<const MappedFile> file = collector_.open(evidence.path);
  const elf::Image image(file->bytes(), evidence.path);
  std::vector<std::string> named = whole.empty() ? std::vector<std::string>() : named_words(image, whole);
  if (!anywhere.empty()) {
    const std::vector<std::string> more = names_in_text(image, anywhere);
    named.insert(named.end(), more.begin(), more.end());
  }
  const std::set<std::string_view> words(named.begin(), named.end());
  Group group = group_for("", fmt::format("tools that {} names", source.name));
  for (const Tool& tool : tools_) {
    if (!words.contains(tool.name) || tool.real == evidence.path) continue;
    collector_.add(group, tool.path, tool.path);
  }
  for (const Found& found : group.files) tools_taken_.insert(found.source);
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  take_named(std::move(group), source);
}

}  // namespace bundle::discover
