// All databases of a source machine: that of its whole, that of its stores, and those of the prefixes that a tool of
// their own fills.
//
// conda and Homebrew install below a folder that may be anywhere, and beside a machine's own packages:
// ~/miniconda3/bin/x is conda's while /usr/bin/x is dpkg's; and Nix's store lies beside any system's packages. So the
// question which database knows of a file is answered by where the file lies: the innermost prefix above it, else the
// whole. Invariant: what a program of a prefix brings is decided as for any other tree (discover/tree.h), for it finds
// its parts by where it lies itself; a prefix's database tells whose each file is, and how to get more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "packages/database.h"

namespace bundle::packages {

class Installed {
 public:
  /// `root` outlives it. Throws Error as open_database() does.
  explicit Installed(machine::Root& root) : root_(root), system_(open_database(root)) {}

  /// That of the whole machine; null when there is none that is known.
  const Database* system() const { return system_.get(); }
  /// The one to ask about a file at `path`, a real path inside the root; null when there is none. A prefix's is opened
  /// when it is first met: what is there and cannot be read is an Error (cannot_bundle).
  const Database* around(const std::string& path);
  /// The one by which it is decided what a program at `path`, a real one inside the root, brings: a store's for its
  /// own, that of the whole machine for all others. May be null.
  const Database* behind(const std::string& path);
  /// The package that the file at that path came with.
  std::optional<Package> owner(const std::string& path);

 private:
  machine::Root& root_;
  std::unique_ptr<Database> system_;
  std::optional<std::unique_ptr<Database>> stores_;  // opened when it is first asked for
  std::vector<std::unique_ptr<Database>> prefixes_;
  std::unordered_map<std::string, const Database*> around_;  // by folder
};

}  // namespace bundle::packages
