// See stream.h. As in the zip, content is cut into pieces of a fixed size, which are compressed apart and joined.
#include "pack/stream.h"

#include <zlib.h>

#include <algorithm>

#include "base/interrupt.h"
#include "pack/deflate.h"
#include "pack/pipeline.h"

namespace bundle::pack {

namespace {

std::string little_endian(uint32_t value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFFU);
  return out;
}

}  // namespace

void for_each_shard(const Pieces& content, const Settings& settings, const std::function<void(Bytes)>& take) {
  std::string scratch;
  for (uint64_t at = 0; at < content.size();) {
    check_interrupted();
    const uint64_t length = std::min(piece_size, content.size() - at);
    take(content.read(at, length, scratch));
    at += length;
    if (settings.progress) settings.progress(at, content.size());
  }
}

uint64_t write_gzip(const Sink& out, const Pieces& content, const Settings& settings) {
  const unsigned jobs = std::max(1U, settings.jobs);
  Deflaters deflaters(settings.level, jobs);
  // ID1 ID2 CM=deflate FLG MTIME XFL OS=Unix
  const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  uint64_t written = header.size(), done = 0;
  uint32_t crc = 0;
  out(header);
  const size_t count = std::max<uint64_t>(1, (content.size() + piece_size - 1) / piece_size);
  const auto length_of = [&](size_t index) { return std::min(piece_size, content.size() - index * piece_size); };
  for_each_in_order<Deflated>(
      count, jobs, size_t{4} * jobs,
      [&](size_t index, unsigned thread) {
        return deflaters.compress(thread, content, index * piece_size, length_of(index), index + 1 == count);
      },
      [&](size_t index, const Deflated& shard) {
        check_interrupted();
        crc = static_cast<uint32_t>(::crc32_combine(crc, shard.crc, static_cast<z_off_t>(length_of(index))));
        out(shard.data);
        written += shard.data.size();
        done += length_of(index);
        if (settings.progress) settings.progress(done, content.size());
      });
  const std::string end = little_endian(crc) + little_endian(static_cast<uint32_t>(content.size()));
  out(end);
  return written + end.size();
}

}  // namespace bundle::pack
