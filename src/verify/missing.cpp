// See missing.h.
#include "verify/missing.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/printable.h"
#include "elf/image.h"
#include "knowledge/asked_anyway.h"
#include "knowledge/folders.h"
#include "report/dropped.h"
#include "resolve/ld_cache.h"
#include "verify/manifests.h"

namespace bundle::verify {

namespace {

constexpr size_t most_of_nowhere = 8;
constexpr std::string_view root_folder = "root/";

bool is_library_name(std::string_view name) {
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

/// Where this machine's loader has it.
std::string library_here(const std::string& name) {
#ifdef __x86_64__
  constexpr uint16_t machine = EM_X86_64;
#else
  constexpr uint16_t machine = EM_AARCH64;
#endif
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = MappedFile::try_open("/etc/ld.so.cache", error_number);
  if (file == nullptr) return "";
  const auto hits = resolve::LdCache::parse(file->bytes()).find(name, machine, true);
  return hits.empty() ? "" : hits.front().path;
}

class Search {
 public:
  Search(const Watched& watched, const Place& place, const Opened& bundle) : place_(place), prefix_(prefix_of(place)) {
    for (const Told& told : manifests_of(bundle)) homes_.emplace_back(folder_name(told.at));
    for (const std::string& home : homes_) {
      const OpenedFile* const list = bundle.find(report::path_of_dropped(home));
      if (list == nullptr || !list->is_file()) continue;
      for (const std::string& path : report::parse_dropped(bundle.content(*list))) {
        dropped_.insert(path.starts_with(root_folder) ? path.substr(root_folder.size() - 1) : path);
      }
    }
    for (const auto& [name, value] : place.environment) environment_[name] = value;
    for (const plan::Variable& variable : place.target->environment) {
      environment_.emplace(variable.name, variable.value);
    }
    for (const Seen& seen : watched.seen) {
      if (seen.was_there) found_.insert(std::string(base_name(seen.path)));
      if (seen.was_there) there_.insert(known_as(seen.path));
      // The kernel says of a program whose interpreter is not there that the program is not.
      if (!seen.was_there && seen.use == Seen::Use::executed) look_at_program(seen.path);
    }
    for (const Seen& seen : watched.seen) look_at(seen);
  }

  std::vector<Missing> take() {
    std::vector<Missing> all;
    for (auto& [name, missing] : missing_) all.push_back(std::move(missing));
    std::stable_partition(all.begin(), all.end(),
                          [](const Missing& one) { return one.is_dropped || !one.here.empty(); });
    return all;
  }

 private:
  /// What a program knows a path as: the redirect library leads it to where the bundle has that, or would.
  std::string known_as(const std::string& path) const {
    for (const std::string& home : homes_) {
      const std::string root = prefix_ + "/" + home + "/root";
      if (is_below(path, root)) return path.substr(root.size());
    }
    return path;
  }

  bool is_of_the_run(const std::string& path) const {
    const auto home = environment_.find("HOME");
    const std::string working_folder =
        place_.working_folder.empty() ? std::string(place_.target->working_folder) : place_.working_folder;
    return is_at_or_below(path, working_folder) || (home != environment_.end() && is_at_or_below(path, home->second)) ||
           std::any_of(place_.binds.begin(), place_.binds.end(),
                       [&](const Bind& bind) { return is_at_or_below(path, bind.inside); });
  }

  void look_at(const Seen& seen) {
    if (seen.was_there || seen.written) return;
    const std::string path = known_as(seen.path);
    const std::string name(base_name(path));
    if (there_.contains(path) || path == "/") return;
    if (const std::string_view option = knowledge::option_of_set(path); !option.empty()) {
      // Sets are looked for in several places, each with one file more.
      if (status_of(path)) add_path(path, true, std::string(option));
      return;
    }
    if (!knowledge::asked_anyway(path).empty()) return;
    const std::string folder(folder_name(path));
    if (is_library_name(name) && is_of_a_search(folder)) {
      if (!found_.contains(name)) add_library(name);
      return;
    }
    if (knowledge::is_in_program_folder(path) || is_listed("PATH", folder)) {
      if (!found_.contains(name)) add_program(name, path);
      return;
    }
    const bool is_a_place =
        knowledge::is_broad_folder(path) || knowledge::is_folder_of_anything(path) || is_of_a_search(path);
    if (is_a_place || is_at_or_below(path, prefix_) || is_of_the_run(path)) return;
    const bool is_here = status_of(path).has_value();
    // A search goes through folders until it finds, and most have no such thing anywhere.
    if (!is_here && found_.contains(name)) return;
    add_path(path, is_here);
  }

  /// Whether a folder is one of those that a variable lists.
  bool is_listed(const char* variable, const std::string& folder) const {
    const auto value = environment_.find(variable);
    if (value == environment_.end()) return false;
    const std::vector<std::string> all = split(value->second, ":");
    return std::any_of(all.begin(), all.end(), [&](const std::string& item) { return normal_path(item) == folder; });
  }

  /// Whether the loader looks into a folder for any library.
  bool is_of_a_search(const std::string& folder) const {
    return knowledge::is_in_library_folder(folder + "/x") || is_listed("LD_LIBRARY_PATH", folder) ||
           std::any_of(homes_.begin(), homes_.end(),
                       [&](const std::string& home) { return folder == prefix_ + "/" + home; });
  }

  void add_library(const std::string& name) {
    Missing& missing = missing_[name];
    missing.name = name;
    missing.is_library = true;
    missing.is_dropped = dropped_.contains(name);
    missing.here = library_here(name);
    if (!missing.here.empty()) missing.option = "--library " + shell_word(name);
  }

  /// Looked for in the folders of PATH, of which this machine may have it in one.
  void add_program(const std::string& name, const std::string& path) {
    Missing& missing = missing_[name];
    missing.name = name;
    missing.is_dropped = missing.is_dropped || dropped_.contains(path);
    // Where folders are merged, it lies below /usr.
    if ((!missing.here.empty() && !path.starts_with("/usr/")) || !status_of(path)) return;
    missing.here = path;
    missing.option = "--add " + shell_word(path);
  }

  void add_path(const std::string& path, bool is_here, const std::string& option = "") {
    Missing& missing = missing_[path];
    missing.name = path;
    missing.is_dropped = dropped_.contains(path);
    if (!is_here) return;
    missing.here = path;
    const char* const one_file = is_library_name(base_name(path)) ? "--plugin " : "--add ";
    missing.option = option.empty() ? one_file + shell_word(path) : option;
  }

  void look_at_program(const std::string& path) {
    if (!is_below(path, prefix_)) return;
    int error_number = 0;
    const std::string source = place_.folder + path.substr(prefix_.size());
    const std::shared_ptr<const MappedFile> file = MappedFile::try_open(source, error_number);
    if (file == nullptr) return;
    const std::string_view text = file->bytes().text();
    std::string interpreter;
    if (text.starts_with("#!")) {
      const std::vector<std::string> words = split(trimmed(text.substr(2, text.substr(0, 512).find('\n') - 2)), " \t");
      if (!words.empty()) interpreter = words.front();
    } else if (text.starts_with(ELFMAG)) {
      try {
        interpreter = elf::Image(file->bytes(), source, elf::Image::Sections::skip).interpreter().value_or("");
      } catch (const Error&) {
        return;  // the kernel takes it for no program either
      }
    }
    if (interpreter.starts_with('/') && !there_.contains(interpreter)) {
      add_path(interpreter, status_of(interpreter).has_value());
    }
  }

  const Place& place_;
  const std::string prefix_;
  std::vector<std::string> homes_;  // lib/NAME of each bundle in it
  std::set<std::string> dropped_;   // by slim: what programs know it as
  std::map<std::string, std::string> environment_;
  std::set<std::string> found_, there_;     // by their last parts; whole
  std::map<std::string, Missing> missing_;  // by name
};

}  // namespace

std::vector<Missing> missing_of(const Watched& watched, const Place& place, const Opened& bundle) {
  return Search(watched, place, bundle).take();
}

std::string render_missing(const std::vector<Missing>& missing, bool all) {
  if (missing.empty()) return "all that was looked for was found\n";
  std::string text = fmt::format("looked for and not found: {}\n", missing.size());
  size_t width = 0, of_nowhere = 0;
  for (const Missing& one : missing) width = std::max(width, std::min<size_t>(printable(one.name).size(), 50));
  for (const Missing& one : missing) {
    std::string what =
        one.is_dropped ? "dropped by slim: run it with --keep, or with a --run that uses it" : one.option;
    if (what.empty()) {
      if (!all && ++of_nowhere > most_of_nowhere) continue;
      what = "is not on this machine either";
    }
    text += fmt::format("  {:{}}  {}\n", printable(one.name), width, what);
  }
  if (of_nowhere > most_of_nowhere) {
    text +=
        fmt::format("  and {} more that are not on this machine either: --missing -v\n", of_nowhere - most_of_nowhere);
  }
  return text;
}

}  // namespace bundle::verify
