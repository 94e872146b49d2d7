// Run paths: each folder that one names lies in the bundle, for what lies outside is another's, or another machine's.
//
// $ORIGIN is the folder of the file itself (ld.so(8)). What the bundle leaves to its target is found in the target's
// own folders, which then stand in its run paths.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "knowledge/drivers.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

constexpr const char* set_it = "bundle edit --set-rpath '$ORIGIN/…' FILE, or bundle the program again";

/// `text` less the token, when it begins with it.
std::optional<std::string> behind_origin(const std::string& text) {
  for (const std::string_view token : {"$ORIGIN", "${ORIGIN}"}) {
    if (!text.starts_with(token)) continue;
    const std::string rest = text.substr(token.size());
    if (rest.empty() || rest.starts_with('/')) return rest;
  }
  return std::nullopt;
}

bool is_targets(const Subject& subject, const ElfFacts& elf, const std::string& folder) {
  const bool leaves_some = std::any_of(subject.manifests.begin(), subject.manifests.end(),
                                       [](const Told& told) { return !told.manifest.left_to_target.empty(); });
  if (!leaves_some) return false;
  const std::vector<std::string> folders = knowledge::library_folders_of_targets(elf.machine, true);
  return std::find(folders.begin(), folders.end(), folder) != folders.end();
}

void check_folder(const Subject& subject, const ElfFacts& elf, const std::string& item, Findings& findings) {
  const std::string& path = subject.path_of(elf);
  const report::ListedFile* const listed = subject.listed(path);
  const Severity severity = listed != nullptr ? Severity::error : Severity::warning;
  if (item.empty()) {
    findings.add(severity, path,
                 "has an empty folder in its run path: libraries are looked for wherever it is started, by whom ever",
                 set_it);
    return;
  }
  if (const std::optional<std::string> rest = behind_origin(item)) {
    const std::string folder = normal_path(subject.absolute(std::string(folder_name(path))) + *rest);
    if (folder == subject.prefix || subject.is_inside(folder)) return;
    findings.add(
        severity, path,
        fmt::format("has {} in its run path, which leads out of the bundle, to {}", printable(item), printable(folder)),
        set_it);
    return;
  }
  if (item.find('$') != std::string::npos) {
    findings.add(Severity::warning, path,
                 fmt::format("has {} in its run path, which is another folder on each system", printable(item)),
                 set_it);
    return;
  }
  if (!item.starts_with('/')) {
    findings.add(severity, path,
                 fmt::format("has the relative folder {} in its run path: it depends on where it is "
                             "started",
                             printable(item)),
                 set_it);
    return;
  }
  const std::string folder = normal_path(item);
  if (folder == subject.prefix || subject.is_inside(folder) || is_targets(subject, elf, folder)) return;
  findings.add(severity, path,
               fmt::format("has the absolute folder {} in its run path, which is outside of {}", printable(item),
                           printable(subject.prefix.empty() ? "/" : subject.prefix)),
               set_it);
}

}  // namespace

void check_run_paths(const Subject& subject, Findings& findings) {
  for (const ElfFacts& elf : subject.elfs) {
    if (!elf.fault.empty()) continue;
    const report::ListedFile* const listed = subject.listed(subject.path_of(elf));
    if (listed != nullptr && (listed->kind == "data" || listed->kind == "loader")) continue;
    // With DT_RUNPATH the other one does not count.
    const std::optional<std::string>& text = elf.runpath ? elf.runpath : elf.rpath;
    if (!text || text->empty()) continue;
    for (const std::string& item : split(*text, ":")) check_folder(subject, elf, item, findings);
  }
}

}  // namespace bundle::verify
