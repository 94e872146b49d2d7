// See font_file.h. Numbers of a font file are big-endian; all reads go through Source or Bytes, which check them.
#include "discover/font_file.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "discover/font_type1.h"
#include "discover/font_words.h"
#include "knowledge/fonts.h"

namespace bundle::discover {

namespace {

constexpr uint32_t tag(const char (&name)[5]) {
  uint32_t out = 0;
  for (int i = 0; i < 4; ++i) out = (out << 8U) | static_cast<unsigned char>(name[i]);
  return out;
}

uint16_t read16(Bytes bytes, uint64_t at) {
  return static_cast<uint16_t>(bytes.read<uint8_t>(at) << 8U | bytes.read<uint8_t>(at + 1));
}
uint32_t read32(Bytes bytes, uint64_t at) {
  return static_cast<uint32_t>(read16(bytes, at)) << 16U | read16(bytes, at + 2);
}
uint32_t read32(const Source& file, uint64_t at) { return read32(file.slice(at, 4), 0); }

/// One face: its table directory, and the tables.
class Sfnt {
 public:
  Sfnt(const Source& file, uint64_t directory)
      : file_(file), records_(file.slice(directory + 12, size_of_record * read16(file.slice(directory + 4, 2), 0))) {}

  /// Empty when there is none.
  Bytes table(uint32_t wanted) const {
    const std::optional<uint64_t> at = record_of(wanted);
    return at ? file_.slice(read32(records_, *at + 8), read32(records_, *at + 12)) : Bytes();
  }
  bool has(uint32_t wanted) const {
    const std::optional<uint64_t> at = record_of(wanted);
    return at && read32(records_, *at + 12) != 0;
  }

 private:
  static constexpr uint64_t size_of_record = 16;

  std::optional<uint64_t> record_of(uint32_t wanted) const {
    for (uint64_t at = 0; at < records_.size(); at += size_of_record) {
      if (read32(records_, at) == wanted) return at;
    }
    return std::nullopt;
  }

  const Source& file_;
  Bytes records_;
};

std::string from_utf16(Bytes text) {
  std::string out;
  for (uint64_t at = 0; at + 2 <= text.size(); at += 2) {
    const unsigned unit = read16(text, at);
    if (unit < 0x80) {
      out += static_cast<char>(unit);
    } else if (unit < 0x800) {
      out += static_cast<char>(0xc0U | unit >> 6U);
      out += static_cast<char>(0x80U | (unit & 0x3fU));
    } else {  // half of a pair, too: nobody asks for such a name
      out += static_cast<char>(0xe0U | unit >> 12U);
      out += static_cast<char>(0x80U | (unit >> 6U & 0x3fU));
      out += static_cast<char>(0x80U | (unit & 0x3fU));
    }
  }
  return out;
}

void add_once(std::vector<std::string>& out, std::string text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return;
  text = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
  if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(std::move(text));
}

/// Families are names 21, 16 and 1, styles 22, 17 and 2, in all languages.
void read_names(Bytes table, FontFace& face) {
  const uint64_t count = read16(table, 2), strings = read16(table, 4);
  constexpr std::pair<unsigned, unsigned> ids[] = {{21, 22}, {16, 17}, {1, 2}};
  for (const auto& [family, style] : ids) {
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t record = 6 + i * 12;
      const unsigned platform = read16(table, record), id = read16(table, record + 6);
      if (id != family && id != style) continue;
      const Bytes raw = table.slice(strings + read16(table, record + 10), read16(table, record + 8));
      std::string text;
      if (platform == 0 || platform == 3) {
        text = from_utf16(raw);
      } else {
        text = raw.text();
        if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
          continue;
      }
      add_once(id == family ? face.families : face.styles, std::move(text));
    }
  }
}

/// Which characters a font has, by its best table for Unicode.
class Characters {
 public:
  explicit Characters(Bytes table) {
    if (table.empty()) return;
    int best = 0;
    const uint64_t count = read16(table, 2);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t record = 4 + i * 8;
      const unsigned platform = read16(table, record), encoding = read16(table, record + 2);
      const Bytes part = table.from(read32(table, record + 4));
      const unsigned format = read16(part, 0);
      if (platform == 3 && encoding == 0 && best == 0) {
        is_symbol_ = true;
        part_ = part;
      }
      const bool is_unicode = platform == 0 || (platform == 3 && (encoding == 1 || encoding == 10));
      const int worth = !is_unicode ? 0 : format == 12 ? 3 : format == 4 ? 2 : 0;
      if (worth <= best) continue;
      best = worth;
      is_symbol_ = false;
      part_ = part;
    }
  }
  bool is_symbol() const { return is_symbol_; }

  bool has(uint32_t code) const {
    if (part_.empty()) return false;
    const unsigned format = read16(part_, 0);
    if (format == 12) return has_in_groups(code);
    return format == 4 && (has_in_segments(code) || (is_symbol_ && code < 0x100 && has_in_segments(0xf000 + code)));
  }
  bool has_all(const knowledge::CodeRange& range) const {
    for (unsigned code = range.first; code <= range.last; ++code) {
      if (!has(code)) return false;
    }
    return true;
  }

