// SHA-256 of a file's content, by nettle (which uses the processor's SHA instructions where it has them).
#pragma once

#include <nettle/sha2.h>

#include <string>

#include "base/bytes.h"
#include "base/pieces.h"

namespace bundle {

/// Of bytes that come one after the other.
class Sha256 {
 public:
  Sha256() { sha256_init(&context_); }
  void add(Bytes bytes) { sha256_update(&context_, bytes.size(), bytes.data()); }
  /// 64 lower-case hexadecimal digits; of nothing from then on.
  std::string hex();

 private:
  sha256_ctx context_;
};

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(const Pieces& content);

}  // namespace bundle
