// See writing.h.
#include "base/writing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fault.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/mapping.h"

namespace bundle {

void write_all(int descriptor, const std::string& path, std::string_view data, off_t offset, bool positioned) {
  constexpr size_t most = 16U << 20U;  // a signal is looked for in between
  bool is_touched = false;
  while (!data.empty()) {
    check_interrupted();
    const size_t size = std::min(data.size(), most);
    const ssize_t count = uninterrupted([&] {
      return positioned ? ::pwrite(descriptor, data.data(), size, offset) : ::write(descriptor, data.data(), size);
    });
    if (count <= 0) {
      const int error_number = count < 0 ? errno : EIO;
      // An input that is mapped became shorter, and the kernel could not read it.
      if (error_number == EFAULT && !is_touched) {
        touch_pages(Bytes(data));
        check_mappings();
        is_touched = true;
        continue;
      }
      throw system_error(path, "cannot be written", error_number);
    }
    data.remove_prefix(static_cast<size_t>(count));
    offset += count;
  }
}

void close_written(int descriptor, const std::string& path) {
  if (::close(descriptor) == 0 || errno == EINTR) return;  // after EINTR it is closed, on Linux
  const int error_number = errno;
  throw system_error(path, "cannot be written to its end: close", error_number);
}

std::string temporary_name(const std::string& target) {
  const std::string folder(folder_name(target));
  return fmt::format("{}/.{}.XXXXXX", folder == "/" ? "" : folder, base_name(target).substr(0, 200));
}

void sync_folder(const std::string& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

Error already_there(const std::string& target) {
  return {Exit::usage, target, "exists already. Add --force to replace it, or name another output with -o"};
}

std::string through_links(const std::string& target) {
  struct stat status = {};
  if (::lstat(target.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return target;
  if (target.starts_with("/dev/") || target.starts_with("/proc/")) {
    throw Error(Exit::usage, target,
                "stands for a file that is open already, and an output is put in place whole. Name a file with -o");
  }
  const std::optional<std::string> real = real_path(target);
  if (!real) {
    throw Error(Exit::usage, target,
                "is a symbolic link that leads nowhere. Remove it, or name another output with -o");
  }
  return *real;
}

bool is_unknown_call(int error_number) {
  return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP;
}

}  // namespace bundle
