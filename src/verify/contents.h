// What the files of a bundle hold, each read once, whole, and no more of it kept than the checks ask for.
//
// Invariant: memory does not grow with the files' sizes. ELF files, and what a loader would take for one by its name,
// lie in the scratch file from then on.
#pragma once

#include <string>
#include <vector>

#include "verify/opened.h"
#include "verify/scratch.h"

namespace bundle::verify {

struct Content {
  bool is_read = false;
  std::string damage;  // why it could not be read, one sentence; empty where nobody tried
  std::string sha256;
  std::string start;  // its first bytes, at most 256, and 4096 of a script
  uint64_t size = 0;  // bytes that were read
  std::string kept;   // where it lies in the scratch: an ELF file, or what a loader looks for by its name
  bool is_elf = false;

  bool is_script() const { return start.starts_with("#!"); }
};

/// By the index in bundle.files(). `budget`: no more bytes than that are read of all together, by what the bundle says
/// of their sizes; what lies behind it is left unread, without a damage.
std::vector<Content> read_contents(const Opened& bundle, Scratch& scratch, uint64_t budget);

}  // namespace bundle::verify
