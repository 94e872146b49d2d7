// A tar read member by member: pax and ustar (POSIX.1-2017, pax), GNU's own (tar.h of GNU tar: long names, numbers in
// base 256, sparse files of all four kinds), and the plain one of before.
//
// Invariants: what is read of a tar to know its members is bounded (a name by PATH_MAX, a pax header by 1 MiB, the
// pieces of a sparse file by their number), every size is checked against what there is, and a header whose sum is
// wrong ends the reading: what follows it is anybody's guess.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/image_stream.h"

namespace bundle::machine {

struct TarMember {
  enum class Kind { file, hard_link, link, folder, other };
  /// Bytes of a sparse file that are in the tar, one such piece after the other.
  struct Piece {
    uint64_t offset = 0;  // in the file
    uint64_t size = 0;
  };

  Kind kind = Kind::file;
  std::string path;       // as it is written
  std::string target;     // of both kinds of links
  const char* what = "";  // of kind other: "a named pipe"
  uint32_t mode = 0;      // permission bits, set-ID and sticky among them
  uint32_t owner = 0, group = 0;
  std::string capabilities;  // security.capability, as it is
  uint64_t size = 0;         // of the file, holes and all
  uint64_t stored = 0;       // bytes of it in the tar
  bool is_sparse = false;
  std::vector<Piece> pieces;  // of a sparse file
};

class TarReader {
 public:
  /// `name`: what messages call the tar.
  TarReader(Stream& stream, std::string name) : stream_(stream), name_(std::move(name)) {}

  /// The next member, behind whose header the stream then stands, so that its `stored` bytes may be read; nothing at
  /// the end. Throws Error (cannot_bundle), which says what is wrong at which byte.
  std::optional<TarMember> next();
  /// To be told how many of the member's bytes were read.
  void has_read(uint64_t count) { left_ -= count; }

 private:
  using Block = std::array<char, 512>;
  /// What extended headers say of the member that follows.
  struct Extended {
    std::optional<std::string> path, target, sparse_name;
    std::string capabilities;
    std::optional<uint64_t> size, sparse_size;
    std::vector<uint64_t> sparse_map;
    uint64_t sparse_offset = 0;
    bool is_sparse = false, is_map_in_content = false;
  };

  [[noreturn]] void fail(const std::string& what) const;
  bool read_block(Block& block);
  std::string read_text(uint64_t size, uint64_t most, const char* what);
  uint64_t number(std::string_view field, const char* what) const;
  void check_sum(const Block& block) const;
  void read_pax(std::string_view records, Extended& extended) const;
  void set_pax(std::string_view key, std::string_view value, Extended& extended) const;
  TarMember described(const Block& block, const Extended& extended) const;
  void read_old_sparse(const Block& block, TarMember& member);
  void read_map_in_content(TarMember& member);
  void set_pieces(TarMember& member, const std::vector<uint64_t>& numbers) const;

  Stream& stream_;
  const std::string name_;
  uint64_t at_ = 0;       // where the latest header begins
  uint64_t left_ = 0;     // of the member's content
  uint64_t padding_ = 0;  // behind it
};

}  // namespace bundle::machine
