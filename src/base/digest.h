// SHA-256 of a file's content, by nettle (which uses the processor's SHA instructions where it has them).
#pragma once

#include <string>

#include "base/pieces.h"

namespace bundle {

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(const Pieces& content);

}  // namespace bundle
