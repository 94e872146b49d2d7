// The reader of archive_reader.h. Field names and record layouts are APPNOTE's, sections 4.3 and 4.5.3.
#include "verify/archive_reader.h"

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

struct Directory {
  uint64_t offset = 0, size = 0, count = 0;
};

Directory find_directory(Bytes file) {
  const uint64_t end = find_end(file);
  Directory found{file.read<uint32_t>(end + 16), file.read<uint32_t>(end + 12), file.read<uint16_t>(end + 10)};
  if (end >= end64_locator_size && file.read<uint32_t>(end - end64_locator_size) == end64_locator_signature) {
    const auto at = file.read<uint64_t>(end - end64_locator_size + 8);
    const Bytes record = file.slice(at, end64_size);
    if (record.read<uint32_t>(0) != end64_signature) throw_damaged("its Zip64 locator points at something else");
    found = {record.read<uint64_t>(48), record.read<uint64_t>(40), record.read<uint64_t>(32)};
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

std::vector<ArchiveEntry> read_directory(Bytes file) {
  const Directory directory = find_directory(file);
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
  return entries;
}

std::string inflate_raw(Bytes packed, uint64_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw_damaged("zlib could not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
  // zlib counts in 32 bits, so both sides are given in parts.
  constexpr uint64_t part = 1U << 30;
  uint64_t read = 0, written = 0;
  int result = Z_OK;
  while (result == Z_OK) {
    const uint64_t input = std::min(part, packed.size() - read), output = std::min(part, size - written);
    const Bytes piece = packed.slice(read, input);
    stream.next_in = const_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(input);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = static_cast<uInt>(output);
    result = inflate(&stream, Z_NO_FLUSH);
    read += input - stream.avail_in;
    written += output - stream.avail_out;
  }
  if (result != Z_STREAM_END || read != packed.size() || written != size) throw_damaged("its content is damaged");
  return out;
}

}  // namespace

ArchiveReader::ArchiveReader(const std::string& path) : file_(MappedFile::open(path)) {
  try {
    entries_ = read_directory(file_->bytes());
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

std::string ArchiveReader::content(const ArchiveEntry& entry, uint64_t limit) const {
  try {
    if (entry.flags & 1U) throw_damaged("is encrypted");
    if (entry.method != 0 && entry.method != 8) throw_damaged("is packed by method " + std::to_string(entry.method));
    if (entry.size > limit)
      throw_damaged("is " + std::to_string(entry.size) + " bytes, over the " + std::to_string(limit));
    const Bytes file = file_->bytes();
    const Bytes header = file.slice(entry.header_offset, local_size);
    if (header.read<uint32_t>(0) != local_signature) throw_damaged("has no local header where the directory says");
    const uint64_t skip = local_size + header.read<uint16_t>(26) + header.read<uint16_t>(28);
    const Bytes packed = file.from(entry.header_offset).from(skip).slice(0, entry.packed_size);
    if (entry.method == 0 && entry.packed_size != entry.size) throw_damaged("is stored with two sizes");
    std::string content = entry.method == 0 ? std::string(packed.text()) : inflate_raw(packed, entry.size);
    const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    if (sum != entry.crc) throw_damaged("its CRC is wrong");
    return content;
  } catch (Error& error) {
    error.set_path_if_empty(file_->path());
    error.add_context("while reading " + printable(entry.path) + " in it");
    throw;
  }
}

}  // namespace bundle::verify
