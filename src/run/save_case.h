// `bundle … --save-case DIR`: all that a run read, and a script that repeats it elsewhere, for a bug report.
//
//     DIR/root      what the run asked this machine's files for, as a sysroot; see save_case_tree.h
//     DIR/repeat    sh: the same command line with --sysroot root
//     DIR/expected  how it ended here: the exit code and what was said
//
// Private names are replaced (save_case_names.h) and what holds a secret is left out, by the rules by which none gets
// into a bundle (discover/refusal.h). What the run asked for beside the files, LD_LIBRARY_PATH and PATH, is on the
// script's command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/options.h"

namespace bundle::run {

/// One option as the user gave it.
struct CaseWord {
  enum class Kind {
    flag,   // no value
    plain,  // a value that is no path
    path,   // PATH[:DEST] of the source machine
    input   // a file that bundle itself reads: a log, a record
  };
  std::string option;  // "--name"
  std::string value;
  Kind kind = Kind::plain;
};

struct CaseRequest {
  std::string folder;           // DIR
  std::vector<CaseWord> words;  // the command line less its programs
  int exit_code = 0;            // how the run ended
  std::string message;          // of its Error; empty when there was none
};

struct SavedCase {
  std::string folder;
  uint64_t files = 0, bytes = 0;       // that are there whole
  std::vector<std::string> own_files;  // of them, what lies outside of the system's folders, as the case names them
  std::vector<std::string> left_out;   // "/etc/x: holds a private key"
  std::vector<std::string> replaced;   // names, as they are here
};

/// Throws Error (usage) when a case cannot be saved there, or not of such a run; before the run is made.
void check_case(const std::string& folder, const BundleOptions& options);

/// Of a run with these options, which had a recording. Throws Error (machine) when it cannot be written; then nothing
/// of it is there.
SavedCase save_case(const CaseRequest& request, const BundleOptions& options);

/// What it holds, and that somebody should look at it who sends it on.
std::string render_saved_case(const SavedCase& saved);

}  // namespace bundle::run
