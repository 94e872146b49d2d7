// See folder.h.
#include "base/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

namespace bundle {

namespace {

Node node_of(mode_t mode) {
  if (S_ISREG(mode)) return Node::file;
  if (S_ISDIR(mode)) return Node::folder;
  return S_ISLNK(mode) ? Node::link : Node::other;
}

/// Closes the folder that it reads.
struct Reader {
  explicit Reader(DIR* folder) : folder_(folder) {}
  ~Reader() {
    if (folder_ != nullptr) ::closedir(folder_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  DIR* get() const { return folder_; }

 private:
  DIR* folder_;
};

/// "." and ".." are nobody's.
const dirent* next_entry(DIR* folder) {
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder);
    if (entry == nullptr) return nullptr;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry;
  }
}

class Remover {
 public:
  void remove(int folder, const char* name, const std::string& shown);
  std::optional<Remnant> first;

 private:
  void note(const std::string& path, int error_number) {
    if (!first) first = Remnant{path, error_number};
  }
};

void Remover::remove(int folder, const char* name, const std::string& shown) {
  if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return;
  int error_number = errno;  // EISDIR for a folder; EPERM by POSIX
  struct stat status = {};
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode)) {
    return note(shown, error_number);
  }
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int number = ::openat(folder, name, flags);
  if (number < 0 && errno == EACCES && ::fchmodat(folder, name, 0700, 0) == 0) number = ::openat(folder, name, flags);
  if (number < 0) return note(shown, errno);
  const Descriptor self(number);
  if ((status.st_mode & 0300U) != 0300U) ::fchmod(self.get(), 0700);  // of our own it may be made writable
  std::vector<std::string> names;
  {
    const int copy = ::fcntl(self.get(), F_DUPFD_CLOEXEC, 0);
    const Reader reader(copy < 0 ? nullptr : ::fdopendir(copy));
    if (reader.get() == nullptr) {
      error_number = errno;
      if (copy >= 0) ::close(copy);
      return note(shown, error_number);
    }
    while (const dirent* entry = next_entry(reader.get())) names.emplace_back(entry->d_name);
  }
  for (const std::string& inside : names) remove(self.get(), inside.c_str(), shown + "/" + inside);
  if (::unlinkat(folder, name, AT_REMOVEDIR) != 0) note(shown, errno);
}

void sync(const std::string& path, int flags) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags));
  // A file of ours that may not even be read, or a file system that syncs no single file.
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) == 0 || errno == EINVAL || errno == ENOSYS) return;
  const int error_number = errno;
  throw system_error(path, "cannot be written to disk: fsync", error_number);
}

}  // namespace

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status = {};
  if (uninterrupted([&] { return ::stat(path.c_str(), &status); }) == 0) return status;
  throw_machine_fault(path, "stat", errno);
  return std::nullopt;
}

std::optional<struct stat> link_status_of(const std::string& path) {
  struct stat status = {};
  if (uninterrupted([&] { return ::lstat(path.c_str(), &status); }) == 0) return status;
  throw_machine_fault(path, "lstat", errno);
  return std::nullopt;
}

std::optional<std::string> link_text(const std::string& path, int& error_number) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = uninterrupted([&] { return ::readlink(path.c_str(), buffer.data(), buffer.size()); });
  error_number = length < 0 ? errno : 0;
  throw_machine_fault(path, "readlink", error_number);
  return length < 0 ? std::nullopt : std::optional(std::string(buffer.data(), static_cast<size_t>(length)));
}

std::optional<std::string> real_path(const std::string& path, int& error_number) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  error_number = resolved == nullptr ? errno : 0;
  if (resolved != nullptr) return std::string(resolved.get());
  throw_machine_fault(path, "realpath", error_number);
  return std::nullopt;
}

std::vector<std::pair<std::string, Node>> list_folder(const std::string& path, int& error_number) {
  std::vector<std::pair<std::string, Node>> out;
  const int number =
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK); });
  error_number = number < 0 ? errno : 0;
  throw_machine_fault(path, "open", error_number);
  if (number < 0) return out;
  const Reader reader(::fdopendir(number));
  if (reader.get() == nullptr) {
    error_number = errno;
    ::close(number);
    throw system_error(path, "cannot be read: fdopendir", error_number);
  }
  while (const dirent* entry = next_entry(reader.get())) {
    Node node = entry->d_type == DT_REG   ? Node::file
                : entry->d_type == DT_DIR ? Node::folder
                : entry->d_type == DT_LNK ? Node::link
                                          : Node::other;
    if (entry->d_type == DT_UNKNOWN) {
      const std::optional<struct stat> status = link_status_of(path + "/" + entry->d_name);
      if (!status) continue;  // gone meanwhile
      node = node_of(status->st_mode);
    }
    out.emplace_back(entry->d_name, node);
  }
  error_number = errno;
  throw_machine_fault(path, "readdir", error_number);
  std::sort(out.begin(), out.end());
  return out;
}

void walk_folder(const std::string& folder, const Walk& walk, const Lister& list) {
  // `pending` holds the folders still to be read, the next one last.
  std::vector<std::string> pending = {folder};
  while (!pending.empty()) {
    check_interrupted();
    const std::string path = std::move(pending.back());
    pending.pop_back();
    int error_number = 0;
    std::vector<std::string> inner;
    for (const auto& [name, node] : list(path, error_number)) {
      std::string whole = (path == "/" ? "" : path) + "/" + name;
      if (walk.each(whole, node) && node == Node::folder) inner.push_back(std::move(whole));
    }
    if (error_number != 0) walk.unreadable(path, error_number);
    pending.insert(pending.end(), std::make_move_iterator(inner.rbegin()), std::make_move_iterator(inner.rend()));
  }
}

void make_folders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (!folder.empty() && ::mkdir(folder.c_str(), 0777) != 0) {
      const int error_number = errno;
      struct stat status = {};
      if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        throw system_error(folder, "this folder cannot be made", error_number);
      }
    }
    if (slash == std::string::npos) return;
  }
}

std::optional<Remnant> remove_tree(const std::string& path) {
  Remover remover;
  remover.remove(AT_FDCWD, path.c_str(), path);
  return remover.first;
}

void sync_tree(const std::string& folder) {
  {
    // All in one go first: file by file each would wait for a commit of its own.
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() >= 0 && ::syncfs(descriptor.get()) != 0 && errno != ENOSYS) {
      const int error_number = errno;
      throw system_error(folder, "cannot be written to disk: syncfs", error_number);
    }
  }
  std::vector<std::string> folders = {folder};
  walk_folder(folder, {[&](const std::string& path, Node node) {
                if (node == Node::folder) folders.push_back(path);
                if (node == Node::file) sync(path, O_NONBLOCK);
                return true;
              }});
  for (auto path = folders.rbegin(); path != folders.rend(); ++path) sync(*path, O_DIRECTORY);
}

}  // namespace bundle
