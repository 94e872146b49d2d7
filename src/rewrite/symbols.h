// Symbol tables, as far as a moved section concerns them.
#pragma once

#include <optional>

#include "elf/image.h"
#include "rewrite/draft.h"

namespace bundle::rewrite {

/// Lets section symbols, _DYNAMIC and what else is in them (libcap's string in .interp) follow the sections
/// that `draft` has moved. What code refers to is not symbols but addresses. `dynamic_section` is the index
/// of .dynamic.
void move_symbols(const elf::Image& image, Draft& draft, std::optional<size_t> dynamic_section);

/// The largest st_size of a dynamic symbol, up to 16 MiB.
uint64_t largest_symbol(const elf::Image& image);

}  // namespace bundle::rewrite
