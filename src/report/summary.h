// What `bundle` tells the user about a bundle, before and after it is written.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace bundle::report {

/// Lambda's limit for the function and all its layers, unzipped.
constexpr uint64_t lambda_limit = 262'144'000;

/// "262,144,000"
std::string grouped(uint64_t number);

struct Totals {
  uint64_t sources = 0;   // the files as they lie on this machine
  uint64_t unpacked = 0;  // the files in the bundle
  uint64_t packed = 0;    // the archive; 0 for a folder
  double seconds = 0;
};

/// One line a program: where it starts, what it brings.
std::string render_programs(const Plan& plan, const std::vector<uint64_t>& sizes);
/// The plan file by file, sizes by item index. For --dry-run and -v.
std::string render_plan(const Plan& plan, const std::vector<uint64_t>& sizes);
/// The last line.
std::string render_totals(const std::string& output, size_t files, const Totals& totals);
/// The text of the Error when `unpacked` is over the limit: by how much, the ten largest files, what to do.
std::string render_over_limit(const Plan& plan, const std::vector<uint64_t>& sizes, uint64_t unpacked);

}  // namespace bundle::report
