// See spool.h. The file is made in a folder of its own and unlinked at once: O_TMPFILE is not had on every file system
// that TMPDIR may be on.
#include "base/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/fault.h"
#include "base/temporary_folder.h"

namespace bundle {

void Spool::make() {
  if (descriptor_) return;
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/spool";
  folder_ = path.substr(0, path.rfind('/', path.rfind('/') - 1));
  descriptor_.emplace(uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); }));
  if (descriptor_->get() < 0) {
    const int error_number = errno;
    throw system_error(path, "cannot be made", error_number);
  }
}

void Spool::append(const void* bytes, uint64_t length) {
  if (Bytes(bytes, length).is_zero(0, length)) return append_hole(length);
  make();
  for (uint64_t done = 0; done < length;) {
    const ssize_t count = uninterrupted([&] {
      return ::pwrite(descriptor_->get(), static_cast<const char*>(bytes) + done, length - done,
                      static_cast<off_t>(size_));
    });
    if (count <= 0) {
      const int error_number = errno;
      throw system_error(
          folder_,
          fmt::format("{} cannot be unpacked there, {} bytes in. TMPDIR names another folder", printable(name_), size_),
          error_number);
    }
    done += static_cast<uint64_t>(count);
    size_ += static_cast<uint64_t>(count);
  }
}

std::shared_ptr<const OpenFile> Spool::finish() {
  make();
  if (::ftruncate(descriptor_->get(), static_cast<off_t>(size_)) != 0) {
    const int error_number = errno;
    throw system_error(folder_, fmt::format("{} cannot be unpacked there", printable(name_)), error_number);
  }
  int error_number = 0;
  std::shared_ptr<const OpenFile> file = OpenFile::adopt(std::move(*descriptor_), name_, error_number);
  descriptor_.reset();
  return file;
}

}  // namespace bundle
