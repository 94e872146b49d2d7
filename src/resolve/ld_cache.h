// /etc/ld.so.cache, read as glibc's elf/dl-cache.c reads it.
//
// Accepts the format of glibc 2.2 on ("glibc-ld.so.cache1.1"), alone or behind the old "ld.so-1.7.0" block,
// and the old one alone. A header that lies about its counts makes the cache void, as it does for the loader;
// an entry whose string lies outside the file is passed over. No field is trusted: everything goes through
// Bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace bundle::resolve {

class LdCache {
 public:
  /// No cache: every look finds nothing.
  LdCache() = default;
  /// `bytes` must outlive the result. Never throws: see problem().
  static LdCache parse(Bytes bytes);

  /// One sentence when the file is void, empty when it is in order. "is cut short: …"
  const std::string& problem() const { return problem_; }
  uint64_t size() const { return entries_; }

  struct Hit {
    std::string path;
    bool baseline = true;  // made for any processor
    std::string hwcaps;    // "x86-64-v3"; empty for the baseline, "legacy" for the ways of glibc before 2.33
  };
  /// The entries for `name` that a loader of this machine takes into account, in the cache's order.
  std::vector<Hit> find(std::string_view name, uint16_t machine, bool is_64) const;

 private:
  struct Entry {
    uint32_t flags = 0;
    std::string_view key, value;
    uint64_t hwcap = 0;
    bool valid = false;
  };
  Entry entry(uint64_t index) const;
  std::string_view string_at(uint64_t offset, bool& valid) const;
  std::string hwcaps_name(uint64_t hwcap) const;
  bool read_new(Bytes block);

  Bytes table_;    // the entries
  Bytes strings_;  // what string offsets count from
  Bytes block_;    // the new format's block, for the extension
  uint64_t entries_ = 0;
  bool is_new_ = true;
  std::string problem_;
};

/// The order of the cache's keys: text order, but runs of digits by their value, so that libx.so.10 follows
/// libx.so.9 (elf/dl-cache.c, _dl_cache_libcmp). Below, at or above 0.
int compare_library_names(std::string_view left, std::string_view right);

}  // namespace bundle::resolve
