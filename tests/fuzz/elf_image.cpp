// The ELF reader on any bytes: everything that it can be asked, or an Error.
#include "elf/image.h"

#include <cstdint>

#include "base/error.h"

using namespace bundle;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const elf::Image image(Bytes(data, size), "fuzzed");
    const auto ask = [](auto question) {
      try {
        question();
      } catch (const Error&) {
      }
    };
    for (const elf::Section& section : image.sections()) ask([&] { (void)image.section_name(section); });
    for (const elf::Dynamic& entry : image.dynamic()) ask([&] { (void)image.strings_of(entry.d_tag); });
    for (const elf::Segment& segment : image.segments()) ask([&] { (void)image.mapped_from(segment.p_vaddr); });
    ask([&] { (void)image.version_needs(); });
    ask([&] { (void)image.version_definitions(); });
    ask([&] { (void)image.notes(); });
    ask([&] { (void)image.imported_symbols(); });
  } catch (const Error&) {
  }
  return 0;
}
