// The names that an ELF file holds: absolute paths, libraries' and helper programs' names.
//
// Reads the bytes that a loader would map and that are not code: the sections with SHF_ALLOC and without
// SHF_EXECINSTR, or where there are no sections the whole file parts of the PT_LOADs. A path begins at one of
// a few roots ("/usr/", "/lib", "/etc/", "/opt/" …), behind a byte that cannot be part of a path before it
// (NUL, ':', '=', a quote), and ends where paths in lists and messages end (NUL, ':', white space, quotes). What links
// Qt has texts of 16-bit characters, too.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/image.h"

namespace bundle::discover {

/// What is read of a file, by its parts; views of its bytes. Made once for all that is asked of one file: to make it of
/// what links Qt means to go through the bytes.
class Texts {
 public:
  Texts(const elf::Image& image);  // NOLINT(google-explicit-constructor): an image has texts
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;
  auto begin() const { return parts_.begin(); }
  auto end() const { return parts_.end(); }

 private:
  std::vector<std::string_view> parts_;
  std::vector<std::string> wide_;
};

/// One absolute path as it stands in a file, printf conversions and all.
struct NamedPath {
  std::string text;
  /// Ends in a NUL or a list's colon. Rust and Go put strings end to end: there the text may run on into the
  /// next.
  bool is_terminated = true;
  /// Where the object holds two parts of it, and not the whole, those (joins.h).
  std::string parts = {};
  /// One of them is a mere word.
  bool is_by_word = false;
  /// Another one of the same object lies below: it may be no more than the beginning of that.
  bool is_above_others = false;
  auto operator<=>(const NamedPath&) const = default;
};

/// By which a library finds itself, where it does not ask the loader.
inline constexpr std::string_view own_maps = "/proc/self/maps";

/// Those in folders where programs have their files, and `own_maps`. Sorted, each once.
std::vector<NamedPath> named_paths(const Texts& texts);

/// "libfoo.so.1", "libbar.so": names without a slash that dlopen could be given. Sorted, each once.
std::vector<std::string> named_libraries(const Texts& texts);

/// Names of libraries whose versions are looked for when it runs, as globs: "libssl.*", "libfoo.so.%d". Sorted, each
/// once.
std::vector<std::string> library_globs(const Texts& texts);

/// Those of `names` that stand in the file as a whole word ("troff", not as a part of "ditroff").
std::vector<std::string> named_words(const Texts& texts, const std::vector<std::string>& names);

/// Those of `names` that stand anywhere in the file's text between blanks, quotes and the like: a compiler's
/// specs have the programs that they start in the midst of their options ("%{!S: as %(asm_options)}").
std::vector<std::string> names_in_text(const Texts& texts, const std::vector<std::string>& names);

/// Calls `look` with each NUL-terminated string of the file's data, which is good for as long as `texts` is; with those
/// alone that hold the letter; with those alone that are at least three letters long and have such letters alone as
/// paths and formats of paths are written with. Most of a file's data is no text: the latter two pass over it.
void for_each_text(const Texts& texts, const std::function<void(std::string_view)>& look);
void for_each_text_holding(char letter, const Texts& texts, const std::function<void(std::string_view)>& look);
void for_each_path_text(const Texts& texts, const std::function<void(std::string_view)>& look);
/// Whether it has such letters alone.
bool is_written_as_path(std::string_view text);

/// Whether `path` stands in the file's data, alone or with more of a path behind it.
bool holds_path(const Texts& texts, std::string_view path);

/// A printf format as a shell glob: "%s/%d.dat" -> "*/*.dat". What is no conversion is quoted where globs
/// need it.
std::string glob_of_format(std::string_view format);

}  // namespace bundle::discover
