// The programs of other packages that programs start for a part of their work, by name: what packs and unpacks, and
// what leads to other machines.
//
// Such a name stands in the program's bytes as a text of its own ("xz"), or at the end of another one where the linker
// stored the two together ("--xz"). Only names that are no words of prose, and no command that scripts are made of, can
// be told that way.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

inline constexpr std::array<std::string_view, 15> helper_names = {
    "gzip",  "bzip2", "xz",  "lzma",     "lzip",       "lzop", "zstd",    "lz4",
    "unzip", "pigz",  "ssh", "compress", "uncompress", "scp",  "sendmail"};

/// Of those what leads to another machine: the work cannot be done without. An option's name may end the same way, so
/// the text is the name, or one of an address ("git+ssh").
inline constexpr std::array<std::string_view, 2> remote_names = {"ssh", "scp"};

/// In a larger program there are words of all sorts: a compiler's and an interpreter's own names.
constexpr unsigned long largest_of_words = 5'000'000;  // bytes

/// How tables of commands are called that lie among a program's own files, and not in /etc: GraphicsMagick's.
constexpr std::string_view name_of_tables = "delegates.";

/// Behind which, in a table of settings, the command of a row stands.
constexpr std::string_view command_attribute = "command=";

}  // namespace bundle::knowledge
