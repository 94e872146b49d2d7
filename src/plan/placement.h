// Which folder of the bundle each library of a closure lies in, when several closures share one bundle.
//
// The libraries of all closures lie flat in one folder, each under the name that its dependents ask for. Where a
// closure resolved a name to another file than an earlier closure did, its own file goes into a numbered folder beside,
// and the closure searches that folder first. Invariant: searching a closure's folders in order for any name of the
// closure gives the very file that the closure resolved the name to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace bundle::plan {

class Placement {
 public:
  /// `home` is the shared folder inside the bundle, "lib/rig".
  explicit Placement(std::string home) : folders_{{std::move(home), {}}} {}

  /// Where the objects of one closure went.
  struct Namespace {
    std::vector<std::string> folders;  // in search order
    std::vector<std::string> paths;    // by object index; empty for the program
    std::vector<std::string> names;    // by object index: what a dependent's DT_NEEDED must say
    const std::string& path_of(size_t object) const { return paths.at(object); }
    const std::string& needed_name(size_t object) const { return names.at(object); }
  };

  /// From here on the library with this real path lies at `path`, where its users look for it by that path. Closures
  /// that need it by name search its folder, too, and no second copy of it is made.
  void pin(const std::string& real_path, const std::string& path) { pins_.emplace(real_path, path); }

  Namespace place(const Closure& closure);

  /// The folders of what objects[index] needs, directly or not, in search order; home and the closure's own folder
  /// always among them, for what it may load later.
  std::vector<std::string> folders_below(const Closure& closure, size_t index, const Namespace& placed) const;

 private:
  struct Folder {
    std::string path;
    std::map<std::string, std::string> files;  // name -> real path on the source machine
  };
  std::vector<Folder> folders_;              // [0] is home
  std::map<std::string, std::string> pins_;  // real path -> path in the bundle
};

}  // namespace bundle::plan
