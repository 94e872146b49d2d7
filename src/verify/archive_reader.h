// Reads a zip as one who did not write it: from the end record through the central directory to the content.
//
// Outside rule: PKWARE's APPNOTE.TXT 6.3, Zip64 included; entries stored or deflated. Shares no code with the
// writer, so that what it reads is a second opinion. Invariant: every offset and length of the input is
// checked, and no content is larger than its entry says or than the caller allows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace bundle::verify {

struct ArchiveEntry {
  std::string path;   // a folder's ends in '/'
  uint32_t mode = 0;  // st_mode, with the file type; 0 when the archive was not made by Unix
  uint16_t flags = 0;
  uint16_t method = 0;  // 0 stored, 8 deflated
  uint32_t crc = 0;
  uint64_t packed_size = 0;
  uint64_t size = 0;
  uint64_t header_offset = 0;  // of the local header

  bool is_folder() const { return path.ends_with('/'); }
};

/// Where the directory lies, in bytes from the archive's start.
struct ArchiveDirectory {
  uint64_t offset = 0, size = 0, count = 0;
  uint64_t entries_end = 0;  // behind the last of its entries
  uint64_t tail = 0;         // bytes of the Zip64 records behind it
  uint64_t end = 0;          // the end record
  bool is_split = false;     // it says that it lies on several disks
};

class ArchiveReader {
 public:
  /// Maps the file and reads its directory. Throws Error (cannot_bundle) when it is no zip or its directory
  /// is damaged.
  explicit ArchiveReader(const std::string& path);

  /// In the order of the central directory.
  const std::vector<ArchiveEntry>& entries() const { return entries_; }
  /// The entry of that exact path, or nullptr.
  const ArchiveEntry* find(std::string_view path) const;

  /// The content, its CRC checked. Throws Error (cannot_bundle) when it is damaged, encrypted, packed by
  /// another method or larger than `limit` bytes.
  std::string content(const ArchiveEntry& entry, uint64_t limit) const;
  /// The same in pieces of at most some 100 KB, of which none is kept, and no more of them than the entry says. Throws
  /// as content() does; what was handed on by then is not to be relied on.
  void read(const ArchiveEntry& entry, const std::function<void(Bytes)>& take) const;

  const ArchiveDirectory& directory() const { return directory_; }
  /// The archive as it lies, for who asks what is between the entries.
  Bytes bytes() const { return file_->bytes(); }

 private:
  Bytes packed(const ArchiveEntry& entry) const;

  std::shared_ptr<const MappedFile> file_;
  ArchiveDirectory directory_;
  std::vector<ArchiveEntry> entries_;
};

}  // namespace bundle::verify
