// The objects that a program's loader would load, found without running anything.
//
// Breadth first, as glibc's elf/dl-deps.c and musl's load_deps: a name that an object already goes by (its
// path, the names it was asked for by, under glibc its SONAME) is that object; a file that is already loaded
// under another path is too. Everything else climbs the ladder in search.h. The real loader is right wherever
// the two differ.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "plan/plan.h"
#include "resolve/search.h"

namespace bundle::resolve {

class Resolver {
 public:
  /// Throws Error (usage) when the sysroot is not a folder.
  explicit Resolver(Options options);
  /// For the files of another disk, in which every path is one inside.
  Resolver(Options options, std::shared_ptr<const machine::Disk> disk);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// What everything is looked up in; what was laid into it is there for whoever asks.
  machine::Root& root() { return root_; }

  /// The path to hand to resolve() for a program that the user named in a sysroot: a path is one already, a bare name
  /// is looked for in Options::program_path. Throws Error (cannot_bundle) when none of them has it.
  std::string find_in_sysroot(const std::string& named);

  /// The closure of the program (or library) at `path`. In a sysroot that is a path inside it, or one of this machine
  /// that leads into it, or of a file that was built for it and lies elsewhere: that one is laid into the sysroot, with
  /// the folder it lies in, so that its $ORIGIN is that folder, and a note says so. Missing libraries are data
  /// (Closure::missing), as is a missing interpreter. Throws Error (cannot_bundle) when `path` is not an ELF file that
  /// can be bundled.
  Closure resolve(const std::string& path);

  /// The closure of a plugin in a namespace of its own (dlmopen): by the rules of `host`'s loader, and with
  /// the program's DT_RPATH, which counts there too. objects[0] is the plugin.
  Closure resolve_plugin(const std::string& path, const Closure& host);

  /// Adds a plugin and what it needs to the program's own namespace, as dlopen of that path from the program
  /// would. Returns its index in host.objects, which may be that of an object that was there.
  size_t add_plugin(Closure& host, const std::string& path);

  /// What host.objects[asker] gets by dlopen(name), and all that this needs, as a closure of which the library is the
  /// first: the asker's own run path counts, as does its loaders', and what is loaded already is taken as it is.
  /// Nothing when there is no such library. For a plugin's closure `program` is the one that loads it, as for
  /// resolve_plugin(); null for a program's.
  std::optional<Closure> open_by_name(const Closure& host, size_t asker, const std::string& name,
                                      const Closure* program);

 private:
  struct Start {
    std::shared_ptr<const ElfFile> file;
    std::string path;  // inside, as named, made absolute
    bool is_static = false;
    std::optional<ProgramFacts> facts;
  };
  Start open(const std::string& path);
  /// The inside path of what the user named, which is laid in when it lies outside of the sysroot and of this machine's
  /// own folders. Nothing when there is no such file.
  std::optional<std::string> inside_of_named(const std::string& named, bool with_folder);
  /// The program as its namespaces see it: its DT_RPATH counts in each of them.
  std::optional<Loaded> above_of(const Closure& program, const Loader& loader);
  const Loader& loader_for(const std::string& path, uint16_t machine, bool is_64);

  Options options_;
  machine::Root root_;
  Files files_;
  Search search_;
  std::map<std::tuple<std::string, uint16_t, bool>, Loader> loaders_;  // by path, machine and class
};

}  // namespace bundle::resolve
