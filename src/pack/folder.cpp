// write_folder: the entries as files and folders, with exact modes.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/parallel.h"
#include "pack/archive.h"
#include "pack/format_rows.h"

namespace bundle::pack {

uint64_t write_folder(const std::string& folder, std::vector<Entry> entries, const Settings& settings) {
  entries = arrange(std::move(entries));
  std::vector<const Entry*> files, folders;
  uint64_t total = 0, done = 0;
  for (const Entry& entry : entries) {
    total += entry.content.size();
    (entry.path.ends_with('/') ? folders : files).push_back(&entry);
  }
  const auto fail = [](const std::string& path, const char* what) {
    const int error_number = errno;
    throw system_error(path, what, error_number);
  };
  for (const Entry* entry : folders) {
    const std::string path = folder + "/" + entry->path;
    if (::mkdir(path.c_str(), 0700) != 0) fail(path, "cannot be created");
  }
  // One after the other: the page cache takes the bytes as fast as one core hands them over.
  for (const Entry* entry : files) {
    write_new_file(folder + "/" + entry->path, entry->content, entry->mode);
    done += entry->content.size();
    if (settings.progress) settings.progress(done, total);
  }
  // One time for all, as in the zip: who compiles ahead holds the compiled file against its source by their
  // times, and must not find the source newer because it was written a moment later.
  struct timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::array<struct timespec, 2> times = {now, now};
  for (const Entry* entry : files) {
    const std::string path = folder + "/" + entry->path;
    if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      fail(path, "its time cannot be set");
  }
  // Modes of folders last and from the inside out: one may take away the right to write into it.
  for (auto entry = folders.rbegin(); entry != folders.rend(); ++entry) {
    const std::string path = folder + "/" + (*entry)->path;
    if (::chmod(path.c_str(), (*entry)->mode) != 0) fail(path, "its mode cannot be set");
  }
  return total;
}

const Format folder_format = {
    .name = "dir",
    .folder =
        [](const std::string& folder, Load load) {
          write_folder(folder, std::move(load.entries), load.settings);
          return uint64_t{0};  // nothing is packed
        },
};

}  // namespace bundle::pack
