// See font_words.h. Blanks, hyphens and case do not count.
#include "discover/font_words.h"

#include <string>

#include "knowledge/fonts.h"

namespace bundle::discover {

namespace {

std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

template <class Words>
std::optional<double> word_in(const std::string& style, const Words& words) {
  for (const knowledge::FontConstant& word : words) {
    if (style.find(word.name) != std::string::npos) return word.value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> weight_of_name(std::string_view name) {
  const std::string wanted = plain(name);
  for (const knowledge::FontConstant& word : knowledge::weight_words) {
    if (wanted == word.name) return word.value;
  }
  return std::nullopt;
}

void judge_styles(FontFace& face, std::optional<double> weight, std::optional<double> width,
                  std::optional<double> slant, bool is_bold, bool is_slanted) {
  for (const std::string& each : face.styles) {
    const std::string style = plain(each);
    if (!weight) weight = word_in(style, knowledge::weight_words);
    if (!width) width = word_in(style, knowledge::width_words);
    if (!slant) slant = word_in(style, knowledge::slant_words);
    for (const std::string_view word : knowledge::decorative_words) {
      face.is_decorative = face.is_decorative || style.find(word) != std::string::npos;
    }
  }
  const double heavy = 200, medium = 100, italic = 100, normal = 100;
  const double found_weight = weight.value_or(is_bold ? heavy : medium), found_width = width.value_or(normal);
  face.weight = {found_weight, found_weight};
  face.width = {found_width, found_width};
  face.slant = slant.value_or(is_slanted ? italic : 0);
}

}  // namespace bundle::discover
