// The zip as it lies, by PKWARE's APPNOTE 6.3: what its directory says against what its local headers say, and that
// every byte of it belongs to something. The directory alone decides what most readers unpack; a streaming one reads
// local headers alone, and sees what the other does not when they differ.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/human_size.h"
#include "verify/archive_reader.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

constexpr const char* make_again = "Make the archive again, with bundle or another archiver";
constexpr uint32_t local_signature = 0x04034b50, end_signature = 0x06054b50, descriptor_signature = 0x08074b50;
constexpr uint16_t encrypted = 1, has_descriptor = 8, strong_encryption = 0x40, masked_headers = 0x2000;
constexpr uint16_t unicode_path = 0x7075;
constexpr uint64_t local_size = 30, end_size = 22;

struct Extent {
  uint64_t start = 0, end = 0;
  const ArchiveEntry* entry = nullptr;
};

std::string method_name(uint16_t method) {
  switch (method) {
    case 9:
      return "Deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "Zstandard";
    case 95:
      return "xz";
    default:
      return fmt::format("method {}", method);
  }
}

/// A second name in an extra field, which some readers prefer.
bool has_second_name(Bytes extra) {
  for (uint64_t at = 0; extra.contains(at, 4);) {
    if (extra.read<uint16_t>(at) == unicode_path) return true;
    at += 4U + extra.read<uint16_t>(at + 2);
  }
  return false;
}

/// Where the local header and the content of an entry lie; says what differs from the directory.
Extent check_entry(const Subject& subject, Bytes file, const ArchiveEntry& entry, Findings& findings) {
  const auto error = [&](std::string what) { findings.error(entry.path, std::move(what), make_again); };
  if (entry.flags & (encrypted | strong_encryption | masked_headers)) {
    findings.error(entry.path, "is encrypted, and nobody asks for a password where it is unpacked",
                   "Make the archive without encryption");
  }
  if (entry.method != 0 && entry.method != 8) {
    findings.error(entry.path,
                   fmt::format("is packed by {}, which few but its own archiver unpack", method_name(entry.method)),
                   "Make the archive with deflate");
  }
  if (!file.contains(entry.header_offset, local_size)) {
    error(fmt::format("has its header at {}, behind the end of the archive", entry.header_offset));
    return {entry.header_offset, entry.header_offset, &entry};
  }
  const Bytes header = file.slice(entry.header_offset, local_size);
  if (header.read<uint32_t>(0) != local_signature) {
    error("has no local header where the directory says");
    return {entry.header_offset, entry.header_offset, &entry};
  }
  const auto flags = header.read<uint16_t>(6);
  const uint64_t name_length = header.read<uint16_t>(26), extra_length = header.read<uint16_t>(28);
  const uint64_t start = entry.header_offset + local_size + name_length + extra_length;
  uint64_t end = start + entry.packed_size;
  if (!file.contains(start, entry.packed_size)) {
    error("is longer than the archive: a part of it is missing");
    return {entry.header_offset, file.size(), &entry};
  }
  const std::string_view name = file.slice(entry.header_offset + local_size, name_length).text();
  if (name != entry.path) {
    error(fmt::format("is called {} in its local header", printable(name)));
  }
  if (has_second_name(file.slice(start - extra_length, extra_length))) {
    findings.add(subject.promised(), entry.path, "has a second name in an extra field, which some unpack it by",
                 make_again);
  }
  if (header.read<uint16_t>(8) != entry.method) error("is packed by another method by its local header");
  if ((flags & has_descriptor) != 0 || (entry.flags & has_descriptor) != 0) {
    findings.add(
        subject.promised(), entry.path,
        "has its sizes behind its content (a data descriptor), which streaming readers of stored files and some "
        "emulators of Lambda cannot read",
        "Make the archive into a file, not into a pipe");
    // With or without a signature, and of 12 or 20 bytes (APPNOTE 4.3.9).
    const bool is_signed = file.contains(end, 4) && file.read<uint32_t>(end) == descriptor_signature;
    end += is_signed ? 4 : 0;
    end += entry.size >= UINT32_MAX || entry.packed_size >= UINT32_MAX ? 16 : 8;
    end += 4;
    return {entry.header_offset, end, &entry};
  }
  if (header.read<uint32_t>(14) != entry.crc) error("has another CRC in its local header");
  const auto packed = header.read<uint32_t>(18), size = header.read<uint32_t>(22);
  if ((packed != UINT32_MAX && packed != entry.packed_size) || (size != UINT32_MAX && size != entry.size)) {
    error("has other sizes in its local header");
  }
  return {entry.header_offset, end, &entry};
}

}  // namespace

void check_zip(const Subject& subject, Findings& findings) {
  const ArchiveReader* const archive = subject.bundle.archive();
  if (archive == nullptr) return;
  const Bytes file = archive->bytes();
  std::vector<Extent> extents;
  for (const ArchiveEntry& entry : archive->entries()) {
    extents.push_back(check_entry(subject, file, entry, findings));
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.start < b.start; });
  uint64_t at = 0;
  for (const Extent& extent : extents) {
    if (extent.start < at) {
      findings.error(extent.entry->path, "lies over another file in the archive, as in archives that are made to burst",
                     make_again);
    } else if (extent.start > at) {
      findings.add(subject.promised(), extent.entry->path,
                   at == 0 ? fmt::format("begins behind {} bytes that belong to no file", extent.start)
                           : fmt::format("lies behind {} bytes that belong to no file", extent.start - at),
                   make_again);
    }
    at = std::max(at, extent.end);
  }
  const ArchiveDirectory& directory = archive->directory();
  if (at < directory.offset) {
    findings.add(subject.promised(), "",
                 fmt::format("has {} bytes before its directory that belong to no file", directory.offset - at),
                 make_again);
  } else if (at > directory.offset) {
    findings.error("", "has files that lie over its directory", make_again);
  }
  if (directory.entries_end != directory.offset + directory.size) {
    findings.error("", "has a directory that is not as long as it says", make_again);
  }
  if (directory.offset + directory.size + directory.tail != directory.end) {
    findings.add(subject.promised(), "", "has bytes between its directory and its end record", make_again);
  }
  const Bytes comment = file.from(directory.end + end_size);
  for (uint64_t i = 0; comment.contains(i, 4); ++i) {
    if (comment.read<uint32_t>(i) != end_signature) continue;
    findings.error("", "has two end records, so that readers differ in what is in it", make_again);
    break;
  }
  if (directory.is_split) findings.error("", "is a part of a split archive", "Join its parts: zip -s 0 PART -O WHOLE");
  if (archive->entries().empty()) findings.error("", "is empty", "Bundle a program: bundle PROGRAM -o FILE.zip");
}

}  // namespace bundle::verify
