// See packed_code.h. Each value is four bytes, the size of what is packed, the highest first, and a zlib stream.
#include "discover/packed_code.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "knowledge/folders.h"

namespace bundle::discover {

namespace {

constexpr size_t head = 4;
constexpr uint64_t most_unpacked = 64'000'000;  // bytes, of one file in all: R's own largest has 10

bool is_of_path(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("/._+-").find(c) != std::string_view::npos;
}

void add_programs(std::string_view text, std::set<std::string>& out) {
  for (size_t at = text.find("bin/"); at != std::string_view::npos; at = text.find("bin/", at + 1)) {
    size_t begin = at, end = at;
    while (begin > 0 && is_of_path(text[begin - 1])) --begin;
    while (end < text.size() && is_of_path(text[end])) ++end;
    const std::string_view path = text.substr(begin, end - begin);
    if (path.starts_with('/') && knowledge::is_in_program_folder(path)) out.emplace(path);
  }
}

}  // namespace

bool is_packed_code(std::string_view path) { return path.ends_with(".rdb"); }

std::set<std::string> programs_in_packed_code(Bytes bytes) {
  std::set<std::string> out;
  const std::string_view all = bytes.text();
  std::string unpacked;
  uint64_t total = 0;
  for (size_t at = 0; at + head < all.size();) {
    uint32_t size = 0;
    for (size_t i = 0; i < head; ++i) size = size << 8 | static_cast<unsigned char>(all[at + i]);
    total += size;
    if (total > most_unpacked) break;
    unpacked.resize(size);
    uLongf made = size;
    uLong taken = static_cast<uLong>(all.size() - at - head);
    if (::uncompress2(reinterpret_cast<Bytef*>(unpacked.data()), &made,
                      reinterpret_cast<const Bytef*>(all.data() + at + head), &taken) != Z_OK) {
      break;
    }
    add_programs(std::string_view(unpacked).substr(0, made), out);
    at += head + taken;
  }
  return out;
}

}  // namespace bundle::discover
