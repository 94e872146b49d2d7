// The data that crosses from one stage to the next. No behaviour lives here.
//
//     closure (resolve) -> found files (discover; found.h) -> plan (plan/layout) -> rewritten files -> archive (pack)
//     -> report
//
// Paths in Object and Tried are of the source machine; paths in Item are inside the bundle, without a leading slash.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle {

constexpr size_t no_object = SIZE_MAX;

// ---------------------------------------------------------------------------------------------- resolve

/// What one look at a candidate path gave. It lands in the trail that the user is shown.
enum class Probe { found, absent, not_elf, wrong_machine, unreadable };

/// The rung of the loader's ladder that answered, in the order of ld.so(8).
enum class Rule {
  program,         // named by the user
  interpreter,     // PT_INTERP
  preload,         // LD_PRELOAD
  already_loaded,  // an object of that name or SONAME was there
  slash,           // a DT_NEEDED with a slash: opened as it is
  rpath,
  library_path,  // LD_LIBRARY_PATH, -L
  runpath,
  cache,           // ld.so.cache
  default_folder,  // /lib, /usr/lib and their kin; for musl its path file
  added,           // a plugin, or what discovery found
};

/// One candidate that was looked at, in order.
struct Tried {
  Rule rule = Rule::default_folder;
  size_t rule_owner = no_object;  // whose run path, for Rule::rpath and Rule::runpath
  std::string path;
  Probe outcome = Probe::absent;
  std::string detail;  // one sentence where the outcome alone does not say why; empty otherwise
};

/// One DT_NEEDED of an object and where it led.
struct Edge {
  std::string name;           // as written in DT_NEEDED
  size_t target = no_object;  // index in Closure::objects; no_object when it is missing
  Rule rule = Rule::already_loaded;
  size_t rule_owner = no_object;  // whose run path, for Rule::rpath and Rule::runpath
  std::vector<Tried> tried;       // everything looked at, the answer last when there is one
  /// The copy for newer processors (glibc-hwcaps) that this machine's loader would have taken in the place of the
  /// baseline one; empty when it would take the same.
  std::string hwcaps;
  bool left_to_target = false;  // without a target here, and not missing: the target has it
};

/// A DT_FILTER or DT_AUXILIARY of an object: its symbols are looked for there first.
struct Filter {
  Edge edge;
  bool optional = false;  // DT_AUXILIARY: the loader goes on without it
};

/// One object of a load namespace.
struct Object {
  std::string path;       // as the loader would open it, ".." and symlinks and all
  std::string real_path;  // every symlink resolved: the file that is read and bundled
  std::string name;       // the base name it was first asked for by: what a dependent's DT_NEEDED says
  std::optional<std::string> soname, rpath, runpath, interpreter;
  Rule rule = Rule::program;  // of the first edge that led here
  uint64_t size = 0;
  bool is_64 = true;
  uint16_t machine = 0;  // e_machine
  bool is_static = false;
  bool is_library = false;      // objects[0] only: a shared library that was named as a program
  size_t loader = no_object;    // the object that asked for it first: the next one up for inherited run paths
  std::vector<Edge> needs;      // in DT_NEEDED order
  std::vector<Filter> filters;  // in the file's order
};

/// A symbol version that `object` requires of `library`, as its version table names it, and does not get.
struct VersionProblem {
  enum class Kind {
    undefined,    // the library that the name led to does not define it, and the loader refuses to start
    unversioned,  // that library defines no versions at all, and the loader warns
    nameless,     // nothing that is loaded goes by the name, and the loader fails an assertion
  };
  size_t object = 0;
  size_t target = no_object;  // what the name led to; none when nameless
  std::string library, version;
  Kind kind = Kind::undefined;
  bool is_fatal() const { return kind != Kind::unversioned; }
};

/// Which loader's rules a closure follows.
enum class LoaderKind { none, glibc, musl };

