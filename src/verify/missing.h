// What a run of a bundle looked for and did not find, and the option that would have brought each.
//
// Not among it: what the run found under the same name further on (a loader, a shell and an interpreter look in many
// places), what knowledge/asked_anyway.h knows, what belongs to the run and not to the program (what it wrote, its
// working folder, its home).
#pragma once

#include <string>
#include <vector>

#include "verify/opened.h"
#include "verify/sandbox.h"

namespace bundle::verify {

struct Missing {
  std::string name;         // an absolute path, or a library's name
  bool is_library = false;  // looked for in several folders by its name
  bool is_dropped = false;  // by slim
  std::string here;         // where it is on this machine; empty when it is not
  std::string option;       // of `bundle`, that adds it; empty when it is not on this machine
};

/// Those that are on this machine first, then by name.
std::vector<Missing> missing_of(const Watched& watched, const Place& place, const Opened& bundle);

/// A line each. Of those that are not on this machine either at most eight, unless all are asked for.
std::string render_missing(const std::vector<Missing>& missing, bool all);

}  // namespace bundle::verify
