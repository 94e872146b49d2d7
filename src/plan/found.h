// What is found to be needed beside what loaders load: one set of types for who finds it (discover), who lays it out
// (plan), and who tells of it (report).
//
// A Found is one file, and nothing is filled in later: what a found program or library loads is layout.h's Loads. A
// Finding is what is told of some of them. Each carries why it is there: the rule that saw it, by its id
// (discover/rules.h has the table), the evidence that it went by, and how sure that is.
#pragma once

#include <cstdint>
#include <string>

#include "plan/plan.h"

namespace bundle {

/// One file to put into the bundle: data, a program or a library.
struct Found : BundledFile {
  std::string destination;  // the absolute path that it is to be found under, e.g. "/usr/share/rig/fnames.idx"
  uint64_t size = 0;        // bytes
  /// A library asked for by its bare name, not by a path: belongs beside the closure's libraries.
  bool by_name = false;
  /// Looked for beside a library only: its destination is the bundle's own, and no path of the source machine.
  bool is_beside = false;
  /// Found already under this other destination, with the same content: a link on this machine (git-core's
  /// hundred names of git). Empty when this is the first.
  std::string same_as;
};

/// One or more files that were found for one reason, and what they cost together.
struct Finding : Reason {
  std::string path;  // a folder or a file
  Package package;
  uint64_t files = 0;
  uint64_t size = 0;     // bytes on disk, each content counted once
  uint64_t dragged = 0;  // bytes of what their closures bring beyond that, and nothing else does
  /// It goes first where the bundle is over the target's limit: what is likely, and what only a helper asks for.
  bool may_go = false;
  std::string key;         // what tells it from all others of a run, and stays the same in the next one
  std::string same_as;     // all of it is counted elsewhere: under this path, for the first file
  int goes_last = 0;       // of what may go: where nothing of a smaller number is left
  bool is_needed = false;  // the program that a script starts: nothing works without it
  /// What people would name it by: `path`, or where that is a folder of anything (/usr/bin) what is in there.
  std::vector<std::string> places;
  uint64_t cost() const { return size + dragged; }
};

/// A library that finds things beside itself, and where it is to lie for that.
struct KeptFolder {
  std::string source;  // its real path
  std::string folder;  // absolute, as a Found's destination
};

/// A folder whose files lie elsewhere in the bundle: what is below `source` has its place below `home`. A tree that is
/// nobody's but the user's, and whose parts find one another by where they lie.
struct TreePlace {
  std::string source;  // its real path on the disk
  std::string home;    // absolute, as a Found's destination
};

/// What a program finds by a variable alone, for nobody can answer what it asks the kernel: where the caller has none,
/// it says where that lies in the bundle.
struct VariableDefault {
  std::string source;  // the program's real path
  std::string name;    // "SSL_CERT_FILE"
  std::string path;    // absolute, as a Found's destination, or a folder above some
};

/// A folder that is looked for under `path`, too, and whose files lie, in the bundle, under `stored`; both absolute.
struct FolderName {
  std::string path, stored;
};

}  // namespace bundle
