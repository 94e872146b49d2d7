// LdCache on any bytes: void, or an answer for any name; never a read outside, and never an exception.
#include <elf.h>

#include <cstddef>
#include <cstdint>

#include "resolve/ld_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const bundle::Bytes bytes(data, size);
  const bundle::resolve::LdCache cache = bundle::resolve::LdCache::parse(bytes);
  for (const char* name : {"liba.so", "libc.so.6", "", "libb.so.01"}) {
    (void)cache.find(name, EM_X86_64, true);
    (void)cache.find(name, EM_386, false);
  }
  // A name out of the file itself reaches the entries that the fixed ones miss.
  (void)cache.find(bytes.text().substr(0, bytes.text().find('\0')), EM_AARCH64, true);
  return 0;
}
