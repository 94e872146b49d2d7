// See trim.h. Each bundle in an output is trimmed by its own manifest.
#include "run/trim.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"
#include "knowledge/kept.h"
#include "launch/launch.h"
#include "launch/redirect_table.h"
#include "report/dropped.h"

namespace bundle::run {

namespace {

using report::ListedFile;
using report::Manifest;

constexpr const char* why_dropped_list = "names what slim dropped";
constexpr const char* of_bundle_alone = "Slim takes what `bundle PROGRAM -o` wrote, as a zip or a folder";

/// One bundle of an output, by its manifest.
struct Bundle {
  std::string folder;  // "tools/rig/" or ""
  std::string home;    // "lib/rig", below it
  std::string manifest_text;
  Manifest manifest;
  std::string manifest_path() const { return home + "/manifest.json"; }
};

std::vector<Bundle> bundles_of(const std::vector<pack::Entry>& entries) {
  std::vector<Bundle> bundles;
  for (const pack::Entry& entry : entries) {
    std::optional<std::string> folder = report::folder_of_manifest(entry.path);
    if (!folder) continue;
    std::string text = entry.content.to_string();
    std::optional<Manifest> manifest = report::parse_manifest(text);
    if (!manifest || !report::is_in_its_place(*manifest, entry.path)) continue;
    const std::string home(folder_name(entry.path.substr(folder->size())));
    bundles.push_back({std::move(*folder), home, std::move(text), std::move(*manifest)});
  }
  if (!bundles.empty()) return bundles;
  throw Error(Exit::cannot_bundle, "", "holds no manifest, so that nothing says what in it belongs to what",
              of_bundle_alone);
}

bool matches(const std::string& glob, const std::string& name) {
  if (::fnmatch(glob.c_str(), name.c_str(), 0) == 0 || is_below(name, glob)) return true;
  return glob.find('/') == std::string::npos && ::fnmatch(glob.c_str(), std::string(base_name(name)).c_str(), 0) == 0;
}

bool is_kept_by_knowledge(const std::string& name) {
  return std::any_of(knowledge::kept.begin(), knowledge::kept.end(), [&](const knowledge::Kept& kept) {
    return ::fnmatch(std::string(kept.glob).c_str(), name.c_str(), 0) == 0;
  });
}

/// One file of a bundle.
struct File {
  const pack::Entry* entry = nullptr;
  const ListedFile* listed = nullptr;
  std::string name;  // as a record has it
  bool stays = false;
};

class Trimming {
 public:
  Trimming(const Bundle& bundle, const std::vector<pack::Entry>& entries, const report::Record& record);
  /// Marks what stays.
  void choose();
  /// The files that do not stay, by their paths in the output.
  std::set<std::string> dropped() const;
  /// What is made anew, and folders that stay without a file.
  std::vector<pack::Entry> made() const;
  void count(std::map<std::string, report::Savings::OfPackage>& saved) const;
  const std::set<std::string>& matched() const { return matched_; }
  const std::map<std::string, File>& files() const { return files_; }

 private:
  void check_programs() const;
  void keep(const std::string& path);
  void keep_needed(const File& file);
  void keep_launchers();
  bool stays(const std::string& path) const;
  bool is_filled(const std::string& folder) const;
  std::string new_table() const;
  std::vector<std::string> kept_folders() const;

