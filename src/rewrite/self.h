// What a program may look for in its own file while it runs: a payload behind the end of the ELF file proper
// (PyInstaller, pkg, ocamlc -custom, sbcl), one in a section that no segment maps (objcopy --add-section), or whatever
// it opens /proc/self/exe for.
#pragma once

#include <cstdint>

#include "elf/image.h"

namespace bundle::rewrite {

/// Bytes behind all that headers, sections and segments cover.
struct Payload {
  uint64_t offset = 0, size = 0;  // of the file; no size: none, or zeros alone
};
Payload payload_of(const elf::Image& image);

/// Whether the program may open its own file, so that /proc/self/exe and its argv[0] have to lead there: it carries
/// something that only a look at the file finds, or names its own executable in /proc.
bool may_read_itself(const elf::Image& image);

/// Whether it may call the kernel past libc: there are such instructions in it, or bytes that look like them.
bool may_call_kernel(const elf::Image& image);

}  // namespace bundle::rewrite
