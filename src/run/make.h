// From a plan to the bytes of each file: rewriting, launchers, the manifest.
#pragma once

#include <memory>
#include <vector>

#include "base/file.h"
#include "base/pieces.h"
#include "machine/root.h"
#include "plan/plan.h"
#include "report/manifest.h"
#include "run/options.h"

namespace bundle::run {

/// The content of every item of a plan, by index. The mapped files stay open as long as this lives.
struct Contents {
  std::vector<std::shared_ptr<const MappedFile>> files;
  std::vector<Pieces> pieces;
  std::vector<uint64_t> sizes;
  std::vector<report::FileFacts> facts;
  std::vector<std::string> notes;  // what the user should know, one line each
  uint64_t source_bytes = 0;       // as the files lie on this machine
  uint64_t unpacked_bytes = 0;     // in the bundle
};

/// The sources are files of `root`. Rewrites what has an edit, makes the launchers, hashes all and writes the manifest.
/// Works on `jobs` threads. In a dry run the manifest has no hashes, for it is shown by its size alone. Throws Error
/// (cannot_bundle) for a file that cannot be rewritten safely.
Contents make_contents(const BundleOptions& options, const Plan& plan, const machine::Root& root, unsigned jobs);

}  // namespace bundle::run
