// Programs that saved their own memory as an ELF file ("unexec": GNU Common Lisp, Emacs before 27).
//
// Such a file takes the memory behind its last byte, where the kernel starts the heap, to be the rest of the heap that
// it holds, so no segment may come to lie there. That it is one has to be shown: a program without a .bss is no such
// file (tcc leaves it out when it is empty, and bun writes its zeros into the file to put a section behind them).
#pragma once

#include "elf/image.h"

namespace bundle::rewrite {

/// Whether the file holds a heap that goes on behind its last segment: it is linked for fixed addresses, asks for
/// memory there (brk), and what was its .bss is in the file with something in it.
bool has_dumped_heap(const elf::Image& image);

}  // namespace bundle::rewrite
