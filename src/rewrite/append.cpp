// The new segment: which program header it gets, where it lies, and what goes into it.
#include <fmt/format.h>

#include <algorithm>

#include "rewrite/dumped.h"
#include "rewrite/encode.h"
#include "rewrite/rewriting.h"
#include "rewrite/self.h"
#include "rewrite/symbols.h"

namespace bundle::rewrite {

std::optional<Refusal> Rewriting::append_segment() {
  if (has_dumped_heap(image_)) {
    return Refusal{Refusal::Reason::dumped_heap,
                   "was saved from memory with its heap in it, which goes on behind its last segment, where this edit "
                   "needs room. Use the program that it was saved from, with the saved state as a file"};
  }
  if (space_.payload() > 0) {
    return Refusal{Refusal::Reason::payload_at_end,
                   fmt::format("carries {} bytes behind the end of the ELF file proper, which are found from the "
                               "file's end, and this edit needs room that only lengthening the file would give",
                               space_.payload())};
  }
  // A segment that an earlier edit appended only has to grow. Else a header is taken that carries nothing, or
  // the table grows, or at last a note is left without a header.
  std::optional<size_t> host = last_load_at_end();
  if (!host) {
    host = last_load_to_grow();
    if (host) make_room_behind(*host);
  }
  std::vector<elf::Segment> rest = draft_.segments;
  std::optional<Block> behind_headers;
  if (!host && !free_idle_header(rest)) {
    behind_headers = block_behind_headers(image_, draft_);
    for (const Moving& moving : blocks_) {
      if (behind_headers && behind_headers->end > moving.block.start) behind_headers.reset();
    }
    if (!behind_headers && !free_any_note(image_, rest)) {
      return Refusal{Refusal::Reason::no_free_header,
                     "has no program header to spare for the segment that this edit needs, and no room for one"};
    }
  }
  if (behind_headers) {
    blocks_.push_back({*behind_headers, {}, {}, {}});
    const uint64_t table = image_.header().e_phoff.value;
    const uint64_t longer = (image_.segments().size() + 1) * record_sizes(image_.is_64()).segment;
    if (meets_section_headers(image_, table, table + longer)) draft_.move_section_headers();
  }

  draft_.align(block_alignment);
  const elf::FileOffset start{draft_.size()};
  const uint64_t page = machine_.largest_page;
  uint64_t memory_end = 0;
  for (const elf::Segment& segment : draft_.segments) {
    if (segment.p_type == PT_LOAD) memory_end = std::max(memory_end, segment.p_vaddr.value + segment.p_memsz);
  }
  // eu-elflint (0.188) takes a relocation for one of read-only bytes when its symbol's size, counted from the
  // place that it changes, reaches a read-only segment. Address space is free, so the new segment keeps that
  // far away.
  const uint64_t distance = dynamic_moves_ ? 0 : largest_symbol(image_);
  elf::Address address{(memory_end + distance + page) / page * page + start.value % page};
  if (host) address = image_.segments()[*host].p_vaddr + (start - image_.segments()[*host].p_offset);

  // The parts of the new segment, in order: blocks, .dynamic, PT_INTERP's string, .dynstr.
  const uint64_t record = record_sizes(image_.is_64()).dynamic;
  uint64_t length = 0;
  for (Moving& moving : blocks_) {
    length += (moving.block.start - (start.value + length)) % block_alignment;
    moving.offset = start + length;
    moving.from = image_.address_of({moving.block.start}).value_or(elf::Address{});
    moving.to = address + length;
    length += moving.block.end - moving.block.start;
  }
  // Some readers (LIEF) count symbols by where the strings behind them begin, so there is no gap without need.
  if (dynamic_moves_) length += (16 - (start.value + length) % 16) % 16;
  const uint64_t dynamic_at = length;
  const uint64_t interpreter_at = dynamic_at + (dynamic_moves_ ? dynamic_slots_ * record : 0);
  const uint64_t strings_at = interpreter_at + (interpreter_moves_ ? interpreter_text_.size() : 0);
  length = strings_at + (strings_move_ ? strings_size_ : 0);
  if ((!host && address.value < memory_end) || address.value + length > machine_.address_end) {
    return Refusal{Refusal::Reason::no_address_space,
                   fmt::format("reaches up to the address {:#x}, behind which there is no room for the segment that "
                               "this edit needs",
                               memory_end)};
  }
  if (interpreter_moves_) {
    point_interpreter(start + interpreter_at, address + interpreter_at, interpreter_text_.size());
  }
  if (strings_move_) point_strings(start + strings_at, address + strings_at);
  if (dynamic_moves_) {
    elf::Segment& segment = draft_.segments[segment_index(PT_DYNAMIC)];
    segment.p_offset = start + dynamic_at;
    segment.p_vaddr = segment.p_paddr = address + dynamic_at;
    segment.p_filesz = segment.p_memsz = dynamic_slots_ * record;
    if (dynamic_section_) point_section(*dynamic_section_, segment.p_offset, segment.p_vaddr, segment.p_filesz);
  }
  for (const Moving& moving : blocks_) move_block(moving);
  if (behind_headers) grow_headers(*behind_headers);
  draft_.append(std::string(start.value + dynamic_at - draft_.size(), '\0'));
  if (dynamic_moves_) draft_.append(dynamic_bytes());
  if (interpreter_moves_) draft_.append(interpreter_text_);
  if (strings_move_) {
    uint64_t done = 0;
    for (const StringRoom::Write& write : wiped_) {
      draft_.append(old_strings_.slice(done, write.offset - done));
      draft_.append(write.bytes);
      done = write.offset + write.bytes.size();
    }
    draft_.append(old_strings_.from(done));
    draft_.append(new_strings_);
  }
  if (host) {
    draft_.lengthen(*host, start + length);
    return std::nullopt;
  }
  if (!behind_headers && !free_idle_header(draft_.segments)) free_any_note(image_, draft_.segments);
  // ld.so relocates .dynamic in place and writes DT_DEBUG, so it needs a writable segment, but for lld's -z rodynamic.
  const uint32_t flags = dynamic_moves_ && dynamic_is_writable() ? PF_R | PF_W : PF_R;
  insert_load(draft_.segments, {PT_LOAD, flags, start, address, address, length, length, page});
  return std::nullopt;
}

/// Moves the sections of a block, and all that points at them, to the new segment.
void Rewriting::move_block(const Moving& moving) {
  const Block& block = moving.block;
  draft_.append(std::string(moving.offset.value - draft_.size(), '\0'));
  draft_.append_current({block.start}, block.end - block.start);
  const auto inside = [&](elf::FileOffset offset) { return offset.value >= block.start && offset.value < block.end; };
  for (elf::Section& section : draft_.sections) {
    if ((section.sh_flags & SHF_ALLOC) == 0 || section.sh_type == SHT_NOBITS || !inside(section.sh_offset)) continue;
    section.sh_addr = moving.to + (section.sh_addr - moving.from);
    section.sh_offset = moving.offset + (section.sh_offset.value - block.start);
  }
  for (elf::Segment& segment : draft_.segments) {
    if (segment.p_type == PT_LOAD || segment.p_type == PT_PHDR || segment.p_filesz == 0) continue;
    if (!inside(segment.p_offset)) continue;
    segment.p_offset = moving.offset + (segment.p_offset.value - block.start);
    segment.p_vaddr = segment.p_paddr = moving.to + (segment.p_vaddr - moving.from);
  }
  if (!dynamic_touched_ && image_.is_dynamic() && block.end > block.start) {
    if (goal_.entries.empty()) goal_.entries = entries_of(image_);
    strings_address_ = {image_.dynamic_value(DT_STRTAB).value_or(0)};
    strings_size_ = image_.dynamic_value(DT_STRSZ).value_or(0);
    entry_offsets_.clear();
    for (const Entry& entry : goal_.entries) entry_offsets_.push_back(entry.entry.d_val);
    settle_dynamic();
  }
  if (!strings_move_) strings_address_ = moved(strings_address_);
}

/// One more record of program headers, over bytes that have moved.
void Rewriting::grow_headers(const Block& block) {
  const uint64_t record = record_sizes(image_.is_64()).segment;
  for (elf::Segment& segment : draft_.segments) {
    if (segment.p_type != PT_PHDR) continue;
    segment.p_filesz += record;
    segment.p_memsz += record;
  }
  // Zeros behind the grown table are room for the next edit's header.
  const uint64_t table_end = image_.header().e_phoff.value + (image_.segments().size() + 1) * record;
  const uint64_t cleared = std::min(block.end, table_end + 4 * record);
  if (cleared > table_end) draft_.set({table_end}, std::string(cleared - table_end, '\0'));
}

/// Where the byte at `before` is once the blocks have moved.
elf::Address Rewriting::moved(elf::Address before) const {
  for (const Moving& moving : blocks_) {
    if (before >= moving.from && before - moving.from < moving.block.end - moving.block.start) {
      return moving.to + (before - moving.from);
    }
  }
  return before;
}

bool Rewriting::dynamic_is_writable() const {
  const elf::Segment& dynamic = image_.dynamic_segment();
  const std::optional<size_t> load = load_of(image_.segments(), dynamic.p_offset, dynamic.p_filesz);
  return load && (image_.segments()[*load].p_flags & PF_W) != 0;
}

/// The PT_LOAD that is last in memory, when it is all file, ends where the file ends, and has the rights.
std::optional<size_t> Rewriting::last_load_at_end() const {
  std::optional<size_t> last;
  for (size_t i = 0; i < image_.segments().size(); ++i) {
    if (image_.segments()[i].p_type == PT_LOAD) last = i;
  }
  if (!last) return std::nullopt;
  const elf::Segment& segment = image_.segments()[*last];
  const uint64_t end = segment.p_offset.value + segment.p_filesz;
  const bool suits = segment.p_filesz == segment.p_memsz && segment.p_filesz > 0 && image_.bytes().size() == end &&
                     (segment.p_flags & PF_X) == 0 &&
                     (!dynamic_moves_ || !dynamic_is_writable() || (segment.p_flags & PF_W) != 0);
  return suits ? last : std::nullopt;
}

/// The last PT_LOAD of a program that may be the template of others, when it can take all that is new: `bun build
/// --compile` writes a copy of itself, makes the writable segment longer in it and lets all that stands behind that one
/// in the file slip. So nothing that is mapped may stand there, and the edit makes the file that a link editor would.
/// Its .bss becomes zeros in the file; one that is large against the file stays what it is.
std::optional<size_t> Rewriting::last_load_to_grow() const {
  constexpr uint64_t small_share = 16;
  constexpr uint64_t always_small = 4096;
  if (image_.find_segment(PT_INTERP) == nullptr) return std::nullopt;
  std::optional<size_t> last;
  for (size_t i = 0; i < image_.segments().size(); ++i) {
    if (image_.segments()[i].p_type == PT_LOAD) last = i;
  }
  if (!last) return std::nullopt;
  const elf::Segment& segment = image_.segments()[*last];
  const uint64_t end = segment.p_offset.value + segment.p_filesz;
  const bool stands_last =
      std::all_of(image_.segments().begin(), image_.segments().end(), [&](const elf::Segment& other) {
        return other.p_filesz == 0 || other.p_type == PT_NULL || other.p_offset.value + other.p_filesz <= end;
      });
  const uint64_t zeros = segment.p_memsz - segment.p_filesz;
  const bool suits = (segment.p_flags & (PF_R | PF_W | PF_X)) == (PF_R | PF_W) && segment.p_filesz > 0 && stands_last &&
                     zeros <= std::max(image_.bytes().size() / small_share, always_small) &&
                     !meets_section_headers(image_, 0, end) && image_.header().e_phoff.value < end;
  return suits && may_read_itself(image_) ? last : std::nullopt;
}

/// Lets what is appended stand behind PT_LOAD `index`, in the file as in memory.
void Rewriting::make_room_behind(size_t index) {
  const elf::Segment& segment = image_.segments()[index];
  draft_.append_at(segment.p_offset + segment.p_filesz);
  draft_.append(std::string(segment.p_memsz - segment.p_filesz, '\0'));
}

}  // namespace bundle::rewrite
