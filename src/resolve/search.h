// The ladder that a loader climbs for one name: ld.so(8) and glibc's elf/dl-load.c, or musl's ldso/dynlink.c.
//
// What is already loaded is the namespace's business (closure.h); here are the rungs after it. Every
// candidate that is looked at lands in the trail, in order. Nothing is run.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "knowledge/drivers.h"
#include "machine/root.h"
#include "plan/plan.h"
#include "resolve/files.h"
#include "resolve/ld_cache.h"
#include "resolve/loader.h"

namespace bundle::resolve {

/// Where to look, the same for all programs of one call.
struct Options {
  std::vector<std::string> library_path;  // -L, searched as LD_LIBRARY_PATH is; an empty item is the working folder
  std::vector<std::string> preload;       // LD_PRELOAD
  std::string sysroot;                    // "" is this machine
  std::string environment_path = {};     // LD_LIBRARY_PATH itself, searched after -L; each loader splits it its own way
  bool facts = false;                    // fill Closure::facts
  bool real_paths = true;                // follow symlinks for Object::real_path; else it is the path that was opened
  knowledge::TargetHas target_has = {};  // not searched for, and not missing
  std::shared_ptr<const machine::Disk> disk = {};  // what the sysroot lies on; null: this machine's own
  std::vector<std::string> program_path = {};      // of find_in_sysroot(); empty: the folders that PATH usually has
};

/// Folders to search, absolute and inside, without a slash at the end. Lists of equal content are one object,
/// so that a list that was searched already is known by its address.
using FolderList = std::vector<std::string>;

/// What the ladder needs to know of an object of the namespace.
struct Loaded {
  std::shared_ptr<const ElfFile> file;
  size_t loader = no_object;          // who asked for it first
  std::string origin;                 // the folder that $ORIGIN stands for
  const FolderList* rpath = nullptr;  // expanded; null when there is none that counts
  const FolderList* runpath = nullptr;
  size_t next_with_rpath = no_object;  // the nearest object up the chain of loaders, this one left out, that has one
};

struct Answer {
  std::shared_ptr<const ElfFile> file;  // null when nothing was found
  std::string path;
  Rule rule = Rule::default_folder;
  size_t rule_owner = no_object;
  std::vector<Tried> tried;
  std::string hwcaps;
};

class Search {
 public:
  Search(machine::Root& root, Files& files, const Options& options) : root_(root), files_(files), options_(options) {}

  /// Expands the run paths of `objects[index]`, whose file, loader and origin are set. To be called once for
  /// each.
  void prepare(std::vector<Loaded>& objects, size_t index, const Loader& loader);

  /// Climbs the ladder. `asker` is no_object for what nobody in the namespace asked for (musl's LD_PRELOAD).
  /// `program` is whose DT_RPATH counts at the end of every chain: objects[0], or for a namespace of its own
  /// the program outside it.
  Answer find(const std::vector<Loaded>& objects, size_t asker, const Loaded* program, const std::string& name,
              const Loader& loader);

  /// DT_NEEDED and LD_PRELOAD names may hold tokens. Nothing when the loader refuses the name.
  std::optional<std::string> expand_name(const Loaded& asker, const std::string& name, const Loader& loader) const;

  /// Whether a library of this name, or SONAME, is the target's.
  bool is_targets(std::string_view name) const { return options_.target_has.has(base_name(name)); }

  /// What was noticed on the way: a void ld.so.cache, an ld.so.conf read in its place.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Climb;
  void try_path(Climb& climb, const std::string& path, Rule rule, size_t owner);
  void try_folders(Climb& climb, const FolderList& folders, Rule rule, size_t owner);
  void try_hwcaps(Climb& climb, const std::string& folder, Rule rule, size_t owner);
  void try_cache(Climb& climb);
  void find_glibc(Climb& climb, const std::vector<Loaded>& objects, size_t asker, const Loaded* program);
  void find_musl(Climb& climb, const std::vector<Loaded>& objects, size_t asker, const Loaded* program);
  const FolderList* expand_path(const std::string& text, const std::string& origin, const Loader& loader);
  const FolderList* intern(FolderList folders);
  const FolderList* library_path(const std::vector<Loaded>& objects, const Loader& loader);
  const FolderList& musl_default(const Loader& loader);
  const std::vector<std::string>& subfolders(const std::string& folder, const Loader& loader);
  void load_cache();

  machine::Root& root_;
  Files& files_;
  const Options& options_;
  std::unordered_map<std::string, std::unique_ptr<FolderList>> lists_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> subfolders_;  // by loader and folder
  std::unordered_map<std::string, const FolderList*> musl_defaults_;
  std::shared_ptr<const MappedFile> cache_file_;
  std::optional<LdCache> cache_;
  const FolderList* conf_folders_ = nullptr;  // a sysroot without a cache
  std::vector<std::string> notes_;
};

}  // namespace bundle::resolve
