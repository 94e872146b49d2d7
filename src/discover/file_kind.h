// What a found file is to a bundle: a program, a library, or data that goes in byte for byte.
//
// ELF is a container that others use too: compiled Scheme (e_machine 0), firmware, BPF objects, the prebuilt
// modules of other machines in a package for all of them. A program is what the target's kernel can start, a
// library what the program's own loader can map (dl-load.c, elf_machine_matches_host: class and e_machine);
// all else is read by somebody in its own way, and is data.
#pragma once

#include <string>

#include "base/file.h"
#include "discover/found.h"

namespace bundle::discover {

/// What `file` is to programs of `machine`. A file that does not parse is data, whatever its
/// first bytes.
Kind file_kind(const MappedFile& file, const Machine& machine);

/// For a file that is to be loaded as a library: why no loader of `machine` can; empty when one can. One
/// sentence without its subject.
std::string why_not_loadable(const MappedFile& file, const Machine& machine);

}  // namespace bundle::discover
