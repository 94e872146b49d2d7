// What discovery finds, as plain data: files and what is told of them (plan/found.h), hints and wishes.
//
// Everything in discover/ includes this and nothing here includes any of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plan/found.h"

namespace bundle::discover {

/// What tells one finding from all others of a run, and stays the same in the next one.
inline std::string key_of(const std::string& rule, const std::string& path, const std::string& why,
                          const Package& package) {
  return rule + " " + path + " " + package.name + " " + why;
}

/// Seen, but not added: what it is, and what to do if it is wanted. One printable line.
struct Hint {
  std::string path;
  std::string text;
  std::string rule = {};
  uint64_t size = 0;  // what it would cost, where that is known
  Strength strength = Strength::certain;
  bool is_lacking = false;  // something was wanted and could not be had
  std::string by = {};      // who names `path`, where that is all that is said of it
};

/// What a rule saw and did not get: the hint that says so, and each file that it speaks of.
struct LeftOut {
  Hint hint;
  std::string evidence;
  std::vector<std::string> files;  // destinations
};

/// A library that something will dlopen by name. Finding it is the search ladder's work (resolve/), from
/// `by`.
struct Wish {
  enum class Priority { required, recommended, suggested };
  std::vector<std::string> names;  // most preferred first; the first that is found is meant
  Priority priority = Priority::recommended;
  std::string feature;            // "" or the note's words
  std::string by;                 // real path of the object that asks; "": whatever any program loads may ask
  bool in_new_namespace = false;  // by dlmopen
  /// Its name stands in the asker, and no more is known: meant only where a run path or the user leads to it.
  bool is_guess = false;
  std::string rule = {};  // the id of the one that saw it
  std::string why = {};   // where it is not the asker that names it
  /// By --library: its absence is an error. `file`: where the user says that it lies.
  bool is_by_user = false;
  std::string file = {};
};

struct Discovery {
  std::vector<Found> found;  // sorted by destination, destinations unique
  std::vector<Finding> findings;
  std::vector<Hint> hints;
  std::vector<LeftOut> left_out;            // whether a hint was told of it or not
  std::map<std::string, uint64_t> dropped;  // of Options::dropped what came up: the bytes it would cost now
  std::vector<KeptFolder> kept;
  std::vector<TreePlace> homes;
  std::vector<FolderName> folder_names;  // of other names of folders
  std::vector<VariableDefault> defaults;
  std::vector<LeftToTarget> left_to_target;  // libraries that were found and are the target's
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

/// What a found program or library would bring along: a file that its loader would load.
struct Dragged {
  std::string source;  // as Found::source
  uint64_t size = 0;   // bytes
};
/// Asks the resolver for it: all objects of the closure but the found file itself. Empty when it has none.
using Closer = std::function<std::vector<Dragged>(const Found&)>;

}  // namespace bundle::discover
