#include "rewrite/rewrite.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "rewrite/check.h"
#include "rewrite/draft.h"
#include "rewrite/encode.h"
#include "rewrite/goal.h"
#include "rewrite/headers.h"
#include "rewrite/machine.h"
#include "rewrite/space.h"
#include "rewrite/strings.h"
#include "rewrite/symbols.h"

namespace bundle::rewrite {

namespace {

// Spare DT_NULLs in a .dynamic that had to be moved, as many as GNU ld leaves.
constexpr uint64_t spare_entries = 5;
// More than anyone puts into a run path; bounds what is looked at.
constexpr uint64_t longest_room = 65536;

/// One rewriting, from the goal to the composed content. The three things that may have to move - PT_INTERP's
/// string, .dynstr, .dynamic - are first tried where they are, then in padding, and what is left goes into
/// one new segment.
class Rewriting {
 public:
  Rewriting(const elf::Image& image, Goal goal, const Machine& machine)
      : image_(image),
        goal_(std::move(goal)),
        machine_(machine),
        space_(image, machine.largest_page),
        draft_(image) {}

  std::variant<Rewritten, Refusal> run() {
    if (goal_.interpreter) settle_interpreter();
    if (goal_.changes_dynamic || !goal_.version_files.empty()) {
      if (goal_.entries.empty()) goal_.entries = entries_of(image_);
      settle_strings();
      settle_dynamic();
    }
    if (interpreter_moves_ || strings_move_ || dynamic_moves_) {
      if (std::optional<Refusal> refusal = append_segment()) return std::move(*refusal);
    }
    if (dynamic_touched_) write_dynamic();
    move_symbols(image_, draft_, dynamic_section_);
    Rewritten out;
    out.content = draft_.finish();
    out.growth = out.content.size() - image_.bytes().size();
    out.strategy = out.growth > 0  ? Rewritten::Strategy::appended
                   : padding_used_ ? Rewritten::Strategy::slot_reuse
                                   : Rewritten::Strategy::in_place;
    if (std::optional<std::string> fault =
            find_fault(image_, goal_, out.content, draft_.replaced(), machine_.largest_page)) {
      return Refusal{Refusal::Reason::strange_layout,
                     fmt::format("is laid out in a way that this edit does not suit: afterwards {}", *fault)};
    }
    return out;
  }

 private:
  size_t segment_index(uint32_t p_type) const {
    return static_cast<size_t>(image_.find_segment(p_type) - image_.segments().data());
  }

  /// The section that is exactly the given bytes, if there is one.
  std::optional<size_t> section_at(elf::FileOffset offset, uint32_t sh_type) const {
    for (size_t i = 0; i < image_.sections().size(); ++i) {
      const elf::Section& section = image_.sections()[i];
      if (section.sh_type == sh_type && section.sh_offset == offset && (section.sh_flags & SHF_ALLOC) != 0)
        return i;
    }
    return std::nullopt;
  }

  // ------------------------------------------------------------------------------------------ PT_INTERP

  void settle_interpreter() {
    const size_t index = segment_index(PT_INTERP);
    const elf::Segment& segment = image_.segments()[index];
    interpreter_section_ = section_at(segment.p_offset, SHT_PROGBITS);
    std::string text = *goal_.interpreter;
    text.push_back('\0');
    const elf::FileOffset end = segment.p_offset + segment.p_filesz;
    const std::optional<size_t> load = load_of(image_.segments(), segment.p_offset, segment.p_filesz);
    if (owns_its_bytes(segment)) {
      // A shorter path leaves p_filesz as it is: the kernel asks for a NUL at the end and takes the string up
      // to the first, and the old path can be put back to the byte.
      if (text.size() < segment.p_filesz) text.resize(segment.p_filesz, '\0');
      const uint64_t room = segment.p_filesz + (load ? space_.room_at(end, *load) : 0);
      if (text.size() <= room) {
        place_interpreter(segment.p_offset, segment.p_vaddr, text);
        if (load) lengthen(*load, segment.p_offset + text.size());
        return;
      }
    }
    if (const std::optional<Space::Place> place = space_.find_padding(text.size(), 1)) {
      const elf::Segment& host = image_.segments()[place->segment];
      place_interpreter(place->offset, host.p_vaddr + (place->offset - host.p_offset), text);
      lengthen(place->segment, place->offset + text.size());
      return;
    }
    interpreter_text_ = text;
    interpreter_moves_ = true;
  }

