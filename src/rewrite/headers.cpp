#include "rewrite/headers.h"

#include <algorithm>

namespace bundle::rewrite {

namespace {

bool free_null(std::vector<elf::Segment>& segments) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [](const elf::Segment& segment) { return segment.p_type == PT_NULL; });
  if (found == segments.end()) return false;
  segments.erase(found);
  return true;
}

/// glibc and the kernel read PT_GNU_PROPERTY where there is one, and PT_NOTE for properties only where there
/// is none.
bool free_repeated_note(std::vector<elf::Segment>& segments) {
  const auto is_repeated = [&](const elf::Segment& note) {
    return note.p_type == PT_NOTE &&
           std::any_of(segments.begin(), segments.end(), [&](const elf::Segment& other) {
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

/// Notes that something looks up at run time through the program headers: the build-id (core dumps, crash
/// reporters).
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

}  // namespace

bool free_a_header(const elf::Image& image, std::vector<elf::Segment>& segments) {
  return free_null(segments) || free_repeated_note(segments) || merge_two_loads(segments) ||
         free_any_note(image, segments);
}

void insert_load(std::vector<elf::Segment>& segments, const elf::Segment& load) {
  const auto last = std::find_if(segments.rbegin(), segments.rend(),
                                 [](const elf::Segment& segment) { return segment.p_type == PT_LOAD; });
  segments.insert(last.base(), load);
}

}  // namespace bundle::rewrite
