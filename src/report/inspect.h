// `bundle inspect` in its other forms: facts about the program, one path a line, JSON.
#pragma once

#include <string>

#include "plan/plan.h"

namespace bundle::report {

/// The facts about the program, which the closure must have, one a line, for people. Ends in a newline.
std::string render_facts(const Closure& closure, bool colour);

/// The files as found for the program, one absolute path a line: its libraries and the interpreter. In a
/// sysroot
/// (`real`) they are the paths of this machine, for the loader's own names would lead to this machine's
/// libraries.
std::string render_list(const Closure& closure, bool real);

/// The closure with every edge, every path tried, and the facts, which it must have. Bytes that are not UTF-8 become
/// U+FFFD.
std::string render_json(const Closure& closure);

}  // namespace bundle::report
