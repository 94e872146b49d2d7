// Which bytes of a file are spoken for, and where zero padding may be put to use.
//
// A byte is spoken for when a header, a section or a segment covers it; inside a PT_LOAD of a file with
// section headers, when a section covers it. What is left between is alignment padding - if it is zero, and
// short: a long stretch without a section is content whose section header somebody removed.
#pragma once

#include <optional>
#include <vector>

#include "elf/image.h"

namespace bundle::rewrite {

class Space {
 public:
  /// `largest_page`: two segments are kept on different pages of that size.
  Space(const elf::Image& image, uint64_t largest_page);

  /// Bytes from `start` on that are zero, spoken for by nothing, and that `segment` (an index) maps or can be
  /// lengthened to map within the pages it has a right to. 0 when there are none.
  uint64_t room_at(elf::FileOffset start, size_t segment) const;

  /// A place of `length` bytes, at a multiple of `alignment`, behind the last byte of a read-only PT_LOAD.
  /// Those without PF_X come first.
  struct Place {
    elf::FileOffset offset;
    size_t segment = 0;
  };
  std::optional<Place> find_padding(uint64_t length, uint64_t alignment) const;

  /// Marks bytes as spoken for.
  void claim(elf::FileOffset start, uint64_t length);

  /// Bytes at the end of the file that no header, section or segment covers, and that are not all zero.
  uint64_t payload() const { return payload_; }
  bool has_sections() const { return has_sections_; }

 private:
  struct Range {
    uint64_t start = 0, end = 0;
  };
  uint64_t next_used(uint64_t offset) const;
  bool is_used(uint64_t offset) const;

  const elf::Image& image_;
  uint64_t largest_page_;
  std::vector<Range> used_;  // sorted by start; may overlap
  bool has_sections_ = false;
  uint64_t payload_ = 0;
};

/// The index of the PT_LOAD that maps all of the range, if one does.
std::optional<size_t> load_of(const std::vector<elf::Segment>& segments, elf::FileOffset start, uint64_t length);

}  // namespace bundle::rewrite
