// A header of rpm's of any bytes: an Error, or texts, numbers, files and requirements; never a read outside.
#include "packages/rpm_header.h"

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "packages/rpm_files.h"
#include "packages/rpm_relation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using bundle::packages::RpmTag;
  try {
    const bundle::packages::RpmHeader header(bundle::Bytes(data, size));
    (void)header.string(RpmTag::name);
    (void)header.integers(RpmTag::epoch);
    for (const RpmTag tag : {RpmTag::require_name, RpmTag::provide_name, RpmTag::recommend_name}) {
      for (const std::string_view text : header.strings(tag)) (void)bundle::packages::capabilities_of(text);
    }
    bundle::packages::RpmFiles files;
    files.add(header);
    const auto [first, end] = files.of(0);
    for (const auto* file = first; file != end; ++file) {
      if (!bundle::packages::is_listed_path(files.path_of(*file))) __builtin_trap();
    }
  } catch (const bundle::Error&) {
  }
  return 0;
}
