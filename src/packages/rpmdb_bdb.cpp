// The hash Packages of Berkeley DB, as rpm wrote it until 4.16 (db's dbinc/db_page.h tells the layout).
//
// Page 0 says how the file was written: byte order, size of a page, number of the last. Of the others, pages of the
// hash hold pairs of key and value, the value mostly as a reference to a chain of overflow pages. The key is a
// package's number; under 0 stands the last number that was given away. Invariant: a page is part of one chain at most,
// so that chains end.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "packages/rpmdb.h"

namespace bundle::packages {

namespace {

constexpr uint32_t hash_magic = 0x00061561;
constexpr uint32_t hash_magic_swapped = 0x61150600;
constexpr uint64_t page_head = 26;  // bytes ahead of a page's index, or of its part of a long item

enum PageType : uint8_t { hash_unsorted = 2, overflow = 7, hash_meta = 8, hash = 13 };
enum ItemType : uint8_t { in_page = 1, off_page = 3 };

[[noreturn]] void throw_corrupt(const std::string& what) {
  throw Error(Exit::cannot_bundle, "", "is no package database of rpm's (Berkeley DB), or a corrupt one: " + what);
}

class Hash {
 public:
  explicit Hash(Bytes file) : file_(file) {
    const auto magic = file.read<uint32_t>(12);
    is_swapped_ = magic == hash_magic_swapped;
    if (magic != hash_magic && !is_swapped_) throw_corrupt(fmt::format("its magic number is {:#x}", magic));
    page_size_ = u32(file, 20);
    const auto encryption = file.read<uint8_t>(24), type = file.read<uint8_t>(25), flags = file.read<uint8_t>(26);
    if (type != hash_meta) throw_corrupt(fmt::format("its first page is of the type {}", type));
    if (encryption != 0 || flags != 0) throw_corrupt("it is encrypted or has checksums, which rpm never wrote");
    constexpr uint64_t smallest = 512, largest = 65536;
    const bool is_power = (page_size_ & (page_size_ - 1)) == 0;
    if (page_size_ < smallest || page_size_ > largest || !is_power) {
      throw_corrupt(fmt::format("its pages are of {} bytes", page_size_));
    }
    pages_ = uint64_t{u32(file, 32)} + 1;
    if (!file.contains(0, pages_ * page_size_)) {
      throw_corrupt(fmt::format("{} pages of {} bytes are not in {} bytes", pages_, page_size_, file.size()));
    }
    is_used_.resize(pages_);
  }

  void for_each_value(const EachRpmBlob& each) {
    for (uint64_t number = 1; number < pages_; ++number) {
      check_interrupted();
      const Bytes page = page_at(number);
      const auto type = page.read<uint8_t>(25);
      if (type == hash || type == hash_unsorted) read_pairs(number, page, each);
    }
  }

 private:
  uint16_t u16(Bytes bytes, uint64_t offset) const {
    const auto value = bytes.read<uint16_t>(offset);
    return is_swapped_ ? __builtin_bswap16(value) : value;
  }
  uint32_t u32(Bytes bytes, uint64_t offset) const {
    const auto value = bytes.read<uint32_t>(offset);
    return is_swapped_ ? __builtin_bswap32(value) : value;
  }
  Bytes page_at(uint64_t number) const { return file_.slice(number * page_size_, page_size_); }

  /// Items lie from the page's end down, in the order of the index.
  void read_pairs(uint64_t number, Bytes page, const EachRpmBlob& each) {
    const uint64_t count = u16(page, 20);
    std::vector<Bytes> items;
    uint64_t end = page_size_;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t start = u16(page, page_head + 2 * i);
      if (start >= end || start < page_head + 2 * count) {
        throw_corrupt(fmt::format("item {} of page {} begins at {:#x}", i, number, start));
      }
      items.push_back(page.slice(start, end - start));
      end = start;
    }
    if (count % 2 != 0) throw_corrupt(fmt::format("page {} has a key without a value", number));
    for (size_t i = 0; i < items.size(); i += 2) {
      const bool is_number = items[i].size() == 1 + sizeof(uint32_t) && items[i].read<uint8_t>(0) == in_page;
      if (!is_number) throw_corrupt(fmt::format("a key of page {} is no package's number", number));
      if (u32(items[i], 1) != 0) read_value(number, items[i + 1], each);
    }
  }

  void read_value(uint64_t number, Bytes item, const EachRpmBlob& each) {
    const auto type = item.read<uint8_t>(0);
    if (type == in_page) return each(item.from(1));
    if (type != off_page) throw_corrupt(fmt::format("a value of page {} is of the type {}", number, type));
    const uint64_t length = u32(item, 8);
    if (length > file_.size()) throw_corrupt(fmt::format("a value of page {} has {} bytes", number, length));
    std::string value;
    value.reserve(length);
    for (uint64_t next = u32(item, 4); value.size() < length;) {
      if (next == 0 || next >= pages_ || is_used_[next]) {
        throw_corrupt(fmt::format("a value of page {} goes on at page {}, which is not its own", number, next));
      }
      is_used_[next] = true;
      const Bytes page = page_at(next);
      if (page.read<uint8_t>(25) != overflow) throw_corrupt(fmt::format("page {} holds no part of a value", next));
      value += page.slice(page_head, u16(page, 22)).text();
      next = u32(page, 16);
    }
    if (value.size() != length) throw_corrupt(fmt::format("a value of page {} has not the length it says", number));
    each(Bytes(value));
  }

  Bytes file_;
  bool is_swapped_ = false;
  uint64_t page_size_ = 0;
  uint64_t pages_ = 0;
  std::vector<bool> is_used_;  // by page: part of a value that was read
};

}  // namespace

void for_each_blob_of_bdb(Bytes database, const EachRpmBlob& each) { Hash(database).for_each_value(each); }

}  // namespace bundle::packages
