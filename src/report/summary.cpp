// See summary.h. Names of files, and lines that hold some, are made printable here.
#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/human_size.h"
#include "plan/target.h"

namespace bundle::report {

namespace {

std::string count_of(uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// A share in percent with one decimal, rounded up: 100.0% must not hide one byte too many.
std::string percent(uint64_t part, uint64_t whole) {
  const uint64_t tenths = (part * 1000 + whole - 1) / whole;
  return fmt::format("{}.{}%", tenths / 10, tenths % 10);
}

/// "12,345,678  lib/rig/libc.so.6  (needed by rig; rule loader)"
std::string file_line(const Item& item, uint64_t size) {
  return fmt::format("{:>12}  {}  ({}{})\n", grouped(size), printable(item.path), printable(item.why),
                     rule_and_evidence("; ", item.rule, item.evidence));
}

/// The plan file by file.
std::string render_files(const Plan& plan, const std::vector<uint64_t>& sizes) {
  std::string out;
  for (size_t i = 0; i < plan.items.size(); ++i) out += file_line(plan.items[i], sizes[i]);
  return out;
}

/// One line a program: where it starts, what it brings.
std::string render_programs(const Plan& plan, const std::vector<uint64_t>& sizes) {
  std::string out;
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    const auto item = std::find_if(plan.items.begin(), plan.items.end(),
                                   [&](const Item& candidate) { return candidate.path == program.program; });
    const uint64_t size = item == plan.items.end() ? 0 : sizes[static_cast<size_t>(item - plan.items.begin())];
    const std::string brings =
        program.is_static ? "static, taken as it is" : count_of(program.library_count, "library", "libraries");
    const std::string path = plan.folder.empty() ? program.launcher : plan.folder + "/" + program.launcher;
    out += fmt::format("{}: {}, {}\n", printable(path), human_size(size), brings);
  }
  return out;
}

std::string render_lines(std::string_view mark, const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += fmt::format("{}: {}\n", mark, printable(line, longest_line));
  return out;
}

}  // namespace

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string render_summary(const Summary& summary, bool each_file) {
  const bool is_written = !summary.output.empty();
  std::string out;
  if (each_file || !is_written) out += render_files(summary.plan, summary.sizes);
  out += render_programs(summary.plan, summary.sizes);
  out += render_lines("note", summary.notes);
  out += render_found(summary.found, each_file);
  out += render_hints(summary.hints, each_file);
  out += render_totals(is_written ? summary.output : "dry run, nothing written", summary.plan, summary.totals);
  return out;
}

std::string render_totals(const std::string& output, const Plan& plan, const Totals& totals) {
  std::string out =
      fmt::format("{}: {}, {} of sources, {} unpacked", printable(output), count_of(plan.items.size(), "file", "files"),
                  human_size(totals.sources), human_size(totals.unpacked));
  if (totals.packed > 0)
    out += fmt::format(", {} {}", human_size(totals.packed), output.ends_with(".zip") ? "zipped" : "packed");
  const plan::Target& target = *plan.target;
  if (target.has_limit()) {
    out += fmt::format("; {} of {}'s {} bytes", percent(totals.unpacked, target.unpacked_limit), target.service,
                       grouped(target.unpacked_limit));
  }
  out += fmt::format("; {:.2f} s\n", totals.seconds);
  return out;
}

std::string render_over_limit(const Plan& plan, const std::vector<uint64_t>& sizes, const std::vector<Finding>& found,
                              uint64_t unpacked) {
  constexpr size_t most_lines = 10;
  const plan::Target& target = *plan.target;
  std::string out = fmt::format("the bundle is {} bytes unpacked, {} more than the {} that {} allows for {}.\n",
                                grouped(unpacked), grouped(unpacked - target.unpacked_limit),
                                grouped(target.unpacked_limit), target.service, target.limited);
  uint64_t fixed = unpacked;  // but for what was found
  for (const Finding& finding : found) fixed -= finding.is_needed ? 0 : std::min(fixed, finding.cost());
  if (fixed > target.unpacked_limit) {
    out += fmt::format(
        "{} of it are programs and the libraries that they do not start without: no option makes that fit.\n",
        human_size(fixed));
  }
  const std::string could_go = render_droppable(found, most_lines);
  if (!could_go.empty()) out += "What could go, the largest first, and the option for it:\n" + could_go;
  std::vector<size_t> order(plan.items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return sizes[a] > sizes[b]; });
  out += "The largest files:\n";
  for (size_t i = 0; i < std::min(most_lines, order.size()); ++i) {
    out += file_line(plan.items[order[i]], sizes[order[i]]);
  }
  out += fmt::format(
      "Leave something out. If the bundle is for another place than {}, say which by --target, or add "
      "--force",
      target.service);
  return out;
}

}  // namespace bundle::report
