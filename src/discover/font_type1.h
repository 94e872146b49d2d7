// PostScript fonts of Type 1: what their clear text says, and whether they have the letters of English.
#pragma once

#include <optional>
#include <string>

#include "discover/font_file.h"

namespace bundle::discover {

/// Nothing for what is no Type 1 font.
std::optional<FontFace> read_type1(const Source& file, const std::string& path);

}  // namespace bundle::discover
