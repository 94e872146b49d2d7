// The names that an object may put behind the folder that it lies in, once dladdr or its like has told it where that
// is: "%s/foo/data.txt", "/foo", "../share/foo", "foo".
//
// A name is evidence only where something of that name is there: most strings of a file are none. A compiler may put a
// short string into the code itself, as the operands of moves; of those the beginnings are looked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elf/image.h"
#include "machine/root.h"

namespace bundle::discover {

struct NameBeside {
  std::string text;      // relative, tidy but for ".." at its beginning; may hold printf conversions
  bool is_path = false;  // written as a path, and so no mere word of some message
  auto operator<=>(const NameBeside&) const = default;
};

/// Those that lead from `folder` to something that is there, sorted, each once. Of one with conversions the part ahead
/// of them does. `is_own`: the folder is nobody's but the user's, and what two texts lead to together, ".." and
/// "share/x", is meant, too.
std::vector<NameBeside> names_beside(const elf::Image& image, machine::Root& root, const std::string& folder,
                                     bool is_own = false);

/// Whether the code holds `text`'s first bytes as an operand would, for a compiler may put a short string there. Four
/// bytes are the least that is no chance.
bool code_holds(const elf::Image& image, std::string_view text);

/// Takes the folder's own place off the front of a text: conversions, slashes, "./".
std::string_view without_folder(std::string_view text);

/// What stands ahead of the first component that holds a conversion.
std::string fixed_part(std::string_view name);

/// How many folders up the name begins.
size_t levels_up(std::string_view name);

}  // namespace bundle::discover