  const Bundle& bundle_;
  const report::Record& record_;
  std::map<std::string, File> files_;                // by the path below the bundle's root, as the manifest spells it
  std::multimap<std::string, std::string> by_name_;  // libraries and loaders
  std::optional<launch::RedirectTable> table_;
  std::vector<std::string> pending_;  // that stay, and were not looked into
  std::vector<std::string> before_;   // what was dropped earlier
  std::set<std::string> matched_;     // of the record's globs and names, those that are of something here
};

Trimming::Trimming(const Bundle& bundle, const std::vector<pack::Entry>& entries, const report::Record& record)
    : bundle_(bundle), record_(record) {
  std::map<std::string, const ListedFile*> listed;
  for (const ListedFile& file : bundle.manifest.files) listed.emplace(file.path, &file);
  for (const pack::Entry& entry : entries) {
    if (!entry.path.starts_with(bundle.folder) || entry.path.ends_with('/')) continue;
    const std::string path = report::manifest_spelling(entry.path.substr(bundle.folder.size()));
    const auto at = listed.find(path);
    if (at == listed.end()) continue;
    const ListedFile& known = *at->second;
    files_[path] = {&entry, &known, report::record_name(path, bundle.home, known.source), false};
    if (known.kind == "library" || known.kind == "loader") by_name_.emplace(base_name(path), path);
  }
  const auto table = files_.find(bundle.home + "/" + std::string(redirect_table_name));
  if (table != files_.end()) {
    const std::string content = table->second.entry->content.to_string();
    try {
      table_ = launch::read_redirect_table(Bytes(content));
    } catch (Error& error) {
      error.set_path_if_empty(table->second.entry->path);
      throw;
    }
  }
  const auto dropped = files_.find(report::path_of_dropped(bundle.home));
  if (dropped != files_.end()) before_ = report::parse_dropped(dropped->second.entry->content.to_string());
}

void Trimming::check_programs() const {
  for (const report::ListedProgram& program : bundle_.manifest.programs) {
    const auto file = files_.find(program.program);
    const std::string name = file == files_.end() ? program.program : file->second.name;
    if (std::binary_search(record_.programs.begin(), record_.programs.end(), name)) continue;
    throw Error(
        Exit::usage, "",
        fmt::format("the record is one of {}, and tells nothing of {}",
                    record_.programs.empty() ? "no program" : printable(record_.programs.front()), printable(name)),
        "Record a run of what is bundled: bundle slim LAYER -o OUT --run 'COMMAND' --record FILE");
  }
}

void Trimming::keep(const std::string& path) {
  const auto at = files_.find(path);
  if (at == files_.end() || at->second.stays) return;
  at->second.stays = true;
  pending_.push_back(path);
}

/// The loader opens what is needed, touched or not, and starts nothing where that is gone.
void Trimming::keep_needed(const File& file) {
  const Pieces& content = file.entry->content;
  std::string scratch;
  if (content.size() < 4 || content.read(0, 4, scratch).text() != "\177ELF") return;
  std::string whole;
  const Bytes bytes = content.read(0, content.size(), whole);
  try {
    const elf::Image image(bytes, file.entry->path, elf::Image::Sections::skip);
    std::vector<std::string> names = image.needed();
    for (const int64_t tag : {int64_t{DT_AUXILIARY}, int64_t{DT_FILTER}}) {
      for (std::string& name : image.strings_of(tag)) names.push_back(std::move(name));
    }
    for (const std::string& name : names) {
      const auto [first, last] = by_name_.equal_range(std::string(base_name(name)));
      for (auto at = first; at != last; ++at) keep(at->second);
    }
  } catch (const Error&) {
    // Data that begins as an ELF file does: no loader of the bundle takes it either.
  }
  if (file.listed->kind != "launcher") return;
  if (const std::optional<std::string> program = launch::program_of_launcher(bytes)) keep(*program);
}

/// A launcher of which the table knows what it starts stays with that, but for one that lies where the program itself
/// might: another name of it (git-add), which stays if it was used. What lies outside of the home is what the target or
/// the user starts.
void Trimming::keep_launchers() {
  if (table_) {
    for (const auto& [launcher, started] : table_->settings.launchers) {
      if (stays(started) && !is_below(launcher, bundle_.home + "/root")) keep(launcher);
    }
  }
  for (const auto& [path, file] : files_) {
    if (file.listed->kind == "launcher" && !is_below(path, bundle_.home)) keep(path);
  }
}

void Trimming::choose() {
  check_programs();
  const auto in = [](const std::vector<std::string>& sorted, const std::string& text) {
    return std::binary_search(sorted.begin(), sorted.end(), text);
  };
  for (const auto& [path, file] : files_) {
    const std::string& kind = file.listed->kind;
    bool stays = kind == "loader" || kind == "redirect" || is_kept_by_knowledge(file.name);
    if (in(record_.used, file.name)) {
      matched_.insert(file.name);
      stays = true;
    }
    for (const std::string& glob : record_.keep) {
      if (!matches(glob, file.name) && !matches(glob, path)) continue;
      matched_.insert(glob);
      stays = true;
    }
    if (stays) keep(path);
  }
  for (const report::ListedProgram& program : bundle_.manifest.programs) {
    keep(program.launcher);
    keep(program.program);
  }
  // What stays may need more, and a program that stays has its launcher, which may start another one.
  while (!pending_.empty()) {
    while (!pending_.empty()) {
      const std::string path = std::move(pending_.back());
      pending_.pop_back();
      keep_needed(files_.at(path));
    }
    keep_launchers();
  }
}

bool Trimming::stays(const std::string& path) const {
  const auto at = files_.find(report::manifest_spelling(path));
  return at != files_.end() && at->second.stays;
}

/// Whether something that stays lies in it.
bool Trimming::is_filled(const std::string& folder) const {
  const std::string below = report::manifest_spelling(folder) + "/";
  for (auto at = files_.lower_bound(below); at != files_.end() && at->first.starts_with(below); ++at) {
    if (at->second.stays) return true;
  }
  return false;
}

/// Folders that a run asked for, and of which no file stays: a program may insist that they are there.
std::vector<std::string> Trimming::kept_folders() const {
  std::vector<std::string> folders;
  for (const std::string& name : record_.used) {
    if (!name.ends_with('/') || !name.starts_with('/')) continue;
    const std::string below = bundle_.home + "/root" + name;
    const auto first = files_.lower_bound(below);
    const bool was_there = first != files_.end() && first->first.starts_with(below);
    if (was_there && !is_filled(below.substr(0, below.size() - 1))) folders.push_back(below);
  }
  return folders;
}

std::string Trimming::new_table() const {
  const std::vector<std::string> folders = kept_folders();
  const auto is_there = [&](const std::string& path) {
    return stays(path) || is_filled(path) ||
           std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return folder.starts_with(path + "/"); });
  };
  launch::RedirectTable table = *table_;
  const std::string root = bundle_.home + "/root";
  std::erase_if(table.redirects, [&](const Redirect& redirect) {
    return !is_there(root + (redirect.stored.empty() ? redirect.path : redirect.stored)) ||
           (!redirect.launcher.empty() && !stays(redirect.launcher));
  });
  std::erase_if(table.settings.launchers,
                [&](const auto& launcher) { return !stays(launcher.first) || !stays(launcher.second); });
  // A variable that names a folder of the bundle is for what lies in it.
  std::erase_if(table.settings.environment, [&](const std::string& variable) {
    const size_t at = variable.find("=@root@/");
    return at != std::string::npos && !is_there(root + variable.substr(at + 7));
  });
  return launch::make_redirect_table(table.redirects, table.settings);
}

