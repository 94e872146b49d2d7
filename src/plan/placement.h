// Which folder of the bundle each library of a closure lies in, when several closures share one bundle.
//
// The libraries of all closures lie flat in one folder, each under the name that its dependents ask for. Where a
// closure resolved a name to another file than an earlier closure did, its own file goes into a numbered folder beside,
// and the closure searches that folder first. What its objects open by name counts as its own; where two objects of one
// closure open different files by one name, the second's lies alone in a folder that this object searches first.
// Invariant: searching a closure's folders in order for any name of the closure gives the very file that the closure
// resolved the name to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace bundle::plan {

class Placement {
 public:
  /// `home` is the shared folder inside the bundle, "lib/rig".
  /// `inherits`: run paths are written as DT_RPATH, which whatever a program loads inherits, as it does no DT_RUNPATH.
  Placement(std::string home, bool inherits) : folders_{{std::move(home), {}, {}, false}}, inherits_(inherits) {}

  /// Whether a library bends to the closure that it is in, by a run path that names the closure's folders: it has one
  /// of its own, which would be asked first or alone, or needs others and inherits none.
  bool has_run_path(const Closure& closure, size_t index) const;

  /// Where the objects of one closure went.
  struct Namespace {
    std::vector<std::string> folders;  // in search order
    std::vector<std::string> paths;    // by object index; empty for the program
    std::vector<std::string> names;    // by object index: what a dependent's DT_NEEDED must say
    std::vector<Namespace> opened;     // by opening; paths[0] is where the library itself lies
    bool stands_alone = false;         // of an opening: its folders are not those of the closure that it belongs to
    bool is_loaded = false;            // of an opening: another library of that name is linked, and is what is opened
    std::map<std::string, std::vector<std::string>> ahead;  // by an asker's real path: folders that it searches first
    std::map<std::string, std::vector<std::string>> opens;  // by an asker's real path: folders of what it opens
    const std::string& path_of(size_t object) const { return paths.at(object); }
    const std::string& needed_name(size_t object) const { return names.at(object); }
    bool goes_ahead(const std::string& real_path) const { return ahead.contains(real_path); }
    /// All that the object searches.
    std::vector<std::string> folders_of(const std::string& real_path) const;
  };

  /// From here on the library with this real path lies at `path`, where its users look for it by that path. Closures
  /// that need it by name search its folder, too, and no second copy of it is made.
  void pin(const std::string& real_path, const std::string& path) { pins_.emplace(real_path, path); }

  /// The library with this real path lies in `folder`, for it looks for what lies beside it. Nothing else that a
  /// closure searches lies there.
  void keep_folder(const std::string& real_path, const std::string& folder) { kept_.emplace(real_path, folder); }

  Namespace place(const Closure& closure, const std::vector<Opening>& openings = {});

  /// The folders of what objects[index] needs or opens, directly or not, in search order; home and the closure's own
  /// folder always among them, for what it may load later.
  std::vector<std::string> folders_below(const Closure& closure, size_t index, const Namespace& placed) const;

 private:
  struct Folder {
    std::string path;
    std::map<std::string, std::string> files;     // name -> real path on the source machine
    std::map<std::string, std::string> searched;  // the same for all that the closures want that search it
    bool is_closed = false;                       // no other closure's
  };
  /// What must be found under a name.
  struct Want {
    std::string source;
    bool bends = false;  // the file is edited for its closure
    bool apart = false;  // cannot lie in the shared folder
    std::string path;
  };
  using Wants = std::map<std::string, Want>;  // by name
  size_t own_folder(const Wants& wants, bool is_closed);
  std::string place_alone(const std::string& name, const std::string& source);
  std::string signature(const std::string& source, const Namespace& placed) const;

  std::vector<Folder> folders_;  // [0] is home
  bool inherits_ = true;
  std::map<std::string, std::string> pins_;                            // real path -> path in the bundle
  std::map<std::string, std::string> kept_;                            // real path -> folder in the bundle
  std::map<std::pair<std::string, std::string>, std::string> single_;  // name and real path -> folder
  std::map<std::string, std::string> shared_;  // real path in home -> folders that go ahead for it
};

}  // namespace bundle::plan
