#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/interrupt.h"

namespace bundle {

namespace {

void write_all(int descriptor, const std::string& path, std::string_view data, off_t offset, bool positioned) {
  while (!data.empty()) {
    check_interrupted();
    const ssize_t count = positioned ? ::pwrite(descriptor, data.data(), data.size(), offset)
                                     : ::write(descriptor, data.data(), data.size());
    if (count < 0) {
      const int error_number = errno;
      if (error_number == EINTR) continue;
      throw system_error(path, "cannot be written", error_number);
    }
    data.remove_prefix(static_cast<size_t>(count));
    offset += count;
  }
}

/// The mode that `mode` becomes under this process's umask. There is no way to read the umask without setting it.
mode_t less_umask(mode_t mode) {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mode & ~mask;
}

void sync_folder(const std::string& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());  // not every file system can; the rename stands either way
}

std::string temporary_name(const std::string& target) {
  const std::string folder(folder_name(target));
  return fmt::format("{}/.{}.XXXXXX", folder == "/" ? "" : folder, base_name(target).substr(0, 200));
}

Error already_there(const std::string& target) {
  return {Exit::usage, target, "exists already. Add --force to replace it, or name another output with -o"};
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const std::shared_ptr<const OpenFile> file = OpenFile::open(path);
  int error_number = 0;
  std::shared_ptr<const MappedFile> mapped = map(*file, error_number);
  if (mapped == nullptr) throw system_error(path, "cannot be mapped", error_number);
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
  void* address = ::mmap(nullptr, file.size(), PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (address == MAP_FAILED) {
    error_number = errno;
    return nullptr;
  }
  mapped->bytes_ = Bytes(address, file.size());
  return mapped;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<unsigned char*>(bytes_.data()), bytes_.size());
}

AtomicFile::AtomicFile(std::string target, mode_t mode) : target_(std::move(target)) {
  struct stat status = {};
  if (::stat(target_.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(Exit::usage, target_, "is a folder. Name a file, or add a '/' to write the files into a folder");
  }
  const std::string folder(folder_name(target_));
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {
    temporary_ = temporary_name(target_);
    descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  }
  if (descriptor_ < 0) {
    const int error_number = errno;
    throw system_error(target_,
                       fmt::format("cannot be written, for no file can be made in the folder {}", printable(folder)),
                       error_number);
  }
  ::fchmod(descriptor_, less_umask(mode));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view data) {
  write_all(descriptor_, target_, data, 0, false);
  written_ += data.size();
  ends_in_hole_ = false;
}

void AtomicFile::copy(const MappedFile& source, uint64_t offset, uint64_t length) {
  const Bytes span = source.bytes().slice(offset, length);
  int why_not = 0;
  const std::shared_ptr<const OpenFile> input = OpenFile::try_open(source.path(), why_not);
  if (input == nullptr || input->device() != source.device_ || input->inode() != source.inode_) {
    write(span.text());
    return;
  }
  uint64_t done = 0;
  while (done < length) {
    check_interrupted();
    const auto at = static_cast<off_t>(offset + done);
    const off_t data = ::lseek(input->descriptor(), at, SEEK_DATA);
    const bool only_holes = data < 0 && errno == ENXIO;
    if (only_holes || data > at) {
      const uint64_t hole = only_holes ? length - done : std::min<uint64_t>(length - done, data - at);
      if (::lseek(descriptor_, static_cast<off_t>(hole), SEEK_CUR) < 0) {
        const int error_number = errno;
        throw system_error(target_, "cannot be written", error_number);
      }
      done += hole;
      written_ += hole;
      ends_in_hole_ = true;
      continue;
    }
    // As far as the next hole; a file system that does not know of holes gives the end of the file.
    const off_t hole = ::lseek(input->descriptor(), at, SEEK_HOLE);
    const uint64_t run = hole > at ? std::min<uint64_t>(length - done, hole - at) : length - done;
    off_t from = at;
    const ssize_t copied = ::copy_file_range(input->descriptor(), &from, descriptor_, nullptr, run, 0);
    if (copied <= 0) {
      // Two file systems, one that has no such operation, or an old kernel. Errors of the output show on this way too.
      write(span.slice(done, run).text());
      done += run;
      continue;
    }
    done += static_cast<uint64_t>(copied);
    written_ += static_cast<uint64_t>(copied);
    ends_in_hole_ = false;
  }
}

void AtomicFile::set_mode(mode_t mode) {
  if (::fchmod(descriptor_, mode) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be given its permissions", error_number);
  }
}

bool AtomicFile::set_owner(uid_t owner, gid_t group) {
  if (::fchown(descriptor_, owner, group) == 0) return true;
  if (::fchown(descriptor_, static_cast<uid_t>(-1), group) != 0) return false;
  struct stat status = {};
  return ::fstat(descriptor_, &status) == 0 && status.st_uid == owner && status.st_gid == group;
}

bool AtomicFile::set_attribute(const std::string& name, std::string_view value) {
  return ::fsetxattr(descriptor_, name.c_str(), value.data(), value.size(), 0) == 0;
}

void AtomicFile::write_at(uint64_t offset, std::string_view data) {
  write_all(descriptor_, target_, data, static_cast<off_t>(offset), true);
}

void AtomicFile::rewind(uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0 ||
      ::lseek(descriptor_, static_cast<off_t>(size), SEEK_SET) < 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be written", error_number);
  }
  written_ = size;
  ends_in_hole_ = false;
}

/// Gives the file the target's name; false when something has that name already.
bool AtomicFile::take_free_name() {
  const bool nameless = temporary_.empty();
  const std::string self = nameless ? fmt::format("/proc/self/fd/{}", descriptor_) : temporary_;
  int failed = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target_.c_str(), nameless ? AT_SYMLINK_FOLLOW : 0);
  if (failed == 0 && !nameless) ::unlink(temporary_.c_str());
  if (failed != 0 && errno != EEXIST && !nameless) {  // a file system without hard links
    failed = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
  }
  if (failed != 0) {
    const int error_number = errno;
    if (error_number == EEXIST) return false;
    throw system_error(target_, "cannot be put in place", error_number);
  }
  temporary_.clear();
  return true;
}

