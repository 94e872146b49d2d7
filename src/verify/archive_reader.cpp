// The reader of archive_reader.h. Field names and record layouts are APPNOTE's, sections 4.3 and 4.5.3.
#include "verify/archive_reader.h"

#include <sys/mman.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace bundle::verify {
namespace {

constexpr uint32_t end_signature = 0x06054b50, end64_signature = 0x06064b50, end64_locator_signature = 0x07064b50;
constexpr uint32_t directory_signature = 0x02014b50, local_signature = 0x04034b50;
constexpr uint64_t end_size = 22, end64_size = 56, end64_locator_size = 20, directory_size = 46, local_size = 30;
constexpr uint64_t longest_comment = 0xffff;
constexpr uint16_t zip64_extra = 1;

[[noreturn]] void throw_damaged(const std::string& what) { throw Error(Exit::cannot_bundle, "", what); }

/// Where the end record is: the last signature whose comment reaches exactly to the end of the file.
uint64_t find_end(Bytes file) {
  if (file.size() >= end_size) {
    uint64_t at = file.size() - end_size;
    const uint64_t first = at - std::min(at, longest_comment);
    for (;; --at) {
      if (file.read<uint32_t>(at) == end_signature && file.read<uint16_t>(at + 20) == file.size() - at - end_size)
        return at;
      if (at == first) break;
    }
  }
  throw_damaged("is not a zip archive: it has no end of central directory record");
}

ArchiveDirectory find_directory(Bytes file) {
  const uint64_t end = find_end(file);
  ArchiveDirectory found;
  found.offset = file.read<uint32_t>(end + 16);
  found.size = file.read<uint32_t>(end + 12);
  found.count = file.read<uint16_t>(end + 10);
  found.end = end;
  found.is_split = file.read<uint32_t>(end + 4) != 0 || file.read<uint16_t>(end + 8) != file.read<uint16_t>(end + 10);
  if (end >= end64_locator_size && file.read<uint32_t>(end - end64_locator_size) == end64_locator_signature) {
    const auto at = file.read<uint64_t>(end - end64_locator_size + 8);
    const Bytes record = file.slice(at, end64_size);
    if (record.read<uint32_t>(0) != end64_signature) throw_damaged("its Zip64 locator points at something else");
    found.offset = record.read<uint64_t>(48);
    found.size = record.read<uint64_t>(40);
    found.count = record.read<uint64_t>(32);
    found.tail = end64_size + end64_locator_size;
  }
  return found;
}

/// Takes from the Zip64 extra field those of the three values that the 32-bit fields leave to it, in
/// APPNOTE's order.
void widen(Bytes extra, ArchiveEntry& entry) {
  for (uint64_t at = 0; extra.contains(at, 4);) {
    const auto id = extra.read<uint16_t>(at), length = extra.read<uint16_t>(at + 2);
    const Bytes data = extra.slice(at + 4, length);
    if (id == zip64_extra) {
      uint64_t next = 0;
      for (uint64_t* field : {&entry.size, &entry.packed_size, &entry.header_offset}) {
        if (*field != UINT32_MAX) continue;
        *field = data.read<uint64_t>(next);
        next += 8;
      }
    }
    at += 4U + length;
  }
}

std::vector<ArchiveEntry> read_directory(Bytes file, ArchiveDirectory& directory) {
  const Bytes records = file.slice(directory.offset, directory.size);
  std::vector<ArchiveEntry> entries;
  uint64_t at = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    const Bytes record = records.slice(at, directory_size);
    if (record.read<uint32_t>(0) != directory_signature) throw_damaged("its central directory is damaged");
    const uint64_t name_length = record.read<uint16_t>(28), extra_length = record.read<uint16_t>(30);
    ArchiveEntry entry;
    entry.path = records.slice(at + directory_size, name_length).text();
    const bool made_by_unix = record.read<uint16_t>(4) >> 8 == 3;
    if (made_by_unix) entry.mode = record.read<uint32_t>(38) >> 16;
    entry.flags = record.read<uint16_t>(8);
    entry.method = record.read<uint16_t>(10);
    entry.crc = record.read<uint32_t>(16);
    entry.packed_size = record.read<uint32_t>(20);
    entry.size = record.read<uint32_t>(24);
    entry.header_offset = record.read<uint32_t>(42);
    widen(records.slice(at + directory_size + name_length, extra_length), entry);
    entries.push_back(std::move(entry));
    at += directory_size + name_length + extra_length + record.read<uint16_t>(32);
  }
  directory.entries_end = directory.offset + at;
  return entries;
}

