// The widened ELF structures back as bytes of the file's class. The counterpart of elf/image.cpp's widening.
#pragma once

#include <string>

#include "elf/format.h"

namespace bundle::rewrite {

/// Sizes of one record in a file of that class.
struct RecordSizes {
  uint64_t header, segment, section, dynamic, symbol;
};
RecordSizes record_sizes(bool is_64);

/// Throws Error (cannot_bundle) when a value does not fit the 32-bit field.
std::string encode(const elf::Segment& segment, bool is_64);
std::string encode(const elf::Section& section, bool is_64);
std::string encode(const elf::Dynamic& entry, bool is_64);
/// An address, offset or size, in the width of the class.
std::string encode_word(uint64_t value, bool is_64);

}  // namespace bundle::rewrite