void AtomicFile::take_name_of_another() {
  if (::fsync(descriptor_) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be written to disk", error_number);
  }
  if (temporary_.empty()) {  // link(2) never replaces, so the file gets a passing name first
    std::string name = temporary_name(target_);
    const int placeholder = ::mkostemp(name.data(), O_CLOEXEC);
    if (placeholder >= 0) ::close(placeholder);
    ::unlink(name.c_str());
    const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      const int error_number = errno;
      throw system_error(target_, "cannot be put in place", error_number);
    }
    temporary_ = name;
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be put in place", error_number);
  }
  temporary_.clear();
  sync_folder(std::string(folder_name(target_)));
}

void AtomicFile::commit(bool replace) {
  if (ends_in_hole_ && ::ftruncate(descriptor_, static_cast<off_t>(written_)) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be given its length", error_number);
  }
  if (!take_free_name()) {
    if (!replace) throw already_there(target_);
    take_name_of_another();
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

AtomicFolder::AtomicFolder(std::string target) : target_(std::move(target)) {
  temporary_ = temporary_name(target_);
  if (::mkdtemp(temporary_.data()) == nullptr) {
    const int error_number = errno;
    throw system_error(
        target_, fmt::format("cannot be written, for no folder can be made in {}", printable(folder_name(target_))),
        error_number);
  }
  ::chmod(temporary_.c_str(), less_umask(0777));
}

AtomicFolder::~AtomicFolder() {
  if (temporary_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(temporary_, ignored);
}

void AtomicFolder::commit(bool replace) {
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
    int error_number = errno;
    if (error_number != EEXIST) throw system_error(target_, "cannot be put in place", error_number);
    if (!replace) throw already_there(target_);
    // The two names change places in one step; the old content then stands under the temporary name, which the
    // destructor removes.
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
      error_number = errno;
      throw system_error(target_, "cannot be replaced", error_number);
    }
    sync_folder(std::string(folder_name(target_)));
    return;
  }
  temporary_.clear();
  sync_folder(std::string(folder_name(target_)));
}

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR) return std::nullopt;
    throw Error(Exit::cannot_bundle, path, unreadable(error_number));
  }
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(descriptor.get(), buffer, sizeof buffer);
    if (count == 0) return content;
    if (count < 0) {
      const int error_number = errno;
      if (error_number == EINTR) continue;
      throw Error(Exit::cannot_bundle, path, unreadable(error_number));
    }
    content.append(buffer, static_cast<size_t>(count));
  }
}

void write_new_file(const std::string& path, std::string_view data, mode_t mode) {
  write_new_file(path, Pieces::of_span(Bytes(data)), mode);  // the span outlives the call, which is all that it must
}

void write_new_file(const std::string& path, const Pieces& content, mode_t mode) {
  const Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) {
    const int error_number = errno;
    throw system_error(path, "cannot be created", error_number);
  }
  for (const Pieces::Piece& piece : content.pieces()) write_all(descriptor.get(), path, piece.span.text(), 0, false);
  if (::fchmod(descriptor.get(), mode) != 0) {
    const int error_number = errno;
    throw system_error(path, "its mode cannot be set", error_number);
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
      throw system_error(whole, "the working folder cannot be named", error_number);
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
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return std::nullopt;
  std::string out = resolved;
  std::free(resolved);
  return out;
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
