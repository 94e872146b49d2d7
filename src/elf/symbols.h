// The dynamic symbol table of a file: what it defines for others, and what it asks others for.
//
// gABI chapter 4 (Symbol Table). How many there are: Image::symbol_count().
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "elf/image.h"

namespace bundle::elf {

struct Symbol {
  std::string name;
  uint16_t version = 0;  // its DT_VERSYM without the hidden bit; 1 where the file has no versions
  bool is_defined = false;
  bool is_weak = false;
};

/// Hands on all that others see or that are looked for elsewhere: no local ones, none without a name. Throws Error
/// (cannot_bundle) when the tables are corrupt.
void each_symbol(const Image& image, const std::function<void(const Symbol&)>& take);

}  // namespace bundle::elf
