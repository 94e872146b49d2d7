// The zip reader on any bytes: entries and contents, or an Error.
#include "verify/archive_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int descriptor = memfd_create("archive", 0);
  if (write(descriptor, data, size) == static_cast<ssize_t>(size)) {
    try {
      const bundle::verify::ArchiveReader reader("/proc/self/fd/" + std::to_string(descriptor));
      for (const auto& entry : reader.entries()) {
        try {
          if (reader.content(entry, 1 << 20).size() != entry.size) __builtin_trap();
        } catch (const bundle::Error&) {
        }
      }
    } catch (const bundle::Error&) {
    }
  }
  close(descriptor);
  return 0;
}
