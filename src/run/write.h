// The last step of a bundling run: its bytes go into a zip or a folder, whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pack/format.h"
#include "plan/found.h"
#include "plan/plan.h"
#include "run/make.h"
#include "run/options.h"
#include "run/output.h"

namespace bundle::run {

/// Throws Error (limit) for a bundle that is to be written, and is larger than its target allows, without
/// options.force. `found` is what could go.
void check_limit(const BundleOptions& options, const Plan& plan, const std::vector<Finding>& found,
                 const Contents& contents);

/// What is written of a plan: its items below the folder of the output, with their content.
std::vector<pack::Entry> entries_of(const Plan& plan, const Contents& contents);

/// How an output is written.
struct Writing {
  int level = 6;
  unsigned jobs = 1;
  bool force = false;
  bool progress = true;
};
/// Writes entries, which `about` says what they are of. Returns and throws as write_output() does.
uint64_t write_entries(const Writing& writing, const Output& output, std::vector<pack::Entry> entries,
                       pack::About about);

/// Writes on up to `jobs` threads. Returns the size of what was packed, 0 for a plain folder. Throws Error: machine
/// when it cannot be written; usage when the output is by now one that is not replaced, or SOURCE_DATE_EPOCH is no
/// time.
uint64_t write_output(const BundleOptions& options, const Output& output, const Plan& plan, const Contents& contents,
                      unsigned jobs);

/// What is to be known of a zip of `packed` bytes that is too large for the usual way to its target.
std::vector<std::string> notes_of_upload(const Output& output, const Plan& plan, uint64_t packed);

}  // namespace bundle::run
