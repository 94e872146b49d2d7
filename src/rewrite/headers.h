// A program header for one more PT_LOAD, in a table that may not move.
//
// In order: a header that carries nothing another does not - PT_NULL, a PT_NOTE that PT_GNU_PROPERTY repeats,
// one of two neighbouring PT_LOADs that are one mapping in all but name; then the table grows over what
// stands behind it, which moves to the new segment; at last any PT_NOTE gives way (the notes themselves stay,
// with their section headers). PT_LOADs stay in ascending order, PT_PHDR and PT_INTERP ahead of them, as the
// gABI demands.
#pragma once

#include <optional>
#include <vector>

#include "elf/image.h"
#include "rewrite/draft.h"

namespace bundle::rewrite {

/// Removes a header that carries nothing. False when there is none.
bool free_idle_header(std::vector<elf::Segment>& segments);

/// Removes a PT_NOTE, if possible not the one with the build-id, which crash reporters look up at run time.
bool free_any_note(const elf::Image& image, std::vector<elf::Segment>& segments);

/// Bytes behind the table of program headers that have to move if it is to grow by one: whole sections and
/// headers, all of kinds that are found only through headers and the dynamic section. Empty (start == end)
/// when nothing stands there.
struct Block {
  uint64_t start = 0, end = 0;  // file offsets
};
constexpr uint64_t block_alignment = 64;  // kept when a block moves

/// Whether the table of section headers has bytes in that range of the file.
bool meets_section_headers(const elf::Image& image, uint64_t start, uint64_t end);

/// Nothing when the bytes there are of another kind; section headers, which Go's link editor puts there, may give way.
/// `draft` tells what has moved away from there already.
std::optional<Block> block_behind_headers(const elf::Image& image, const Draft& draft);

/// The section that begins at `start`, or behind no more than alignment padding from there, when it is a
/// table that is found only through the dynamic section and shares its bytes with nothing.
std::optional<Block> block_at(const elf::Image& image, const Draft& draft, elf::FileOffset start);

/// Puts `load` behind the last PT_LOAD.
void insert_load(std::vector<elf::Segment>& segments, const elf::Segment& load);

}  // namespace bundle::rewrite
