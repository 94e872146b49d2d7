// What a closure lacks, in words: missing libraries with who needs them and every folder tried, symbol
// versions that nobody defines with both sides named.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "plan/plan.h"

namespace bundle::report {

struct MissingLibrary {
  std::string name;
  std::string needed_by;  // the path of the object that asks
  std::vector<std::string>
      trail;  // one printable line for each path tried: "/usr/lib/libx.so: not there [default folder]"
  std::vector<std::string> folders;  // the folders tried, each once
  bool is_driver = false;            // knowledge::is_driver()
  std::string obstacle;  // the last file of that name that is there and of no use: "/lib/libx.so: is for i386"
};

MissingLibrary missing_library(const Closure& closure, const Closure::Missing& missing);

/// What is said of where a library of this name could come from, or "".
using PackageHint = std::function<std::string(const std::string& name)>;

/// All missing libraries, and a missing interpreter, of all closures in one Error (cannot_bundle). Only to be
/// called when there is one.
Error missing_error(const std::vector<Closure>& closures, const PackageHint& hint);

/// Whether something is missing that the program cannot start without.
bool lacks_something(const Closure& closure);

/// "/opt/lib/libpng16.so.16 needs version ZLIB_1.2.9 of libz.so.1, and /lib/libz.so.1 does not define it"
std::string describe_version_problem(const Closure& closure, const VersionProblem& problem);

}  // namespace bundle::report