/// What one file alone says of where it runs and how it was hardened.
struct ProgramFacts {
  std::string lowest_glibc;  // "2.34", from the versions that it requires; empty when it requires none
  std::string lowest_glibcxx;
  std::string kernel_floor;  // "3.2.0", from its ABI note; empty without one
  std::string build_id;
  bool position_independent = false;
  enum class Relro { none, partial, full } relro = Relro::none;
  bool executable_stack = false;
  bool stack_protector = false;  // it calls __stack_chk_fail
  bool fortified = false;        // it calls functions such as __memcpy_chk
  bool is_static = false;
};

/// One program (or plugin in a namespace of its own) and all that its loader would load, breadth first.
/// objects[0] is the program. The interpreter is an object too, the last when no library asks for it by name.
struct Closure {
  std::vector<Object> objects;
  size_t interpreter = no_object;
  /// Edges without a target: (object, index in needs).
  struct Missing {
    size_t object = 0;
    size_t edge = 0;
    bool filter = false;  // `edge` is an index in filters
  };
  std::vector<Missing> missing;
  std::vector<Missing> left_to_target;  // edges that lead to what the target has
  LoaderKind loader_kind = LoaderKind::none;
  /// What the look at PT_INTERP gave. Not found: `interpreter` is no_object, and objects[0].interpreter names it.
  Tried interpreter_look;
  std::vector<VersionProblem> version_problems;
  std::vector<std::string> notes;     // what the user should know, one line each
  std::optional<ProgramFacts> facts;  // of objects[0], where they were asked for
};

/// A library that an object opens by its bare name (dlopen), as that object would get it.
struct Opening {
  std::string asker;  // real path of the object that opens it
  std::string name;   // as it asks for it
  std::string why;
  Closure closure;        // objects[0] is the library; what it needs may be loaded already
  std::string rule = {};  // of discovery, by its id
};

// ---------------------------------------------------------------------------------------------- rewrite

/// What to change in one ELF file. What is not named stays.
struct Edit {
  struct RunPath {
    std::string value;     // empty: the run path goes away
    bool runpath = false;  // DT_RUNPATH instead of DT_RPATH; the other tag goes away in either case
  };
  std::optional<std::string> interpreter;
  std::optional<RunPath> run_path;
  std::vector<std::string> add_needed;     // put ahead of all but a sanitizer's runtime
  std::vector<std::string> remove_needed;  // those that are not there are not an error
  std::map<std::string, std::string> rename_needed;
  std::optional<std::string> soname;
  std::optional<bool> executable_stack;  // what PT_GNU_STACK asks for
  bool no_default_folders = false;       // DF_1_NODEFLIB

  bool empty() const {
    return !interpreter && !run_path && add_needed.empty() && remove_needed.empty() && rename_needed.empty() &&
           !soname && !executable_stack && !no_default_folders;
  }
};

// ---------------------------------------------------------------------------------------------- plan

enum class Kind { launcher, program, library, loader, data, redirect, manifest };

/// An installed package, as its machine's database has it.
struct Package {
  std::string name, version, architecture, source;
  bool known() const { return !name.empty(); }
};

/// How sure it is that something is needed. What is certain goes in; what is likely goes in within a budget; what is
/// weak is a hint.
enum class Strength { certain, likely, weak };

/// Why something is in the bundle.
struct Reason {
  std::string why;            // "needed by rig", "of rig's package", "named by libmagic.so.1"
  std::string rule = {};      // the one that brought it, by its id; empty where none did
  std::string evidence = {};  // what that went by, where `why` does not say
  Strength strength = Strength::certain;
};

/// A file that is to be in the bundle: where it comes from, what it is, whose, and why it is there. Who finds one says
/// where it is to be found (Found, in found.h), the plan where it lies (Item).
struct BundledFile : Reason {
  std::string
      source;  // its real path on this machine, in a sysroot one in that; empty for what launch/ and report/ make
  Kind kind = Kind::data;
  uint32_t mode = 0644;
  Package package;
};

