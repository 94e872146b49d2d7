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

class StringRoom {
 public:
  /// `kept`: string offsets that the new dynamic section will go on using, in place of those of
  /// image.dynamic(). `room_behind`: zero bytes behind the table that it may grow into.
  StringRoom(const elf::Image& image, const std::vector<uint64_t>& kept, uint64_t room_behind);

  /// The offset of `text` where the table holds it already.
  std::optional<uint64_t> find(const std::string& text);
  /// An offset where `text` and a NUL can be written, which are from now on referred to.
  std::optional<uint64_t> place(const std::string& text);

  /// Bytes to write, by offset in the table; stale bytes up to the end of an overwritten string are cleared.
  struct Write {
    uint64_t offset = 0;
    std::string bytes;
  };
  const std::vector<Write>& writes() const { return writes_; }
  /// DT_STRSZ after the writes.
  uint64_t size() const { return size_; }

 private:
  void refer(uint64_t offset);
  bool refer_all(const elf::Image& image, const std::vector<uint64_t>& kept);
  void refer_symbols(const elf::Image& image, const elf::Section& symbols);
  void refer_versions(const elf::Image& image);

  std::string_view table_;
  std::vector<bool> used_;  // a byte each, room behind included
  bool may_write_ = false;
  std::vector<Write> writes_;
  uint64_t size_ = 0;
};

}  // namespace bundle::rewrite
