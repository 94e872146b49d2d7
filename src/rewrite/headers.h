// A program header for one more PT_LOAD, in a table that may not grow.
//
// The slot is taken from a header that carries nothing another does not: PT_NULL; a PT_NOTE that
// PT_GNU_PROPERTY repeats; one of two neighbouring PT_LOADs that are one mapping in all but name; at last any
// other PT_NOTE (the notes themselves stay, with their section headers). PT_LOADs stay in ascending order,
// PT_PHDR and PT_INTERP ahead of them, as the gABI demands.
#pragma once

#include <vector>

#include "elf/image.h"

namespace bundle::rewrite {

/// Removes the header that can best be spared. False when there is none.
bool free_a_header(const elf::Image& image, std::vector<elf::Segment>& segments);

/// Puts `load` behind the last PT_LOAD.
void insert_load(std::vector<elf::Segment>& segments, const elf::Segment& load);

}  // namespace bundle::rewrite
