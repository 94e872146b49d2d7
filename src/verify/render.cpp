// See render.h.
#include "verify/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/human_size.h"

namespace bundle::verify {

namespace {

using nlohmann::json;

constexpr size_t longest_sentence = 2000;

const char* severity_name(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

size_t count(const Verified& verified, Severity severity) {
  return static_cast<size_t>(std::count_if(verified.findings.begin(), verified.findings.end(),
                                           [&](const Finding& finding) { return finding.severity == severity; }));
}

std::string counted(size_t number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string line_of(const Verified& verified, const Finding& finding) {
  return fmt::format("{}: {}: {}. {} [{}]\n", severity_name(finding.severity),
                     printable(finding.path.empty() ? verified.path : finding.path),
                     printable(finding.what, longest_sentence), printable(finding.to_do, longest_sentence),
                     finding.check);
}

}  // namespace

std::string render_text(const Verified& verified) {
  std::string out;
  for (const Severity severity : {Severity::error, Severity::warning}) {
    for (const Finding& finding : verified.findings) {
      if (finding.severity == severity) out += line_of(verified, finding);
    }
  }
  for (const std::string& sentence : verified.left_out) out += fmt::format("left out: {}\n", sentence);
  const size_t errors = count(verified, Severity::error), warnings = count(verified, Severity::warning);
  const std::string where =
      verified.prefix.empty() ? "" : fmt::format(" for {} at {}", verified.target, printable(verified.prefix));
  std::string result = errors + warnings == 0 ? "in order" : "";
  if (errors > 0) result = counted(errors, "error");
  if (warnings > 0) result += (result.empty() ? "" : ", ") + counted(warnings, "warning");
  out += fmt::format("{}: {}{}; {}, {} unpacked", printable(verified.path), result, where,
                     counted(verified.files, "file"), human_size(verified.unpacked));
  if (verified.packed > 0) out += fmt::format(", {} zipped", human_size(verified.packed));
  if (verified.packed > verified.packed_limit) {
    out += fmt::format(", over {} for a direct upload: {}", human_size(verified.packed_limit), verified.over_packed);
  }
  return out + "\n";
}

std::string render_json(const Verified& verified) {
  json root = {{"format", 1},
               {"file", verified.path},
               {"target", verified.target},
               {"prefix", verified.prefix},
               {"ok", !verified.has_errors()},
               {"errors", count(verified, Severity::error)},
               {"warnings", count(verified, Severity::warning)},
               {"files", verified.files},
               {"unpacked", verified.unpacked},
               {"packed", verified.packed},
               {"findings", json::array()},
               {"too_large_for_lief", verified.too_large_for_lief},
               {"left_out", verified.left_out}};
  for (const Finding& finding : verified.findings) {
    root["findings"].push_back({{"check", finding.check},
                                {"severity", severity_name(finding.severity)},
                                {"path", finding.path},
                                {"what", finding.what},
                                {"to_do", finding.to_do}});
  }
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace bundle::verify
