// Who lies where in the bundle: programs, libraries, loaders, and the run paths that hold them together.
//
// Follows "The layer" of the design: lib/NAME/ flat and private, the program under lib/NAME/root where it lay, a
// launcher in bin/. Invariants of the result: paths are unique, sorted and relative; every DT_NEEDED of every closure
// leads to the file that its own closure resolved it to, and every name that an object opens to the file that this
// object would get; no path outside the system's folders appears in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/found.h"
#include "plan/paths.h"
#include "plan/plan.h"

namespace bundle::plan {

struct LayoutOptions {
  std::string name;  // of lib/NAME; empty: the first program's
  const Target* target = &default_target();
  std::string prefix;     // absolute, without a trailing slash: where the output is unpacked; empty: the target's
  bool flat = false;      // lib/ itself instead of lib/NAME/
  bool runpath = false;   // DT_RUNPATH instead of DT_RPATH
  bool launchers = true;  // false: bin/ holds the programs themselves
  /// What the target starts is none of the programs, but a client of its runtime that runs the one that is named: an
  /// Item of Kind::launcher that is the launcher of no program.
  bool has_client = false;
  /// A program or library calls dlmopen. In a new namespace glibc looks for its own loader as for any library, and
  /// finds out that it is there already only when it has opened a file by its SONAME (elf/dl-load.c,
  /// _dl_map_object_from_fd).
  bool opens_namespaces = false;
  /// Where targets have what is left to them. These folders end the run path of each program that has a part in it;
  /// with `opens_targets` of all, for a library that one of them opens.
  std::vector<std::string> target_folders;
  bool opens_targets = false;
  std::vector<KeptFolder> kept_folders;
  bool prefer_target = false;                                // of the redirect library: a file that the target has wins
  std::string sysroot;                                       // real path of the folder that stands for the root, or ""
  std::vector<std::string> environment;                      // "KEY=VALUE" defaults for the programs
  std::vector<VariableDefault> defaults;                     // of one program each, for what `environment` has not
  std::vector<std::pair<std::string, std::string>> renames;  // OLD (a program's name or path), NEW
  std::vector<FolderName> folder_names;
  std::vector<TreePlace> homes;  // for programs and scripts that are named; what is added says its destination itself
};

/// A program that an interpreter runs.
struct Script {
  std::string source;                  // its real path
  std::string destination;             // absolute: where it is to be found
  std::vector<std::string> arguments;  // of its "#!" line
  std::string interpreter;             // as that line has it, or the bare name that env(1) is given there
  std::string other_name = {};         // a link to it on this machine, under which it is to be found, too
};

/// A program that the user named, and its closure; a script's is its interpreter's.
struct NamedProgram {
  std::string given;  // absolute path as named, symlinks not resolved: its base name becomes bin/NAME
  Closure closure;
  bool has_launcher = true;            // whether there are a launcher and a redirect library for its machine
  bool reads_itself = false;           // /proc/self/exe and its argv[0] have to be its own file
  std::vector<Opening> openings = {};  // by objects of the closure, and by what was opened
  std::optional<Script> script = std::nullopt;
};

/// What a program or library loads: its closure, and what the objects of that open by name.
struct Loads {
  Closure closure;
  std::vector<Opening> openings = {};
};

/// What goes in beside the named programs: files that discovery found or the user added, and of the programs and
/// libraries among them what each loads, by its source. Two names of one file load the same.
struct Added {
  std::vector<Found> files;
  std::map<std::string, Loads> loads = {};
};

/// Lays out programs, their closures and what was added. Contents of launchers are not made here: an Item of
/// Kind::launcher has neither source nor content. Throws Error (usage) for names that collide or cannot be file names,
/// with the way out, and for a script where there are to be no launchers; Error (cannot_bundle) for one whose
/// interpreter has none.
Plan make_layout(const std::vector<NamedProgram>& programs, const Added& added, const LayoutOptions& options);

}  // namespace bundle::plan
