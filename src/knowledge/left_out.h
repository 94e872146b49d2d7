// What a bundle does without, of packages and of trees: documentation, headers, translations, static libraries, desktop
// entries, caches that are bound to the source files' times.
//
// Whole folders of the system are rows of folders.h's table; here are the names and endings, one row each for both
// kinds of places.
#pragma once

#include <string_view>

namespace bundle::knowledge {

/// Whether a package's programs run without a file, by where it lies or by its name.
bool is_left_out(std::string_view path);

/// The same by its name alone.
bool has_left_out_name(std::string_view path);

/// Whether it is such by what lies in a folder called doc of a package's own: what people read, and code that lies
/// there not.
bool is_documentation(std::string_view path);

/// Whether a tree runs without a file, by its path from the top: documentation, headers, sources, caches, tests of a
/// standard library.
bool is_left_out_of_tree(std::string_view path);

}  // namespace bundle::knowledge
