// Deflate in pieces that join: each piece is compressed on its own, on any thread, and the results, one after
// the other, are one deflate stream.
//
// Outside rule: RFC 1951. libdeflate (1.14) ends what it makes with a block that is marked as the last of its
// stream, so for a piece that is not the last that mark is cleared and the piece is brought to a byte's end
// with an empty stored block (at most 5 bytes; joining by shifting bits would save those and make every piece
// wait for the one before it).
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/bytes.h"
#include "base/pieces.h"

struct libdeflate_compressor;

namespace bundle::pack {

/// Where the last block of a deflate stream begins and where the stream ends, in bits from its start.
struct StreamEnd {
  uint64_t last_block = 0;
  uint64_t end = 0;
};

/// Reads block headers and symbols, and nothing of what they stand for: several times as fast as inflating.
/// Throws Error when it is no complete stream. `stream` must be followed by 8 readable bytes that are part of
/// `stream`'s span but not of the stream: the reader looks at whole words.
StreamEnd find_stream_end(Bytes stream);

/// One thread's compressor.
class Deflater {
 public:
  /// `level` 1 to 12. Throws std::bad_alloc.
  explicit Deflater(int level);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// The deflated form of `content`: a whole stream if `last`, else blocks that end on a byte and that more
  /// can follow.
  std::string compress(Bytes content, bool last);

 private:
  libdeflate_compressor* compressor_;
  std::string buffer_;
};

// What content is cut into. A piece knows nothing of the one before it, though deflate could look 32 KB back. On gdb's
// closure (83.4 MB) pieces of 1 MiB make the zip 0.11% larger than whole files do, 4 MiB 0.02%; the time is the same up
// to 2 MiB and grows above, for the last piece keeps one core busy alone. 1 MiB is still a fiftieth of a 50 MB library,
// so 32 cores have work.
constexpr uint64_t piece_size = 1U << 20U;

struct Deflated {
  std::string data;
  uint32_t crc = 0;  // of the content
};

/// A compressor, and room to read into, for each of several threads.
class Deflaters {
 public:
  Deflaters(int level, unsigned threads);

  /// A range of `content` as Deflater has it, on thread number `thread`.
  Deflated compress(unsigned thread, const Pieces& content, uint64_t offset, uint64_t length, bool last);

 private:
  struct Worker {
    explicit Worker(int level) : deflater(level) {}
    Deflater deflater;
    std::string scratch;
  };
  std::deque<Worker> workers_;
};

}  // namespace bundle::pack
