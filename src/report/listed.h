// A file of a finished bundle as `bundle list` and `bundle diff` tell of it: what its archive says, what the manifest
// says where one tells of it, and what an ELF file says of itself where it was looked into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/folder.h"
#include "plan/plan.h"

namespace bundle::report {

/// What a loader would read of an ELF file.
struct ElfFacts {
  std::string machine;
  std::optional<std::string> interpreter, soname, rpath, runpath;
  std::vector<std::string> needed;   // in its order
  std::vector<std::string> defines;  // symbol versions, in its order
};

struct Content {
  std::string path;  // in the bundle, not made printable
  Node node = Node::file;
  uint64_t size = 0;
  std::optional<uint64_t> packed;  // bytes in the archive, where it is one
  std::optional<uint32_t> mode;    // permission bits, where they are told
  std::string kind;                // as a manifest names it (kind_name), or what the file itself shows
  std::string why, source;         // as the manifest has them
  Package package;                 // name and version
  std::optional<ElfFacts> elf;     // where it is one and was looked into
};

/// The newest of the symbol versions of each family that it defines: ZLIB_1.2.9 of ZLIB_1.2.0 and ZLIB_1.2.9. What does
/// not end in numbers is left out, for it has no order (GLIBC_PRIVATE).
std::vector<std::string> newest_versions(const std::vector<std::string>& versions);

/// "0644"
std::string mode_text(uint32_t mode);

/// How many lines of one list a terminal is given, where not all was asked for.
constexpr size_t most_lines_of_a_list = 40;

}  // namespace bundle::report
