// See verify.h. What holds from a step on is said behind it.
#include "verify/verify.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "verify/archive_reader.h"
#include "verify/checks.h"
#include "verify/contents.h"
#include "verify/laid_disk.h"
#include "verify/loadings.h"
#include "verify/scratch.h"
#include "verify/subject.h"

namespace bundle::verify {

namespace {

/// However little a target allows, or however much: so much may be unpacked to be looked at.
constexpr uint64_t least_budget = 1U << 30U;
constexpr uint64_t most_for_each_packed_byte = 100;

/// A zip's content begins with a local header, and at its end is the end record: one of them tells that it is meant to
/// be one.
bool is_meant_as_zip(const std::string& path) {
  constexpr uint64_t longest_end = 0xffff + 22;
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = OpenFile::try_open(path, error_number);
  if (file == nullptr || file->size() < 4) return false;
  const Source source(*file);
  if (source.read<uint32_t>(0) == 0x04034b50) return true;
  const uint64_t length = std::min(file->size(), longest_end);
  const std::string_view end = source.slice(file->size() - length, length).text();
  return end.find(std::string_view("PK\5\6")) != std::string_view::npos;
}

const plan::Target& target_of(const Request& request, const std::vector<Told>& manifests) {
  if (request.target != nullptr) return *request.target;
  for (const Told& told : manifests) {
    if (const plan::Target* const named = plan::find_target(told.manifest.target)) return *named;
  }
  return plan::default_target();
}

std::string_view made_for(const Told& told) {
  return told.manifest.target.empty() ? plan::default_target().name : std::string_view(told.manifest.target);
}

/// Where the root of the archive lies: a manifest's prefix is that of its own bundle's folder in it.
std::string prefix_of(const Request& request, const plan::Target& target, const std::vector<Told>& manifests) {
  std::string prefix = request.prefix;
  const bool is_as_made =
      request.target == nullptr || (!manifests.empty() && target.name == made_for(manifests.front()));
  if (prefix.empty() && !manifests.empty() && is_as_made) {
    const Told& told = manifests.front();
    prefix = normal_path(told.manifest.prefix + "/");
    std::string folder = told.folder;
    while (folder.ends_with('/')) folder.pop_back();
    if (!folder.empty() && prefix.ends_with("/" + folder)) prefix.resize(prefix.size() - folder.size() - 1);
    if (prefix.empty() || prefix == ".") prefix = "/";
  }
  if (prefix.empty()) prefix = target.prefix == "/" ? "/unpacked" : std::string(target.prefix);
  prefix = normal_path(prefix);
  return prefix == "/" ? "" : prefix;
}

/// What the user says that the target has, and what the bundle was made to leave to it.
knowledge::TargetHas target_has(const Request& request, const std::vector<Told>& manifests) {
  knowledge::TargetHas has = request.target_has;
  for (const Told& told : manifests) {
    for (const auto& [name, by] : told.manifest.left_to_target) has.globs.push_back(name);
  }
  return has;
}

/// LIEF is slow on large files (0.9 s and 277 MB for a node of 98 MB): those are left out, and counted.
constexpr uint64_t largest_for_lief = 8U << 20U;

void ask_second_opinion(Subject& subject, Scratch& scratch, Verified& verified) {
  std::vector<size_t> asked;
  std::vector<std::string> paths;
  for (size_t i = 0; i < subject.elfs.size(); ++i) {
    const ElfFacts& elf = subject.elfs[i];
    const report::ListedFile* const listed = subject.listed(subject.path_of(elf));
    const bool is_data = listed != nullptr && listed->kind == "data";
    if (!elf.fault.empty() || !elf.is_dynamic || is_data) continue;
    if (subject.contents[elf.file].size > largest_for_lief) {
      ++verified.too_large_for_lief;
      continue;
    }
    asked.push_back(i);
    paths.push_back(subject.contents[elf.file].kept);
  }
  const SecondOpinions answer = ask_lief(paths, scratch.path_for("list"));
  if (!answer.is_there) {
    verified.left_out.emplace_back(
        "second-opinion: LIEF's reading of the ELF files, for bundle-lief is not beside bundle (it is built where "
        "liblief-dev is)");
    return;
  }
  for (size_t i = 0; i < answer.opinions.size() && i < asked.size(); ++i) {
    subject.opinions.emplace_back(asked[i], answer.opinions[i]);
  }
  if (answer.opinions.size() < asked.size()) {
    subject.opinions.emplace_back(asked[answer.opinions.size()], Opinion{std::nullopt, "ends LIEF's reader"});
  }
}

/// What is left of a zip that cannot be opened: one finding.
Verified damaged(const Request& request, const Error& error) {
  Verified verified;
  verified.path = request.path;
  verified.target = request.target != nullptr ? request.target->name : plan::default_target().name;
  Findings(checks().front().id, verified.findings)
      .error("", "cannot be opened, a part of it is missing or damaged: " + error.sentence(),
             "Make the archive again, or get it again");
  return verified;
}

}  // namespace

bool Verified::has_errors() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

Verified verify(const Request& request) {
  std::unique_ptr<Opened> bundle;
  try {
    bundle = open_bundle(request.path);
  } catch (const Error& error) {
    if (error.kind() != Exit::cannot_bundle || !is_meant_as_zip(request.path)) throw;
    return damaged(request, error);
  }
  // From here on its files have names and sizes.

  Subject subject(*bundle);
  for (const OpenedFile& file : bundle->files()) {
    if (file.node != Node::folder) subject.unpacked = std::min(UINT64_MAX - file.size, subject.unpacked) + file.size;
  }
  const uint64_t packed = bundle->archive() == nullptr ? 0 : bundle->archive()->bytes().size();
  const uint64_t budget =
      bundle->archive() == nullptr ? UINT64_MAX : std::max(least_budget, packed * most_for_each_packed_byte);
  subject.is_unread = subject.unpacked > budget;
  subject.manifests = subject.is_unread ? std::vector<Told>() : readable_manifests_of(*bundle);
  subject.target = &target_of(request, subject.manifests);
  subject.prefix = prefix_of(request, *subject.target, subject.manifests);
  subject.has_root = !request.root.empty();
  subject.target_has = target_has(request, subject.manifests);
  // From here on it is known where it is to lie.

  Scratch scratch;
  subject.contents = read_contents(*bundle, scratch, subject.is_unread ? 0 : budget);
  read_elfs(subject);
  subject.index();
  // From here on each file was read once, and its ELF files can be asked.

  load_programs(subject, scratch, subject.has_root ? disk_of_folder(request.root) : nullptr);
  // From here on it is known what each program would load there.

  Verified verified;
  ask_second_opinion(subject, scratch, verified);
  for (const Check& check : checks()) {
    Findings findings(check.id, verified.findings);
    check.run(subject, findings);
  }
  verified.path = request.path;
  verified.target = subject.target->name;
  verified.prefix = subject.prefix.empty() ? "/" : subject.prefix;
  verified.files =
      static_cast<uint64_t>(std::count_if(bundle->files().begin(), bundle->files().end(),
                                          [](const OpenedFile& file) { return file.node != Node::folder; }));
  verified.unpacked = subject.unpacked;
  verified.packed = packed;
  verified.unpacked_limit = subject.target->unpacked_limit;
  verified.packed_limit = subject.target->packed_limit;
  verified.service = subject.target->service;
  verified.over_packed = subject.target->over_packed;
  return verified;
}

}  // namespace bundle::verify
