// What the name of a style says of a face: "Bold Oblique" is heavy and slanted (FcStringContainsConst).
#pragma once

#include <optional>
#include <string_view>

#include "discover/font_file.h"

namespace bundle::discover {

/// Fills in weight, width, slant and decoration of `face`: what is given, else what a word of its styles says, else
/// what the flags say.
void judge_styles(FontFace& face, std::optional<double> weight, std::optional<double> width,
                  std::optional<double> slant, bool is_bold, bool is_slanted);

/// The weight that a whole string names, as a Type 1 font has one.
std::optional<double> weight_of_name(std::string_view name);

}  // namespace bundle::discover