  /// Whether no section but one of exactly that extent covers PT_INTERP's bytes.
  bool owns_its_bytes(const elf::Segment& segment) const {
    return std::all_of(image_.sections().begin(), image_.sections().end(), [&](const elf::Section& section) {
      if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL || section.sh_size == 0) return true;
      const bool apart = section.sh_offset >= segment.p_offset + segment.p_filesz ||
                         section.sh_offset + section.sh_size <= segment.p_offset;
      return apart || (section.sh_offset == segment.p_offset && section.sh_size == segment.p_filesz);
    });
  }

  void point_interpreter(elf::FileOffset offset, elf::Address address, uint64_t length) {
    elf::Segment& segment = draft_.segments[segment_index(PT_INTERP)];
    segment.p_offset = offset;
    segment.p_vaddr = segment.p_paddr = address;
    segment.p_filesz = segment.p_memsz = length;
    if (interpreter_section_) point_section(*interpreter_section_, offset, address, length);
  }

  void place_interpreter(elf::FileOffset offset, elf::Address address, const std::string& text) {
    point_interpreter(offset, address, text.size());
    draft_.set(offset, text);
    space_.claim(offset, text.size());
  }

  void point_section(size_t index, elf::FileOffset offset, elf::Address address, uint64_t length) {
    elf::Section& section = draft_.sections[index];
    section.sh_offset = offset;
    section.sh_addr = address;
    section.sh_size = length;
  }

  void lengthen(size_t index, elf::FileOffset end) {
    const elf::Segment& segment = image_.segments()[index];
    if (end <= segment.p_offset + segment.p_filesz) return;
    draft_.lengthen(index, end);
    padding_used_ = true;
  }

  // ------------------------------------------------------------------------------------------ .dynstr

  void settle_strings() {
    const uint64_t address = *image_.dynamic_value(DT_STRTAB);
    const uint64_t size = *image_.dynamic_value(DT_STRSZ);
    const elf::FileOffset start = image_.offset_of({address}, size).value_or(elf::FileOffset{});
    strings_address_ = {address};
    strings_size_ = size;
    strings_section_ = section_at(start, SHT_STRTAB);
    const std::optional<size_t> load = load_of(image_.segments(), start, size);
    const uint64_t room = load ? std::min(space_.room_at(start + size, *load), longest_room) : 0;

    std::vector<uint64_t> kept;
    for (const Entry& entry : goal_.entries) {
      if (!entry.text && names_string(entry.entry.d_tag)) kept.push_back(entry.entry.d_val);
    }
    StringRoom strings(image_, kept, room);
    if (assign_strings([&](const std::string& text) {
          const std::optional<uint64_t> known = strings.find(text);
          return known ? known : strings.place(text);
        })) {
      for (const StringRoom::Write& write : strings.writes()) draft_.set(start + write.offset, write.bytes);
      strings_size_ = strings.size();
      if (strings_size_ > size) {
        space_.claim(start + size, strings_size_ - size);
        lengthen(*load, start + strings_size_);
        if (strings_section_) draft_.sections[*strings_section_].sh_size = strings_size_;
      }
      return;
    }
    // All of the table moves, with the new strings behind the old ones, which keep their offsets.
    StringRoom old(image_, kept, 0);
    const Bytes table = image_.bytes().slice(start.value, size);
    if (size > 0 && !table.text().ends_with('\0')) new_strings_.push_back('\0');
    assign_strings([&](const std::string& text) -> std::optional<uint64_t> {
      if (const std::optional<uint64_t> known = old.find(text)) return known;
      const std::string wanted = text + '\0';
      if (const size_t again = new_strings_.find(wanted); again != std::string::npos) return size + again;
      new_strings_ += wanted;
      return size + new_strings_.size() - wanted.size();
    });
    strings_size_ = size + new_strings_.size();
    old_strings_ = table;
    if (const std::optional<Space::Place> place = space_.find_padding(strings_size_, 8)) {
      const elf::Segment& host = image_.segments()[place->segment];
      draft_.set(place->offset, std::string(table.text()) + new_strings_);
      space_.claim(place->offset, strings_size_);
      lengthen(place->segment, place->offset + strings_size_);
      point_strings(place->offset, host.p_vaddr + (place->offset - host.p_offset));
      return;
    }
    strings_move_ = true;
  }

