#include "rewrite/headers.h"

#include <algorithm>

#include "rewrite/encode.h"
#include "rewrite/space.h"

namespace bundle::rewrite {

namespace {

bool free_null(std::vector<elf::Segment>& segments) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [](const elf::Segment& segment) { return segment.p_type == PT_NULL; });
  if (found == segments.end()) return false;
  segments.erase(found);
  return true;
}

/// What strip leaves of a segment that no section names: a PT_LOAD of no bytes, at an offset that does not suit its
/// address.
bool free_empty_load(std::vector<elf::Segment>& segments) {
  const auto found = std::find_if(segments.begin(), segments.end(), [](const elf::Segment& segment) {
    return segment.p_type == PT_LOAD && segment.p_memsz == 0;
  });
  if (found == segments.end()) return false;
  segments.erase(found);
  return true;
}

/// glibc and the kernel read PT_GNU_PROPERTY where there is one, and PT_NOTE for properties only where there
/// is none.
bool free_repeated_note(std::vector<elf::Segment>& segments) {
  const auto is_repeated = [&](const elf::Segment& note) {
    return note.p_type == PT_NOTE && std::any_of(segments.begin(), segments.end(), [&](const elf::Segment& other) {
             return other.p_type == PT_GNU_PROPERTY && other.p_offset == note.p_offset &&
                    other.p_filesz == note.p_filesz && other.p_vaddr == note.p_vaddr;
           });
  };
  const auto found = std::find_if(segments.begin(), segments.end(), is_repeated);
  if (found == segments.end()) return false;
  segments.erase(found);
  return true;
}

bool merge_two_loads(std::vector<elf::Segment>& segments) {
  constexpr uint64_t longest_gap = 65536;  // what a page size can leave between two; it comes to be mapped
  auto first = segments.end();
  for (auto second = segments.begin(); second != segments.end(); ++second) {
    if (second->p_type != PT_LOAD) continue;
    if (first != segments.end() && first->p_flags == second->p_flags && first->p_filesz == first->p_memsz &&
        first->p_offset < second->p_offset &&
        second->p_vaddr.value - first->p_vaddr.value == second->p_offset - first->p_offset &&
        second->p_vaddr.value - first->p_vaddr.value >= first->p_memsz &&
        second->p_vaddr.value - first->p_vaddr.value - first->p_memsz < longest_gap) {
      const uint64_t distance = second->p_vaddr - first->p_vaddr;
      first->p_filesz = distance + second->p_filesz;
      first->p_memsz = distance + second->p_memsz;
      first->p_align = std::max(first->p_align, second->p_align);
      segments.erase(second);
      return true;
    }
    first = second;
  }
  return false;
}

bool is_movable(const elf::Section& section, const elf::Image& image, const Draft& draft) {
  switch (section.sh_type) {
    case SHT_NOTE:
    case SHT_HASH:
    case SHT_GNU_HASH:
    case SHT_DYNSYM:
    case SHT_STRTAB:
    case SHT_GNU_versym:
    case SHT_GNU_verneed:
    case SHT_GNU_verdef:
    case SHT_REL:
    case SHT_RELA:
      // A static program's own start code finds its relocations by symbols.
      return image.is_dynamic() && (image.interpreter() || !image.needed().empty());
    case SHT_PROGBITS:
      return std::any_of(draft.segments.begin(), draft.segments.end(), [&](const elf::Segment& segment) {
        return segment.p_type == PT_INTERP && segment.p_offset == section.sh_offset &&
               segment.p_filesz == section.sh_size;
      });
    default:
      return false;
  }
}

}  // namespace

bool meets_section_headers(const elf::Image& image, uint64_t start, uint64_t end) {
  const uint64_t table = image.header().e_shoff.value;
  return table < end && table + image.sections().size() * record_sizes(image.is_64()).section > start;
}

bool free_idle_header(std::vector<elf::Segment>& segments) {
  return free_null(segments) || free_empty_load(segments) || free_repeated_note(segments) || merge_two_loads(segments);
}

bool free_any_note(const elf::Image& image, std::vector<elf::Segment>& segments) {
  const std::vector<elf::Note> notes = image.notes();
  const auto holds_build_id = [&](const elf::Segment& segment) {
    return std::any_of(notes.begin(), notes.end(), [&](const elf::Note& note) {
      return note.type == NT_GNU_BUILD_ID && note.owner == "GNU" && segment.p_offset <= note.offset &&
             note.offset - segment.p_offset < segment.p_filesz;
    });
  };
  auto found = std::find_if(segments.begin(), segments.end(), [&](const elf::Segment& segment) {
    return segment.p_type == PT_NOTE && !holds_build_id(segment);
  });
  if (found == segments.end()) {
    found = std::find_if(segments.begin(), segments.end(),
                         [](const elf::Segment& segment) { return segment.p_type == PT_NOTE; });
  }
  if (found == segments.end()) return false;
  segments.erase(found);
  return true;
}

