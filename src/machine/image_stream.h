// The bytes of a file one after the other, decoded where they are compressed: gzip (RFC 1952), zstd (RFC 8878) or xz.
//
// Which of them it is the first bytes say, and no name. A file that is not compressed is passed over by offset: of what
// nobody reads nothing is read. Several members or frames in a row are one stream, as gzip -d, zstd -d and xz -d take
// them. Invariant: no more than `most` bytes come out of a stream that is decoded, and what came out to its end was
// checked by its own sums.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/source.h"

namespace bundle::machine {

class Stream {
 public:
  virtual ~Stream() = default;
  /// As many of the `size` bytes as there are: fewer at the end only. Throws Error (cannot_bundle) for a stream that is
  /// damaged or too large.
  virtual uint64_t read(void* to, uint64_t size) = 0;
  /// Passes over bytes; whether there were so many.
  virtual bool skip(uint64_t count) = 0;
  /// Reads what is left, so that every sum is checked. Throws as read() does.
  virtual void drain() = 0;
  /// Whether the bytes lie in the file as they are, and the offset there of the next one.
  virtual bool is_plain() const = 0;
  virtual uint64_t position() const = 0;
};

/// What a stream may not exceed, and what it must be.
struct StreamLimits {
  uint64_t most = UINT64_MAX;  // bytes, decoded
  std::string sha256;          // of the file as it is, checked where it is read whole: a compressed one, by drain()
};

/// `file` outlives the result. `name`: what messages call it. Throws Error (cannot_bundle) for a compression that is
/// known and not read here.
std::unique_ptr<Stream> open_stream(const std::shared_ptr<const OpenFile>& file, const std::string& name,
                                    const StreamLimits& limits);

}  // namespace bundle::machine
