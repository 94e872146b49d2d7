// The answer to `--why PATH`: where it is in the bundle and what brought it, or why it is not there, what it would cost
// and the option that adds it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace bundle::report {

struct Answer {
  /// A file of the bundle.
  struct Present {
    std::string path;  // in the bundle
    uint64_t size = 0;
    std::string source;  // where it lies on the source machine; empty for what was made
    std::string why, rule, evidence;
    Package package;
    /// What needs it, from the nearest on, up to what the user named or a rule found: "needed by A".
    std::vector<std::string> chain;
  };
  /// Why something is not there; of a folder, with how much of it.
  struct Absence {
    std::string text;  // a sentence without its subject, or a hint
    std::string rule, evidence;
    uint64_t files = 0, size = 0;
  };
  /// Of a folder: files that one rule brought for one reason.
  struct Part {
    std::string why, rule;
    uint64_t files = 0, size = 0;
  };

  std::string asked;  // as the user typed it
  std::string path;   // of the source machine, where it is another; empty for what is in the bundle alone
  bool is_there = true;
  bool is_folder = false;
  std::vector<Present> present;
  std::vector<Part> parts;
  std::vector<Absence> absences;
  Package package;                   // of what is not in the bundle
  std::vector<std::string> options;  // that add it, each a text to type
  uint64_t size = 0, dragged = 0;    // what that would cost
};

/// A paragraph each. Ends in a newline.
std::string render_answers(const std::vector<Answer>& answers);

}  // namespace bundle::report
