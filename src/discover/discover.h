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

#include "discover/found.h"
#include "discover/options.h"
#include "machine/root.h"
#include "packages/database.h"

namespace bundle::discover {

using packages::PackageId;

/// That of a closure's program.
Machine machine_of(const Closure& closure);

/// What files of a machine say of themselves, kept for a discovery that begins anew on the same one.
class Readings {
 public:
  Readings();
  ~Readings();
  Readings(const Readings&) = delete;
  Readings& operator=(const Readings&) = delete;

 private:
  friend class Discoverer;
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

class Discoverer {
 public:
  /// All that is looked for is looked for in `root`. `database` may be null: then ownership is unknown, and only what a
  /// program names is taken. All outlive this. Throws Error (usage) when what the user named is not there or not what
  /// the option takes.
  /// `closer` tells what a finding drags in; without one a finding costs its own bytes. With `readings` no file is
  /// read for evidence that one before has read.
  Discoverer(const Options& options, machine::Root& root, const packages::Database* database,
             const Machine& machine = {}, Closer closer = {}, Readings* readings = nullptr);
  ~Discoverer();
  Discoverer(const Discoverer&) = delete;
  Discoverer& operator=(const Discoverer&) = delete;

  /// Looks at a program's (or a found helper's or plugin's) closure; objects seen before are passed over.
  /// Files that cannot be read or parsed are passed over too: resolve has refused them already.
  void add_closure(const Closure& closure);
  /// The same for a library that something opens by its name: none of the user's choice, so that its package is not
  /// taken whole.
  void add_opened(const Closure& closure);
  /// A script that the user named as a program, behind the closure of its interpreter: `real` without links, `path` as
  /// it was named; both inside the root.
  void add_script(const std::string& real, const std::string& path);
  /// Adds what a run used, beyond what is known. Returns how many files that were.
  size_t add_traced(const std::vector<TracedFile>& files, const std::string& program);

  /// The programs and libraries found since the last call, whose closures are to be resolved next. Those that scripts
  /// start are looked for before.
  std::vector<Found> take_new();
  /// What is to be opened by its name, each once.
  std::vector<Wish> wishes() const;
  /// All else so far. The data limit has been kept: what did not fit any more is among the hints.
  Discovery result() const;

 private:
  struct State;
  std::unique_ptr<Readings> own_readings_;
  std::unique_ptr<State> state_;
};

/// One pass over `closures`, for callers that need no loop.
Discovery discover(const std::vector<Closure>& closures, const Options& options, machine::Root& root,
                   const packages::Database* database);

}  // namespace bundle::discover
