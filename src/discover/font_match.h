// Which font file a name leads to on the source machine: what `fc-match NAME` would say there, computed from its files.
//
// A name becomes a list of families by the rules of the settings (fccfg.c, FcConfigSubstituteWithPat), each strong or
// weak, and of the faces the one is meant that is nearest by fontconfig's order of what counts (fcmatch.c,
// FcMatcherPriority): a family asked for by name, the language, a family that a rule put in, and then size, slant,
// weight, width and version. The language is English, as it is in C, C.UTF-8 and en_US.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discover/font_file.h"
#include "discover/font_settings.h"

namespace bundle::discover {

struct FontWish {
  std::string family;
  bool is_bold = false, is_slanted = false;
  auto operator<=>(const FontWish&) const = default;
};

class FontMatcher {
 public:
  /// Reads the settings and every font of their folders, in fontconfig's order.
  explicit FontMatcher(machine::Root& root);

  /// The face, or null when there is none at all.
  const FontFace* match(const FontWish& wish) const;
  const std::vector<FontFace>& faces() const { return faces_; }
  const FontSettings& settings() const { return settings_; }

 private:
  void read_folders(machine::Root& root);
  const FontFace* find(const FontWish& wish) const;

  FontSettings settings_;
  std::vector<FontFace> faces_;
  mutable std::map<FontWish, const FontFace*> answers_;
};

}  // namespace bundle::discover
