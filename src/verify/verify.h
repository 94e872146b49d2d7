// `bundle verify`: opens a bundle with other eyes than wrote it, and says what will not work where it is to run.
//
// The story is verify(); what it looks at is in subject.h, what it asks in the table of checks.h. Nothing is run, and
// nothing is trusted: offsets are checked, sizes bounded by what the target allows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "knowledge/drivers.h"
#include "plan/target.h"
#include "verify/finding.h"

namespace bundle::verify {

struct Request {
  std::string path;
  const plan::Target* target = nullptr;  // null: the one that it was made for, or the default one
  std::string prefix;                    // empty: where it was made for, or the target's
  std::string root;                      // a folder with what the target has; empty: what is publicly known of it
  knowledge::TargetHas target_has;
};

struct Verified {
  std::string path;
  std::string target, prefix;
  std::vector<Finding> findings;      // errors of all checks and warnings, in the order of the checks
  std::vector<std::string> left_out;  // checks that could not be made, one sentence each
  uint64_t too_large_for_lief = 0;    // ELF files of which there is no second opinion
  uint64_t files = 0, unpacked = 0, packed = 0;
  uint64_t unpacked_limit = UINT64_MAX, packed_limit = UINT64_MAX;
  std::string service, over_packed;

  bool has_errors() const;
};

/// Throws Error: cannot_bundle when it cannot be opened at all, or is neither a zip nor a folder; machine.
Verified verify(const Request& request);

}  // namespace bundle::verify
