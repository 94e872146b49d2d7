// What the user names and what a run used.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/folder.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "elf/image.h"

namespace bundle::discover {

namespace {

/// Why a path that the user named cannot go in; empty when it can. Of a folder it is asked for itself, not for what is
/// in it.
std::string why_not_addable(machine::Root& root, const std::string& real) {
  const machine::Status status = root.look(real);
  if (!status.is_there()) return "may not be looked at. Run as a user who may";
  if ((status.is_file() || status.is_folder()) && root.is_made_by_kernel(real)) {
    return "the kernel makes it up when it is read. Copy what is wanted of it into a file, and add that";
  }
  if (status.is_folder()) {
    int error_number = 0;
    (void)root.entries(real, error_number);
    if (error_number != 0) {
      return fmt::format("is a folder that cannot be read: {}. Run as a user who may",
                         std::generic_category().message(error_number));
    }
    bool has_file = false;
    root.walk(real, {[&](const std::string&, Node node) {
                has_file = has_file || node != Node::folder;
                return !has_file;
              }});
    return has_file ? "" : "is a folder without a file in it, and a bundle has no empty folders";
  }
  if (!status.is_file()) {
    return fmt::format("is {}, which a bundle cannot hold. Name a file or a folder",
                       *status.what == '\0' ? "neither" : status.what);
  }
  int error_number = 0;
  return root.open(real, error_number) != nullptr ? "" : "may not be read. Run as a user who may, or make it readable";
}

}  // namespace

void Rules::add_by_user(const std::string& path, const std::string& real, const std::string& destination,
                        const char* option) {
  rule_ = "named-by-user";
  Group group = group_for(path, option);
  bool is_script = false;
  if (const std::string why = why_not_addable(root_, real); !why.empty()) {
    throw Error(Exit::cannot_bundle, path, fmt::format("was named by {}, and {}", option, why));
  }
  if (collector_.kind(real) != Is::folder) {
    collector_.add(group, path, destination, Collector::License::user);
    is_script = options_.enabled && (collector_.kind(real) == Is::file);
  } else if (const std::string text = normal_path(real); text == "/" || text.find('/', 1) == std::string::npos) {
    throw Error(Exit::usage, path, fmt::format("is a folder of the whole system: name a folder in it by {}", option));
  } else {
    // The folder was named, not each file in it: what is secret by its name, its mode or its content still has to be.
    group.folder = normal_path(real);
    for (Hint& unread : collector_.unreadable_below(real)) group.refused.push_back(std::move(unread));
    collector_.add_folder(group, real, destination, Collector::License::user_folder,
                          [](const std::string&) { return true; });
    // Of a link that a package ships, the target's own name may be in the package's settings: LibreOffice's registry
    // in /etc.
    if (real != path && destination == path && database_ != nullptr && database_->owner_id(path)) {
      for (const Found& found : std::vector<Found>(group.files)) {
        collector_.add(group, real + found.destination.substr(path.size()),
                       real + found.destination.substr(path.size()), Collector::License::user_folder);
      }
    }
  }
  if (!group.files.empty()) group.package = group.files[0].package;
  if (options_.enabled) {
    std::vector<std::string> paths;
    for (const Found& found : group.files) {
      if (found.kind == Kind::data) paths.push_back(root_.inside_of(found.source).value_or(found.source));
    }
    note_texts_of(paths, {}, true, "");
  }
  // By the user's word, so whatever its size.
  collector_.take_unlimited(std::move(group));
  if (is_script) add_script_packages(real);
}

size_t Rules::add_traced(const std::vector<TracedFile>& files, const std::string& program) {
  std::map<std::string, Group> groups;  // by folder
  for (const TracedFile& file : files) {
    const std::string path = normal_path(file.path);
    if (path.starts_with("/proc/") || path.starts_with("/sys/") || path.starts_with("/dev/")) continue;
    const std::optional<std::string> real = collector_.real(path);
    if (!real || collector_.kind(*real) != Is::file || collector_.is_object(collector_.source_of(*real))) continue;
    if (path == "/etc/ld.so.cache" || path == "/etc/ld.so.preload") continue;
    if (file.is_argument && file.use != TracedFile::Use::executed && !collector_.refusal(path, *real)) {
      collector_.hint(path, fmt::format("{} was an argument of the run, and is taken for its input: --add it if wanted",
                                        printable(path)));
      continue;
    }
    rule_ = "trace";
    const std::string folder(folder_name(path));
    Group& group =
        groups.try_emplace(folder, group_for(folder, fmt::format("used in a run of {}", program))).first->second;
    collector_.add(group, path, path);
  }
  size_t added = 0;
  for (auto& [folder, group] : groups) {
    for (Found& found : group.files) {
      found.by_name = found.kind == Kind::library && is_in_library_folder(found.destination);
    }
    if (group.files.size() == 1) group.path = group.files[0].destination;
    if (!group.files.empty()) group.package = group.files[0].package;
    const size_t count = group.files.size();
    if (collector_.take(std::move(group))) added += count;
  }
  return added;
}

}  // namespace bundle::discover
