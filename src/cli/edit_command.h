// `bundle edit`: the rewriting of one ELF file for scripts, and `--print`, which shows what it would change.
//
// The output appears complete or not at all, with the mode of the input. What cannot be edited safely is an
// Error of kind cannot_bundle that says why, and nothing is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bundle::cli {

struct EditRequest {
  std::string file;
  std::string output;  // empty: the file itself
  std::optional<std::string> interpreter, run_path, soname;
  bool runpath = false;
  bool print = false;
  std::vector<std::string> add_needed, remove_needed, rename_needed;  // of the last, each OLD=NEW
};

/// The command line from the word `edit` on. Throws what edit() throws, and Error (usage).
void run_edit(int argc, const char* const* argv);

/// Does what was asked. Throws Error: usage for a request that contradicts itself, cannot_bundle for a file
/// that cannot be edited, machine when the output cannot be written.
void edit(const EditRequest& request);

}  // namespace bundle::cli
