// What packages' installations made and no package lists: which of it the objects and files of a bundle ask for. The
// table is knowledge/generated.h.
//
// What goes by a program's name waits until all names are known: pdflatex and latex are one program, and each reads the
// format of its own name.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "discover/rules.h"
#include "knowledge/generated.h"

namespace bundle::discover {

namespace {

using knowledge::Generated;

constexpr std::string_view name_mark = "{name}";

/// What it may cost where only a helper, or a library, asks for it: a format of TeX.
constexpr uint64_t most_of_helper = 16'000'000;

bool calls(const Evidence& evidence, std::string_view beginning) {
  const auto at = evidence.imports.lower_bound(std::string(beginning));
  return at != evidence.imports.end() && at->starts_with(beginning);
}

bool holds_text(std::string_view content, std::string_view text) {
  const std::string between = '\0' + std::string(text) + '\0';
  return content.find(between) != std::string_view::npos;
}

bool names_path(const Evidence& evidence, std::string_view path) {
  return std::any_of(evidence.paths.begin(), evidence.paths.end(),
                     [&](const NamedPath& named) { return named.text == path; });
}

}  // namespace

void Rules::take_generated(const Subject& subject) {
  const Evidence& evidence = subject.evidence;
  for (const Generated& row : knowledge::generated) {
    if (row.call.empty() && row.text.empty()) continue;
    if (!row.call.empty() && !calls(evidence, row.call)) continue;
    if (row.text.starts_with('/') && !names_path(evidence, row.text)) continue;
    if (!row.text.empty() && !row.text.starts_with('/') &&
        !holds_text(collector_.open(evidence.path)->bytes().text(), row.text))
      continue;
    if (row.path.find(name_mark) == std::string_view::npos) {
      take_generated(row.path, subject.source.name, subject.source.is_close);
    } else if (subject.is_program) {
      by_name_.push_back({row.path, evidence.path, subject.source.name, subject.source.is_close});
    }
  }
}

void Rules::take_generated(std::string_view path, const std::string& by, bool is_close) {
  rule_ = "generated";
  std::vector<std::string> files;
  if (path.find('*') == std::string_view::npos) {
    files.emplace_back(path);
  } else {
    files = collector_.matching(std::string(path));
  }
  Group group = group_for("", fmt::format("made where packages were installed, and read by {}", by));
  for (const std::string& file : files) collector_.add(group, file, file, Collector::License::named_set);
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  collector_.take(std::move(group), is_close ? std::nullopt : std::optional(most_of_helper));
}

/// Of programs whose names are known by now.
void Rules::take_generated_by_name() {
  for (const ByName& wanted : std::vector<ByName>(by_name_)) {
    std::set<std::string> names = names_of_programs_[wanted.program];
    for (const Found& found : collector_.taken()) {
      if (found.source == collector_.source_of(wanted.program)) names.emplace(base_name(found.destination));
    }
    for (const std::string& name : names) {
      std::string path(wanted.path);
      path.replace(path.find(name_mark), name_mark.size(), name);
      take_generated(path, wanted.by, wanted.is_close);
    }
  }
}

void Rules::take_generated_beside(const Found& found) {
  for (const Generated& row : knowledge::generated) {
    if (row.beside.empty() || !is_at_or_below(found.destination, row.beside)) continue;
    if (taken_beside_.insert(row.path).second) take_generated(row.path, printable(row.beside), false);
  }
}

}  // namespace bundle::discover
