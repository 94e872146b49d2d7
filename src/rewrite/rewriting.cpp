#include "rewrite/rewriting.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rewrite/check.h"
#include "rewrite/encode.h"
#include "rewrite/strings.h"
#include "rewrite/symbols.h"

namespace bundle::rewrite {

namespace {

// Spare DT_NULLs in a .dynamic that had to be moved, as many as GNU ld leaves.
constexpr uint64_t spare_entries = 5;
// More than anyone puts into a run path; bounds what is looked at.
constexpr uint64_t longest_room = 65536;

}  // namespace

std::variant<Rewritten, Refusal> Rewriting::run() {
  if (goal_.interpreter) settle_interpreter();
  if (goal_.changes_dynamic || !goal_.version_files.empty()) {
    if (goal_.entries.empty()) goal_.entries = entries_of(image_);
    settle_strings();
    settle_dynamic();
  }
  if (interpreter_moves_ || strings_move_ || dynamic_moves_ || !blocks_.empty()) {
    if (std::optional<Refusal> refusal = append_segment()) return std::move(*refusal);
  }
  if (!grown_strings_.empty()) draft_.set(grown_at_, grown_strings_);
  if (dynamic_touched_ && !dynamic_moves_) draft_.set(dynamic_offset_, dynamic_bytes());
  if (goal_.executable_stack) {
    if (std::optional<Refusal> refusal = settle_stack()) return std::move(*refusal);
  }
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

size_t Rewriting::segment_index(uint32_t p_type) const {
  return static_cast<size_t>(image_.find_segment(p_type) - image_.segments().data());
}

/// The section that is exactly the given bytes, if there is one.
std::optional<size_t> Rewriting::section_at(elf::FileOffset offset, uint32_t sh_type) const {
  for (size_t i = 0; i < image_.sections().size(); ++i) {
    const elf::Section& section = image_.sections()[i];
    if (section.sh_type == sh_type && section.sh_offset == offset && (section.sh_flags & SHF_ALLOC) != 0) return i;
  }
  return std::nullopt;
}

void Rewriting::settle_interpreter() {
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
bool Rewriting::owns_its_bytes(const elf::Segment& segment) const {
  return std::all_of(image_.sections().begin(), image_.sections().end(), [&](const elf::Section& section) {
    if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL || section.sh_size == 0) return true;
    const bool apart = section.sh_offset >= segment.p_offset + segment.p_filesz ||
                       section.sh_offset + section.sh_size <= segment.p_offset;
    return apart || (section.sh_offset == segment.p_offset && section.sh_size == segment.p_filesz);
  });
}

void Rewriting::point_interpreter(elf::FileOffset offset, elf::Address address, uint64_t length) {
  elf::Segment& segment = draft_.segments[segment_index(PT_INTERP)];
  segment.p_offset = offset;
  segment.p_vaddr = segment.p_paddr = address;
  segment.p_filesz = segment.p_memsz = length;
  if (interpreter_section_) point_section(*interpreter_section_, offset, address, length);
}

void Rewriting::place_interpreter(elf::FileOffset offset, elf::Address address, const std::string& text) {
  point_interpreter(offset, address, text.size());
  draft_.set(offset, text);
  space_.claim(offset, text.size());
}

void Rewriting::point_section(size_t index, elf::FileOffset offset, elf::Address address, uint64_t length) {
  elf::Section& section = draft_.sections[index];
  section.sh_offset = offset;
  section.sh_addr = address;
  section.sh_size = length;
}

void Rewriting::lengthen(size_t index, elf::FileOffset end) {
  const elf::Segment& segment = image_.segments()[index];
  if (end <= segment.p_offset + segment.p_filesz) return;
  draft_.lengthen(index, end);
  padding_used_ = true;
}

void Rewriting::settle_strings() {
  const uint64_t address = *image_.dynamic_value(DT_STRTAB);
  const uint64_t size = *image_.dynamic_value(DT_STRSZ);
  const elf::FileOffset start = image_.offset_of({address}, size).value_or(elf::FileOffset{});
  strings_address_ = {address};
  strings_size_ = size;
  strings_section_ = section_at(start, SHT_STRTAB);
  if (settle_strings_in_place(start, size)) return;
  const Bytes table = image_.bytes().slice(start.value, size);
  compose_longer_table(table);
  wipe_dropped_paths(start, table);
  if (new_strings_.empty()) return;  // all of them are there
  if (settle_strings_in_padding(table) || settle_strings_far_behind(start, table) ||
      settle_strings_over_neighbour(start, table)) {
    return;
  }
  strings_size_ = size + new_strings_.size();
  old_strings_ = table;
  strings_move_ = true;
}

template <class OffsetFor>
bool Rewriting::assign_strings(OffsetFor offset_for) {
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

/// The run paths, and names with a slash, that this edit drops: they tell of folders that are nobody's business now.
std::vector<uint64_t> Rewriting::dropped_paths() const {
  std::set<std::pair<int64_t, uint64_t>> kept;
  for (const Entry& entry : goal_.entries) {
    if (!entry.text) kept.emplace(entry.entry.d_tag, entry.entry.d_val);
  }
  std::set<uint64_t> out;
  for (const elf::Dynamic& entry : image_.dynamic()) {
    const bool is_path =
        entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH ||
        (entry.d_tag == DT_NEEDED && image_.dynamic_string(entry.d_val).find('/') != std::string::npos);
    if (is_path && !kept.contains({entry.d_tag, entry.d_val})) out.insert(entry.d_val);
  }
  return {out.begin(), out.end()};
}

/// Where the table is copied or grows, the dropped paths go from the old place, and from the copy.
void Rewriting::wipe_dropped_paths(elf::FileOffset start, Bytes table) {
  const std::vector<uint64_t> dropped = dropped_paths();
  if (dropped.empty()) return;
  std::vector<uint64_t> referred;
  for (const std::vector<uint64_t>* offsets : {&entry_offsets_, &file_offsets_}) {
    for (const uint64_t offset : *offsets) {
      if (offset < table.size()) referred.push_back(offset);
    }
  }
  StringRoom strings(image_, referred, 0);
  for (const uint64_t offset : dropped) strings.clear(offset);
  wiped_ = strings.writes();
  for (const StringRoom::Write& write : wiped_) draft_.set(start + write.offset, write.bytes);
}

/// Strings that are there already, bytes that no one refers to, and zeros right behind the table.
bool Rewriting::settle_strings_in_place(elf::FileOffset start, uint64_t size) {
  const std::optional<size_t> load = load_of(image_.segments(), start, size);
  const uint64_t room = load ? std::min(space_.room_at(start + size, *load), longest_room) : 0;
  std::set<uint64_t> kept;
  for (const Entry& entry : goal_.entries) {
    if (!entry.text && names_string(entry.entry.d_tag)) kept.insert(entry.entry.d_val);
  }
  // Who refers to what takes a look at every symbol. In a large table without a string that this edit drops
  // and without zeros at its end there is nothing to be found.
  constexpr uint64_t large = 65536;
  const bool drops = std::any_of(image_.dynamic().begin(), image_.dynamic().end(), [&](const elf::Dynamic& entry) {
    return names_string(entry.d_tag) && !kept.contains(entry.d_val);
  });
  const bool ends_in_zeros = size >= 2 && image_.bytes().is_zero(start.value + size - 2, 2);
  if (size >= large && !drops && !ends_in_zeros && room == 0) return false;
  StringRoom strings(image_, {kept.begin(), kept.end()}, room);
  const bool assigned = assign_strings([&](const std::string& text) {
    const std::optional<uint64_t> known = strings.find(text);
    return known ? known : strings.place(text);
  });
  if (!assigned) return false;
  for (const uint64_t offset : dropped_paths()) strings.clear(offset);
  for (const StringRoom::Write& write : strings.writes()) draft_.set(start + write.offset, write.bytes);
  strings_size_ = strings.size();
  if (strings_size_ > size) {
    space_.claim(start + size, strings_size_ - size);
    lengthen(*load, start + strings_size_);
    if (strings_section_) draft_.sections[*strings_section_].sh_size = strings_size_;
  }
  return true;
}

/// The new strings as they stand behind the old ones, which keep their offsets.
void Rewriting::compose_longer_table(Bytes table) {
  if (!table.empty() && !table.text().ends_with('\0')) new_strings_.push_back('\0');
  assign_strings([&](const std::string& text) -> std::optional<uint64_t> {
    const std::string wanted = text + '\0';
    if (const size_t known = table.text().find(wanted); known != std::string_view::npos) return known;
    if (const size_t again = new_strings_.find(wanted); again != std::string::npos) return table.size() + again;
    new_strings_ += wanted;
    return table.size() + new_strings_.size() - wanted.size();
  });
}

bool Rewriting::settle_strings_in_padding(Bytes table) {
  const uint64_t length = table.size() + new_strings_.size();
  const std::optional<Space::Place> place = space_.find_padding(length, 8);
  if (!place) return false;
  strings_size_ = length;
  const elf::Segment& host = image_.segments()[place->segment];
  std::string copy(table.text());
  for (const StringRoom::Write& write : wiped_) copy.replace(write.offset, write.bytes.size(), write.bytes);
  draft_.set(place->offset, copy + new_strings_);
  space_.claim(place->offset, length);
  lengthen(place->segment, place->offset + length);
  point_strings(place->offset, host.p_vaddr + (place->offset - host.p_offset));
  return true;
}

/// In a file that may not become longer, new strings go into the padding behind the segment's last section, and
/// DT_STRSZ reaches over what is in between, which loaders do not mind. The section header goes on saying what .dynstr
/// was.
bool Rewriting::settle_strings_far_behind(elf::FileOffset start, Bytes table) {
  const std::optional<size_t> load = load_of(image_.segments(), start, table.size());
  if (space_.payload() == 0 || !load) return false;
  const elf::Segment& segment = draft_.segments[*load];
  const elf::FileOffset place = segment.p_offset + segment.p_filesz;
  if (space_.room_at(place, *load) < new_strings_.size()) return false;
  const uint64_t distance = place - (start + table.size());
  for (size_t i = 0; i < goal_.entries.size(); ++i) {
    if (goal_.entries[i].text && entry_offsets_[i] >= table.size()) entry_offsets_[i] += distance;
  }
  for (uint64_t& offset : file_offsets_) {
    if (offset >= table.size()) offset += distance;
  }
  strings_size_ = table.size() + distance + new_strings_.size();
  draft_.set(place, new_strings_);
  space_.claim(place, new_strings_.size());
  lengthen(*load, place + new_strings_.size());
  return true;
}

/// Where the section behind a large table can move and is much smaller, it moves, and the table grows over
/// its room: node's .gnu.version has 150 KB, its .dynstr 5.3 MB.
bool Rewriting::settle_strings_over_neighbour(elf::FileOffset start, Bytes table) {
  constexpr uint64_t worth_it = 65536;
  if (table.size() < worth_it || !strings_section_) return false;
  const elf::FileOffset end = start + table.size();
  const std::optional<Block> neighbour = block_at(image_, draft_, end);
  if (!neighbour || image_.sections()[*strings_section_].sh_size != table.size()) return false;
  const uint64_t room = neighbour->end - end.value;
  if (room < new_strings_.size() || neighbour->end - neighbour->start > table.size() / 4) return false;
  // The vn_file fields that a rename changes are not to be in bytes that move.
  for (const VersionFile& file : goal_.version_files) {
    if (file.field.value >= neighbour->start && file.field.value < neighbour->end) return false;
  }
  blocks_.push_back({*neighbour, {}, {}, {}});
  // All of the room becomes part of the table: zeros there are free for the next edit.
  std::string bytes = new_strings_;
  bytes.resize(room, '\0');
  grown_strings_ = std::move(bytes);
  grown_at_ = end;
  strings_size_ = table.size() + room;
  draft_.sections[*strings_section_].sh_size = strings_size_;
  return true;
}

void Rewriting::point_strings(elf::FileOffset offset, elf::Address address) {
  strings_address_ = address;
  if (strings_section_) point_section(*strings_section_, offset, address, strings_size_);
}

std::optional<Refusal> Rewriting::settle_stack() {
  const uint32_t flags = PF_R | PF_W | (*goal_.executable_stack ? PF_X : 0U);
  const auto stack = std::find_if(draft_.segments.begin(), draft_.segments.end(),
                                  [](const elf::Segment& segment) { return segment.p_type == PT_GNU_STACK; });
  if (stack != draft_.segments.end()) {
    stack->p_flags = *goal_.executable_stack ? stack->p_flags | PF_X : stack->p_flags & ~uint32_t{PF_X};
    return std::nullopt;
  }
  if (!free_idle_header(draft_.segments)) {
    // Over zeros that nobody has; what the append of a segment may have moved is not looked at.
    const bool untouched = draft_.segments.size() == image_.segments().size() && blocks_.empty();
    const std::optional<Block> behind = untouched ? block_behind_headers(image_, draft_) : std::nullopt;
    if (behind && behind->start == behind->end && !meets_section_headers(image_, behind->start - 1, behind->end)) {
      grow_headers(*behind);
    } else if (!free_any_note(image_, draft_.segments)) {
      return Refusal{Refusal::Reason::no_free_header,
                     "has no program header that says what its stack is to be, none to spare, and no room for one"};
    }
  }
  // Where link editors put it: behind the PT_LOADs, which stay in their order.
  draft_.segments.push_back({PT_GNU_STACK, flags, {}, {}, {}, 0, 0, 16});
  return std::nullopt;
}

/// DT_NULLs behind the last entry, as far as they are all zero: what stands behind them is not ours to
/// take.
uint64_t Rewriting::zero_slots() const {
  const uint64_t record = record_sizes(image_.is_64()).dynamic;
  const uint64_t first = image_.dynamic_segment().p_offset.value + image_.dynamic().size() * record;
  uint64_t count = 0;
  while (count < image_.null_slots() && image_.bytes().is_zero(first + count * record, record)) ++count;
  return count;
}

void Rewriting::settle_dynamic() {
  dynamic_touched_ = true;
  for (size_t i = 0; i < goal_.version_files.size(); ++i) {
    std::string field;
    append_value(field, static_cast<uint32_t>(file_offsets_[i]));
    draft_.set(goal_.version_files[i].field, field);
  }
  dynamic_section_ = section_at(image_.dynamic_segment().p_offset, SHT_DYNAMIC);
  dynamic_offset_ = image_.dynamic_segment().p_offset;
  const uint64_t own_end = image_.null_slots() > 0 ? 1 : 0;  // else the DT_NULL is the start of what stands behind
  dynamic_slots_ = image_.dynamic().size() + std::max(zero_slots(), own_end);
  if (goal_.entries.size() + own_end > dynamic_slots_) {
    dynamic_moves_ = true;
    dynamic_slots_ = goal_.entries.size() + 1 + spare_entries;
  }
}

std::string Rewriting::dynamic_bytes() const {
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

}  // namespace bundle::rewrite
