// SHA-256, by nettle.
#include "base/digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/interrupt.h"

namespace bundle {

std::string Sha256::hex() {
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&context_, sizeof digest, digest);
  std::string out;
  for (const uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

std::string sha256_hex(const Pieces& content) {
  Sha256 sha;
  constexpr uint64_t step = 4U << 20U;
  for (const Pieces::Piece& piece : content.pieces()) {
    for (uint64_t at = 0; at < piece.span.size(); at += step) {
      check_interrupted();
      sha.add(piece.span.slice(at, std::min(step, piece.span.size() - at)));
    }
  }
  return sha.hex();
}

}  // namespace bundle
