#include "base/bytes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace bundle {

void throw_out_of_range(uint64_t offset, uint64_t length, uint64_t size) {
  throw Error(Exit::cannot_bundle, "",
              fmt::format("is cut short or corrupt: {} bytes are wanted at offset {:#x}, but only {} bytes are there",
                          length, offset, size),
              get_it_again);
}

void throw_endless_string(uint64_t offset) {
  throw Error(Exit::cannot_bundle, "", fmt::format("is corrupt: the string at offset {:#x} has no end", offset),
              get_it_again);
}

std::string_view Bytes::c_string(uint64_t offset) const {
  check(offset, 1);
  const void* end = std::memchr(data_ + offset, 0, size_ - offset);
  if (end == nullptr) throw_endless_string(offset);
  return {reinterpret_cast<const char*>(data_ + offset),
          static_cast<size_t>(static_cast<const unsigned char*>(end) - (data_ + offset))};
}

bool Bytes::is_zero(uint64_t offset, uint64_t length) const {
  return contains(offset, length) &&
         std::all_of(data_ + offset, data_ + offset + length, [](unsigned char byte) { return byte == 0; });
}

}  // namespace bundle