std::set<std::string> Trimming::dropped() const {
  std::set<std::string> out;
  for (const auto& [path, file] : files_) {
    if (!file.stays) out.insert(file.entry->path);
  }
  return out;
}

std::vector<pack::Entry> Trimming::made() const {
  std::vector<pack::Entry> out;
  for (const std::string& folder : kept_folders()) out.push_back({bundle_.folder + folder, 0755, {}});
  std::vector<ListedFile> listed;
  const auto add = [&](const std::string& path, std::string text, const char* kind, const char* why) {
    Pieces content = Pieces::of_text(std::move(text));
    ListedFile file;
    file.path = path;
    file.size = content.size();
    file.sha256 = sha256_hex(content);
    file.kind = kind;
    file.why = why;
    listed.push_back(std::move(file));
    out.push_back({bundle_.folder + path, 0644, std::move(content)});
  };
  if (table_) add(bundle_.home + "/" + std::string(redirect_table_name), new_table(), "", "");
  std::vector<std::string> gone = before_;
  for (const auto& [path, file] : files_) {
    if (!file.stays && path != report::path_of_dropped(bundle_.home)) {
      gone.push_back(path.starts_with(bundle_.home + "/") ? path.substr(bundle_.home.size() + 1) : path);
    }
  }
  if (!gone.empty()) {
    add(report::path_of_dropped(bundle_.home), report::render_dropped(gone), "data", why_dropped_list);
  }
  const std::string text = report::trimmed_manifest(
      bundle_.manifest_text, [&](const std::string& path) { return stays(path); }, listed);
  out.push_back({bundle_.folder + bundle_.manifest_path(), 0644, Pieces::of_text(text)});
  return out;
}

void Trimming::count(std::map<std::string, report::Savings::OfPackage>& saved) const {
  for (const auto& [path, file] : files_) {
    if (file.stays || path == report::path_of_dropped(bundle_.home)) continue;
    report::Savings::OfPackage& of = saved[file.listed->package];
    of.package = file.listed->package;
    ++of.files;
    of.size += file.entry->content.size();
  }
}

std::vector<report::Savings::OfPackage> largest_first(const std::map<std::string, report::Savings::OfPackage>& saved) {
  std::vector<report::Savings::OfPackage> out;
  for (const auto& [package, of] : saved) out.push_back(of);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
  return out;
}

