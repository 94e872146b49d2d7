// The symbols, versions and needed libraries of an ELF file in a few numbers, so that two readers can be held against
// one another without either's tables in memory.
//
// A sum over hashes does not depend on the order in which a reader hands things on. Used by this program and by the one
// that reads by LIEF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bundle::verify {

/// FNV-1a, 64 bit.
inline uint64_t name_hash(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return hash;
}

struct TableSums {
  uint64_t defined = 0, defined_count = 0;      // dynamic symbols that are no local ones
  uint64_t undefined = 0, undefined_count = 0;  // strong ones
  uint64_t needed = 0;                          // DT_NEEDED
  uint64_t interpreter = 0;

  void add(std::string_view symbol, bool is_defined, bool is_weak) {
    if (is_defined) {
      defined += name_hash(symbol);
      ++defined_count;
    } else if (!is_weak) {
      undefined += name_hash(symbol);
      ++undefined_count;
    }
  }
  bool operator==(const TableSums&) const = default;
};

}  // namespace bundle::verify
