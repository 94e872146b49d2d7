// The redirect library's reader on any bytes as its table: refused, or lookups that stay within it.
#include <cstdint>
#include <cstring>
#include <string>

#include "launchers/redirect/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string table(reinterpret_cast<const char*>(data), size);
  // Kept input does not go stale when the version does.
  if (table.size() >= sizeof(redirect_abi::Header)) {
    std::memcpy(table.data() + offsetof(redirect_abi::Header, abi_version), &redirect_abi::version, 4);
  }
  redirect::Table reader;
  if (!reader.attach(table.data(), table.size())) return 0;
  for (const std::string path :
       {"/", "/usr/share/rig", "/usr/share/rig/x/y", "/home/x/rig-1.0/bin/rig", "/usr/../b//.", "/zz"}) {
    reader.may_hold(path.c_str());
    char tidied[4096];
    const size_t length = redirect::tidy(path.c_str(), tidied, sizeof tidied);
    const redirect_abi::Entry* entry = reader.find(tidied, length);
    if (entry != nullptr && reader.string(entry->path) + entry->length > table.data() + table.size()) __builtin_trap();
    const char* const stored = entry == nullptr ? nullptr : reader.stored(*entry);
    if (stored != nullptr && stored + std::strlen(stored) >= table.data() + table.size()) __builtin_trap();
    const redirect_abi::Entry* const below = reader.first_below(tidied, length);
    if (below != nullptr && below->length <= length) __builtin_trap();
    const redirect_abi::Launcher* launcher = reader.find_launcher(tidied, length);
    if (launcher != nullptr && reader.string(launcher->program) >= table.data() + table.size()) __builtin_trap();
  }
  return 0;
}
