// Where the output goes, and what of that may be replaced.
//
// --force replaces what a former run wrote, and nothing else: a file, or a folder in which every file is one that a
// manifest of ours lists, with the size and digest that it says. A symlink stays, and what it leads to is meant.
// Invariant: nothing is removed that these functions did not look at.
#pragma once

#include <optional>
#include <string>

#include "plan/plan.h"
#include "run/options.h"

namespace bundle::run {

struct Output {
  std::string given;  // as the user named it, for messages
  std::string path;   // absolute, without a trailing slash, and no symlink itself
  bool is_folder = false;
};

/// Throws Error (usage) for a symlink that leads nowhere, and for what is neither file nor folder.
Output parse_output(const std::string& given);

/// Refuses, before any work is done and again before it is put in place, an output that must not be written: throws
/// Error (usage) for one that is there without --force, and for a folder that is not a bundle of ours throughout, which
/// it names the first sign of.
void check_output(const Output& output, bool force);

/// Where a run's output goes, checked already; nothing when none is named. That of a dry run may be anything.
std::optional<Output> wanted_output(const BundleOptions& options);

/// An output that is one of the files it is made from would be gone before it is read, or be bundled into itself:
/// throws Error (usage).
void check_inputs(const Output& output, const Plan& plan);

}  // namespace bundle::run
