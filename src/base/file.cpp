// Reading, and paths by their text. What is written is in atomic_file.cpp and atomic_folder.cpp.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/error.h"
#include "base/fault.h"
#include "base/folder.h"
#include "base/mapping.h"

namespace bundle {

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const std::shared_ptr<const OpenFile> file = OpenFile::open(path);
  int error_number = 0;
  std::shared_ptr<const MappedFile> mapped = map(*file, error_number);
  if (mapped == nullptr) throw system_error(path, "cannot be read: mmap", error_number);
  return mapped;
}

std::shared_ptr<const MappedFile> MappedFile::try_open(const std::string& path, int& error_number) {
  const std::shared_ptr<const OpenFile> file = OpenFile::try_open(path, error_number);
  return file == nullptr ? nullptr : map(*file, error_number);
}

std::shared_ptr<const MappedFile> MappedFile::map(const OpenFile& file, int& error_number) {
  std::shared_ptr<MappedFile> mapped(new MappedFile());
  mapped->path_ = file.path();
  mapped->mode_ = file.mode();
  mapped->device_ = file.device();
  mapped->inode_ = file.inode();
  if (file.size() == 0) return mapped;
  mapped->bytes_ = map_file(file.holder(), file.descriptor(), file.start(), file.size(), error_number);
  return mapped->bytes_.empty() ? nullptr : mapped;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) unmap_file(bytes_);
}

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor descriptor(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (descriptor.get() < 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR) return std::nullopt;
    throw_machine_fault(path, "open", error_number);
    throw Error(Exit::cannot_bundle, path, unreadable(error_number));
  }
  std::string content;
  char buffer[65536];
  for (;;) {
    check_interrupted();
    const ssize_t count = uninterrupted([&] { return ::read(descriptor.get(), buffer, sizeof buffer); });
    if (count == 0) return content;
    if (count < 0) {
      const int error_number = errno;
      if (error_number == EAGAIN) {  // a pipe, as `<(command)` gives one, that has nothing yet
        struct pollfd waiting = {descriptor.get(), POLLIN, 0};
        ::poll(&waiting, 1, -1);
        continue;
      }
      throw_machine_fault(path, "read", error_number);
      throw Error(Exit::cannot_bundle, path, unreadable(error_number));
    }
    content.append(buffer, static_cast<size_t>(count));
  }
}

std::string normal_path(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::vector<std::string> parts;
  for (std::string& part : split(path, "/")) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(std::move(part));
    }
  }
  std::string out = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out.empty() ? "." : out;
}

std::string absolute_path(std::string_view path) {
  std::string whole(path);
  if (!path.starts_with('/')) {
    const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0), &std::free);
    if (here == nullptr) {
      const int error_number = errno;
      throw Error(Exit::machine, whole,
                  fmt::format("is meant from the working folder, and that cannot be named: {}",
                              std::generic_category().message(error_number)),
                  "Go to a folder that is there, or give the whole path");
    }
    whole = std::string(here.get()) + "/" + whole;
  }
  std::string normal = normal_path(whole);
  if (whole.find("/..") == std::string::npos) return normal;
  // Behind a symlink ".." leads to where the link leads: "link/../x" need not be "x".
  struct stat meant = {}, found = {};
  if (::stat(whole.c_str(), &meant) != 0) return normal;
  const bool same = ::stat(normal.c_str(), &found) == 0 && found.st_dev == meant.st_dev && found.st_ino == meant.st_ino;
  return same ? normal : whole;
}

std::optional<std::string> real_path(const std::string& path) {
  int why_not = 0;
  return real_path(path, why_not);
}

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool is_at_or_below(std::string_view path, std::string_view folder) { return path == folder || is_below(path, folder); }

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const size_t begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> items;
  for (;;) {
    const size_t end = text.find_first_of(separators);
    items.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return items;
    text.remove_prefix(end + 1);
  }
}

}  // namespace bundle
