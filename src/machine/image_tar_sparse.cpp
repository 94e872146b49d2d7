// Sparse files in a tar, of GNU tar's four kinds: its old header 'S' with a table that goes on in blocks, and in pax
// records (0.0, 0.1) or ahead of the content (1.0). GNU tar's manual, "Storing Sparse Files".
//
// Invariant: the pieces lie in order within the file, do not overlap, and are as long as what the tar holds.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "machine/image_tar.h"

namespace bundle::machine {

namespace {

constexpr size_t most_pieces = 1U << 20U;

}  // namespace

void TarReader::set_pieces(TarMember& member, const std::vector<uint64_t>& numbers) const {
  if (numbers.size() % 2 != 0) fail("has a sparse file whose table ends in the middle");
  uint64_t end = 0, stored = 0;
  for (size_t i = 0; i < numbers.size(); i += 2) {
    const TarMember::Piece piece{numbers[i], numbers[i + 1]};
    const bool is_in_order = piece.offset >= end && piece.offset <= member.size &&
                             piece.size <= member.size - piece.offset && piece.size <= member.stored - stored;
    if (!is_in_order) fail(fmt::format("has the sparse file {} with a piece out of place", printable(member.path)));
    end = piece.offset + piece.size;
    stored += piece.size;
    if (piece.size > 0) member.pieces.push_back(piece);
  }
  if (stored != member.stored) {
    fail(fmt::format("has the sparse file {} with {} bytes, and its table says {}", printable(member.path),
                     member.stored, stored));
  }
}

void TarReader::read_old_sparse(const Block& block, TarMember& member) {
  constexpr size_t table_at = 386, in_header = 4, in_block = 21, entry_size = 24, more_at = 482, more_in_block = 504,
                   real_size_at = 483, width = 12;
  member.is_sparse = true;
  std::vector<uint64_t> numbers;
  const auto take = [&](const Block& from, size_t offset, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const std::string_view entry(from.data() + offset + i * entry_size, entry_size);
      if (entry[0] == '\0') return;
      numbers.push_back(number(entry.substr(0, width), "place of a piece"));
      numbers.push_back(number(entry.substr(width), "size of a piece"));
    }
  };
  take(block, table_at, in_header);
  member.size = number(std::string_view(block.data() + real_size_at, width), "size");
  bool has_more = block[more_at] != '\0';
  while (has_more) {
    Block next;
    if (!read_block(next)) fail("ends in the middle of a sparse file's table");
    take(next, 0, in_block);
    if (numbers.size() > 2 * most_pieces) fail("has a sparse file of too many pieces");
    has_more = next[more_in_block] != '\0';
  }
  set_pieces(member, numbers);
}

void TarReader::read_map_in_content(TarMember& member) {
  // Decimal numbers, one a line: how many pieces, then two for each; zeros up to the end of the block.
  std::string text;
  size_t read_to = 0;
  const auto next_number = [&] {
    for (;;) {
      const size_t end = text.find('\n', read_to);
      if (end != std::string::npos) {
        uint64_t value = 0;
        const auto [after, error] = std::from_chars(text.data() + read_to, text.data() + end, value);
        if (error != std::errc() || after != text.data() + end) fail("has a sparse file whose table is no number");
        read_to = end + 1;
        return value;
      }
      Block block;
      if (text.size() - read_to > block.size() || member.stored < block.size() || !read_block(block)) {
        fail("ends in the middle of a sparse file's table");
      }
      text.erase(0, read_to);
      read_to = 0;
      text.append(block.data(), block.size());
      member.stored -= block.size();
      left_ -= block.size();
    }
  };
  const uint64_t count = next_number();
  if (count > most_pieces) fail("has a sparse file of too many pieces");
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < 2 * count; ++i) numbers.push_back(next_number());
  set_pieces(member, numbers);
}

}  // namespace bundle::machine
