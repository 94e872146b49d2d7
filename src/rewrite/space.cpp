#include "rewrite/space.h"

#include <algorithm>

#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

// The largest alignment that link editors pad ordinary sections to.
constexpr uint64_t longest_alignment_gap = 64;

uint64_t rounded_down(uint64_t value, uint64_t unit) { return value - value % unit; }

}  // namespace

std::optional<size_t> load_of(const std::vector<elf::Segment>& segments, elf::FileOffset start, uint64_t length) {
  for (size_t i = 0; i < segments.size(); ++i) {
    const elf::Segment& segment = segments[i];
    if (segment.p_type != PT_LOAD || start < segment.p_offset) continue;
    const uint64_t inside = start - segment.p_offset;
    if (inside <= segment.p_filesz && length <= segment.p_filesz - inside) return i;
  }
  return std::nullopt;
}

Space::Space(const elf::Image& image, uint64_t largest_page) : image_(image), largest_page_(largest_page) {
  const elf::Header& header = image.header();
  const RecordSizes sizes = record_sizes(image.is_64());
  const auto add = [&](uint64_t start, uint64_t length) {
    const uint64_t size = image.bytes().size();
    if (start < size && length > 0) used_.push_back({start, start + std::min(length, size - start)});
  };
  add(0, sizes.header);
  add(header.e_phoff.value, image.segments().size() * sizes.segment);
  has_sections_ = image.sections().size() > 1;
  if (header.e_shoff.value != 0) add(header.e_shoff.value, image.sections().size() * sizes.section);
  for (const elf::Section& section : image.sections()) {
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL) add(section.sh_offset.value, section.sh_size);
  }
  uint64_t end = 0;
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_NULL)
      end = std::max(end, std::min(segment.p_offset.value + segment.p_filesz, image.bytes().size()));
    // Without section headers all that is mapped may be read by somebody.
    if (segment.p_type != PT_NULL && (segment.p_type != PT_LOAD || !has_sections_)) {
      // PT_GNU_RELRO, PT_GNU_STACK and PT_TLS own no bytes of their own; the first reaches over alignment
      // padding.
      if (segment.p_type == PT_GNU_RELRO || segment.p_type == PT_GNU_STACK) continue;
      add(segment.p_offset.value, segment.p_filesz);
    }
  }
  for (const Range& range : used_) end = std::max(end, range.end);
  const uint64_t behind = image.bytes().size() - end;
  if (!image.bytes().is_zero(end, behind)) payload_ = behind;
  std::sort(used_.begin(), used_.end(), [](const Range& a, const Range& b) { return a.start < b.start; });
}

void Space::claim(elf::FileOffset start, uint64_t length) {
  const Range range{start.value, start.value + length};
  used_.insert(std::upper_bound(used_.begin(), used_.end(), range,
                                [](const Range& a, const Range& b) { return a.start < b.start; }),
               range);
}

uint64_t Space::next_used(uint64_t offset) const {
  const auto next = std::lower_bound(used_.begin(), used_.end(), offset,
                                     [](const Range& range, uint64_t at) { return range.start < at; });
  return next == used_.end() ? image_.bytes().size() : next->start;
}

bool Space::is_used(uint64_t offset) const {
  return std::any_of(used_.begin(), used_.end(),
                     [&](const Range& range) { return range.start <= offset && offset < range.end; });
}

uint64_t Space::room_at(elf::FileOffset start, size_t index) const {
  const elf::Segment& segment = image_.segments()[index];
  if (start.value >= image_.bytes().size() || start < segment.p_offset || is_used(start.value)) return 0;
  const uint64_t segment_end = segment.p_offset.value + segment.p_filesz;
  uint64_t limit = next_used(start.value);
  if (limit < segment_end) {
    // Between two sections.
    if (limit - start.value > longest_alignment_gap) return 0;
  } else if (segment.p_filesz != segment.p_memsz) {
    limit = segment_end;  // what follows is .bss, which the loader clears
    if (limit <= start.value) return 0;
  } else {
    // To be mapped, the bytes must lie behind no other PT_LOAD's first byte, in the file as in memory.
    if (start.value < segment_end && segment_end - start.value > longest_alignment_gap) return 0;
    for (const elf::Segment& other : image_.segments()) {
      if (other.p_type != PT_LOAD || &other == &segment) continue;
      if (other.p_filesz > 0 && other.p_offset.value + other.p_filesz > segment_end) {
        limit = std::min(limit, std::max(other.p_offset.value, segment_end));
      }
      if (other.p_vaddr > segment.p_vaddr) {
        const uint64_t page = std::min(largest_page_, std::max<uint64_t>(other.p_align, 4096));
        const uint64_t floor = rounded_down(other.p_vaddr.value, page);
        const uint64_t memory_end = segment.p_vaddr.value + segment.p_memsz;
        limit = std::min(limit, segment_end + (floor > memory_end ? floor - memory_end : 0));
      }
    }
    if (limit <= start.value) return 0;
  }
  uint64_t room = 0;
  const std::string_view text = image_.bytes().slice(start.value, limit - start.value).text();
  while (room < text.size() && text[room] == '\0') ++room;
  return room;
}

std::optional<Space::Place> Space::find_padding(uint64_t length, uint64_t alignment) const {
  for (const uint32_t flags : {PF_R, PF_R | PF_X}) {
    for (size_t i = 0; i < image_.segments().size(); ++i) {
      const elf::Segment& segment = image_.segments()[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & (PF_R | PF_W | PF_X)) != flags || segment.p_filesz == 0)
        continue;
      uint64_t start = segment.p_offset.value + segment.p_filesz;
      // What was claimed before lies at the front of the padding.
      for (const Range& range : used_) {
        if (range.start <= start && start < range.end) start = range.end;
      }
      start = (start + alignment - 1) / alignment * alignment;
      if (room_at({start}, i) >= length) return Place{{start}, i};
    }
  }
  return std::nullopt;
}

}  // namespace bundle::rewrite
