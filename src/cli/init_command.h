// `bundle init KIND -o DIR --layer layer.zip`: the files of a small project that deploys a layer and calls
// its program.
//
// What it needs to know it reads from the layer itself: the programs in bin/ and their architecture. Nothing
// is written before all of it is known to be possible, and no file is overwritten unasked.
#pragma once

#include <string>
#include <vector>

namespace bundle::cli {

struct InitRequest {
  std::string kind;     // a folder of templates/
  std::string folder;   // made when it is not there
  std::string layer;    // a zip that bundle made
  std::string program;  // of bin/; empty when the layer holds one only
  bool force = false;   // overwrite
};

/// The command line from the word `init` on: runs it, and prints what it wrote. Throws what init() throws.
void run_init(int argc, const char* const* argv);

/// Writes the files and returns their paths, as a user would type them. Throws Error: usage for an unknown
/// kind or program, or a file that is there already; cannot_bundle for a layer that is none; machine when
/// writing fails.
std::vector<std::string> init(const InitRequest& request);

}  // namespace bundle::cli
