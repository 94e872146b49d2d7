// The redirect library's tables: that one can be read, is made for where it lies, and leads to files that are there.
// launchers/redirect/abi.h says what is in them and from where its paths count.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "launchers/redirect/abi.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

namespace abi = redirect_abi;
constexpr const char* bundle_again = "Bundle the program again";
constexpr uint64_t largest_table = 64U << 20U;

class Places {
 public:
  explicit Places(const Subject& subject) {
    for (const OpenedFile& file : subject.bundle.files()) {
      all_.insert(file.path);
      for (size_t slash = file.path.rfind('/'); slash != std::string::npos && slash > 0;
           slash = file.path.rfind('/', slash - 1)) {
        if (!all_.insert(file.path.substr(0, slash)).second) break;
      }
    }
  }
  bool has(const std::string& path) const { return all_.contains(path); }

 private:
  std::set<std::string> all_;
};

std::string string_at(Bytes table, uint64_t offset) { return std::string(table.c_string(offset)); }

/// Each of its faults is an Error of `table` (out of range), or a finding.
void check_table(const Subject& subject, const Places& places, const std::string& path, Bytes table,
                 Findings& findings) {
  const std::string home(folder_name(path));
  const auto header = table.read<abi::Header>(0);
  if (std::string_view(header.magic, sizeof header.magic) != std::string_view(abi::magic, sizeof abi::magic) ||
      header.abi_version != abi::version || header.size != table.size()) {
    findings.error(path, "is no redirect table of this version, or not all of one", bundle_again);
    return;
  }
  const std::string made_for = string_at(table, header.home);
  const auto told = std::find_if(subject.manifests.begin(), subject.manifests.end(), [&](const Told& one) {
    return path.starts_with(one.folder) && subject.listed(path) != nullptr;
  });
  const bool is_as_told =
      told != subject.manifests.end() && normal_path(told->manifest.prefix + "/" + path.substr(told->folder.size())) ==
                                             normal_path(made_for + "/" + abi::table_name);
  if (made_for != subject.absolute(home) && !is_as_told) {
    findings.error(
        path,
        fmt::format("is made for {}, and here it lies in {}", printable(made_for), printable(subject.absolute(home))),
        bundle_again);
  }
  const Array<abi::Entry> entries = table.array<abi::Entry>(sizeof(abi::Header), header.entry_count);
  std::string before;
  for (uint64_t i = 0; i < entries.size(); ++i) {
    const abi::Entry entry = entries[i];
    const std::string named = string_at(table, entry.path);
    const std::string start = string_at(table, entry.start);
    const bool is_in_order = i == 0 || abi::compare(before.data(), before.size(), named.data(), named.size()) < 0;
    if (named.size() != entry.length || !named.starts_with('/') || !is_in_order ||
        (entry.parent != abi::no_entry && entry.parent >= header.entry_count)) {
      findings.error(path, fmt::format("is damaged at its entry {}", i), bundle_again);
      return;
    }
    before = named;
    const bool is_program = entry.kind == abi::kind_program;
    const std::string stored = home + "/root" + (is_program || start.empty() ? named : start);
    if (!places.has(normal_path(stored))) {
      findings.error(path, fmt::format("leads {} to {}, which is not there", printable(named), printable(stored)),
                     bundle_again);
    }
    if (is_program && !start.empty() && !places.has(normal_path(home + "/" + start))) {
      findings.error(path, fmt::format("starts {} by {}, which is not there", printable(named), printable(start)),
                     bundle_again);
    }
  }
  std::string root = home;
  for (uint32_t i = 0; i < std::min(header.levels, 64U); ++i) {
    const size_t slash = root.rfind('/');
    root.resize(slash == std::string::npos ? 0 : slash);
  }
  const Array<abi::Launcher> launchers = table.array<abi::Launcher>(header.launchers, header.launcher_count);
  for (uint64_t i = 0; i < launchers.size(); ++i) {
    for (const uint32_t offset : {launchers[i].path, launchers[i].program}) {
      const std::string named = string_at(table, offset);
      if (places.has(root.empty() ? named : root + "/" + named)) continue;
      findings.error(path, fmt::format("tells of {}, which is not there", printable(named)), bundle_again);
    }
  }
}

}  // namespace

void check_redirects(const Subject& subject, Findings& findings) {
  const Places places(subject);
  for (const OpenedFile& file : subject.bundle.files()) {
    const bool is_library = base_name(file.path) == redirect_library_name;
    if (is_library && file.is_file() && subject.listed(file.path) != nullptr) {
      const std::string table = std::string(folder_name(file.path)) + "/" + std::string(redirect_table_name);
      if (!places.has(table)) {
        findings.error(file.path, "has no redirect table beside it, so that no bundled data is found", bundle_again);
      }
    }
    if (!file.is_file() || base_name(file.path) != redirect_table_name) continue;
    const std::string library = std::string(folder_name(file.path)) + "/" + std::string(redirect_library_name);
    if (!places.has(library)) {
      findings.error(file.path, "has no redirect library beside it, so that no bundled data is found", bundle_again);
    }
    try {
      const std::string content = subject.bundle.content(file, largest_table);
      check_table(subject, places, file.path, Bytes(content), findings);
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      findings.error(file.path, fmt::format("is damaged: {}", error.sentence()), bundle_again);
    }
  }
}

}  // namespace bundle::verify
