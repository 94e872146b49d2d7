// What the checks look at: the bundle, what its files hold, where it is to lie, and what its programs would load there.
//
// Made once by verify.cpp; checks only read it. Paths are inside the bundle but where they are absolute: those are of
// the place where it is unpacked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elf/format.h"
#include "knowledge/drivers.h"
#include "knowledge/runtimes.h"
#include "plan/plan.h"
#include "plan/target.h"
#include "verify/contents.h"
#include "verify/finding.h"
#include "verify/manifests.h"
#include "verify/opened.h"
#include "verify/second_opinion.h"

namespace bundle::verify {

/// What a launcher of bundle's says of itself; see launchers/abi.h. Paths are relative to its bundle's root.
struct LauncherSettings {
  std::string fault;  // why it cannot be read, one sentence; the rest is then empty
  std::string prefix, program, loader, first_needed;
  std::vector<std::string> libraries;
  bool is_musl = false, is_runpath = false, never_exec = false;
  unsigned depth = 0;
};

/// An ELF file of the bundle, by what the kernel and a loader read of it.
struct ElfFacts {
  size_t file = 0;    // index in bundle.files()
  std::string fault;  // why a loader cannot take it; the rest is then empty
  uint16_t machine = 0, type = 0;
  bool is_dynamic = false;
  bool is_program = false;  // is started by itself
  std::optional<std::string> interpreter, soname, rpath, runpath;
  std::vector<std::string> needed;
  std::optional<LauncherSettings> launcher;
};

/// One program, or a library that no program needs, with all that would be loaded for it.
struct Loading {
  size_t elf = 0;  // index in elfs
  bool is_plugin = false;
  const knowledge::Runtime* runtime = nullptr;  // whose libraries lay below; null where nothing is known of them
  bool is_older = false;                        // that is not the newest one of the target
  /// It is started in the process of a launcher, which knows the loader and the folders: nothing of its own counts.
  bool in_process = false;
  size_t launcher = SIZE_MAX;  // index in elfs, of the one that starts it
  Closure closure;
  std::string refusal;  // why there is no closure, one sentence
};

struct Subject {
  explicit Subject(const Opened& opened) : bundle(opened) {}

  const Opened& bundle;
  const plan::Target* target = &plan::default_target();
  std::string prefix;               // of the bundle's root, absolute, without a slash at its end: "/opt", or ""
  bool has_root = false;            // what the target has was named as a folder
  knowledge::TargetHas target_has;  // what the user says that it has, and what its manifests leave to it
  std::vector<Told> manifests;
  std::vector<Content> contents;  // by index in bundle.files()
  uint64_t unpacked = 0;          // bytes, as it says itself
  bool is_unread = false;         // it says that it is so large that nothing of it was read
  std::vector<ElfFacts> elfs;
  std::vector<Loading> loadings;
  std::vector<std::pair<size_t, Opinion>> opinions;  // by the index in elfs, of those that LIEF was asked for

  /// What bundle made is held to all that bundle promises; what would be no more than a risk shows there that it was
  /// changed since.
  Severity promised() const { return manifests.empty() ? Severity::warning : Severity::error; }
  /// Whether an absolute path is one of the bundle's.
  bool is_inside(const std::string& absolute) const { return absolute.starts_with(prefix + "/"); }
  std::string absolute(const std::string& path) const { return prefix + "/" + path; }
  /// Of an absolute one inside.
  std::string relative(const std::string& absolute) const { return absolute.substr(prefix.size() + 1); }
  /// The manifest that lists the file at `path`; null when none does.
  const report::ListedFile* listed(const std::string& path) const {
    const auto found = listed_.find(path);
    return found == listed_.end() ? nullptr : found->second;
  }
  const ElfFacts* elf_at(const std::string& path) const {
    const auto found = elf_at_.find(path);
    return found == elf_at_.end() ? nullptr : &elfs[found->second];
  }
  const std::string& path_of(const ElfFacts& elf) const { return bundle.files()[elf.file].path; }
  const std::string& path_of(const Loading& loading) const { return path_of(elfs[loading.elf]); }

  /// To be called once manifests and elfs stand.
  void index() {
    for (const Told& told : manifests) {
      for (const report::ListedFile& file : told.manifest.files) listed_[told.folder + file.path] = &file;
    }
    for (size_t i = 0; i < elfs.size(); ++i) elf_at_[path_of(elfs[i])] = i;
  }

 private:
  std::map<std::string, const report::ListedFile*> listed_;
  std::map<std::string, size_t> elf_at_;
};

}  // namespace bundle::verify
