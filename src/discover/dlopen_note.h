// .note.dlopen: what an object says itself that it will dlopen (UAPI group, "ELF dlopen metadata", the final
// form and the draft with one object whose soname is a string).
//
// A note that is no such JSON says nothing; it is not worth refusing a program for.
#pragma once

#include <string_view>
#include <vector>

#include "discover/discover.h"
#include "elf/image.h"

namespace bundle::discover {

/// The entries of one note's JSON text, its final NUL allowed; `by` is left empty. Nothing for what is
/// malformed.
std::vector<Wish> parse_dlopen_note(std::string_view json);

/// Of all the notes of type 0x407c0c0a and owner FDO in `image`, in order, with `by` as given.
std::vector<Wish> dlopen_wishes(const elf::Image& image, const std::string& by);

}  // namespace bundle::discover