  /// Gives each string that is wanted an offset in the table. False when `offset_for` has none for one of
  /// them.
  template <class OffsetFor>
  bool assign_strings(OffsetFor offset_for) {
    entry_offsets_.assign(goal_.entries.size(), 0);
    file_offsets_.assign(goal_.version_files.size(), 0);
    for (size_t i = 0; i < goal_.entries.size(); ++i) {
      entry_offsets_[i] = goal_.entries[i].entry.d_val;
      if (!goal_.entries[i].text) continue;
      const std::optional<uint64_t> offset = offset_for(*goal_.entries[i].text);
      if (!offset) return false;
      entry_offsets_[i] = *offset;
    }
    for (size_t i = 0; i < goal_.version_files.size(); ++i) {
      const std::optional<uint64_t> offset = offset_for(goal_.version_files[i].text);
      if (!offset) return false;
      file_offsets_[i] = *offset;
    }
    return true;
  }

  void point_strings(elf::FileOffset offset, elf::Address address) {
    strings_address_ = address;
    if (strings_section_) point_section(*strings_section_, offset, address, strings_size_);
  }

  // ------------------------------------------------------------------------------------------ .dynamic

  /// DT_NULLs behind the last entry, as far as they are all zero: what stands behind them is not ours to
  /// take.
  uint64_t zero_slots() const {
    const uint64_t record = record_sizes(image_.is_64()).dynamic;
    const uint64_t first = image_.dynamic_segment().p_offset.value + image_.dynamic().size() * record;
    uint64_t count = 0;
    while (count < image_.null_slots() && image_.bytes().is_zero(first + count * record, record)) ++count;
    return count;
  }

  void settle_dynamic() {
    dynamic_touched_ = true;
    for (size_t i = 0; i < goal_.version_files.size(); ++i) {
      std::string field;
      append_value(field, static_cast<uint32_t>(file_offsets_[i]));
      draft_.set(goal_.version_files[i].field, field);
    }
    dynamic_section_ = section_at(image_.dynamic_segment().p_offset, SHT_DYNAMIC);
    dynamic_offset_ = image_.dynamic_segment().p_offset;
    dynamic_slots_ = image_.dynamic().size() + std::max<uint64_t>(zero_slots(), 1);
    if (goal_.entries.size() + 1 > dynamic_slots_) {
      dynamic_moves_ = true;
      dynamic_slots_ = goal_.entries.size() + 1 + spare_entries;
    }
  }

  std::string dynamic_bytes() const {
    std::string out;
    for (size_t i = 0; i < goal_.entries.size(); ++i) {
      elf::Dynamic entry = goal_.entries[i].entry;
      if (names_string(entry.d_tag)) entry.d_val = entry_offsets_[i];
      if (is_table_address(entry.d_tag)) entry.d_val = moved({entry.d_val}).value;
      if (entry.d_tag == DT_STRTAB) entry.d_val = strings_address_.value;
      if (entry.d_tag == DT_STRSZ) entry.d_val = strings_size_;
      out += encode(entry, image_.is_64());
    }
    out.resize(dynamic_slots_ * record_sizes(image_.is_64()).dynamic, '\0');
    return out;
  }

  void write_dynamic() {
    if (!dynamic_moves_) draft_.set(dynamic_offset_, dynamic_bytes());
  }

  // ---------------------------------------------------------------------------- the new segment

