// rpm's package database in Berkeley DB, of any bytes: an Error, or headers that are no longer than the file; and an
// end.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "packages/rpmdb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const bundle::Bytes bytes(data, size);
  uint64_t total = 0;
  const auto each = [&](bundle::Bytes blob) { total += blob.size(); };
  try {
    bundle::packages::for_each_blob_of_bdb(bytes, each);
  } catch (const bundle::Error&) {
  }
  if (total > size) __builtin_trap();
  return 0;
}
