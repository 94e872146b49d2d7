// The launchers that bundle wrote: that their settings can be read and lead to what is there, at the place where the
// bundle is to lie. launchers/abi.h says what is in them.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

constexpr const char* bundle_again = "Bundle the program again";

bool is_there(const Subject& subject, const std::string& path) {
  const std::vector<OpenedFile>& files = subject.bundle.files();
  return std::any_of(files.begin(), files.end(),
                     [&](const OpenedFile& file) { return file.path == path || file.path.starts_with(path + "/"); });
}

/// The folder that its depth leads to, "" or "tools/rig/"; nothing when that is above the bundle.
std::optional<std::string> root_of(const Subject& subject, const ElfFacts& launcher) {
  std::string root = subject.path_of(launcher);
  for (unsigned i = 0; i <= launcher.launcher->depth; ++i) {
    const size_t slash = root.rfind('/');
    if (slash == std::string::npos && i < launcher.launcher->depth) return std::nullopt;
    root.resize(slash == std::string::npos ? 0 : slash);
  }
  return root.empty() ? root : root + "/";
}

void check_one(const Subject& subject, const ElfFacts& elf, Findings& findings) {
  const LauncherSettings& settings = *elf.launcher;
  const std::string& path = subject.path_of(elf);
  if (!settings.fault.empty()) {
    findings.error(path, settings.fault, bundle_again);
    return;
  }
  const std::optional<std::string> root = root_of(subject, elf);
  if (!root) {
    findings.error(path, "looks for its bundle above the root of the archive", bundle_again);
    return;
  }
  const std::string there = subject.absolute(*root).substr(0, subject.absolute(*root).size() - 1);
  const auto told = std::find_if(subject.manifests.begin(), subject.manifests.end(),
                                 [&](const Told& one) { return one.folder == *root; });
  const std::string made_for = settings.prefix;
  if (made_for != there) {
    const bool is_other_than_told =
        told != subject.manifests.end() && told->manifest.prefix != made_for && told->manifest.prefix != made_for + "/";
    if (is_other_than_told || told == subject.manifests.end()) {
      findings.error(path,
                     fmt::format("is made for another root: for {}, and here it lies at {}",
                                 printable(made_for.empty() ? "/" : made_for), printable(there.empty() ? "/" : there)),
                     bundle_again);
    }
  }
  const ElfFacts* const program = subject.elf_at(*root + settings.program);
  if (program == nullptr) {
    findings.error(path,
                   fmt::format("starts {}, which is {}", printable(settings.program),
                               is_there(subject, *root + settings.program) ? "no ELF program" : "not there"),
                   bundle_again);
  } else if (program->fault.empty() && program->machine != elf.machine) {
    findings.error(path,
                   fmt::format("is for {}, and the program that it starts for {}", elf::machine_name(elf.machine),
                               elf::machine_name(program->machine)),
                   bundle_again);
  }
  for (const std::string& named : {settings.loader, settings.first_needed}) {
    const bool is_file = named.empty() || (named.find('/') == std::string::npos && named == settings.first_needed) ||
                         subject.elf_at(*root + named) != nullptr;
    if (!is_file) {
      findings.error(path, fmt::format("names {}, which is not there", printable(named)), bundle_again);
    }
  }
  for (const std::string& folder : settings.libraries) {
    if (folder.starts_with('/')) continue;  // the target's
    const std::string tidy = normal_path(*root + folder);
    if (tidy != "." && !is_there(subject, tidy)) {
      findings.error(path, fmt::format("looks for libraries in {}, which is not there", printable(folder)),
                     bundle_again);
    }
  }
}

}  // namespace

void check_launchers(const Subject& subject, Findings& findings) {
  for (const ElfFacts& elf : subject.elfs) {
    if (elf.launcher) check_one(subject, elf, findings);
  }
  for (const Told& told : subject.manifests) {
    for (const report::ListedProgram& program : told.manifest.programs) {
      const std::string path = told.folder + program.launcher;
      const report::ListedFile* const listed = subject.listed(path);
      if (listed == nullptr || listed->kind != "launcher") continue;
      const ElfFacts* const elf = subject.elf_at(path);
      const OpenedFile* const file = subject.bundle.find(path);
      if (file == nullptr || (elf != nullptr && elf->launcher)) continue;
      if (elf != nullptr && elf->fault.empty() && !elf->interpreter && elf->is_program) continue;  // speaks to Lambda
      findings.error(path, "is no launcher, and its manifest says that it is one", bundle_again);
    }
  }
}

}  // namespace bundle::verify
