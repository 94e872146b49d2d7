// An rpm header blob: what a package database of rpm's holds of each package, the same in all of its containers.
//
// In a database there is neither lead nor magic: the number of index entries, the length of the data, the entries
// (tag, type, offset, count), the data; integers are big-endian (rpm's lib/header.c; "Package File Format" in its
// manual). What was added when the package was installed stands behind the signed region, out of order, so entries are
// read one after the other, and of two of one tag the later counts. Invariant: an RpmHeader's index was checked as a
// whole: each entry is of a known type and begins in the data, and those of fixed size end there. What is out of range
// is an Error (cannot_bundle) without a path, which the reader that knows the file adds.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace bundle::packages {

/// The tags that are asked for, under rpm's own names.
enum class RpmTag : uint32_t {
  name = 1000,
  version = 1001,
  release = 1002,
  epoch = 1003,
  licence = 1014,
  group = 1016,
  architecture = 1022,
  old_file_names = 1027,
  file_states = 1029,
  file_modes = 1030,
  file_digests = 1035,
  file_link_targets = 1036,
  file_flags = 1037,
  source_rpm = 1044,
  provide_name = 1047,
  require_flags = 1048,
  require_name = 1049,
  folder_indexes = 1116,
  base_names = 1117,
  folder_names = 1118,
  file_colours = 1140,
  file_digest_algorithm = 5011,
  recommend_name = 5046,
};

class RpmHeader {
 public:
  /// Takes `blob`, which outlives it, for a header. Throws Error (cannot_bundle).
  explicit RpmHeader(Bytes blob);

  bool has(RpmTag tag) const { return entries_.contains(static_cast<uint32_t>(tag)); }
  /// The first of a tag's strings, "" where there is none.
  std::string_view string(RpmTag tag) const;
  /// All of them. Views of the blob. Throws Error when the tag is of another type or its strings run out of the data.
  std::vector<std::string_view> strings(RpmTag tag) const;
  /// A tag's integers, of whatever width, without sign. Throws Error when it is of another type.
  std::vector<uint64_t> integers(RpmTag tag) const;

 private:
  struct Entry {
    uint32_t type = 0;
    uint32_t offset = 0;  // in data_
    uint32_t count = 0;
  };
  const Entry* find(RpmTag tag) const;

  Bytes data_;
  std::map<uint32_t, Entry> entries_;  // by tag
};

}  // namespace bundle::packages
