// A tar in zstd (RFC 8878): one frame, for some readers stop behind the first, with its checksum.
//
// On one thread whatever -j says: several would need a libzstd that is built for them, which a distribution's static
// one is not, and make other bytes.
#include <fmt/format.h>
#include <zstd.h>

#include <memory>
#include <new>
#include <string>

#include "base/error.h"
#include "pack/format_rows.h"
#include "pack/stream.h"
#include "pack/tar.h"

namespace bundle::pack {

namespace {

class Compressor {
 public:
  Compressor(const Settings& settings, uint64_t size) : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    if (context_ == nullptr) throw std::bad_alloc();
    set(ZSTD_c_compressionLevel, settings.level);
    set(ZSTD_c_checksumFlag, 1);
    check(ZSTD_CCtx_setPledgedSrcSize(context_.get(), size));
    buffer_.resize(ZSTD_CStreamOutSize());
  }

  /// What comes out for `input`, of which `is_last` says that nothing follows.
  void add(Bytes input, bool is_last, const Sink& out) {
    ZSTD_inBuffer in = {input.data(), input.size(), 0};
    for (;;) {
      ZSTD_outBuffer room = {buffer_.data(), buffer_.size(), 0};
      const size_t left =
          check(ZSTD_compressStream2(context_.get(), &room, &in, is_last ? ZSTD_e_end : ZSTD_e_continue));
      if (room.pos > 0) out({buffer_.data(), room.pos});
      written_ += room.pos;
      if (is_last ? left == 0 : in.pos == in.size) return;
    }
  }
  uint64_t written() const { return written_; }

 private:
  void set(ZSTD_cParameter parameter, int value) { check(ZSTD_CCtx_setParameter(context_.get(), parameter, value)); }

  static size_t check(size_t result) {
    if (ZSTD_isError(result) == 0) return result;
    throw Error(Exit::machine, "", fmt::format("the output cannot be compressed: {}", ZSTD_getErrorName(result)),
                "Free memory, or take a smaller --level");
  }

  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context_;
  std::string buffer_;
  uint64_t written_ = 0;
};

uint64_t write(const Sink& out, Load load) {
  const Pieces tar = tar_of(std::move(load.entries), load.settings.time);
  Compressor compressor(load.settings, tar.size());
  uint64_t done = 0;
  for_each_shard(tar, load.settings, [&](Bytes shard) {
    done += shard.size();
    compressor.add(shard, done == tar.size(), out);
  });
  return compressor.written();
}

}  // namespace

const Format tar_zst_format = {.name = "tar.zst", .endings = {".tar.zst", ".tzst"}, .stream = write};

}  // namespace bundle::pack
