// Whether a bundle is what its manifest says: each file there, of that size and content, and none beside them.
#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/file.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

constexpr const char* bundle_again = "Bundle again, and change nothing in the result";
constexpr uint64_t longest_manifest = 256U << 20U;

void check_told(const Subject& subject, const Told& told, Findings& findings) {
  for (const report::ListedFile& listed : told.manifest.files) {
    const std::string path = told.folder + listed.path;
    const OpenedFile* file = subject.bundle.find(path);
    if (file == nullptr) {
      // JSON is UTF-8, and a file's name need not be.
      for (const OpenedFile& other : subject.bundle.files()) {
        if (report::manifest_spelling(other.path) == path) file = &other;
        if (file != nullptr) break;
      }
    }
    if (file == nullptr) {
      findings.error(path, fmt::format("is listed in {} and not there", printable(told.at)), bundle_again);
      continue;
    }
    if (!file->is_file()) {
      findings.error(path, fmt::format("is listed in {} as a file, and is none", printable(told.at)), bundle_again);
      continue;
    }
    const Content& content = subject.contents[static_cast<size_t>(file - subject.bundle.files().data())];
    if (file->size != listed.size) {
      findings.error(path, fmt::format("is {} bytes, and {} lists {}", file->size, printable(told.at), listed.size),
                     bundle_again);
    } else if (content.is_read && content.sha256 != listed.sha256) {
      findings.error(
          path, fmt::format("holds something else than what {} lists: its SHA-256 is another one", printable(told.at)),
          bundle_again);
    }
  }
  const auto is_listed = [&](const std::string& path) { return subject.listed(told.folder + path) != nullptr; };
  for (const report::ListedProgram& program : told.manifest.programs) {
    for (const std::string& path : {program.launcher, program.program, program.loader}) {
      if (path.empty() || is_listed(path)) continue;
      findings.error(told.at,
                     fmt::format("says that {} is started by {}, and lists no such file", printable(program.name),
                                 printable(path)),
                     bundle_again);
    }
  }
}

}  // namespace

void check_manifest(const Subject& subject, Findings& findings) {
  if (subject.is_unread) return;
  std::set<std::string> manifests, spelled;
  for (const Told& told : subject.manifests) {
    manifests.insert(told.at);
    for (const report::ListedFile& file : told.manifest.files) spelled.insert(told.folder + file.path);
    check_told(subject, told, findings);
  }
  bool has_launchers = false;
  for (const ElfFacts& elf : subject.elfs) has_launchers |= elf.launcher.has_value();
  for (const OpenedFile& file : subject.bundle.files()) {
    if (file.node == Node::folder || manifests.contains(file.path)) continue;
    if (report::folder_of_manifest(file.path) && file.is_file()) {
      std::string text;
      try {
        text = subject.bundle.content(file, longest_manifest);
      } catch (const Error&) {
        continue;  // said by the check of contents
      }
      if (has_launchers || text.find("\"made_by\": \"bundle ") != std::string::npos) {
        findings.error(file.path, "cannot be read as the manifest of a bundle", bundle_again);
        continue;
      }
    }
    if (manifests.empty() || subject.listed(file.path) != nullptr) continue;
    if (spelled.contains(report::manifest_spelling(file.path))) continue;
    findings.error(file.path, "is listed in no manifest: it was put there after the bundle was made", bundle_again);
  }
  if (subject.manifests.empty() && has_launchers) {
    findings.warning("", "has launchers of bundle, and no manifest that says what belongs to them", bundle_again);
  }
}

}  // namespace bundle::verify
