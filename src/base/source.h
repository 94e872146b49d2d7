// The bytes of a file, whole in memory or read when they are asked for.
//
// Of a library a loader reads a few kilobytes: headers, .dynamic, some strings. To map a file, touch four pages of it
// and unmap it takes several times as long as four pread(2)s, and a mapped file that shrinks meanwhile is a SIGBUS. So
// who looks at hundreds of files, and at little of each, opens them as OpenFile. Invariant: what a Source hands out
// lies in memory, unchanged, as long as the file that it reads from.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace bundle {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

/// What it means that open(2) failed with this errno: "no such file".
std::string unreadable(int error_number);

/// The Error for a file that open(2) refuses with this errno, or that is none (EISDIR, EINVAL, ENXIO).
Error cannot_open(const std::string& path, int error_number);

/// A regular file, open for reading. Not for several threads at once.
class OpenFile {
 public:
  /// Throws Error: cannot_bundle when there is no such file, it is not a regular file or may not be read.
  static std::shared_ptr<const OpenFile> open(const std::string& path);
  /// Like open(), but a file that cannot be had is a value: null, and its errno in `error_number` (EISDIR: a folder,
  /// EINVAL: neither file nor folder). Both throw Error (machine) for a fault of the machine (base/fault.h).
  static std::shared_ptr<const OpenFile> try_open(const std::string& path, int& error_number);
  /// A file that is open for reading already, of whatever name or of none (memfd_create(2)): `path` is what it is
  /// called. Null as of try_open() when it is not a regular file.
  static std::shared_ptr<const OpenFile> adopt(Descriptor descriptor, const std::string& path, int& error_number);
  /// A part of a file that stands for a file of its own, as a member of an archive does.
  struct Part {
    std::string path;     // what it is called
    uint64_t offset = 0;  // in the file that holds it
    uint64_t size = 0;
    mode_t mode = 0;
    uint64_t device = 0, inode = 0;
  };
  /// Both read by one descriptor. Throws Error (cannot_bundle) when the part does not lie in `whole`.
  static std::shared_ptr<const OpenFile> part_of(const OpenFile& whole, Part part);

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }
  mode_t mode() const { return mode_; }
  /// What the file is, whatever its name: two paths of the same device and inode are one file.
  uint64_t device() const { return device_; }
  uint64_t inode() const { return inode_; }
  int descriptor() const { return descriptor_->get(); }
  /// The file that the bytes lie in, and from where on: of a part the one that holds it, else the file itself.
  const std::string& holder() const { return holder_.empty() ? path_ : holder_; }
  uint64_t start() const { return start_; }

  /// Copies these bytes of the file to memory of the caller's, and keeps none; from several threads if need be. Throws
  /// as fetch() does.
  void read(uint64_t offset, void* to, uint64_t length) const;

  /// Bytes of the file that lie in memory.
  struct Chunk {
    uint64_t offset = 0;  // in the file
    Bytes bytes;
  };
  /// A chunk that holds `length` bytes from `offset`, and what is about them; read if it was not yet. It stays where it
  /// is as long as this object. Throws Error: cannot_bundle when the file became shorter, machine when the disk fails.
  /// The range must lie in the file.
  Chunk fetch(uint64_t offset, uint64_t length) const;

 private:
  explicit OpenFile(std::shared_ptr<const Descriptor> descriptor) : descriptor_(std::move(descriptor)) {}

  std::string path_;
  std::string holder_;  // of a part
  std::shared_ptr<const Descriptor> descriptor_;
  uint64_t start_ = 0;
  uint64_t size_ = 0;
  mode_t mode_ = 0;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  struct Memory {
    std::unique_ptr<unsigned char[]> bytes;
    uint64_t size = 0;
  };
  mutable std::multimap<uint64_t, Memory> chunks_;  // by offset; of those that begin there the last is the longest
};

/// A checked view like Bytes, of bytes that need not be in memory yet. The file must outlive it.
class Source {
 public:
  Source() = default;
  Source(Bytes bytes) : bytes_(bytes), size_(bytes.size()) {}  // NOLINT: bytes in memory are the plainest source
  explicit Source(const OpenFile& file) : file_(&file), size_(file.size()) {}

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool contains(uint64_t offset, uint64_t length) const { return offset <= size_ && length <= size_ - offset; }

  /// A copy of the T at `offset`.
  template <class T>
  T read(uint64_t offset) const {
    return file_ == nullptr ? bytes_.read<T>(offset) : slice(offset, sizeof(T)).template read<T>(0);
  }
  /// These bytes in memory.
  Bytes slice(uint64_t offset, uint64_t length) const;
  /// All of them in memory: for a file that is open, all of it is read.
  Bytes whole() const { return slice(0, size_); }
  /// A view of a part, of which nothing is read.
  Source part(uint64_t offset, uint64_t length) const;
  Source from(uint64_t offset) const;
  /// The string at `offset`, without its NUL, which must lie in range.
  std::string_view c_string(uint64_t offset) const;

 private:
  /// The bytes from `offset`, at least `length` of them, that are in memory in one piece.
  Bytes piece(uint64_t offset, uint64_t length) const;

  const OpenFile* file_ = nullptr;  // null: bytes_ has them all
  Bytes bytes_;
  uint64_t start_ = 0;  // in the file
  uint64_t size_ = 0;
  mutable OpenFile::Chunk latest_;  // what is read next lies in it most often
};

}  // namespace bundle
