// Which characters are safe to show, and words for messages made of them.
//
// Not safe are the control characters (C0, DEL, C1: they drive a terminal), what is not well-formed UTF-8, and the
// characters that are not seen but change what is: marks and overrides of the reading direction (Unicode's UAX 9; CVE
// 2021-42574), line and paragraph separators, zero-width characters, and tags. printable() itself is in error.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bundle {

struct Character {
  size_t length = 1;     // bytes
  uint32_t code = 0;     // when it is valid
  bool is_valid = true;  // a well-formed UTF-8 sequence
  bool is_safe = true;
};
/// The first of a text that is not empty.
Character first_character(std::string_view text);

/// How many bytes at the front of `text` are printable ASCII: what nearly all text is.
size_t plain_prefix(std::string_view text);

/// `word` as one word of a shell's command line that a user may copy: as it is when it needs no quotes, else in single
/// quotes, or where it holds unsafe characters as $'\x1b'. Printable in each case.
std::string shell_word(std::string_view word);

}  // namespace bundle