constexpr uint64_t piece_size = 128U << 10U;

/// What was read of a mapped file stays in this process's memory until it is told that it is not wanted.
void forget(Bytes read) {
  constexpr uintptr_t page_size = 4096;
  const uintptr_t start = (reinterpret_cast<uintptr_t>(read.data()) + page_size - 1) / page_size * page_size;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(read.data()) + read.size()) / page_size * page_size;
  if (start < end) ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
}

/// Inflates `packed`, which is to give exactly `size` bytes, piece by piece.
void inflate_raw(Bytes packed, uint64_t size, const std::function<void(Bytes)>& take) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw_damaged("zlib could not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
  const auto buffer = std::make_unique_for_overwrite<unsigned char[]>(piece_size);
  uint64_t read = 0, written = 0;
  int result = Z_OK;
  while (result == Z_OK) {
    const Bytes piece = packed.slice(read, std::min(piece_size, packed.size() - read));
    stream.next_in = const_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    stream.next_out = buffer.get();
    // One byte more than there is to be shows that there is more.
    const uint64_t room = std::min(piece_size, size - written + 1);
    stream.avail_out = static_cast<uInt>(room);
    result = inflate(&stream, Z_NO_FLUSH);
    read += piece.size() - stream.avail_in;
    const uint64_t count = room - stream.avail_out;
    written += count;
    if (written > size) break;
    if (count > 0) take(Bytes(buffer.get(), count));
    forget(packed.slice(0, read).from(read - std::min(read, 2 * piece_size)));
  }
  if (result != Z_STREAM_END || read != packed.size() || written != size) throw_damaged("its content is damaged");
}

}  // namespace

ArchiveReader::ArchiveReader(const std::string& path) : file_(MappedFile::open(path)) {
  try {
    directory_ = find_directory(file_->bytes());
    entries_ = read_directory(file_->bytes(), directory_);
  } catch (Error& error) {
    error.set_path_if_empty(path);
    throw;
  }
}

const ArchiveEntry* ArchiveReader::find(std::string_view path) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.path == path; });
  return found == entries_.end() ? nullptr : &*found;
}

Bytes ArchiveReader::packed(const ArchiveEntry& entry) const {
  if (entry.flags & 1U) throw_damaged("is encrypted");
  if (entry.method != 0 && entry.method != 8) throw_damaged("is packed by method " + std::to_string(entry.method));
  const Bytes file = file_->bytes();
  const Bytes header = file.slice(entry.header_offset, local_size);
  if (header.read<uint32_t>(0) != local_signature) throw_damaged("has no local header where the directory says");
  const uint64_t skip = local_size + header.read<uint16_t>(26) + header.read<uint16_t>(28);
  const Bytes packed = file.from(entry.header_offset).from(skip).slice(0, entry.packed_size);
  if (entry.method == 0 && entry.packed_size != entry.size) throw_damaged("is stored with two sizes");
  return packed;
}

void ArchiveReader::read(const ArchiveEntry& entry, const std::function<void(Bytes)>& take) const {
  try {
    const Bytes all = packed(entry);
    uLong sum = 0;
    const auto hand_on = [&](Bytes piece) {
      sum = crc32_z(sum, piece.data(), piece.size());
      take(piece);
    };
    if (entry.method == 8) {
      inflate_raw(all, entry.size, hand_on);
    } else {
      for (uint64_t at = 0; at < all.size(); at += piece_size) {
        const Bytes piece = all.slice(at, std::min(piece_size, all.size() - at));
        hand_on(piece);
        forget(piece);
      }
    }
    if (sum != entry.crc) throw_damaged("its CRC is wrong");
  } catch (Error& error) {
    error.set_path_if_empty(file_->path());
    error.add_context("while reading " + printable(entry.path) + " in it");
    throw;
  }
}

std::string ArchiveReader::content(const ArchiveEntry& entry, uint64_t limit) const {
  if (entry.size > limit) {
    Error error(Exit::cannot_bundle, file_->path(),
                "is " + std::to_string(entry.size) + " bytes, over the " + std::to_string(limit));
    error.add_context("while reading " + printable(entry.path) + " in it");
    throw error;
  }
  std::string content;
  read(entry, [&](Bytes piece) { content += piece.text(); });
  return content;
}

}  // namespace bundle::verify
