// From a plan to the bytes of each file: rewriting, launchers, the manifest.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/pieces.h"
#include "plan/plan.h"
#include "report/manifest.h"

namespace bundle::cli {

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

/// Rewrites what has an edit, makes the launchers, hashes all and writes the manifest. Works on `jobs` threads. With
/// `hashes` false the manifest has none: for who wants the sizes alone.
/// Throws Error (cannot_bundle) for a file that cannot be rewritten safely.
Contents make_contents(const Plan& plan, unsigned jobs, bool hashes,
                       const std::function<void(uint64_t, uint64_t)>& progress);

}  // namespace bundle::cli
