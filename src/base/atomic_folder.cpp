// AtomicFolder and the files that are written into one, see file.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/fault.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/mapping.h"
#include "base/writing.h"

namespace bundle {

namespace {

void check_kind(const std::string& target) {
  struct stat status = {};
  if (::lstat(target.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return;
  throw Error(Exit::usage, target,
              "is not a folder, and a folder does not replace it. Name another one with -o, or leave the '/' out");
}

/// False when something has the name already.
bool take_free_name(const std::string& from, const std::string& target) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return true;
  int error_number = errno;
  if (is_unknown_call(error_number)) {  // an empty folder claims the name, and rename(2) replaces none but such
    if (::mkdir(target.c_str(), 0700) == 0) {
      if (::rename(from.c_str(), target.c_str()) == 0) return true;
      error_number = errno;
      ::rmdir(target.c_str());
    } else {
      error_number = errno;
    }
  }
  if (error_number == EEXIST || error_number == ENOTEMPTY) return false;
  throw system_error(target, "cannot be put in place", error_number);
}

/// The two names change places in one step; where the file system cannot, in two, the second of which puts the first
/// back when it fails. What was at `target` is then at the path that comes out.
std::string exchange(const std::string& from, const std::string& target) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return from;
  int error_number = errno;
  if (is_unknown_call(error_number)) {
    std::string aside = temporary_name(target);
    if (::mkdtemp(aside.data()) != nullptr && ::rename(target.c_str(), aside.c_str()) == 0) {
      if (::rename(from.c_str(), target.c_str()) == 0) return aside;
      error_number = errno;
      ::rename(aside.c_str(), target.c_str());
    } else {
      error_number = errno;
      ::rmdir(aside.c_str());
    }
  }
  throw system_error(target, "cannot be replaced", error_number);
}

}  // namespace

AtomicFolder::AtomicFolder(std::string target) : target_(through_links(target)) {
  check_kind(target_);
  temporary_ = temporary_name(target_);
  if (::mkdtemp(temporary_.data()) == nullptr) {
    const int error_number = errno;
    temporary_.clear();
    throw system_error(
        target_, fmt::format("cannot be written, for no folder can be made in {}", printable(folder_name(target_))),
        error_number);
  }
  litter(temporary_);
}

AtomicFolder::~AtomicFolder() {
  if (temporary_.empty()) return;
  remove_tree(temporary_);
  no_litter(temporary_);
}

void AtomicFolder::commit(bool replace) {
  check_interrupted();
  check_inputs_unchanged();
  // As the folders in it: what is bundled is for whoever unpacks it, whatever the umask here.
  if (::chmod(temporary_.c_str(), 0755) != 0) {
    const int error_number = errno;
    throw system_error(target_, "its mode cannot be set", error_number);
  }
  if (!take_free_name(temporary_, target_)) {
    if (!replace) throw already_there(target_);
    check_kind(target_);
    // What replaces something is on disk before it does.
    try {
      sync_tree(temporary_);
    } catch (Error& error) {
      error.rename_folder(temporary_, target_);
      throw;
    }
    check_interrupted();
    std::string old = exchange(temporary_, target_);
    no_litter(temporary_);
    temporary_.clear();
    sync_folder(std::string(folder_name(target_)));
    if (const std::optional<Remnant> left = remove_tree(old)) {
      throw Error(
          Exit::machine, target_,
          fmt::format("is written, but the folder that it replaces, now {}, cannot be removed whole: {}: {}",
                      printable(old), printable(left->path), std::generic_category().message(left->error_number)),
          "Remove it by hand");
    }
    return;
  }
  no_litter(temporary_);
  temporary_.clear();
  sync_folder(std::string(folder_name(target_)));
}

void write_new_file(const std::string& path, std::string_view data, mode_t mode) {
  write_new_file(path, Pieces::of_span(Bytes(data)), mode);  // the span outlives the call, which is all that it must
}

void write_new_file(const std::string& path, const Pieces& content, mode_t mode) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int error_number = errno;
    throw system_error(path, "cannot be created", error_number);
  }
  try {
    for (const Pieces::Piece& piece : content.pieces()) write_all(descriptor, path, piece.span.text(), 0, false);
    if (::fchmod(descriptor, mode) != 0) {
      const int error_number = errno;
      throw system_error(path, "its mode cannot be set", error_number);
    }
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  close_written(descriptor, path);
}

}  // namespace bundle
