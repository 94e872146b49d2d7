// What `bundle` tells the user about a bundle, before and after it is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "report/findings.h"
#include "report/why.h"

namespace bundle::report {

/// "262,144,000"
std::string grouped(uint64_t number);

struct Totals {
  uint64_t sources = 0;   // the files as they lie on this machine
  uint64_t unpacked = 0;  // the files in the bundle
  uint64_t packed = 0;    // the archive; 0 for a folder
  double seconds = 0;
};

/// What a bundling run made, or would make.
struct Summary {
  std::string output;  // as the user named it; empty after a dry run
  Plan plan;
  std::vector<uint64_t> sizes;  // by the index of plan.items
  std::vector<std::string> notes;
  std::vector<Finding> found;
  std::vector<HintLine> hints;
  std::vector<Answer> answers;  // where a question was asked
  Totals totals;
};

/// All of it. With `each_file`, and after a dry run, the plan file by file goes ahead; with `each_file` every line of
/// what was found and seen, too, and else the most useful of them.
std::string render_summary(const Summary& summary, bool each_file);
/// The last line.
std::string render_totals(const std::string& output, const Plan& plan, const Totals& totals);
/// The text of the Error when `unpacked` is over the target's limit: by how much, what of `found` could go and by which
/// option, the largest files, what to do.
std::string render_over_limit(const Plan& plan, const std::vector<uint64_t>& sizes, const std::vector<Finding>& found,
                              uint64_t unpacked);

}  // namespace bundle::report
