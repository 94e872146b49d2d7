// AtomicFile, see file.h. What the file system brings late (fsync, close) is asked for before the name is given away,
// or the name is taken back.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/fault.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/mapping.h"
#include "base/writing.h"

namespace bundle {

namespace {

/// The mode that `mode` becomes under this process's umask. There is no way to read the umask without setting it.
mode_t less_umask(mode_t mode) {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mode & ~mask;
}

/// The name under which a file without one can be linked.
std::string name_in_proc(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

/// Whether /proc is there, and this process's: else a file without a name could never be given one.
bool has_name_in_proc(int descriptor) {
  struct stat itself = {}, there = {};
  return ::fstat(descriptor, &itself) == 0 && ::stat(name_in_proc(descriptor).c_str(), &there) == 0 &&
         itself.st_dev == there.st_dev && itself.st_ino == there.st_ino;
}

/// Only a file is replaced: what else has the name is somebody's, and a device may be the whole system's.
void check_kind(const std::string& target) {
  struct stat status = {};
  if (::lstat(target.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  if (S_ISDIR(status.st_mode)) {
    throw Error(Exit::usage, target, "is a folder. Name a file, or add a '/' to write the files into a folder");
  }
  throw Error(
      Exit::usage, target,
      "is a device, a pipe or a socket, and is not replaced. Name a file with -o, or a folder with a '/' behind");
}

/// From a file without a name to a copy of it, with its owner and mode, that has a passing one.
void get_name(int& descriptor, std::string& temporary, const std::string& target) {
  std::string name = temporary_name(target);
  const int copy = ::mkostemp(name.data(), O_CLOEXEC);
  if (copy < 0) {
    const int error_number = errno;
    throw system_error(target, "cannot be put in place", error_number);
  }
  temporary = std::move(name);
  litter(temporary);
  const Descriptor original(descriptor);
  descriptor = copy;
  std::vector<char> buffer(1U << 20U);
  struct stat status = {};
  bool is_read = ::fstat(original.get(), &status) == 0;
  for (off_t at = 0; is_read && at < status.st_size;) {
    const ssize_t count = uninterrupted([&] { return ::pread(original.get(), buffer.data(), buffer.size(), at); });
    is_read = count > 0;
    if (is_read) write_all(copy, target, {buffer.data(), static_cast<size_t>(count)}, at, true);
    at += count;
  }
  if (!is_read) {
    const int error_number = errno;
    throw system_error(target, "cannot be put in place: pread", error_number);
  }
  (void)!::fchown(copy, status.st_uid, status.st_gid);
  ::fchmod(copy, status.st_mode & 07777U);
}

}  // namespace

AtomicFile::AtomicFile(std::string target, mode_t mode) : target_(through_links(target)) {
  check_kind(target_);
  const std::string folder(folder_name(target_));
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ >= 0 && !has_name_in_proc(descriptor_)) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
  if (descriptor_ < 0) {
    temporary_ = temporary_name(target_);
    descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (descriptor_ >= 0) litter(temporary_);
  }
  if (descriptor_ < 0) {
    const int error_number = errno;
    throw system_error(target_,
                       fmt::format("cannot be written, for no file can be made in the folder {}", printable(folder)),
                       error_number);
  }
  if (::fchmod(descriptor_, less_umask(mode)) != 0 && errno != EPERM && errno != EOPNOTSUPP) {
    const int error_number = errno;
    ::close(descriptor_);  // no destructor runs
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    no_litter(temporary_);
    throw system_error(target_, "cannot be given its permissions", error_number);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  no_litter(temporary_);
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
  bool has_it = false;
  if (temporary_.empty()) {
    const std::string self = name_in_proc(descriptor_);
    has_it = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target_.c_str(), AT_SYMLINK_FOLLOW) == 0;
    if (!has_it && errno == EEXIST) return false;
    if (!has_it)
      get_name(descriptor_, temporary_, target_);  // a file system that makes files without a name, and links none
  }
  if (!has_it) {
    has_it = ::link(temporary_.c_str(), target_.c_str()) == 0;
    if (!has_it && errno == EEXIST) return false;
    if (has_it) ::unlink(temporary_.c_str());
  }
  if (!has_it) {  // a file system without hard links
    has_it = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0;
    if (!has_it && errno == EEXIST) return false;
  }
  if (!has_it) {  // and one that knows no flags of rename: an empty file claims the name, and is then replaced
    int error_number = errno;
    const int claim = is_unknown_call(error_number)
                          ? ::open(target_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                          : -1;
    if (claim < 0 && is_unknown_call(error_number)) error_number = errno;
    if (error_number == EEXIST) return false;
    if (claim >= 0) ::close(claim);
    if (claim < 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
      if (claim >= 0) error_number = errno;
      if (claim >= 0) ::unlink(target_.c_str());
      throw system_error(target_, "cannot be put in place", error_number);
    }
  }
  no_litter(temporary_);
  temporary_.clear();
  const int written = descriptor_;
  descriptor_ = -1;
  try {
    close_written(written, target_);
  } catch (const Error&) {
    ::unlink(target_.c_str());
    throw;
  }
  return true;
}

void AtomicFile::take_name_of_another() {
  if (temporary_.empty()) {  // link(2) never replaces, so the file gets a passing name first
    std::string name = temporary_name(target_);
    const int placeholder = ::mkostemp(name.data(), O_CLOEXEC);
    if (placeholder >= 0) ::close(placeholder);
    ::unlink(name.c_str());
    const std::string self = name_in_proc(descriptor_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(name);
      litter(temporary_);
    } else {
      get_name(descriptor_, temporary_, target_);
    }
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOSYS) {
    const int error_number = errno;
    throw system_error(target_, "cannot be written to disk: fsync", error_number);
  }
  const int written = descriptor_;
  descriptor_ = -1;
  close_written(written, target_);
  check_kind(target_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be put in place", error_number);
  }
  no_litter(temporary_);
  temporary_.clear();
  sync_folder(std::string(folder_name(target_)));
}

void AtomicFile::commit(bool replace) {
  check_interrupted();
  check_inputs_unchanged();
  if (ends_in_hole_ && ::ftruncate(descriptor_, static_cast<off_t>(written_)) != 0) {
    const int error_number = errno;
    throw system_error(target_, "cannot be given its length", error_number);
  }
  if (take_free_name()) return;
  if (!replace) throw already_there(target_);
  take_name_of_another();
}

}  // namespace bundle
