// Where the output goes, and what of that may be replaced.
//
// --force replaces what a former run wrote, and nothing else: a file, or a folder in which every file is one that a
// manifest of ours lists, with the size and digest that it says. A symlink stays, and what it leads to is meant.
// An image layout is one of ours when its index says so, and all of its blobs are those that it leads to.
// Invariant: nothing is removed that these functions did not look at.
#pragma once

#include <optional>
#include <string>

#include "pack/format.h"
#include "plan/plan.h"
#include "run/options.h"

namespace bundle::run {

struct Output {
  std::string given;  // as the user named it, for messages
  std::string path;   // absolute, without a trailing slash, and no symlink itself; empty for standard output
  const pack::Format* format = nullptr;
  bool is_folder() const { return format->is_folder(); }
  bool is_stream() const { return path.empty(); }
};

/// Of the format called `format`, or where that is empty of the one that its ending says. Throws Error (usage) for a
/// symlink that leads nowhere, for what is neither file nor folder, and for a format that it cannot have.
Output parse_output(const std::string& given, const std::string& format = "");

/// Where a bundle of that output runs when nobody says so: for a format that no cloud takes, anywhere.
const plan::Target& usual_target(const std::optional<Output>& output);

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
