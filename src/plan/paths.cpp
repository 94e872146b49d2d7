// See paths.h. All of it goes by the text of paths; no disk is asked.
#include "plan/paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "knowledge/stores.h"

namespace bundle::plan {

void check_file_name(const std::string& name, std::string_view what, std::string_view option) {
  const bool has_control = std::any_of(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; });
  if (name.empty() || name == "." || name == ".." || name.size() > 200 || has_control) {
    throw Error(Exit::usage, "",
                fmt::format("'{}' cannot be {}: it must be a file name of 1 to 200 bytes without '/' and control "
                            "characters. Choose one with {}",
                            printable(name), what, option));
  }
}

std::string folder_name_for(std::string program) {
  std::replace_if(
      program.begin(), program.end(), [](char c) { return not_in_run_paths.find(c) != std::string_view::npos; }, '_');
  return program;
}

std::string run_path(std::string_view folder, const std::vector<std::string>& targets,
                     const std::vector<std::string>& behind) {
  std::string out;
  for (const std::string& target : targets) {
    if (!out.empty()) out += ':';
    const std::string relative = relative_path(folder, target);
    out += relative == "." ? "$ORIGIN" : "$ORIGIN/" + relative;
  }
  for (const std::string& target : behind) out += ":" + target;
  return out;
}

bool is_system_path(std::string_view path) {
  if (!knowledge::store_path_above(path).empty()) return true;
  constexpr std::array<std::string_view, 7> folders = {"/usr/",   "/bin/",   "/sbin/",  "/lib/",
                                                       "/lib32/", "/lib64/", "/libx32/"};
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) { return path.starts_with(folder); });
}

std::string relative_path(std::string_view from_folder, std::string_view to) {
  const std::vector<std::string> from = from_folder == "." ? std::vector<std::string>() : split(from_folder, "/");
  const std::vector<std::string> target = split(to, "/");
  size_t shared = 0;
  while (shared < from.size() && shared < target.size() && from[shared] == target[shared]) ++shared;
  std::vector<std::string> parts(from.size() - shared, "..");
  parts.insert(parts.end(), target.begin() + static_cast<std::ptrdiff_t>(shared), target.end());
  return parts.empty() ? "." : fmt::format("{}", fmt::join(parts, "/"));
}

}  // namespace bundle::plan
