// A machine that a test makes up, in memory: packages on a disk, programs and libraries of a few bytes, and discovery
// on it.
//
// A case says what is there, discovers a program, and holds what was taken, and what was not, against a list.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "../machine/made_up_disk.h"
#include "../packages/made_up_database.h"
#include "../resolve/tiny_elf.h"
#include "discover/discover.h"

namespace made_up {

using bundle::Closure;
using bundle::Found;
using bundle::Kind;
using bundle::Strength;
using bundle::discover::Closer;
using bundle::discover::Discoverer;
using bundle::discover::Dragged;
using bundle::discover::Options;
using bundle::discover::Wish;
/// A set that a case which fails can print.
struct Paths : std::set<std::string> {
  using set::set;
  friend std::ostream& operator<<(std::ostream& out, const Paths& paths) {
    for (const std::string& path : paths) out << path << ' ';
    return out;
  }
};
using Texts = std::vector<std::string>;

constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";
const std::string triplet = "/usr/lib/x86_64-linux-gnu";

/// The bytes of a program that holds these texts and imports these functions.
inline std::string program(const Texts& texts = {}, const Texts& imports = {}) {
  tiny::Elf elf;
  elf.interpreter = loader;
  elf.texts = texts;
  elf.imports = imports;
  return tiny::bytes_of(elf);
}
inline std::string library(const Texts& texts = {}, const Texts& imports = {}) {
  tiny::Elf elf;
  elf.texts = texts;
  elf.imports = imports;
  return tiny::bytes_of(elf);
}

/// What was found, as a test asks for it.
class Findings {
 public:
  explicit Findings(bundle::discover::Discovery discovery) : all(std::move(discovery)) {}
  explicit Findings(const bundle::discover::Discoverer& discoverer)
      : all(discoverer.result()), wishes(discoverer.wishes()) {}

  Paths taken() const {
    Paths out;
    for (const Found& found : all.found) out.insert(found.destination);
    return out;
  }
  bool has(const std::string& path) const { return taken().contains(path); }
  const Found& at(const std::string& path) const {
    const auto found =
        std::find_if(all.found.begin(), all.found.end(), [&](const Found& each) { return each.destination == path; });
    REQUIRE_MESSAGE(found != all.found.end(), path);
    return *found;
  }
  /// The hint of a path; empty when there is none.
  std::string hint(const std::string& path) const {
    const auto found =
        std::find_if(all.hints.begin(), all.hints.end(), [&](const auto& each) { return each.path == path; });
    return found == all.hints.end() ? "" : found->text;
  }
  bool hints_at(const std::string& path, const std::string& words) const {
    return hint(path).find(words) != std::string::npos;
  }
  /// The wish for a library of this name, or null.
  const Wish* wish(const std::string& name) const {
    const auto found =
        std::find_if(wishes.begin(), wishes.end(), [&](const Wish& each) { return each.names.front() == name; });
    return found == wishes.end() ? nullptr : &*found;
  }

  bundle::discover::Discovery all;
  std::vector<Wish> wishes;
};

/// Its /lib, /bin and their like are links into /usr, as everywhere by now.
class Machine {
 public:
  Machine() {
    for (const std::string folder : {"lib", "lib64", "bin", "sbin"}) {
      disk_->folder("/usr/" + folder);
      disk_->link("/" + folder, "usr/" + folder);
    }
  }
  Disk& disk() { return *disk_; }
  bundle::machine::Root& root() { return root_; }
  Database::Package package(const std::string& name) { return database_.package(name); }
  const Database& database() const { return database_; }

  /// A package that ships the program /usr/bin/NAME with these texts and imports.
  Database::Package program_package(const std::string& name, const Texts& texts = {}, const Texts& imports = {}) {
    return package(name).ships("/usr/bin/" + name, program(texts, imports), 0755);
  }
  /// A library package that ships PATH.
  Database::Package library_package(const std::string& name, const std::string& path, const Texts& texts = {},
                                    const Texts& imports = {}) {
    return package(name).role(Role::library).ships(path, library(texts, imports));
  }

  /// The first object and the libraries that it links, as resolve would tell it.
  Closure closure(const std::string& path, const std::vector<std::string>& libraries = {}) {
    Closure out;
    out.loader_kind = bundle::LoaderKind::glibc;
    out.objects.push_back(object(path));
    for (const std::string& each : libraries) {
      out.objects[0].needs.push_back({std::string(bundle::base_name(each)), out.objects.size(), {}, {}, {}, {}, {}});
      out.objects.push_back(object(each));
    }
    return out;
  }

  /// What discovery makes of one program.
  Findings discover(const std::string& path, const std::vector<std::string>& libraries = {},
                    const Options& options = {}) {
    return of({closure(path, libraries)}, options);
  }
  Findings of(const std::vector<Closure>& closures, const Options& options = {}, Closer closer = {}) {
    Discoverer discoverer(options, root_, &database_, bundle::discover::machine_of(closures.front()),
                          std::move(closer));
    for (const Closure& each : closures) discoverer.add_closure(each);
    discoverer.take_new();  // looks into what was found so far, too
    return Findings(discoverer);
  }
  Findings without_database(const std::string& path, const Options& options = {}) {
    return Findings(bundle::discover::discover({closure(path)}, options, root_, nullptr));
  }

 private:
  bundle::Object object(const std::string& path) {
    bundle::Object out;
    out.path = path;
    out.real_path = root_.real(path).value();
    out.name = bundle::base_name(path);
    if (out.name.find(".so") != std::string::npos) out.soname = out.name;
    out.machine = EM_X86_64;
    out.size = root_.look(path).size;
    return out;
  }

  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  bundle::machine::Root root_{disk_};
  Database database_{*disk_};
};

/// A program that depends on a data package, so that only names lead there.
inline Database::Package with_data(Machine& machine, const Texts& texts) {
  machine.program_package("app", texts).depends("app-data");
  return machine.package("app-data").role(Role::data);
}

}  // namespace made_up
