// `bundle edit`: the rewriting of ELF files for scripts, and what shows their loader, run path and libraries.
//
// Each file is written complete or not at all, and each stands for itself: one that cannot be edited is said, the
// others are edited all the same, and the exit code is that of the first that failed. A file that is edited in place
// keeps its owner, permissions and attributes; what of them this user may not set is said, and then it sets no ID
// either.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/run_path.h"

namespace bundle::cli {

struct EditRequest {
  std::vector<std::string> files;
  std::string output;  // of the one file; empty: the file itself
  std::optional<std::string> interpreter, soname;
  run::RunPathRequest run_path;
  std::vector<std::string> add_needed, remove_needed;
  std::vector<std::pair<std::string, std::string>> rename_needed;  // OLD, NEW
  std::optional<bool> executable_stack;
  bool no_default_folders = false;

  bool print = false;  // all that can be changed, for people
  bool print_interpreter = false, print_soname = false, print_run_path = false, print_needed = false,
       print_stack = false;

  bool prints() const {
    return print || print_interpreter || print_soname || print_run_path || print_needed || print_stack;
  }
};

/// The command line from the word `edit` on. Throws what edit() throws, and Error (usage).
void run_edit(int argc, const char* const* argv);

/// Does what was asked. Throws Error: usage for a request that contradicts itself, cannot_bundle for a file
/// that cannot be edited or that has not what is to change, machine when the output cannot be written.
void edit(const EditRequest& request);

}  // namespace bundle::cli
