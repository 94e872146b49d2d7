// What ld.so cannot see: data, plugins, helper programs, and the few shared files that imports give away.
//
// In order of certainty (shared design, "What ld.so cannot see"): dlopen notes, what the user names, what a
// trace saw, what the program names and its packages own, what its packages ship beside it, what a library
// names, what an import stands for. Nothing is run here except by trace.h, on request. Invariant: no file of
// a refused place or name (refusal.h) is among the findings unless the user named that very file, it belongs
// to a named set, or it is a package's unchanged settings file reached through a link that the package ships.
//
// Programs and libraries that are found have closures of their own. Resolving those is the caller's: it calls
// add_closure() again with each, until take_new() comes back empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "discover/dpkg.h"
#include "discover/options.h"
#include "plan/plan.h"

namespace bundle::discover {

/// One file to put into the bundle.
struct Found {
  enum class What { data, program, library };
  std::string source;       // its real path on this machine, in a sysroot one in that: what to read
  std::string destination;  // the absolute path that it is to be found under, e.g. "/usr/share/rig/fnames.idx"
  What what = What::data;
  std::string why;  // "of rig's package", "named by libmagic.so.1"
  Package package;
  uint64_t size = 0;
  uint32_t mode = 0644;
  /// A library asked for by its bare name, not by a path: belongs beside the closure's libraries.
  bool by_name = false;
  /// Looked for beside a library only: its destination is the bundle's own, and no path of this machine.
  bool is_beside = false;
  /// Found already under this other destination, with the same content: a link on this machine (git-core's
  /// hundred names of git). Empty when this is the first.
  std::string same_as;
};

/// A line of the summary: one or more files with one reason.
struct FoundItem {
  std::string path;  // a folder or a file
  std::string why;
  Package package;
  uint64_t files = 0;
  uint64_t size = 0;         // bytes on disk, each content counted once
  std::string same_as = {};  // all of it is counted elsewhere: under this path, for the first file
};

/// Seen, but not added: what it is, and what to do if it is wanted. One printable line.
struct Hint {
  std::string path;
  std::string text;
};

/// A library that something will dlopen by name. Finding it is the search ladder's work (resolve/), from
/// `by`.
struct Wish {
  enum class Priority { required, recommended, suggested };
  std::vector<std::string> names;  // most preferred first; the first that is found is meant
  Priority priority = Priority::recommended;
  std::string feature;            // "" or the note's words
  std::string by;                 // real path of the object that asks
  bool in_new_namespace = false;  // by dlmopen
  /// Its name stands in the asker, and no more is known: meant only where a run path or the user leads to it.
  bool is_guess = false;
};

/// A library that finds things beside itself, and where it is to lie for that.
struct KeptFolder {
  std::string source;  // its real path
  std::string folder;  // absolute, as a Found's destination
};

struct Discovery {
  std::vector<Found> found;  // sorted by destination, destinations unique
  std::vector<FoundItem> items;
  std::vector<Hint> hints;
  std::vector<Wish> wishes;
  std::vector<KeptFolder> kept;
  std::vector<LeftToTarget> left_to_target;  // libraries that were found and are the target's
  uint64_t size = 0;                         // of all found, each content counted once
};

/// A file that a run of the program used. See trace.h.
struct TracedFile {
  enum class Use { found_by_stat, opened, executed };
  std::string path;  // absolute
  Use use = Use::opened;
  bool is_argument = false;  // named on the run's command line: its input, as far as anyone can tell
};

/// What the programs of the bundle are made for, in the ELF header's terms.
struct Machine {
  uint16_t e_machine = 0;  // 0: not known, any will do
  bool is_64 = true;
};
/// That of a closure's program.
Machine machine_of(const Closure& closure);

class Discoverer {
 public:
  /// `database` may be null: then ownership is unknown, and only what a program names is taken. Both outlive
  /// this. In a sysroot nothing is looked for, and what the user names is looked up inside. Throws Error (usage) when
  /// what the user named is not there or not what the option takes.
  Discoverer(const Options& options, const DpkgDatabase* database, const Machine& machine = {},
             const std::string& sysroot = "");
  ~Discoverer();
  Discoverer(const Discoverer&) = delete;
  Discoverer& operator=(const Discoverer&) = delete;

  /// Looks at a program's (or a found helper's or plugin's) closure; objects seen before are passed over.
  /// Files that cannot be read or parsed are passed over too: resolve has refused them already.
  void add_closure(const Closure& closure);
  /// Adds what a run used, beyond what is known. Returns how many files that were.
  size_t add_traced(const std::vector<TracedFile>& files, const std::string& program);

  /// The programs and libraries found since the last call, whose closures are to be resolved next.
  std::vector<Found> take_new();
  /// Everything so far. The data limit has been kept: what did not fit any more is among the hints.
  Discovery result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One pass over `closures`, for callers that need no loop.
Discovery discover(const std::vector<Closure>& closures, const Options& options, const DpkgDatabase* database);

}  // namespace bundle::discover
