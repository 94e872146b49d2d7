#include "base/source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/fault.h"

namespace bundle {

namespace {
constexpr uint64_t page_size = 4096;
}

std::string unreadable(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "no such file";
    case EACCES:
      return "may not be read: Permission denied. Run as a user who may, or make it readable";
    case ELOOP:
      return "is a loop of symbolic links";
    case ENOTDIR:
      return "no such file: a part of its path is not a folder";
    default:
      return fmt::format("cannot be opened: {}", system_error("", "open", error_number).sentence());
  }
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error cannot_open(const std::string& path, int error_number) {
  if (error_number == EISDIR) {
    return Error(Exit::cannot_bundle, path, "is a folder, not a program. Name the program inside it");
  }
  // ENXIO: a socket, or a device that is not there.
  if (error_number == EINVAL || error_number == ENXIO) return Error(Exit::cannot_bundle, path, "is not a regular file");
  return Error(Exit::cannot_bundle, path, unreadable(error_number));
}

std::shared_ptr<const OpenFile> OpenFile::open(const std::string& path) {
  int error_number = 0;
  std::shared_ptr<const OpenFile> file = try_open(path, error_number);
  if (file == nullptr) throw cannot_open(path, error_number);
  return file;
}

std::shared_ptr<const OpenFile> OpenFile::try_open(const std::string& path, int& error_number) {
  // O_NONBLOCK: a fifo named as a program must not hang us before fstat says what it is.
  Descriptor descriptor(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (descriptor.get() < 0) {
    error_number = errno;
    throw_machine_fault(path, "open", error_number);
    return nullptr;
  }
  return adopt(std::move(descriptor), path, error_number);
}

std::shared_ptr<const OpenFile> OpenFile::adopt(Descriptor descriptor, const std::string& path, int& error_number) {
  struct stat status = {};
  if (::fstat(descriptor.get(), &status) != 0) {
    error_number = errno;
    throw system_error(path, "cannot be read: fstat", error_number);
  }
  if (!S_ISREG(status.st_mode)) {
    error_number = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    return nullptr;
  }
  std::shared_ptr<OpenFile> file(new OpenFile(std::make_shared<const Descriptor>(std::move(descriptor))));
  file->path_ = path;
  file->size_ = static_cast<uint64_t>(status.st_size);
  file->mode_ = status.st_mode & 07777U;
  file->device_ = status.st_dev;
  file->inode_ = status.st_ino;
  return file;
}

std::shared_ptr<const OpenFile> OpenFile::part_of(const OpenFile& whole, Part part) {
  if (part.offset > whole.size_ || part.size > whole.size_ - part.offset) {
    throw Error(Exit::cannot_bundle, whole.holder(),
                fmt::format("holds {} bytes, and {} would end behind them", whole.size_, printable(part.path)),
                get_it_again);
  }
  std::shared_ptr<OpenFile> file(new OpenFile(whole.descriptor_));
  file->path_ = std::move(part.path);
  file->holder_ = whole.holder();
  file->start_ = whole.start_ + part.offset;
  file->size_ = part.size;
  file->mode_ = part.mode;
  file->device_ = part.device;
  file->inode_ = part.inode;
  return file;
}

void OpenFile::read(uint64_t offset, void* to, uint64_t length) const {
  for (uint64_t done = 0; done < length;) {
    const ssize_t count = uninterrupted([&] {
      return ::pread(descriptor_->get(), static_cast<char*>(to) + done, length - done,
                     static_cast<off_t>(start_ + offset + done));
    });
    if (count < 0) {
      const int error_number = errno;
      throw system_error(holder(), "cannot be read: pread", error_number);
    }
    if (count == 0) throw Error(Exit::cannot_bundle, holder(), "became shorter while it was read", get_it_again);
    done += static_cast<uint64_t>(count);
  }
}

OpenFile::Chunk OpenFile::fetch(uint64_t offset, uint64_t length) const {
  if (auto after = chunks_.upper_bound(offset); after != chunks_.begin()) {
    const auto& [start, memory] = *--after;
    const Bytes bytes(memory.bytes.get(), memory.size);
    if (bytes.contains(offset - start, length)) return {start, bytes};
  }
  const uint64_t start = offset / page_size * page_size;
  const uint64_t end = std::min((offset + length + page_size - 1) / page_size * page_size, size_);
  Memory memory{std::make_unique_for_overwrite<unsigned char[]>(end - start), end - start};
  read(start, memory.bytes.get(), end - start);
  const Bytes bytes(memory.bytes.get(), memory.size);
  chunks_.emplace(start, std::move(memory));
  return {start, bytes};
}

Bytes Source::piece(uint64_t offset, uint64_t length) const {
  const uint64_t at = start_ + offset;
  if (at < latest_.offset || !latest_.bytes.contains(at - latest_.offset, length)) latest_ = file_->fetch(at, length);
  return latest_.bytes.from(at - latest_.offset);
}

Bytes Source::slice(uint64_t offset, uint64_t length) const {
  if (file_ == nullptr) return bytes_.slice(offset, length);
  if (!contains(offset, length)) throw_out_of_range(offset, length, size_);
  return length == 0 ? Bytes() : piece(offset, length).slice(0, length);
}

Source Source::part(uint64_t offset, uint64_t length) const {
  if (file_ == nullptr) return bytes_.slice(offset, length);
  if (!contains(offset, length)) throw_out_of_range(offset, length, size_);
  Source out(*file_);
  out.start_ = start_ + offset;
  out.size_ = length;
  return out;
}

Source Source::from(uint64_t offset) const {
  if (offset > size_) throw_out_of_range(offset, 0, size_);
  return part(offset, size_ - offset);
}

std::string_view Source::c_string(uint64_t offset) const {
  if (file_ == nullptr) return bytes_.c_string(offset);
  if (!contains(offset, 1)) throw_out_of_range(offset, 1, size_);
  // Most end in the piece that they begin in.
  const uint64_t left = size_ - offset;
  for (uint64_t length = 1;; length = std::min(length * 2, left)) {
    const std::string_view text = piece(offset, length).text().substr(0, left);
    const size_t end = text.find('\0');
    if (end != std::string_view::npos) return text.substr(0, end);
    if (text.size() == left) throw_endless_string(offset);
    length = text.size();
  }
}

}  // namespace bundle
