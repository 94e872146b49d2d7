// LIEF's reading of ELF files, by the program bundle-lief that is installed beside bundle.
//
// It is optional: not every distribution has LIEF. Where the program is not there, or ends before it has answered, that
// is said and nothing more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verify/table_sums.h"

namespace bundle::verify {

struct Opinion {
  std::optional<TableSums> sums;
  std::string fault;  // why it has none, one sentence
};

struct SecondOpinions {
  bool is_there = false;  // the program is
  /// One for each path that was answered for; fewer when it ended before.
  std::vector<Opinion> opinions;
};

/// `list` is a file to write the paths into, which is the caller's to remove. Throws Error (machine).
SecondOpinions ask_lief(const std::vector<std::string>& paths, const std::string& list);

}  // namespace bundle::verify