std::optional<Block> block_behind_headers(const elf::Image& image, const Draft& draft) {
  constexpr uint64_t largest_block = 16U << 20U;
  const uint64_t record = record_sizes(image.is_64()).segment;
  const uint64_t table_end = image.header().e_phoff.value + image.segments().size() * record;
  if (image.sections().size() <= 1 || image.segments().size() + 1 >= PN_XNUM) return std::nullopt;
  Block block{table_end + record, table_end + record};
  bool moves = false;
  for (bool grown = true; grown;) {
    grown = false;
    // True when the range reaches into the block, which then has to hold all of it.
    const auto meets = [&](uint64_t start, uint64_t length) {
      if (length == 0 || start >= block.end || start + length <= table_end) return false;
      if (!moves || start < block.start || start + length > block.end) grown = true;
      block = {moves ? std::min(block.start, start) : start, std::max(block.end, start + length)};
      moves = true;
      return true;
    };
    for (const elf::Section& section : draft.sections) {
      if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS) continue;
      if (!meets(section.sh_offset.value, section.sh_size)) continue;
      if ((section.sh_flags & SHF_ALLOC) == 0 || !is_movable(section, image, draft)) return std::nullopt;
    }
    for (const elf::Segment& segment : draft.segments) {
      if (segment.p_type == PT_LOAD || segment.p_type == PT_PHDR || segment.p_type == PT_NULL) continue;
      if (!meets(segment.p_offset.value, segment.p_filesz)) continue;
      if (segment.p_type != PT_INTERP && segment.p_type != PT_NOTE && segment.p_type != PT_GNU_PROPERTY) {
        return std::nullopt;
      }
    }
  }
  const uint64_t end = std::max(block.end, table_end + record);
  if (!load_of(image.segments(), image.header().e_phoff, end - image.header().e_phoff.value)) return std::nullopt;
  // Bytes of the table's new end that no section has must be nobody's: zeros, or a string that PT_INTERP has
  // left.
  const elf::Segment* const old_interpreter = image.find_segment(PT_INTERP);
  const bool interpreter_left = old_interpreter != nullptr &&
                                std::none_of(draft.segments.begin(), draft.segments.end(), [&](const auto& segment) {
                                  return segment.p_type == PT_INTERP && segment.p_offset == old_interpreter->p_offset;
                                });
  const uint64_t first = moves ? std::min(block.start, table_end + record) : table_end + record;
  for (uint64_t at = table_end; at < first; ++at) {
    const bool left = interpreter_left && at >= old_interpreter->p_offset.value &&
                      at - old_interpreter->p_offset.value < old_interpreter->p_filesz;
    if (!left && !meets_section_headers(image, at, at + 1) && !image.bytes().is_zero(at, 1)) return std::nullopt;
  }
  if (moves && meets_section_headers(image, block.start, block.end)) return std::nullopt;
  if (block.start < table_end || block.end - block.start > largest_block) return std::nullopt;
  return block;
}

std::optional<Block> block_at(const elf::Image& image, const Draft& draft, elf::FileOffset start) {
  constexpr uint64_t longest_gap = 64;
  std::optional<Block> block;
  for (const elf::Section& section : draft.sections) {
    if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS || section.sh_size == 0) continue;
    if (section.sh_offset < start || section.sh_offset - start >= longest_gap) continue;
    if (block || (section.sh_flags & SHF_ALLOC) == 0 || section.sh_type == SHT_NOTE ||
        section.sh_type == SHT_PROGBITS || section.sh_type == SHT_DYNSYM || section.sh_type == SHT_STRTAB ||
        !is_movable(section, image, draft)) {
      return std::nullopt;
    }
    block = Block{section.sh_offset.value, section.sh_offset.value + section.sh_size};
  }
  if (!block || !image.bytes().is_zero(start.value, block->start - start.value)) return std::nullopt;
  const auto meets = [&](elf::FileOffset offset, uint64_t length) {
    return length > 0 && offset.value < block->end && offset.value + length > start.value;
  };
  uint64_t sections = 0;
  for (const elf::Section& section : draft.sections) {
    if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS && meets(section.sh_offset, section.sh_size)) {
      ++sections;
    }
  }
  const bool in_header = std::any_of(draft.segments.begin(), draft.segments.end(), [&](const elf::Segment& segment) {
    return segment.p_type != PT_LOAD && meets(segment.p_offset, segment.p_filesz);
  });
  const bool mapped = load_of(image.segments(), start, block->end - start.value).has_value();
  return sections == 1 && !in_header && mapped ? block : std::nullopt;
}

void insert_load(std::vector<elf::Segment>& segments, const elf::Segment& load) {
  const auto last = std::find_if(segments.rbegin(), segments.rend(),
                                 [](const elf::Segment& segment) { return segment.p_type == PT_LOAD; });
  segments.insert(last.base(), load);
}

}  // namespace bundle::rewrite
