#include "rewrite/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

/// Sound files give every byte one purpose; then no two changes meet.
[[noreturn]] void throw_overlap(elf::FileOffset offset) {
  throw Error(
      Exit::cannot_bundle, "",
      fmt::format("is corrupt: headers or tables overlap at offset {:#x}, and cannot be edited apart", offset.value));
}

}  // namespace

Draft::Draft(const elf::Image& image) : segments(image.segments()), sections(image.sections()), image_(image) {}

void Draft::replace(elf::FileOffset offset, std::string bytes) {
  if (bytes.empty()) return;
  if (!image_.bytes().contains(offset.value, bytes.size())) throw_overlap(offset);
  const auto next = replacements_.lower_bound(offset.value);
  const bool meets_next = next != replacements_.end() && next->first < offset.value + bytes.size();
  const bool meets_previous =
      next != replacements_.begin() && std::prev(next)->first + std::prev(next)->second.size() > offset.value;
  if (meets_next || meets_previous) throw_overlap(offset);
  replacements_.emplace_hint(next, offset.value, std::move(bytes));
}

void Draft::set(elf::FileOffset offset, std::string bytes) {
  if (image_.bytes().slice(offset.value, bytes.size()).text() != bytes) replace(offset, std::move(bytes));
}

elf::FileOffset Draft::append(Bytes span) {
  const elf::FileOffset at{size()};
  tail_.append_span(span);
  return at;
}

elf::FileOffset Draft::append(std::string text) {
  const elf::FileOffset at{size()};
  tail_.append_text(std::move(text));
  return at;
}

elf::FileOffset Draft::append_current(elf::FileOffset offset, uint64_t length) {
  const elf::FileOffset at{size()};
  const uint64_t end = offset.value + length;
  uint64_t done = offset.value;
  auto next = replacements_.lower_bound(offset.value);
  while (next != replacements_.end() && next->first < end) {
    append(image_.bytes().slice(done, next->first - done));
    // Who replaces bytes of a block replaces them within one section of it.
    done = next->first + next->second.size();
    if (done > end) throw_overlap({done});
    append(std::move(next->second));
    next = replacements_.erase(next);
  }
  append(image_.bytes().slice(done, end - done));
  return at;
}

void Draft::align(uint64_t alignment) { append(std::string((alignment - size() % alignment) % alignment, '\0')); }

void Draft::lengthen(size_t index, elf::FileOffset end) {
  elf::Segment& segment = segments[index];
  const uint64_t length = end - segment.p_offset;
  if (length <= segment.p_filesz) return;
  segment.p_filesz = length;
  segment.p_memsz = std::max(segment.p_memsz, length);
}

std::vector<Draft::Range> Draft::replaced() const {
  std::vector<Range> out;
  for (const auto& [offset, bytes] : replacements_) out.push_back({offset, bytes.size()});
  return out;
}

elf::FileOffset Draft::section_headers() const {
  if (!section_headers_move_) return image_.header().e_shoff;
  return {(image_.bytes().size() + 7) / 8 * 8};
}

uint64_t Draft::start_of_tail() const {
  if (appended_at_) return appended_at_->value;
  if (!section_headers_move_) return image_.bytes().size();
  return section_headers().value + sections.size() * record_sizes(image_.is_64()).section;
}

/// What stands behind a tail in the middle of the file: sections that nobody maps, and the headers of all.
void Draft::shift_what_is_behind() {
  const elf::Header& header = image_.header();
  uint64_t largest_alignment = 8;
  for (const elf::Section& section : image_.sections()) {
    if (section.sh_offset >= *appended_at_ && section.sh_addralign <= 4096)
      largest_alignment = std::max(largest_alignment, section.sh_addralign);
  }
  tail_.append_text(std::string((largest_alignment - tail_.size() % largest_alignment) % largest_alignment, '\0'));
  for (size_t i = 0; i < sections.size(); ++i) {
    const bool stood_there = sections[i].sh_offset == image_.sections()[i].sh_offset &&
                             sections[i].sh_offset >= *appended_at_ && (sections[i].sh_flags & SHF_ALLOC) == 0;
    if (stood_there && sections[i].sh_type != SHT_NULL) sections[i].sh_offset = sections[i].sh_offset + tail_.size();
  }
  if (header.e_shoff < *appended_at_) return;
  set({image_.is_64() ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff)},
      encode_word(header.e_shoff.value + tail_.size(), image_.is_64()));
}

/// What begins the appended part, when they move.
void Draft::write_moved_section_headers(Pieces& out) {
  std::string table(section_headers().value - image_.bytes().size(), '\0');
  for (const elf::Section& section : sections) table += encode(section, image_.is_64());
  out.append_text(std::move(table));
}

Pieces Draft::finish() {
  const RecordSizes sizes = record_sizes(image_.is_64());
  const elf::Header& header = image_.header();
  if (appended_at_) shift_what_is_behind();
  if (segments.size() != image_.segments().size()) {
    std::string count;
    append_value(count, static_cast<uint16_t>(segments.size()));
    set({image_.is_64() ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum)}, count);
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    set(header.e_phoff + i * sizes.segment, encode(segments[i], image_.is_64()));
  }
  if (section_headers_move_) {
    set({image_.is_64() ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff)},
        encode_word(section_headers().value, image_.is_64()));
    // Room for more program headers, which the first of them took.
    const uint64_t taken = header.e_phoff.value + segments.size() * sizes.segment;
    const uint64_t start = std::max(header.e_shoff.value, taken);
    const uint64_t end = header.e_shoff.value + sections.size() * sizes.section;
    if (start < end) set({start}, std::string(end - start, '\0'));
  }
  for (size_t i = 0; i < sections.size() && !section_headers_move_; ++i) {
    set(header.e_shoff + i * sizes.section, encode(sections[i], image_.is_64()));
  }
  Pieces out;
  const uint64_t tail_at = appended_at_ ? appended_at_->value : image_.bytes().size();
  append_input(out, 0, tail_at);
  if (section_headers_move_) write_moved_section_headers(out);
  for (const Pieces::Piece& piece : tail_.pieces()) {
    if (piece.owned != nullptr) {
      out.append_text(*piece.owned);
    } else {
      out.append_span(piece.span);
    }
  }
  append_input(out, tail_at, image_.bytes().size());
  return out;
}

/// The input from `start` to `end`, with what was replaced in it.
void Draft::append_input(Pieces& out, uint64_t start, uint64_t end) const {
  for (auto next = replacements_.lower_bound(start); next != replacements_.end() && next->first < end; ++next) {
    const auto& [offset, bytes] = *next;
    if (bytes.size() > end - offset) throw_overlap({offset});
    out.append_span(image_.bytes().slice(start, offset - start));
    out.append_text(bytes);
    start = offset + bytes.size();
  }
  out.append_span(image_.bytes().slice(start, end - start));
}

}  // namespace bundle::rewrite
