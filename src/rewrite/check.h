// The second look at a rewritten file: elf::Image reads it as a stranger would, and it is held against the
// input.
//
// What must hold is what the kernel (fs/binfmt_elf.c, before and after 5.18), glibc and musl rely on, and
// that nothing changed that the edit did not name. Only the parts that the reader looks at are brought into
// memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/pieces.h"
#include "elf/image.h"
#include "rewrite/draft.h"
#include "rewrite/goal.h"

namespace bundle::rewrite {

/// What is wrong with `content` as the outcome of bringing `image` to `goal`, or nothing.
std::optional<std::string> find_fault(const elf::Image& image, const Goal& goal, const Pieces& content,
                                      const std::vector<Draft::Range>& replaced, uint64_t largest_page);

}  // namespace bundle::rewrite
