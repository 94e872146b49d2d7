// LocaleArchive on any bytes: an Error, or locales whose files lie within those bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "machine/locale_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const bundle::machine::LocaleArchive archive(bundle::Bytes(data, size));
    for (const std::string& name : archive.names()) {
      for (const auto& file : archive.files(name)) {
        const bool is_within = file.content.data() >= data && file.content.data() + file.content.size() <= data + size;
        if (!is_within) std::abort();
      }
    }
  } catch (const bundle::Error&) {
  }
  return 0;
}
