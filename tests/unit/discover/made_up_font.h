// A TrueType file of a few tables, for machines that a test makes up: a name, a style, and which characters it has.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace made_up {

struct Font {
  std::string family = "Sample Sans", style = "Regular";
  unsigned weight = 400;
  bool is_italic = false;
  std::vector<std::pair<unsigned, unsigned>> characters = {{0x20, 0x7e}, {0xa0, 0xff}};
  size_t padding = 0;  // bytes more
};

inline std::string big16(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}
inline std::string big32(unsigned value) { return big16(value >> 16U) + big16(value & 0xffffU); }

inline std::string bytes_of(const Font& font) {
  const std::vector<std::pair<unsigned, std::string>> texts = {{1, font.family}, {2, font.style}};
  std::string records, strings;
  for (const auto& [id, text] : texts) {
    records += big16(3) + big16(1) + big16(0x409) + big16(id) + big16(static_cast<unsigned>(text.size() * 2)) +
               big16(static_cast<unsigned>(strings.size()));
    for (const char c : text) strings += big16(static_cast<unsigned char>(c));
  }
  const std::string name = big16(0) + big16(2) + big16(6 + 24) + records + strings;
  std::string os2(78, '\0');
  os2.replace(0, 2, big16(3));
  os2.replace(4, 2, big16(font.weight));
  os2.replace(6, 2, big16(5));
  os2.replace(62, 2, big16(font.is_italic ? 1 : 0));
  std::string head(54, '\0');
  head.replace(4, 4, big32(0x10000));
  std::string groups;
  for (const auto& [first, last] : font.characters) groups += big32(first) + big32(last) + big32(1);
  const std::string cmap = big16(0) + big16(1) + big16(3) + big16(10) + big32(12) + big16(12) + big16(0) +
                           big32(static_cast<unsigned>(16 + groups.size())) + big32(0) +
                           big32(static_cast<unsigned>(font.characters.size())) + groups;
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"OS/2", os2}, {"cmap", cmap}, {"glyf", std::string(font.padding, '\0')}, {"head", head}, {"name", name}};
  std::string directory = big32(0x10000) + big16(static_cast<unsigned>(tables.size())) + std::string(6, '\0'), body;
  const size_t begin = 12 + tables.size() * 16;
  for (const auto& [tag, content] : tables) {
    directory += tag + big32(0) + big32(static_cast<unsigned>(begin + body.size())) +
                 big32(static_cast<unsigned>(content.size()));
    body += content;
  }
  return directory + body;
}

}  // namespace made_up
