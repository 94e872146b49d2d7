// See listed.h.
#include "report/listed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"

namespace bundle::report {

namespace {

constexpr std::string_view digits = "0123456789";

/// The numbers of "1.2.9"; nothing for what is no such row.
std::optional<std::vector<uint64_t>> numbers_of(const std::string& text) {
  std::vector<uint64_t> numbers;
  for (const std::string& part : split(text, ".")) {
    if (part.empty() || part.size() > 18 || part.find_first_not_of(digits) != std::string::npos) return std::nullopt;
    numbers.push_back(std::stoull(part));
  }
  return numbers;
}

}  // namespace

std::vector<std::string> newest_versions(const std::vector<std::string>& versions) {
  std::map<std::string, std::pair<std::vector<uint64_t>, std::string>> newest;
  for (const std::string& version : versions) {
    const size_t at = version.find_last_of('_');
    if (at == std::string::npos) continue;
    std::optional<std::vector<uint64_t>> numbers = numbers_of(version.substr(at + 1));
    if (!numbers) continue;
    std::pair<std::vector<uint64_t>, std::string>& known = newest[version.substr(0, at)];
    known = std::max(known, std::pair(std::move(*numbers), version));
  }
  std::vector<std::string> out;
  for (const auto& [family, version] : newest) out.push_back(version.second);
  return out;
}

std::string mode_text(uint32_t mode) { return fmt::format("{:04o}", mode); }

}  // namespace bundle::report
