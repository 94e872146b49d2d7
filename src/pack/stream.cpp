// See stream.h. As in the zip, content is cut into pieces of a fixed size, which are compressed apart and joined.
#include "pack/stream.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/interrupt.h"
#include "pack/deflate.h"
#include "pack/pipeline.h"

namespace bundle::pack {

namespace {

constexpr uint64_t shard_size = 1U << 20U;

std::string little_endian(uint32_t value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFFU);
  return out;
}

struct Compressed {
  std::string data;
  uint32_t crc = 0;
  uint64_t length = 0;
};

}  // namespace

void for_each_shard(const Pieces& content, const Settings& settings, const std::function<void(Bytes)>& take) {
  std::string scratch;
  for (uint64_t at = 0; at < content.size();) {
    check_interrupted();
    const uint64_t length = std::min(shard_size, content.size() - at);
    take(content.read(at, length, scratch));
    at += length;
    if (settings.progress) settings.progress(at, content.size());
  }
}

uint64_t write_gzip(const Sink& out, const Pieces& content, const Settings& settings) {
  struct Worker {
    explicit Worker(int level) : deflater(level) {}
    Deflater deflater;
    std::string scratch;
  };
  const unsigned jobs = std::max(1U, settings.jobs);
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned i = 0; i < jobs; ++i) workers.push_back(std::make_unique<Worker>(settings.level));

  // ID1 ID2 CM=deflate FLG MTIME XFL OS=Unix
  const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  uint64_t written = header.size(), done = 0;
  uint32_t crc = 0;
  out(header);
  const size_t count = std::max<uint64_t>(1, (content.size() + shard_size - 1) / shard_size);
  for_each_in_order<Compressed>(
      count, jobs, size_t{4} * jobs,
      [&](size_t index, unsigned thread) -> Compressed {
        Worker& worker = *workers[thread];
        const uint64_t at = index * shard_size;
        const Bytes shard = content.read(at, std::min(shard_size, content.size() - at), worker.scratch);
        return {worker.deflater.compress(shard, index + 1 == count), libdeflate_crc32(0, shard.data(), shard.size()),
                shard.size()};
      },
      [&](size_t, const Compressed& shard) {
        check_interrupted();
        crc = static_cast<uint32_t>(::crc32_combine(crc, shard.crc, static_cast<z_off_t>(shard.length)));
        out(shard.data);
        written += shard.data.size();
        done += shard.length;
        if (settings.progress) settings.progress(done, content.size());
      });
  const std::string end = little_endian(crc) + little_endian(static_cast<uint32_t>(content.size()));
  out(end);
  return written + end.size();
}

}  // namespace bundle::pack
