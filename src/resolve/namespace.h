// One load namespace while it grows: the closure that will be handed out, and what the search needs beside
// it.
//
// Invariant: loaded_[i] is what the ladder knows of closure_.objects[i]; every name that an object goes by is
// in names_.
#pragma once

#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "plan/plan.h"
#include "resolve/loader.h"
#include "resolve/search.h"

namespace bundle::resolve {

class Namespace {
 public:
  /// `loader` must outlive it.
  Namespace(machine::Root& root, Files& files, Search& search, const Loader& loader);

  const Loader& loader() const { return loader_; }

  /// Goes on with a closure that finish() returned. `program`: of a namespace of its own, as for add_root().
  void reopen(Closure closure, std::optional<Loaded> program = std::nullopt);

  /// The first object. $ORIGIN is where the file really is for a program (/proc/self/exe), and where it was
  /// named for a library. `program`, for a namespace of its own, is the program whose DT_RPATH counts here
  /// too.
  void add_root(const std::shared_ptr<const ElfFile>& file, const std::string& path, bool is_program,
                std::optional<Loaded> program);
  /// PT_INTERP: loaded from the start and known by its names, though it stands in the list only when it is
  /// asked for, or at the end.
  void set_interpreter(const std::string& path);
  /// An LD_PRELOAD item. One that is not found is a note: the loader warns and goes on.
  void preload(const std::string& name);
  /// What dlopen(path) from the program would load. Throws Error (cannot_bundle) when it cannot be loaded.
  size_t add_plugin(const std::string& path);
  /// What dlopen(name) from an object leads to, loaded if it was not; no_object when it is not found, or
  /// the target's.
  size_t open(size_t asker, const std::string& name);
  /// The object and all that it needs, as a closure of which it is the first.
  Closure part(size_t index) const;
  /// Follows the dependencies of all objects that were not followed yet, breadth first.
  void grow();
  /// Puts the interpreter at the end if nobody asked for it, and hands the result out.
  Closure finish();

 private:
  struct Entry {
    size_t object = 0;
    bool done = false;
  };
  using Order = std::list<Entry>;

  size_t add(const std::shared_ptr<const ElfFile>& file, const std::string& path, const std::string& name, Rule rule,
             size_t loader);
  size_t already_loaded(const std::string& name);
  /// Where a name leads from `asker`; loads what is new. What is the target's is not searched for when it is needed.
  enum class Ask { needed, preloaded, opened };
  Edge follow(size_t asker, const std::string& name, Ask ask);
  size_t interpreter_index();
  void follow_all(Order& order, Order::iterator at);
  void know(const std::string& name, size_t index) { names_.emplace(name, index); }
  bool is_musl() const { return loader_.kind() == LoaderKind::musl; }

  machine::Root& root_;
  Files& files_;
  Search& search_;
  const Loader& loader_;
  Closure closure_;
  std::vector<Loaded> loaded_;
  std::optional<Loaded> program_;  // of another namespace
  std::unordered_map<std::string, size_t> names_;
  std::map<std::pair<uint64_t, uint64_t>, size_t> identities_;
  std::shared_ptr<const ElfFile> interpreter_file_;
  std::vector<bool> listed_;       // in the loader's order already (l_reserved)
  std::vector<bool> short_named_;  // musl's: it goes by a name without a slash
  Order order_;
};

}  // namespace bundle::resolve
