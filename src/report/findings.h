// What discovery found and what it left, in lines: short unless all is asked for.
//
// Short means: at most twelve lines of what was found and eight hints, the most useful first, each list with a line
// that says how much it keeps to itself. Lines that say the same of several packages or places become one. In full,
// every line stands by itself and in the order of the finding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/found.h"

namespace bundle::report {

/// What was seen and left out, in one line.
struct HintLine {
  /// What it means for the program, the most useful first.
  enum class Matter {
    asked,     // the user named it, or a folder that holds it
    lacking,   // it was wanted, and cannot be had
    seen,      // it may be wanted
    costly,    // likely wanted, and left for what it costs
    doubtful,  // little speaks for it
  };
  std::string text;
  Matter matter = Matter::seen;
  uint64_t size = 0;  // what it would cost, where that is known
};

constexpr size_t longest_line = 4096;  // of what is words in the main

/// "found PATH: N files, SIZE, WHY [PACKAGE]", a line each.
std::string render_found(const std::vector<Finding>& found, bool all);
/// "     SIZE  PATH: WHY (--exclude PATH)", a line each, of at most `most` that can be left out, the largest first.
std::string render_droppable(const std::vector<Finding>& found, size_t most);
/// "hint: TEXT", a line each.
std::string render_hints(const std::vector<HintLine>& hints, bool all);

/// "AHEADrule ID: EVIDENCE"; nothing for what no rule brought.
std::string rule_and_evidence(std::string_view ahead, const std::string& rule, const std::string& evidence);

}  // namespace bundle::report
