// What the user names and what a run used.
#include <fmt/format.h>

#include "base/error.h"
#include "discover/on_disk.h"
#include "discover/refusal.h"
#include "discover/rules.h"

namespace bundle::discover {

void Rules::add_by_user(const std::string& path, const std::string& real, const std::string& destination,
                        const char* option) {
  Group group;
  group.path = path;
  group.why = option;
  if (kind_of(real) != Is::folder) {
    collector_.add(group, path, destination, Collector::License::user);
  } else if (const std::string text = normal_path(real);
             text == "/" || text.find('/', 1) == std::string::npos) {
    throw Error(Exit::usage, path,
                fmt::format("is a folder of the whole system: name a folder in it by {}", option));
  } else {
    collector_.add_folder(group, real, destination, Collector::License::user, [&](const std::string& file) {
      // The folder was named, not each file in it: what is secret by its name or mode still has to be.
      std::optional<std::string> why = refusal_by_name(file);
      const std::optional<std::string> target = real_path(file);
      if (!target) return false;
      if (!why && kind_of(*target) != Is::folder) why = refusal_by_content(*target);
      if (!why && !target->starts_with(real + "/")) why = refusal_by_place(*target);
      if (why)
        group.refused.push_back(
            {file, fmt::format("{} is not added: it {}. --add it by its full name if it is wanted",
                               printable(file), *why)});
      return !why;
    });
  }
  if (!group.files.empty()) group.package = group.files[0].package;
  // By the user's word, so whatever its size.
  collector_.take_unlimited(std::move(group));
}

size_t Rules::add_traced(const std::vector<TracedFile>& files, const std::string& program) {
  std::map<std::string, Group> groups;  // by folder
  for (const TracedFile& file : files) {
    const std::string path = normal_path(file.path);
    if (path.starts_with("/proc/") || path.starts_with("/sys/") || path.starts_with("/dev/")) continue;
    const std::optional<std::string> real = real_path(path);
    if (!real || kind_of(*real) != Is::file || collector_.is_object(*real)) continue;
    if (path == "/etc/ld.so.cache" || path == "/etc/ld.so.preload") continue;
    if (file.is_argument && file.use != TracedFile::Use::executed && !refusal(*real) &&
        !refusal_by_place(path)) {
      collector_.hint(
          path, fmt::format("{} was an argument of the run, and is taken for its input: --add it if wanted",
                            printable(path)));
      continue;
    }
    Group& group = groups[std::string(folder_name(path))];
    group.path = folder_name(path);
    group.why = fmt::format("used in a run of {}", program);
    collector_.add(group, path, path);
  }
  size_t added = 0;
  for (auto& [folder, group] : groups) {
    for (Found& found : group.files) {
      found.by_name = found.what == Found::What::library && is_in_library_folder(found.destination);
    }
    if (group.files.size() == 1) group.path = group.files[0].destination;
    if (!group.files.empty()) group.package = group.files[0].package;
    const size_t count = group.files.size();
    if (collector_.take(std::move(group))) added += count;
  }
  return added;
}

}  // namespace bundle::discover
