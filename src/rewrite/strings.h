// Room in .dynstr: strings that are there already, and bytes that no one refers to.
//
// Who refers to .dynstr: dynamic symbols, DT_VERNEED, DT_VERDEF, and the string tags of the dynamic section
// (gABI ch. 5, LSB 10.7). Link editors share tails ("libm.so" inside "xlibm.so"), so a string's bytes are
// free only when no reference reaches them. Where not every referrer can be listed, nothing is free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elf/image.h"

namespace bundle::rewrite {

/// A set of byte offsets below a limit, kept as bits: string tables are megabytes long and almost wholly in
/// use.
class OffsetSet {
 public:
  explicit OffsetSet(uint64_t limit) : limit_(limit), words_((limit + 63) / 64) {}
  uint64_t limit() const { return limit_; }
  bool contains(uint64_t offset) const { return ((words_[offset / 64] >> (offset % 64)) & 1U) != 0; }
  void add(uint64_t start, uint64_t end);
  /// The first offset from `start` on that is (not) in the set; limit() when there is none.
  uint64_t next_in(uint64_t start) const { return next(start, 0); }
  uint64_t next_not_in(uint64_t start) const { return next(start, ~uint64_t{0}); }

 private:
  uint64_t next(uint64_t start, uint64_t flip) const;
  uint64_t limit_;
  std::vector<uint64_t> words_;
};

class StringRoom {
 public:
  /// `kept`: string offsets that the new dynamic section will go on using, in place of those of
  /// image.dynamic(). `room_behind`: zero bytes behind the table that it may grow into.
  StringRoom(const elf::Image& image, const std::vector<uint64_t>& kept, uint64_t room_behind);

  /// The offset of `text` where the table holds it already.
  std::optional<uint64_t> find(const std::string& text);
  /// An offset where `text` and a NUL can be written, which are from now on referred to.
  std::optional<uint64_t> place(const std::string& text);

  /// Wipes the string at `offset`, but for bytes that someone refers to. Nothing where not every referrer is known.
  void clear(uint64_t offset);

  /// Bytes to write, by offset in the table; stale bytes up to the end of an overwritten string are cleared.
  struct Write {
    uint64_t offset = 0;
    std::string bytes;
  };
  /// What to write into the table, in ascending order and apart from each other.
  std::vector<Write> writes() const;
  /// DT_STRSZ after the writes.
  uint64_t size() const { return size_; }

 private:
  void refer(uint64_t offset);
  bool refer_all(const elf::Image& image, const std::vector<uint64_t>& kept);
  void refer_symbols(const elf::Image& image, const elf::Section& symbols);
  void refer_versions(const elf::Image& image);

  std::string_view table_;
  OffsetSet used_{0};  // room behind included
  OffsetSet cleared_{0};
  bool may_write_ = false;
  std::vector<Write> writes_;
  uint64_t size_ = 0;
};

}  // namespace bundle::rewrite
