// Inputs that change while they are mapped.
//
// A page of a mapped file that is no longer there, for the file was cut or its disk failed, is a SIGBUS in whatever
// code reads it. The handler puts a page of zeros in its place, so that the reader goes on to its next step, and takes
// a note; from then on nothing is put in place and nothing is reported as done. Invariant: no output is committed that
// was made from an input of which a page was lost, or which was written to meanwhile.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace bundle {

/// Maps `size` bytes of an open file from `start`, privately and read-only; where the file system maps nothing, reads
/// them. Null bytes and its errno in `error_number` when that fails; throws Error (machine) for a fault of the machine.
Bytes map_file(const std::string& path, int descriptor, uint64_t start, uint64_t size, int& error_number);
void unmap_file(Bytes bytes);

/// Throws Error when a page of an input was lost: cannot_bundle when it became shorter, machine when it could not be
/// read. It stays so.
void check_mappings();

/// Reads a byte of each page, so that one that is lost is noted: the kernel, asked to write(2) it, only says EFAULT.
void touch_pages(Bytes bytes);

/// Throws Error (cannot_bundle) when a file that is mapped was written to since. One that was replaced by another of
/// its name is whole as it was.
void check_inputs_unchanged();

}  // namespace bundle
