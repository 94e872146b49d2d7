// What any prefix has in it, so that as a word alone it says nothing, in a program that holds a prefix, too.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

inline constexpr std::array<std::string_view, 11> words_of_prefixes = {
    "lib", "lib32", "lib64", "share", "include", "etc", "var", "doc", "man", "src", "opt"};

}  // namespace bundle::knowledge