/// One entry of the bundle. It is no Found with more to it: most entries nobody found, for loaders load them or they
/// are made, and one that is found may become a program and its launcher, a launcher alone, or another name of an
/// entry.
struct Item : BundledFile {
  std::string path;               // "lib/rig/libz.so.1"
  Edit edit;                      // for ELF files
  std::vector<std::string> also;  // other paths of the source machine that this one file answers for
};

/// One program of the bundle and how its launcher starts it. Paths are inside the bundle.
struct Program {
  std::string name;       // bin/NAME; of a helper its base name
  std::string source;     // as the user named it, made absolute
  std::string launcher;   // "bin/rig"
  std::string program;    // "lib/rig/root/usr/bin/rig"
  std::string loader;     // "lib/rig/ld.so"; empty for a static program
  std::string libraries;  // the folders of its run path, relative to the bundle's root or the target's, ':' between
  std::vector<std::string> environment;  // "KEY=VALUE" defaults
  std::string argv0;                     // what it is told it is called; empty: what the caller says
  // For a script, of which `program` is the interpreter:
  std::string script;                  // "lib/cowsay/root/usr/games/cowsay"
  std::vector<std::string> arguments;  // what stands ahead of the caller's; @root@ is the bundle's root
  uint16_t machine = 0;
  bool is_static = false;
  bool is_musl = false;
  bool runpath = false;         // its run path is written as DT_RUNPATH
  bool is_helper = false;       // found, not named: its launcher serves the other programs of the bundle
  bool lacks_launcher = false;  // named, and there is none for its machine: it starts at the prefix only
  uint64_t library_count = 0;
};

// Both lie in the home folder; launch/ makes them.
constexpr std::string_view redirect_library_name = "libredirect.so";
constexpr std::string_view redirect_table_name = "redirect.tab";

/// A path of the source machine that the redirect library answers from the bundle.
struct Redirect {
  enum class Kind {
    file,    // this path alone
    folder,  // this path and, below it, whatever is there in the bundle; what is not there is looked for on the target
    program  // as file; executed away from the prefix by its launcher
  };
  std::string path;  // absolute, as programs know it
  Kind kind = Kind::file;
  std::string launcher;  // of a program, inside the bundle
  std::string stored;    // of a file or folder: the absolute path that it is stored under, when that is another one
  bool always_start = false;  // of a program: by its launcher at the prefix too. Known when files are made
};

/// A library that is not in the bundle, for the target has it.
struct LeftToTarget {
  std::string name;      // as it is asked for
  std::string by;        // base name of who asks; empty for a file that lies among a package's, or was seen in a trace
  bool by_name = false;  // opened by dlopen, not needed by the loader
  auto operator<=>(const LeftToTarget&) const = default;
};

namespace plan {
struct Target;  // target.h
const Target& default_target();
}  // namespace plan

struct Plan {
  std::string name;    // of lib/NAME
  std::string home;    // "lib/rig", or "lib" when flat
  std::string prefix;  // "/opt"
  std::string folder;  // of the output, that all of it lies in: "tools/rig"; or ""
  const plan::Target* target = &plan::default_target();
  std::string sysroot;  // what the sources lie in; "" for this machine's root
  std::vector<Program> programs;
  std::vector<Item> items;                        // sorted by path, paths unique
  std::vector<Redirect> redirects;                // none: no redirect library
  std::vector<std::string> redirect_environment;  // see launch::RedirectSettings
  bool prefer_target = false;
  uint16_t redirect_machine = 0;  // 0: no program's machine has a redirect library
  /// Something is to be found by a path of the source machine, whether there is a redirect library for it or not.
  bool wants_redirection = false;
  std::vector<LeftToTarget> left_to_target;  // sorted, each once
};

}  // namespace bundle
