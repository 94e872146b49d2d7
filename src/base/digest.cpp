#include "base/digest.h"

#include <fmt/format.h>
#include <nettle/sha2.h>

namespace bundle {

std::string sha256_hex(const Pieces& content) {
  sha256_ctx context;
  sha256_init(&context);
  for (const Pieces::Piece& piece : content.pieces()) sha256_update(&context, piece.span.size(), piece.span.data());
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&context, sizeof digest, digest);
  std::string out;
  for (const uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace bundle
