// `bundle run FILE|DIR -- PROGRAM ARGS`: a bundle's program here as it would run there.
//
// Standard streams are the program's, and so is the exit code: its own, 128 + N when signal N ended it, 124 when it ran
// out of --timeout, 137 out of --memory. What this command says goes to standard error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verify/sandbox.h"

namespace bundle::cli {

struct RunRequest {
  std::string bundle;
  std::string target;   // empty: what the bundle was made for
  verify::Place place;  // but for target and folder
  bool missing = false;
  bool verbose = false;
  std::vector<std::string> command;  // the program and its arguments; empty: the only program
};

/// The command line from the word `run` on. The exit code. Throws what run_here() throws, and Error (usage).
int run_run(int argc, const char* const* argv);

/// The exit code. Throws Error: cannot_bundle for a bundle that cannot be read or run, usage for a program that it has
/// not, machine without bubblewrap and when nothing can be started.
int run_here(RunRequest request);

}  // namespace bundle::cli
