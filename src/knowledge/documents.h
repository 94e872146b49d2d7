// LaTeX's words for what one file loads of others, and the names of its encodings.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Ahead of the names, in braces, of packages and classes.
inline constexpr std::array<std::string_view, 5> loading_commands = {
    "\\usepackage", "\\RequirePackage", "\\documentclass", "\\LoadClass", "\\RequirePackageWithOptions"};

/// How the names of a font's descriptions begin ("t1lmr.fd"), in the encodings of LaTeX's kernel; others a document has
/// to ask for.
inline constexpr std::array<std::string_view, 7> kernel_encodings = {"t1", "ts1", "ot1", "oml", "oms", "omx", "u"};

}  // namespace bundle::knowledge