  std::optional<Refusal> append_segment() {
    if (space_.payload() > 0) {
      return Refusal{
          Refusal::Reason::payload_at_end,
          fmt::format("carries {} bytes behind the end of the ELF file proper, which are found from the "
                      "file's end, and this edit needs room that only lengthening the file would give",
                      space_.payload())};
    }
    // A segment that an earlier edit appended only has to grow. Else a header is taken that carries nothing,
    // or the table grows, or at last a note is left without a header.
    const std::optional<size_t> host = last_load_at_end();
    std::vector<elf::Segment> rest = draft_.segments;
    std::optional<Block> block;
    if (!host && !free_idle_header(rest)) {
      block = block_behind_headers(image_, draft_);
      if (!block && !free_any_note(image_, rest)) {
        return Refusal{
            Refusal::Reason::no_free_header,
            "has no program header to spare for the segment that this edit needs, and no room for one"};
      }
    }
    draft_.align(block_alignment);
    if (block) draft_.append(std::string(block->start % block_alignment, '\0'));
    const elf::FileOffset start{draft_.size()};
    const uint64_t page = machine_.largest_page;
    uint64_t memory_end = 0;
    for (const elf::Segment& segment : draft_.segments) {
      if (segment.p_type == PT_LOAD)
        memory_end = std::max(memory_end, segment.p_vaddr.value + segment.p_memsz);
    }
    // eu-elflint (0.188) takes a relocation for one of read-only bytes when its symbol's size, counted from
    // the place that it changes, reaches a read-only segment. Address space is free, so the new segment keeps
    // that far away.
    const uint64_t distance = dynamic_moves_ ? 0 : largest_symbol(image_);
    elf::Address address{(memory_end + distance + page) / page * page + start.value % page};
    if (host) address = image_.segments()[*host].p_vaddr + (start - image_.segments()[*host].p_offset);

    // The parts of the new segment, in order: the block, .dynamic, PT_INTERP's string, .dynstr.
    const uint64_t record = record_sizes(image_.is_64()).dynamic;
    const uint64_t block_length = block ? (block->end - block->start + 15) / 16 * 16 : 0;
    const uint64_t block_padding = block ? (16 - (start.value + block_length) % 16) % 16 : 0;
    const uint64_t dynamic_at = block_length + block_padding;
    const uint64_t interpreter_at = dynamic_at + (dynamic_moves_ ? dynamic_slots_ * record : 0);
    const uint64_t strings_at = interpreter_at + (interpreter_moves_ ? interpreter_text_.size() : 0);
    const uint64_t length = strings_at + (strings_move_ ? strings_size_ : 0);
    if (address.value < memory_end || address.value + length > machine_.address_end) {
      return Refusal{
          Refusal::Reason::no_address_space,
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
      if (dynamic_section_)
        point_section(*dynamic_section_, segment.p_offset, segment.p_vaddr, segment.p_filesz);
    }
    if (block) {
      move_block(*block, start, address);
      draft_.append(std::string(dynamic_at - (block->end - block->start), '\0'));
    }
    if (dynamic_moves_) draft_.append(dynamic_bytes());
    if (interpreter_moves_) draft_.append(interpreter_text_);
    if (strings_move_) {
      draft_.append(old_strings_);
      draft_.append(new_strings_);
    }
    if (host) {
      draft_.lengthen(*host, start + length);
      return std::nullopt;
    }
    if (!block && !free_idle_header(draft_.segments)) free_any_note(image_, draft_.segments);
    // ld.so relocates .dynamic in place and writes DT_DEBUG, so it needs a writable segment.
    const uint32_t flags = dynamic_moves_ ? PF_R | PF_W : PF_R;
    insert_load(draft_.segments, {PT_LOAD, flags, start, address, address, length, length, page});
    return std::nullopt;
  }

  /// Moves the sections of the block, and all that points at them, to the new segment.
  void move_block(const Block& block, elf::FileOffset start, elf::Address address) {
    const elf::Address from = image_.address_of({block.start}).value_or(elf::Address{});
    const uint64_t length = block.end - block.start;
    const auto inside = [&](elf::FileOffset offset) {
      return offset.value >= block.start && offset.value < block.end;
    };
    draft_.append(draft_.current({block.start}, length));
    draft_.discard({block.start}, length);
    for (elf::Section& section : draft_.sections) {
      if ((section.sh_flags & SHF_ALLOC) == 0 || section.sh_type == SHT_NOBITS || !inside(section.sh_offset))
        continue;
      section.sh_addr = address + (section.sh_addr - from);
      section.sh_offset = start + (section.sh_offset.value - block.start);
    }
    const uint64_t record = record_sizes(image_.is_64()).segment;
    for (elf::Segment& segment : draft_.segments) {
      if (segment.p_type == PT_PHDR) {
        segment.p_filesz += record;
        segment.p_memsz += record;
      } else if (segment.p_type != PT_LOAD && segment.p_filesz > 0 && inside(segment.p_offset)) {
        segment.p_offset = start + (segment.p_offset.value - block.start);
        segment.p_vaddr = segment.p_paddr = address + (segment.p_vaddr - from);
      }
    }
    // Zeros behind the grown table are room for the next edit's header.
    const uint64_t table_end = image_.header().e_phoff.value + (image_.segments().size() + 1) * record;
    const uint64_t cleared = std::min(block.end, table_end + 4 * record);
    if (cleared > table_end) draft_.set({table_end}, std::string(cleared - table_end, '\0'));
    if (!dynamic_touched_ && image_.is_dynamic() && length > 0) {
      if (goal_.entries.empty()) goal_.entries = entries_of(image_);
      strings_address_ = {image_.dynamic_value(DT_STRTAB).value_or(0)};
      strings_size_ = image_.dynamic_value(DT_STRSZ).value_or(0);
      assign_strings([](const std::string&) { return std::nullopt; });
      settle_dynamic();
    }
    moved_from_ = from;
    moved_to_ = address;
    moved_length_ = length;
    strings_address_ = moved(strings_address_);
  }

  /// Where the byte at `before` is after move_block.
  elf::Address moved(elf::Address before) const {
    if (before < moved_from_ || before - moved_from_ >= moved_length_) return before;
    return moved_to_ + (before - moved_from_);
  }

  /// The PT_LOAD that is last in memory, when it is all file, ends where the file ends, and has the rights.
  std::optional<size_t> last_load_at_end() const {
    std::optional<size_t> last;
    for (size_t i = 0; i < image_.segments().size(); ++i) {
      if (image_.segments()[i].p_type == PT_LOAD) last = i;
    }
    if (!last) return std::nullopt;
    const elf::Segment& segment = image_.segments()[*last];
    const uint64_t end = segment.p_offset.value + segment.p_filesz;
    const bool suits = segment.p_filesz == segment.p_memsz && segment.p_filesz > 0 &&
                       image_.bytes().size() == end && (segment.p_flags & PF_X) == 0 &&
                       (!dynamic_moves_ || (segment.p_flags & PF_W) != 0);
    return suits ? last : std::nullopt;
  }

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
  std::string new_strings_;
  elf::Address strings_address_;
  uint64_t strings_size_ = 0;
  std::optional<size_t> strings_section_;
  std::vector<uint64_t> entry_offsets_;  // d_val for each of goal_.entries
  std::vector<uint64_t> file_offsets_;   // vn_file for each of goal_.version_files

  elf::Address moved_from_, moved_to_;  // what move_block moved
  uint64_t moved_length_ = 0;

  bool dynamic_touched_ = false;
  bool dynamic_moves_ = false;
  elf::FileOffset dynamic_offset_;
  uint64_t dynamic_slots_ = 0;
  std::optional<size_t> dynamic_section_;
};

}  // namespace

std::variant<Rewritten, Refusal> rewrite(const elf::Image& image, const Edit& edit) {
  try {
    const elf::Header& header = image.header();
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
      return Refusal{Refusal::Reason::not_a_program,
                     fmt::format("is neither a program nor a shared library (e_type is {})", header.e_type)};
    }
    std::variant<Goal, Refusal> goal = goal_of(image, edit);
    if (Refusal* refusal = std::get_if<Refusal>(&goal)) return std::move(*refusal);
    if (std::get<Goal>(goal).empty()) {
      return Rewritten{Pieces::of_span(image.bytes()), Rewritten::Strategy::unchanged, 0};
    }
    const std::optional<Machine> machine = machine_rules(header.e_machine, image.is_64());
    if (!machine) {
      return Refusal{
          Refusal::Reason::unknown_machine,
          fmt::format("is for {} (e_machine {}), whose rules for the dynamic section are not known here",
                      elf::machine_name(header.e_machine), header.e_machine)};
    }
    return Rewriting(image, std::move(std::get<Goal>(goal)), *machine).run();
  } catch (Error& error) {
    error.set_path_if_empty(image.path());
    throw;
  }
}

const char* strategy_name(Rewritten::Strategy strategy) {
  switch (strategy) {
    case Rewritten::Strategy::unchanged:
      return "unchanged";
    case Rewritten::Strategy::in_place:
      return "in place";
    case Rewritten::Strategy::slot_reuse:
      return "padding used";
    case Rewritten::Strategy::appended:
      return "segment appended";
  }
  return "";
}

}  // namespace bundle::rewrite
