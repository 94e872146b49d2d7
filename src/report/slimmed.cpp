// See slimmed.h.
#include "report/slimmed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/human_size.h"

namespace bundle::report {

namespace {

constexpr size_t most_lines = 12;

}  // namespace

std::string render_savings(const Savings& savings, bool each) {
  std::string out;
  const size_t count = each ? savings.packages.size() : std::min(savings.packages.size(), most_lines);
  for (size_t i = 0; i < count; ++i) {
    const Savings::OfPackage& of = savings.packages[i];
    out += fmt::format("{:>10} less  {}, {} {}\n", human_size(of.size),
                       of.package.empty() ? "launchers, and what no package owns" : printable(of.package), of.files,
                       of.files == 1 ? "file" : "files");
  }
  if (count < savings.packages.size()) {
    uint64_t rest = 0;
    for (size_t i = count; i < savings.packages.size(); ++i) rest += savings.packages[i].size;
    out += fmt::format("{:>10} less  and {} more packages (-v lists them)\n", human_size(rest),
                       savings.packages.size() - count);
  }
  for (const std::string& note : savings.notes) out += fmt::format("note: {}\n", printable(note, 1000));
  return out;
}

std::string render_slimmed(const std::string& output, const Savings& savings, uint64_t packed) {
  const uint64_t whole = std::max<uint64_t>(savings.size_before, 1);
  const uint64_t tenths = (savings.size_after * 1000 + whole / 2) / whole;
  std::string out = fmt::format("{}: {} of {} files, {} of {} unpacked ({}.{}%)", printable(output),
                                savings.files_after, savings.files_before, human_size(savings.size_after),
                                human_size(savings.size_before), tenths / 10, tenths % 10);
  if (packed > 0) {
    out += fmt::format(", {} {}", human_size(packed), output.ends_with(".zip") ? "zipped" : "packed");
  }
  return out + "\n";
}

}  // namespace bundle::report
