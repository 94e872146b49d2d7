// A font file's faces, as fontconfig sees them when it scans one: names, weight, slant, width, what it can write.
//
// TrueType and OpenType, also collections, by the tables of the OpenType specification; Type 1, plain and PFB, by
// Adobe's "Type 1 Font Format". What makes a face's numbers of them is fontconfig's fcfreetype.c. Every offset is
// checked; a damaged file has no face.
#pragma once

#include <string>
#include <vector>

#include "base/source.h"

namespace bundle::discover {

struct FontRange {
  double low = 0, high = 0;
};

struct FontFace {
  std::string path;
  std::vector<std::string> families;  // in all its languages
  std::vector<std::string> styles;
  FontRange weight{80, 80}, width{100, 100};  // a range in a variable font
  double slant = 0;
  FontRange size{0, 0};  // points that it is drawn for; none when both are 0
  double version = 0;
  bool writes_english = false;
  bool is_symbol = false;
  bool is_decorative = false;
  bool writes_cjk = false;  // Chinese, Japanese or Korean
  bool is_emoji = false;
};

/// Empty for what is no font, or none that can be drawn at any size. Of a file that is open, a few tables are read.
std::vector<FontFace> read_font_faces(const Source& file, const std::string& path);

}  // namespace bundle::discover
