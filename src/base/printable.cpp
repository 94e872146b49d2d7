// See printable.h.
#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace bundle {

namespace {

/// Length of the well-formed UTF-8 sequence at the front of `text`, 0 if there is none (Unicode 15, table 3-7).
size_t utf8_length(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU) return tail(1) ? 2 : 0;
  if (lead >= 0xE0U && lead <= 0xEFU) {
    const bool overlong = lead == 0xE0U && at(1) < 0xA0U;
    const bool surrogate = lead == 0xEDU && at(1) > 0x9FU;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    const bool overlong = lead == 0xF0U && at(1) < 0x90U;
    const bool beyond = lead == 0xF4U && at(1) > 0x8FU;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

struct Range {
  uint32_t first, last;
};
constexpr Range unsafe[] = {
    {0x00, 0x1F},       {0x7F, 0x9F},      // controls
    {0xAD, 0xAD},                          // soft hyphen
    {0x61C, 0x61C},                        // Arabic letter mark
    {0x180E, 0x180E},                      // Mongolian vowel separator
    {0x200B, 0x200F},                      // zero width, and marks of direction
    {0x2028, 0x202E},                      // line and paragraph separators, embeddings and overrides
    {0x2060, 0x206F},                      // word joiner, invisible operators, isolates
    {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},  // zero width no-break space, annotations
    {0xE0000, 0xE0FFF},                    // tags
};

bool is_unsafe(uint32_t code) {
  return std::any_of(std::begin(unsafe), std::end(unsafe),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

Character first_character(std::string_view text) {
  Character out;
  const size_t length = utf8_length(text);
  if (length == 0) {
    out.is_valid = out.is_safe = false;
    return out;
  }
  out.length = length;
  const auto lead = static_cast<unsigned char>(text.front());
  out.code = length == 1 ? lead : lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) out.code = out.code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  out.is_safe = !is_unsafe(out.code);
  return out;
}

size_t plain_prefix(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
}

std::string shell_word(std::string_view word) {
  const bool is_bare = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
  });
  if (is_bare) return std::string(word);
  const std::string shown = printable(word, SIZE_MAX);
  if (shown == word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  }
  std::string out = "$'";
  while (!word.empty()) {
    const Character character = first_character(word);
    const std::string_view bytes = word.substr(0, character.length);
    if (!character.is_safe) {
      for (const char byte : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      // In $'…' a hexadecimal digit behind would be taken for more of the escape: bash reads two at most.
    } else {
      if (bytes == "'" || bytes == "\\") out += '\\';
      out += bytes;
    }
    word.remove_prefix(character.length);
  }
  return out + "'";
}

}  // namespace bundle
