// See findings.h.
#include "report/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "knowledge/folders.h"

namespace bundle::report {

namespace {

constexpr size_t most_found = 12, most_hints = 8;
constexpr size_t long_list = 90;  // letters of names in a row: with the rest of the line more is hard to read

/// Lines that say the same, but for their places or their packages.
struct Lines {
  Finding sum;
  std::vector<std::string> paths, packages;  // each once
};

void add_once(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& one : more) {
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  }
}

/// Makes one of all that have the same key, in the place of the first. What has none stays by itself.
template <class Key>
std::vector<Lines> joined(std::vector<Lines> lines, const Key& key_of) {
  std::map<decltype(key_of(lines.front())), size_t> known;
  std::vector<Lines> out;
  for (Lines& line : lines) {
    const auto key = key_of(line);
    const bool has_key = !std::get<2>(key).empty() && line.sum.same_as.empty();
    const auto [at, is_new] = has_key ? known.emplace(key, out.size()) : std::pair(known.end(), true);
    if (is_new) {
      out.push_back(std::move(line));
      continue;
    }
    Lines& into = out[at->second];
    into.sum.files += line.sum.files;
    into.sum.size += line.sum.size;
    into.sum.dragged += line.sum.dragged;
    add_once(into.paths, line.paths);
    add_once(into.packages, line.packages);
  }
  return out;
}

std::vector<std::string> places_of(const Finding& finding) {
  return finding.places.empty() ? std::vector{finding.path} : finding.places;
}

/// One folder of several packages, then one package's several places.
std::vector<Lines> merged(const std::vector<Finding>& found) {
  std::vector<Lines> lines;
  for (const Finding& line : found) {
    lines.push_back({line, places_of(line), {}});
    if (line.package.known()) lines.back().packages.push_back(line.package.name);
  }
  lines = joined(std::move(lines),
                 [](const Lines& line) { return std::tuple(line.sum.rule, line.sum.why, line.paths.front()); });
  return joined(std::move(lines), [](const Lines& line) {
    const bool is_of_one = line.packages.size() == 1;
    return std::tuple(line.sum.rule, line.sum.why, is_of_one ? line.packages.front() : std::string());
  });
}

/// "A, B", or where that is long "A and 3 more".
std::string row_of(const std::vector<std::string>& names) {
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (names.size() < 2 || (names.size() < 5 && all.size() <= long_list)) return printable(all);
  return fmt::format("{} and {} more", printable(names.front()), names.size() - 1);
}

/// The folder that holds them all, where that is one that says something.
std::string place_of(const std::vector<std::string>& paths) {
  if (paths.size() < 2) return printable(paths.front());
  std::string folder = paths.front();
  for (const std::string& path : paths) {
    while (folder.size() > 1 && path != folder && !path.starts_with(folder + "/")) folder = folder_name(folder);
  }
  const bool says_something = std::count(folder.begin(), folder.end(), '/') > 1 && !knowledge::is_broad_folder(folder);
  return says_something ? printable(folder) : row_of(paths);
}

std::string line_of(const Lines& line) {
  // The same content goes in once, and is counted where it was first met.
  std::string size =
      line.sum.same_as.empty() ? human_size(line.sum.size) : fmt::format("the same as {}", printable(line.sum.same_as));
  if (line.sum.dragged > 0) size += fmt::format(" and {} of libraries for it", human_size(line.sum.dragged));
  return fmt::format("found {}: {}{}, {}{}\n", place_of(line.paths),
                     line.sum.files > 1 ? fmt::format("{} files, ", line.sum.files) : "", size, printable(line.sum.why),
                     line.packages.empty() ? "" : fmt::format(" [{}]", row_of(line.packages)));
}

}  // namespace

std::string rule_and_evidence(std::string_view ahead, const std::string& rule, const std::string& evidence) {
  if (rule.empty()) return "";
  return fmt::format("{}rule {}{}", ahead, rule, evidence.empty() ? "" : ": " + printable(evidence));
}

std::string render_found(const std::vector<Finding>& found, bool all) {
  std::string out;
  if (all) {
    for (const Finding& line : found) {
      const std::vector<std::string> packages(line.package.known() ? 1 : 0, line.package.name);
      out += line_of({line, places_of(line), packages});
    }
    return out;
  }
  std::vector<Lines> lines = merged(found);
  // What costs nothing comes last.
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Lines& a, const Lines& b) { return a.sum.cost() > b.sum.cost(); });
  const size_t shown = std::min(lines.size(), most_found);
  uint64_t rest = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i < shown) out += line_of(lines[i]);
    if (i >= shown) rest += lines[i].sum.cost();
  }
  if (lines.size() > shown) {
    out += fmt::format("and {} more ({}): -v\n", lines.size() - shown,
                       rest > 0 ? human_size(rest) : "nothing new in them");
  }
  return out;
}

std::string render_droppable(const std::vector<Finding>& found, size_t most) {
  std::vector<Lines> lines = merged(found);
  std::erase_if(lines, [](const Lines& line) { return line.sum.is_needed || line.sum.cost() == 0; });
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Lines& a, const Lines& b) { return a.sum.cost() > b.sum.cost(); });
  std::string out;
  for (size_t i = 0; i < std::min(lines.size(), most); ++i) {
    std::string options;
    for (const std::string& path : lines[i].paths) options += " --exclude " + shell_word(path);
    out += fmt::format("{:>12}  {}: {} ({})\n", human_size(lines[i].sum.cost()), place_of(lines[i].paths),
                       printable(lines[i].sum.why), printable(options.substr(1), longest_line));
  }
  return out;
}

std::string render_hints(const std::vector<HintLine>& hints, bool all) {
  std::vector<HintLine> lines = hints;
  if (!all) {
    std::stable_sort(lines.begin(), lines.end(), [](const HintLine& a, const HintLine& b) {
      return std::tuple(a.matter, a.size) < std::tuple(b.matter, b.size);
    });
  }
  const size_t shown = all ? lines.size() : std::min(lines.size(), most_hints);
  std::string out;
  for (size_t i = 0; i < shown; ++i) out += fmt::format("hint: {}\n", printable(lines[i].text, longest_line));
  const size_t rest = lines.size() - shown;
  if (rest > 0) out += fmt::format("and {} more {}: -v\n", rest, rest == 1 ? "hint" : "hints");
  return out;
}

}  // namespace bundle::report
