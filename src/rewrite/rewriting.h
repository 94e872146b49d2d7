// One rewriting, from the goal to the composed content.
//
// The three things that may have to move - PT_INTERP's string, .dynstr, .dynamic - are first tried where they
// are, then in padding (rewriting.cpp); what is left goes into one new segment (append.cpp). A large .dynstr
// does not move: the section behind it does, if that is smaller and found only through the dynamic section,
// and leaves its room.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rewrite/draft.h"
#include "rewrite/goal.h"
#include "rewrite/headers.h"
#include "rewrite/machine.h"
#include "rewrite/rewrite.h"
#include "rewrite/space.h"
#include "rewrite/strings.h"

namespace bundle::rewrite {

class Rewriting {
 public:
  Rewriting(const elf::Image& image, Goal goal, const Machine& machine)
      : image_(image), goal_(std::move(goal)), machine_(machine), space_(image, machine.largest_page), draft_(image) {}

  /// Once.
  std::variant<Rewritten, Refusal> run();

 private:
  size_t segment_index(uint32_t p_type) const;
  std::optional<size_t> section_at(elf::FileOffset offset, uint32_t sh_type) const;
  void point_section(size_t index, elf::FileOffset offset, elf::Address address, uint64_t length);
  void lengthen(size_t index, elf::FileOffset end);

  void settle_interpreter();
  bool owns_its_bytes(const elf::Segment& segment) const;
  void point_interpreter(elf::FileOffset offset, elf::Address address, uint64_t length);
  void place_interpreter(elf::FileOffset offset, elf::Address address, const std::string& text);

  void settle_strings();
  std::vector<uint64_t> dropped_paths() const;
  void wipe_dropped_paths(elf::FileOffset start, Bytes table);
  bool settle_strings_in_place(elf::FileOffset start, uint64_t size);
  void compose_longer_table(Bytes table);
  bool settle_strings_in_padding(Bytes table);
  bool settle_strings_far_behind(elf::FileOffset start, Bytes table);
  bool settle_strings_over_neighbour(elf::FileOffset start, Bytes table);
  void point_strings(elf::FileOffset offset, elf::Address address);
  /// Gives each string that is wanted an offset in the table. False when `offset_for` has none for one of
  /// them.
  template <class OffsetFor>
  bool assign_strings(OffsetFor offset_for);

  /// What PT_GNU_STACK asks for; one that is not there takes a spare slot. Last, for the new segment may need one too.
  std::optional<Refusal> settle_stack();

  void settle_dynamic();
  uint64_t zero_slots() const;
  std::string dynamic_bytes() const;

  /// A block that moves to the new segment.
  struct Moving {
    Block block;
    elf::FileOffset offset;  // where to
    elf::Address from, to;
  };
  std::optional<Refusal> append_segment();
  bool dynamic_is_writable() const;
  std::optional<size_t> last_load_at_end() const;
  std::optional<size_t> last_load_to_grow() const;
  void make_room_behind(size_t index);
  void move_block(const Moving& moving);
  void grow_headers(const Block& block);
  elf::Address moved(elf::Address before) const;

  const elf::Image& image_;
  Goal goal_;
  Machine machine_;
  Space space_;
  Draft draft_;
  bool padding_used_ = false;

  bool interpreter_moves_ = false;
  std::string interpreter_text_;
  std::optional<size_t> interpreter_section_;

  bool strings_move_ = false;
  Bytes old_strings_;
  std::vector<StringRoom::Write> wiped_;  // in old_strings_: run paths that are dropped
  std::string new_strings_;
  std::string grown_strings_;  // what is written behind the table where it grows over its neighbour
  elf::FileOffset grown_at_;
  elf::Address strings_address_;
  uint64_t strings_size_ = 0;
  std::optional<size_t> strings_section_;
  std::vector<uint64_t> entry_offsets_;  // d_val for each of goal_.entries
  std::vector<uint64_t> file_offsets_;   // vn_file for each of goal_.version_files

  bool dynamic_touched_ = false;
  bool dynamic_moves_ = false;
  elf::FileOffset dynamic_offset_;
  uint64_t dynamic_slots_ = 0;
  std::optional<size_t> dynamic_section_;

  std::vector<Moving> blocks_;
};

}  // namespace bundle::rewrite
