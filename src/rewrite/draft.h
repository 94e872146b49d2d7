// The new content while it is being composed: the input, bytes that replace some of its bytes, and an
// appended tail.
//
// Program headers, section headers and the file header's fields are edited as structures and encoded at the
// end; a record that did not change keeps the very bytes it had. Invariant: replacements do not overlap.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pieces.h"
#include "elf/image.h"

namespace bundle::rewrite {

class Draft {
 public:
  explicit Draft(const elf::Image& image);

  std::vector<elf::Segment> segments;
  std::vector<elf::Section> sections;

  /// Replaces bytes of the input. Throws Error (cannot_bundle) when the range was replaced before or is out of bounds:
  /// two headers or tables of a corrupt file lie over each other.
  void replace(elf::FileOffset offset, std::string bytes);
  /// As replace, for bytes that are the same to begin with: nothing is noted then.
  void set(elf::FileOffset offset, std::string bytes);

  /// Appends behind the end of the file, and returns where.
  elf::FileOffset append(Bytes span);
  elf::FileOffset append(std::string text);
  /// Appends a range of the input as it is by now, and forgets what was replaced in it.
  elf::FileOffset append_current(elf::FileOffset offset, uint64_t length);
  /// Appends zeros until the end is a multiple of `alignment`.
  void align(uint64_t alignment);
  uint64_t size() const { return start_of_tail() + tail_.size(); }

  /// Puts the table of section headers behind the end of the file, and zeros in its place. Before anything is appended.
  void move_section_headers() { section_headers_move_ = true; }

  /// Lets the appended part stand at `offset` of the input instead of its end. What stands behind it there moves, with
  /// the section headers; no segment may. Before anything is appended.
  void append_at(elf::FileOffset offset) { appended_at_ = offset; }

  /// Lengthens PT_LOAD `index`, which is all file and no .bss, to reach to `end`.
  void lengthen(size_t index, elf::FileOffset end);

  struct Range {
    uint64_t start = 0, length = 0;
  };
  /// What replace() and set() changed; after finish(), the headers too.
  std::vector<Range> replaced() const;

  /// The composed content. Spans point into the image's bytes.
  Pieces finish();

 private:
  elf::FileOffset section_headers() const;
  uint64_t start_of_tail() const;
  void shift_what_is_behind();
  void append_input(Pieces& out, uint64_t start, uint64_t end) const;
  void write_moved_section_headers(Pieces& out);

  const elf::Image& image_;
  bool section_headers_move_ = false;
  std::optional<elf::FileOffset> appended_at_;
  std::map<uint64_t, std::string> replacements_;
  Pieces tail_;
};

}  // namespace bundle::rewrite
