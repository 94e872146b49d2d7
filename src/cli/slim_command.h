// `bundle slim LAYER -o OUT --run 'CMD'…`: a bundle again, without what the commands do not use.
//
// The commands run as `bundle run` would run them, and are watched. What one of them used is kept, with all that it
// needs; the layer itself is only read. What was used can be written as a record, by which the same is done again
// without a run: here by --only-used, and by `bundle PROGRAM --only-used` where the layer is made.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "run/write.h"
#include "verify/sandbox.h"

namespace bundle::cli {

struct SlimRequest {
  std::string layer, output, format;
  std::vector<std::string> runs;
  std::vector<std::string> keep;
  std::vector<std::string> inputs;
  std::string record;     // to be written
  std::string only_used;  // a record in place of runs
  std::string target;     // empty: what the bundle was made for
  std::set<int> expected = {0};
  verify::Place place;  // but for target and folder
  run::Writing writing;
  bool quiet = false;
  bool verbose = false;
};

/// The command line from the word `slim` on. Throws what slim() throws, and Error (usage).
void run_slim(int argc, const char* const* argv);

/// Throws Error: cannot_bundle for a layer or a record that cannot be read, usage for a program or an input that is not
/// there and for an output that may not be replaced, limit for a command that fails, machine for all else.
void slim(SlimRequest request);

}  // namespace bundle::cli
