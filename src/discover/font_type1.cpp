// See font_type1.h. "Adobe Type 1 Font Format", chapters 2 and 7: clear text up to "eexec", then a part that is veiled
// with a key everybody knows, in which each character has its name. A PFB is the same in segments with headers of six
// bytes.
#include "discover/font_type1.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "discover/font_words.h"
#include "knowledge/fonts.h"

namespace bundle::discover {

namespace {

constexpr uint64_t most_bytes = 4'000'000;

/// The segments of a PFB, or of its beginning, put together; another file as it is.
std::string without_segments(Bytes bytes) {
  std::string out;
  if (bytes.read<uint8_t>(0) != 0x80) return std::string(bytes.text());
  for (uint64_t at = 0; bytes.contains(at, 6) && bytes.read<uint8_t>(at) == 0x80 && bytes.read<uint8_t>(at + 1) != 3;) {
    const uint64_t size = std::min<uint64_t>(bytes.read<uint32_t>(at + 2), bytes.size() - at - 6);
    out += bytes.slice(at + 6, size).text();
    at += 6 + size;
  }
  return out;
}

/// "/FamilyName (Nimbus Sans) readonly def" -> "Nimbus Sans"
std::string string_of(const std::string& text, const std::string& key) {
  const size_t at = text.find("/" + key);
  const size_t begin = at == std::string::npos ? at : text.find_first_not_of(" \t\r\n", at + 1 + key.size());
  if (begin == std::string::npos || text[begin] != '(') return {};
  const size_t end = text.find(')', begin);
  return end == std::string::npos ? std::string() : text.substr(begin + 1, end - begin - 1);
}

std::string unveiled(std::string_view text, size_t begin) {
  while (begin < text.size() &&
         (text[begin] == ' ' || text[begin] == '\n' || text[begin] == '\r' || text[begin] == '\t'))
    ++begin;
  const auto is_hex = [&](size_t at) {
    return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  std::string bytes;
  std::string_view veiled = text.substr(std::min(begin, text.size()));
  if (is_hex(begin) && is_hex(begin + 1) && is_hex(begin + 2) && is_hex(begin + 3)) {
    int high = -1;
    for (size_t at = begin; at < text.size(); ++at) {
      if (!is_hex(at)) continue;
      const char c = text[at];
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
      high = high >= 0 ? -1 : digit;
    }
    veiled = bytes;
  }
  std::string out(veiled.size(), '\0');
  uint16_t key = 55665;
  for (size_t i = 0; i < veiled.size(); ++i) {
    const auto byte = static_cast<unsigned char>(veiled[i]);
    out[i] = static_cast<char>(byte ^ (key >> 8U));
    key = static_cast<uint16_t>((byte + key) * 52845U + 22719U);
  }
  return out;
}

/// Whether all letters are among the names ("/agrave 120 RD …"), read in one go.
bool has_english(std::string_view characters) {
  std::set<std::string_view> wanted(knowledge::english_accented.begin(), knowledge::english_accented.end());
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t i = 0; i < letters.size(); ++i) wanted.insert(letters.substr(i, 1));
  constexpr size_t longest = 16;
  for (size_t at = characters.find('/'); at != std::string_view::npos && !wanted.empty();
       at = characters.find('/', at + 1)) {
    const std::string_view name = characters.substr(at + 1, longest);
    if (const size_t end = name.find(' '); end != std::string_view::npos) wanted.erase(name.substr(0, end));
  }
  return wanted.empty();
}

/// What the full name has beyond the family's, as FreeType has it (t1objs.c, T1_Face_Init).
std::string style_of(const std::string& family, const std::string& full) {
  size_t at = 0, of_family = 0;
  while (at < full.size()) {
    const char c = full[at];
    if (of_family < family.size() && c == family[of_family]) {
      ++at;
      ++of_family;
    } else if (c == ' ' || c == '-') {
      ++at;
    } else if (of_family < family.size() && (family[of_family] == ' ' || family[of_family] == '-')) {
      ++of_family;
    } else {
      break;
    }
  }
  return of_family == family.size() && at < full.size() ? full.substr(at) : std::string();
}

}  // namespace

std::optional<FontFace> read_type1(const Source& file, const std::string& path) {
  if (file.size() > most_bytes || !file.contains(0, 32)) return std::nullopt;
  const std::string_view start = file.slice(file.read<uint8_t>(0) == 0x80 ? 6 : 0, 16).text();
  if (!start.starts_with("%!PS-AdobeFont") && !start.starts_with("%!FontType")) return std::nullopt;
  const Bytes bytes = file.whole();
  constexpr std::string_view veils = "eexec";
  const size_t first_end = bytes.text().find(veils);
  if (first_end == std::string_view::npos) return std::nullopt;
  const std::string clear = without_segments(bytes.slice(0, first_end));
  FontFace face;
  face.path = path;
  const std::string family = string_of(clear, "FamilyName"), full = string_of(clear, "FullName");
  const std::string weight = string_of(clear, "Weight");
  if (family.empty()) return std::nullopt;
  face.families = {family};
  const std::string style = style_of(family, full);
  face.styles = {!style.empty() ? style : !weight.empty() ? weight : "Regular"};
  const size_t angle = clear.find("/ItalicAngle");
  const bool is_slanted = angle != std::string::npos &&
                          std::strtod(clear.c_str() + angle + std::string_view("/ItalicAngle").size(), nullptr) != 0;
  judge_styles(face, weight_of_name(weight), std::nullopt, std::nullopt, weight == "Bold" || weight == "Black",
               is_slanted);
  // A font of the standard encoding has all its letters; the others are asked one by one.
  face.writes_english = clear.find("/Encoding StandardEncoding") != std::string::npos ||
                        has_english(unveiled(without_segments(bytes), clear.size() + veils.size()));
  return face;
}

}  // namespace bundle::discover
