// SHA-256, by nettle.
#include "base/digest.h"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <algorithm>

#include "base/interrupt.h"

namespace bundle {

std::string sha256_hex(const Pieces& content) {
  sha256_ctx context;
  sha256_init(&context);
  constexpr uint64_t step = 4U << 20U;
  for (const Pieces::Piece& piece : content.pieces()) {
    for (uint64_t at = 0; at < piece.span.size(); at += step) {
      check_interrupted();
      const Bytes part = piece.span.slice(at, std::min(step, piece.span.size() - at));
      sha256_update(&context, part.size(), part.data());
    }
  }
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&context, sizeof digest, digest);
  std::string out;
  for (const uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace bundle
