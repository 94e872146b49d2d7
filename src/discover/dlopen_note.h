// .note.dlopen: what an object says itself that it will dlopen (UAPI group, "ELF dlopen metadata", the final
// form and the draft with one object whose soname is a string).
//
// A note that is no such JSON is not worth refusing a program for: what can be read of it counts, and that
// there was more is told.
#pragma once

#include <string_view>
#include <vector>

#include "discover/found.h"
#include "elf/image.h"

namespace bundle::discover {

struct DlopenNote {
  std::vector<Wish> wishes;  // `by` is left empty
  std::string problem;       // what of it could not be understood, "is no JSON"; empty when all was
};

/// The entries of one note's JSON text, its final NUL allowed.
DlopenNote parse_dlopen_note(std::string_view json);

/// All the notes of type 0x407c0c0a and owner FDO in `image`, in order, as one, with `by` as given.
DlopenNote read_dlopen_notes(const elf::Image& image, const std::string& by);

}  // namespace bundle::discover