void add_up(const std::vector<pack::Entry>& entries, uint64_t& files, uint64_t& size) {
  for (const pack::Entry& entry : entries) {
    if (entry.path.ends_with('/')) continue;
    ++files;
    size += entry.content.size();
  }
}

/// What the record has and the bundle has not: files of packages that changed, a glob that was mistyped.
std::vector<std::string> notes_of(const report::Record& record, const std::set<std::string>& matched) {
  std::vector<std::string> notes, missing;
  for (const std::string& glob : record.keep) {
    if (!matched.contains(glob)) notes.push_back(fmt::format("--keep '{}' is the name of nothing in the bundle", glob));
  }
  for (const std::string& name : record.used) {
    if (!name.ends_with('/') && !matched.contains(name)) missing.push_back(name);
  }
  if (!missing.empty()) {
    notes.push_back(
        fmt::format("{} of the {} files that the record names are not in the bundle, {} for one: if the "
                    "program misses them, record it again",
                    missing.size(), record.used.size(), missing.front()));
  }
  return notes;
}

/// What a program reads in the list of a folder are names, and it may tell of them or choose by them. A file behind one
/// of them that is hardly more than its name (aspell's list of dictionaries) costs nothing; others would cost it all.
constexpr uint64_t hardly_more_than_a_name = 512;

bool is_used(const pack::Entry& entry, const Used& used) {
  return used.paths.contains(entry.path) || (entry.content.size() <= hardly_more_than_a_name &&
                                             used.listed.contains(std::string(folder_name(entry.path)) + "/"));
}

}  // namespace

Trimmed trim(std::vector<pack::Entry> entries, const report::Record& record) {
  Trimmed trimmed;
  report::Savings& savings = trimmed.savings;
  add_up(entries, savings.files_before, savings.size_before);
  const std::vector<Bundle> bundles = bundles_of(entries);
  std::set<std::string> gone, matched;
  std::map<std::string, report::Savings::OfPackage> saved;
  std::map<std::string, pack::Entry> result;
  std::vector<pack::Entry> made;
  for (const Bundle& bundle : bundles) {
    Trimming trimming(bundle, entries, record);
    trimming.choose();
    gone.merge(trimming.dropped());
    trimming.count(saved);
    matched.insert(trimming.matched().begin(), trimming.matched().end());
    for (pack::Entry& entry : trimming.made()) made.push_back(std::move(entry));
  }
  for (pack::Entry& entry : entries) {
    if (!gone.contains(entry.path)) result[entry.path] = std::move(entry);
  }
  for (pack::Entry& entry : made) result[entry.path] = std::move(entry);
  for (auto& [path, entry] : result) trimmed.entries.push_back(std::move(entry));
  add_up(trimmed.entries, savings.files_after, savings.size_after);
  savings.packages = largest_first(saved);
  savings.notes = notes_of(record, matched);
  return trimmed;
}

void check_is_bundle(const std::vector<pack::Entry>& entries) { bundles_of(entries); }

report::Record record_of(const std::vector<pack::Entry>& entries, const Used& used) {
  report::Record record;
  std::set<std::string> programs, names;
  const report::Record nothing;
  for (const Bundle& bundle : bundles_of(entries)) {
    const Trimming known(bundle, entries, nothing);
    for (const auto& [path, file] : known.files()) {
      const std::string& kind = file.listed->kind;
      const bool is_always_there = kind == "loader" || kind == "redirect";
      if (!is_always_there && is_used(*file.entry, used)) names.insert(file.name);
    }
    for (const report::ListedProgram& program : bundle.manifest.programs) {
      const auto file = known.files().find(program.program);
      programs.insert(file == known.files().end() ? program.program : file->second.name);
    }
    const std::string root = bundle.folder + bundle.home + "/root";
    for (const std::string& path : used.paths) {
      if (path.ends_with('/') && path.starts_with(root + "/")) names.insert(path.substr(root.size()));
    }
  }
  // A folder with something that was used in it needs no word.
  for (auto at = names.begin(); at != names.end();) {
    const auto next = std::next(at);
    const bool is_idle = at->ends_with('/') && next != names.end() && next->starts_with(*at);
    at = is_idle ? names.erase(at) : next;
  }
  record.programs.assign(programs.begin(), programs.end());
  record.used.assign(names.begin(), names.end());
  return record;
}

}  // namespace bundle::run