 private:
  bool has_in_groups(uint32_t code) const {
    uint64_t low = 0, high = read32(part_, 12);
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2, group = 16 + middle * 12;
      if (code < read32(part_, group)) {
        high = middle;
      } else if (code > read32(part_, group + 4)) {
        low = middle + 1;
      } else {
        return code - read32(part_, group) + read32(part_, group + 8) != 0;
      }
    }
    return false;
  }

  bool has_in_segments(uint32_t code) const {
    if (code > 0xffff) return false;
    const uint64_t doubled = read16(part_, 6) & ~1U;
    for (uint64_t at = 0; at < doubled; at += 2) {
      if (code > read16(part_, 14 + at)) continue;
      const uint64_t starts = 16 + doubled, deltas = starts + doubled, ranges = deltas + doubled;
      const uint32_t first = read16(part_, starts + at);
      if (code < first) return false;
      const uint32_t delta = read16(part_, deltas + at), range = read16(part_, ranges + at);
      if (range == 0) return ((code + delta) & 0xffffU) != 0;
      const uint64_t glyph = ranges + at + range + 2ULL * (code - first);
      return part_.contains(glyph, 2) && read16(part_, glyph) != 0;
    }
    return false;
  }

  Bytes part_;
  bool is_symbol_ = false;
};

double weight_of_class(double open_type) {
  const auto& classes = knowledge::weight_classes;
  for (size_t i = 1; i < classes.size(); ++i) {
    const auto &low = classes[i - 1], &high = classes[i];
    if (open_type > high.open_type) continue;
    return low.fontconfig +
           (open_type - low.open_type) * (high.fontconfig - low.fontconfig) / (high.open_type - low.open_type);
  }
  return classes.back().fontconfig;
}

double width_of_class(unsigned open_type) {
  constexpr double widths[] = {50, 63, 75, 87, 100, 113, 125, 150, 200};
  return open_type >= 1 && open_type <= 9 ? widths[open_type - 1] : 100;
}

/// The ranges of a variable font's axes.
void read_axes(Bytes table, FontFace& face) {
  const uint64_t axes = read16(table, 4), count = read16(table, 8), size = read16(table, 10);
  const auto number = [&](uint64_t at) { return static_cast<int32_t>(read32(table, at)) / 65536.0; };
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t axis = axes + i * size;
    const uint32_t name = read32(table, axis);
    const double low = number(axis + 4), high = number(axis + 12);
    if (name == tag("wght")) face.weight = {weight_of_class(low), weight_of_class(high)};
    if (name == tag("wdth")) face.width = {low, high};
  }
}

FontFace read_sfnt(const Source& file, uint64_t directory, const std::string& path) {
  const Sfnt font(file, directory);
  FontFace face;
  face.path = path;
  read_names(font.table(tag("name")), face);
  std::optional<double> weight, width, slant;
  bool is_slanted = false, is_bold = false;
  if (const Bytes head = font.table(tag("head")); !head.empty()) {
    face.version = static_cast<int32_t>(read32(head, 4));
    const unsigned style = read16(head, 44);
    is_bold = (style & 1U) != 0;
    is_slanted = (style & 2U) != 0;
  }
  if (const Bytes os2 = font.table(tag("OS/2")); !os2.empty()) {
    const unsigned version = read16(os2, 0), selection = read16(os2, 62);
    weight = weight_of_class(read16(os2, 4));
    width = width_of_class(read16(os2, 6));
    is_slanted = (selection & 1U) != 0 || (selection & 0x200U) != 0;
    is_bold = (selection & 0x20U) != 0;
    if (version >= 5 && os2.size() >= 100) face.size = {read16(os2, 96) / 20.0, read16(os2, 98) / 20.0};
  }
  judge_styles(face, weight, width, slant, is_bold, is_slanted);
  if (const Bytes axes = font.table(tag("fvar")); !axes.empty()) read_axes(axes, face);
  const Characters characters(font.table(tag("cmap")));
  face.is_symbol = characters.is_symbol();
  face.writes_english = std::all_of(knowledge::english.begin(), knowledge::english.end(),
                                    [&](const knowledge::CodeRange& range) { return characters.has_all(range); });
  face.writes_cjk = characters.has(0x4e2d) || characters.has(0x3042) || characters.has(0xac00);
  const bool is_coloured =
      font.has(tag("CBDT")) || font.has(tag("COLR")) || font.has(tag("sbix")) || font.has(tag("SVG "));
  const bool is_named = std::any_of(face.families.begin(), face.families.end(),
                                    [](const std::string& name) { return name.find("Emoji") != std::string::npos; });
  face.is_emoji = (is_coloured || is_named) && characters.has(0x1f600);
  return face;
}

}  // namespace

std::vector<FontFace> read_font_faces(const Source& file, const std::string& path) {
  std::vector<FontFace> faces;
  try {
    if (!file.contains(0, 12)) return {};
    const uint32_t magic = read32(file, 0);
    const auto is_face = [](uint32_t each) { return each == 0x00010000 || each == tag("OTTO") || each == tag("true"); };
    if (magic == tag("ttcf")) {
      constexpr uint64_t most_faces = 256;
      const uint64_t count = std::min<uint64_t>(read32(file, 8), most_faces);
      for (uint64_t i = 0; i < count; ++i) faces.push_back(read_sfnt(file, read32(file, 12 + i * 4), path));
    } else if (is_face(magic)) {
      faces.push_back(read_sfnt(file, 0, path));
    } else if (std::optional<FontFace> face = read_type1(file, path)) {
      faces.push_back(std::move(*face));
    }
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    return {};  // damaged: fontconfig sees no font in it either
  }
  std::erase_if(faces, [](const FontFace& face) { return face.families.empty(); });
  return faces;
}

}  // namespace bundle::discover
