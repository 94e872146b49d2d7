// ndb, rpm's own container. Packages.db begins with pages of slots, each of which says where a package's blob lies
// (rpm's lib/backend/ndb/rpmpkg.c). Little-endian.
//
//   header   "RpmP", version 0, generation, pages of slots, next package, zeros; in the room of the first two slots
//   slot     "Slot", package (0: free), offset and length in blocks of 16 bytes
//   blob     "BlbS", package, generation, length; the header; zeros; Adler-32, length, "BlbE"
#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "packages/rpmdb.h"

namespace bundle::packages {

namespace {

struct FileHeader {
  uint32_t magic, version, generation, slot_pages, next_package, zeros[3];
};
struct Slot {
  uint32_t magic, package, offset, count;
};
struct BlobHead {
  uint32_t magic, package, generation, length;
};
struct BlobTail {
  uint32_t checksum, length, magic;
};

constexpr uint32_t magic_of(const char (&text)[5]) {
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<uint32_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  return value;
}

constexpr uint64_t page_size = 4096;
constexpr uint64_t block_size = 16;

[[noreturn]] void throw_corrupt(const std::string& what) {
  throw Error(Exit::cannot_bundle, "", "is no package database of rpm's (ndb), or a corrupt one: " + what);
}

}  // namespace

void for_each_blob_of_ndb(Bytes database, const EachRpmBlob& each) {
  const auto header = database.read<FileHeader>(0);
  if (header.magic != magic_of("RpmP")) throw_corrupt("it does not begin with RpmP");
  if (header.version != 0) throw_corrupt(fmt::format("its version is {}, and 0 is known", header.version));
  const uint64_t end = uint64_t{header.slot_pages} * page_size;
  if (header.slot_pages == 0 || !database.contains(0, end)) {
    throw_corrupt(fmt::format("{} pages of slots are not in {} bytes", header.slot_pages, database.size()));
  }
  uint64_t total = 0;
  for (uint64_t at = sizeof(FileHeader); at < end; at += sizeof(Slot)) {
    const auto slot = database.read<Slot>(at);
    if (slot.magic != magic_of("Slot")) throw_corrupt(fmt::format("the slot at {:#x} is none", at));
    if (slot.package == 0) continue;
    check_interrupted();
    const uint64_t start = slot.offset * block_size, length = slot.count * block_size;
    if (start < end || !database.contains(start, length) || length < sizeof(BlobHead) + sizeof(BlobTail)) {
      throw_corrupt(fmt::format("package {} lies outside of it", slot.package));
    }
    const auto head = database.read<BlobHead>(start);
    const auto tail = database.read<BlobTail>(start + length - sizeof(BlobTail));
    const bool fits = head.length <= length - sizeof(BlobHead) - sizeof(BlobTail);
    if (head.magic != magic_of("BlbS") || head.package != slot.package || !fits || tail.magic != magic_of("BlbE") ||
        tail.length != head.length) {
      throw_corrupt(fmt::format("package {} is not at {:#x}, where its slot says", slot.package, start));
    }
    // No two slots share blocks, so that all blobs are no longer than the file.
    total += length;
    if (total > database.size()) throw_corrupt("its slots overlap");
    each(database.slice(start + sizeof(BlobHead), head.length));
  }
}

}  // namespace bundle::packages
