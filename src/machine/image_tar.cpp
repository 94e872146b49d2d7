// See image_tar.h. Sparse files are in image_tar_sparse.cpp.
#include "machine/image_tar.h"

#include <fmt/format.h>
#include <limits.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace bundle::machine {

namespace {

constexpr uint64_t block_size = 512;
constexpr uint64_t longest_pax = 1U << 20U;  // GNU tar and Go's archive/tar take as much

/// A field of a header: offset and length (pax, "ustar Interchange Format").
struct Field {
  size_t offset, length;
};
constexpr Field name_field = {0, 100}, mode_field = {100, 8}, owner_field = {108, 8}, group_field = {116, 8},
                size_field = {124, 12}, sum_field = {148, 8}, link_field = {157, 100}, magic_field = {257, 8},
                prefix_field = {345, 155};
constexpr size_t type_at = 156;

std::string_view field_of(std::string_view block, Field field) { return block.substr(field.offset, field.length); }

/// Up to its NUL, if it has one.
std::string_view text_of(std::string_view field) { return field.substr(0, field.find('\0')); }

bool is_zero(std::string_view block) {
  return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

uint64_t padding_of(uint64_t size) { return (block_size - size % block_size) % block_size; }

}  // namespace

void TarReader::fail(const std::string& what) const {
  throw Error(Exit::cannot_bundle, name_, fmt::format("{}, in the tar header at byte {}", what, at_), get_it_again);
}

bool TarReader::read_block(Block& block) {
  const uint64_t count = stream_.read(block.data(), block.size());
  if (count == 0) return false;
  if (count < block.size()) {
    fail(stream_.position() == count ? "is no tar, which is never so short"
                                     : "ends in the middle of a block: a part of it is missing");
  }
  return true;
}

uint64_t TarReader::number(std::string_view field, const char* what) const {
  if (!field.empty() && (field[0] & 0x80) != 0) {  // base 256, of GNU tar and star
    uint64_t value = field[0] & 0x3f;
    if ((field[0] & 0x40) != 0) fail(fmt::format("has a negative {}", what));
    for (const char c : field.substr(1)) {
      if (value >> 55U != 0) fail(fmt::format("has a {} that is too large", what));
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  while (field.starts_with(' ')) field.remove_prefix(1);
  field = field.substr(0, std::min(field.find('\0'), field.find(' ')));
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  if (field.empty()) return 0;
  if (error != std::errc() || end != field.data() + field.size()) {
    fail(fmt::format("has a {} that is no octal number ('{}')", what, printable(field)));
  }
  return value;
}

void TarReader::check_sum(const Block& block) const {
  const std::string_view text(block.data(), block.size());
  // The sum of all bytes, those of the sum itself taken as blanks. Some old tars added signed ones.
  uint64_t sum = 0;
  int64_t signed_sum = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_sum = i >= sum_field.offset && i < sum_field.offset + sum_field.length;
    sum += is_sum ? ' ' : static_cast<unsigned char>(text[i]);
    signed_sum += is_sum ? ' ' : static_cast<signed char>(text[i]);
  }
  const uint64_t said = number(field_of(text, sum_field), "checksum");
  if (said != sum && static_cast<int64_t>(said) != signed_sum) {
    fail(fmt::format("is damaged or no tar: a header's checksum is {} and should be {}", said, sum));
  }
}

std::string TarReader::read_text(uint64_t size, uint64_t most, const char* what) {
  if (size > most) fail(fmt::format("has {} of {} bytes, and {} are what is read", what, size, most));
  std::string text(size, '\0');
  const uint64_t count = stream_.read(text.data(), size);
  if (count < size || !stream_.skip(padding_of(size))) fail("ends in the middle of a header");
  return text;
}

void TarReader::set_pax(std::string_view key, std::string_view value, Extended& extended) const {
  const auto decimal = [&](std::string_view text) {
    uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      fail(fmt::format("has a pax record {} that is no number ('{}')", printable(key), printable(text)));
    }
    return out;
  };
  const bool has_nul = value.find('\0') != std::string_view::npos;
  if (has_nul && (key == "path" || key == "linkpath" || key == "GNU.sparse.name")) {
    fail(fmt::format("has a pax record {} with a NUL in it", printable(key)));
  }
  if (key == "path") extended.path = value;
  if (key == "linkpath") extended.target = value;
  if (key == "size") extended.size = decimal(value);
  if (key == "SCHILY.xattr.security.capability") extended.capabilities = value.substr(0, 64);
  if (!key.starts_with("GNU.sparse.")) return;
  extended.is_sparse = true;
  key.remove_prefix(std::string_view("GNU.sparse.").size());
  if (key == "name") extended.sparse_name = value;
  if (key == "size" || key == "realsize") extended.sparse_size = decimal(value);
  if (key == "major") extended.is_map_in_content = decimal(value) >= 1;
  if (key == "offset") extended.sparse_offset = decimal(value);
  if (key == "numbytes") {
    extended.sparse_map.push_back(extended.sparse_offset);
    extended.sparse_map.push_back(decimal(value));
  }
  while (key == "map" && !value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    extended.sparse_map.push_back(decimal(value.substr(0, comma)));
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

void TarReader::read_pax(std::string_view records, Extended& extended) const {
  // "LENGTH KEY=VALUE\n", the length that of the whole record. Zeros may follow.
  while (!records.empty() && records[0] != '\0') {
    uint64_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const size_t digits = static_cast<size_t>(end - records.data());
    const bool is_whole = error == std::errc() && length > digits + 1 && length <= records.size() &&
                          records[digits] == ' ' && records[length - 1] == '\n';
    if (!is_whole) fail("has a pax record whose length is wrong");
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) fail("has a pax record without '='");
    set_pax(record.substr(0, equals), record.substr(equals + 1), extended);
    records.remove_prefix(length);
  }
}

TarMember TarReader::described(const Block& block, const Extended& extended) const {
  const std::string_view header(block.data(), block.size());
  TarMember member;
  const bool is_ustar = field_of(header, magic_field) == std::string_view("ustar\00000", 8);
  const std::string_view prefix = is_ustar ? text_of(field_of(header, prefix_field)) : std::string_view();
  member.path = std::string(prefix) + (prefix.empty() ? "" : "/") + std::string(text_of(field_of(header, name_field)));
  if (extended.path) member.path = *extended.path;
  if (extended.sparse_name) member.path = *extended.sparse_name;
  member.target = extended.target ? *extended.target : std::string(text_of(field_of(header, link_field)));
  member.mode = static_cast<uint32_t>(number(field_of(header, mode_field), "mode") & 07777U);
  // A number of its own for everyone is more than fits: whose the file is decides nothing here.
  member.owner = static_cast<uint32_t>(number(field_of(header, owner_field), "owner"));
  member.group = static_cast<uint32_t>(number(field_of(header, group_field), "group"));
  member.capabilities = extended.capabilities;
  member.size = extended.size ? *extended.size : number(field_of(header, size_field), "size");
  using enum TarMember::Kind;
  const char type = header[type_at];
  switch (type) {
    case '1':
      member.kind = hard_link;
      break;
    case '2':
      member.kind = link;
      break;
    case '3':
    case '4':
      member.kind = other;
      member.what = "a device";
      break;
    case '5':
      member.kind = folder;
      break;
    case '6':
      member.kind = other;
      member.what = "a named pipe";
      break;
    default:
      // '0', NUL, '7', GNU's 'S'; pax: what is not known is a file. Before there was a type, a name told of a folder.
      member.kind = member.path.ends_with('/') ? folder : file;
  }
  // Of these the size is about something else, and nothing follows the header.
  if (type >= '1' && type <= '6') member.size = 0;
  member.stored = member.size;
  if (member.path.size() >= PATH_MAX || member.target.size() >= PATH_MAX) {
    fail(fmt::format("has a name of {} bytes, and {} are the most that a path has",
                     std::max(member.path.size(), member.target.size()), PATH_MAX - 1));
  }
  return member;
}

std::optional<TarMember> TarReader::next() {
  at_ = stream_.position();
  if (!stream_.skip(left_ + padding_)) fail("ends in the middle of the member ahead of it: a part of it is missing");
  left_ = padding_ = 0;
  Extended extended;
  Block block;
  for (;;) {
    at_ = stream_.position();
    if (!read_block(block)) {
      if (at_ == 0) return std::nullopt;
      fail("ends without the zeros that end a tar: a part of it is missing");
    }
    const std::string_view header(block.data(), block.size());
    if (is_zero(header)) {
      stream_.drain();
      return std::nullopt;
    }
    check_sum(block);
    const char type = header[type_at];
    const uint64_t size = number(field_of(header, size_field), "size");
    if (type == 'x') {
      read_pax(read_text(size, longest_pax, "a pax header"), extended);
    } else if (type == 'g') {  // for all that follow; of what is read here no tar has such
      read_text(size, longest_pax, "a pax header");
    } else if (type == 'L' || type == 'K') {
      const std::string text = read_text(size, PATH_MAX, "a name");
      (type == 'L' ? extended.path : extended.target) = std::string(text_of(text));
    } else if (type == 'V' || type == 'M' || type == 'N') {
      if (type != 'V') fail("is one of several volumes of a tar, and not the first of them");
      if (!stream_.skip(size + padding_of(size))) fail("ends in the middle of a header");
    } else {
      break;
    }
  }
  TarMember member = described(block, extended);
  left_ = member.stored;
  padding_ = padding_of(member.stored);
  if (member.kind != TarMember::Kind::file) return member;
  if (block[type_at] == 'S') {
    read_old_sparse(block, member);
  } else if (extended.is_sparse) {
    member.is_sparse = true;
    member.size = extended.sparse_size.value_or(member.size);
    if (extended.is_map_in_content) {
      read_map_in_content(member);
    } else {
      set_pieces(member, extended.sparse_map);
    }
  }
  return member;
}

}  // namespace bundle::machine
