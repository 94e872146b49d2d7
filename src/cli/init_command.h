// `bundle init KIND -o DIR [--layer FILE.zip]`: the files of a small project that deploys a bundle and calls its
// program.
//
// What it needs to know it reads from the bundle itself: the target that it was made for, the programs and their
// architecture. Without one it is told the program's name, and the project's README says how the bundle is made.
// Nothing is written before all of it is known to be possible, and no file is overwritten unasked.
#pragma once

#include <string>
#include <vector>

namespace bundle::cli {

struct InitRequest {
  std::string kind;     // a row of templates/CMakeLists.txt
  std::string folder;   // made when it is not there
  std::string layer;    // a zip that bundle made; empty: there is none yet
  std::string program;  // of the bundle; may be empty when that holds one only
  bool force = false;   // overwrite
};

/// The command line from the word `init` on: runs it, and prints what it wrote. Throws what init() throws.
void run_init(int argc, const char* const* argv);

/// Writes the files and returns their paths, as a user would type them. Throws Error: usage for an unknown kind or
/// program, a bundle for another target, or a file that is there already; cannot_bundle for a bundle that is none;
/// machine when writing fails.
std::vector<std::string> init(const InitRequest& request);

}  // namespace bundle::cli
