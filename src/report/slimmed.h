// What `slim` says: how much of each package went, and what is left.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bundle::report {

struct Savings {
  struct OfPackage {
    std::string package;  // empty: of no package
    uint64_t files = 0, size = 0;
  };
  std::vector<OfPackage> packages;  // what was dropped, the largest first
  uint64_t files_before = 0, size_before = 0;
  uint64_t files_after = 0, size_after = 0;
  std::vector<std::string> notes;
};

/// "12.1 MB  perl-modules-5.36, 310 files", a line a package; of more than twelve "and N more", unless `each`.
std::string render_savings(const Savings& savings, bool each);

/// The last line: "slim.zip: 41 of 352 files, 3.1 of 22.4 MB unpacked (13.9%), 1.2 MB zipped". `packed`: 0 for a
/// folder.
std::string render_slimmed(const std::string& output, const Savings& savings, uint64_t packed);

}  // namespace bundle::report
