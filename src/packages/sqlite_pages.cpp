// The log's header, frames and checksums; all its fields are big-endian. See sqlite_pages.h.
#include "packages/sqlite_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/interrupt.h"

namespace bundle::packages {

namespace {

constexpr uint64_t header_size = 32;
constexpr uint64_t frame_header_size = 24;
constexpr uint32_t magic = 0x377f0682;  // and one more where the words of the checksums are big-endian
constexpr uint32_t known_version = 3007000;

uint32_t big_endian(Bytes bytes, uint64_t offset) { return __builtin_bswap32(bytes.read<uint32_t>(offset)); }

struct Checksum {
  uint32_t first = 0, second = 0;
  bool operator==(const Checksum&) const = default;

  /// Goes on over `bytes`, a multiple of eight.
  void add(Bytes bytes, bool is_big_endian) {
    for (uint64_t at = 0; at < bytes.size(); at += 8) {
      first += word(bytes, at, is_big_endian) + second;
      second += word(bytes, at + 4, is_big_endian) + first;
    }
  }

 private:
  static uint32_t word(Bytes bytes, uint64_t at, bool is_big_endian) {
    return is_big_endian ? big_endian(bytes, at) : bytes.read<uint32_t>(at);
  }
};

Checksum stored(Bytes bytes, uint64_t offset) { return {big_endian(bytes, offset), big_endian(bytes, offset + 4)}; }

}  // namespace

SqlitePages::SqlitePages(Bytes file, Bytes log) : file_(file), log_(log), size_(file.size()) { apply_log(); }

void SqlitePages::apply_log() {
  if (log_.size() < header_size + frame_header_size || (big_endian(log_, 0) & ~1U) != magic) return;
  const bool is_big_endian = (big_endian(log_, 0) & 1U) != 0;
  const uint32_t page_size = big_endian(log_, 8);
  Checksum sum;
  sum.add(log_.slice(0, 24), is_big_endian);
  if (!std::has_single_bit(page_size) || page_size < 512 || page_size > 65536 || sum != stored(log_, 24)) return;
  if (const uint32_t version = big_endian(log_, 4); version != known_version) {
    throw Error(Exit::cannot_bundle, "",
                fmt::format("is a write-ahead log of version {}, and only {} is known", version, known_version));
  }
  page_size_ = page_size;
  const Bytes salt = log_.slice(16, 8);
  std::unordered_map<uint32_t, uint64_t> pending;  // of a transaction that no frame has committed yet
  for (uint64_t at = header_size; log_.contains(at, frame_header_size + page_size);
       at += frame_header_size + page_size) {
    check_interrupted();
    const uint32_t number = big_endian(log_, at);
    const uint32_t pages_at_commit = big_endian(log_, at + 4);
    sum.add(log_.slice(at, 8), is_big_endian);
    sum.add(log_.slice(at + frame_header_size, page_size), is_big_endian);
    if (number == 0 || log_.slice(at + 8, 8).text() != salt.text() || sum != stored(log_, at + 16)) break;
    pending[number - 1] = at + frame_header_size;
    if (pages_at_commit == 0) continue;
    for (const auto& [page, place] : pending) in_log_[page] = place;
    pending.clear();
    size_ = uint64_t{pages_at_commit} * page_size;
  }
}

uint64_t SqlitePages::read(uint64_t offset, uint64_t length, unsigned char* out) const {
  const uint64_t count = offset >= size_ ? 0 : std::min(length, size_ - offset);
  std::memset(out, 0, length);
  for (uint64_t done = 0; done < count;) {
    const uint64_t at = offset + done;
    uint64_t step = count - done;
    Bytes from = file_;
    uint64_t place = at;
    if (!in_log_.empty()) {
      const uint64_t within = at % page_size_;
      step = std::min(step, page_size_ - within);
      const auto found = in_log_.find(static_cast<uint32_t>(at / page_size_));
      if (found != in_log_.end()) {
        from = log_;
        place = found->second + within;
      }
    }
    // A page that neither of them has is one that was never written.
    if (place < from.size()) {
      const Bytes bytes = from.slice(place, std::min(step, from.size() - place));
      std::memcpy(out + done, bytes.data(), bytes.size());
    }
    done += step;
  }
  return count;
}

}  // namespace bundle::packages
