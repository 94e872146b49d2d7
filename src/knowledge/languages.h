// Languages that run their programs from text: where Python looks for modules, which calls open a library by its name,
// and in which files such text stands.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Where Python has modules beside its own, in the order in which it looks; VERSION stands for that of "python3.11".
/// See site.py, and Debian's python3-minimal for dist-packages.
inline constexpr std::array<std::string_view, 9> python_folders = {
    "/usr/local/lib/VERSION/dist-packages",   "/usr/local/lib/VERSION/site-packages",
    "/usr/local/lib64/VERSION/site-packages", "/usr/lib/python3/dist-packages",
    "/usr/lib/VERSION/dist-packages",         "/usr/lib/VERSION/site-packages",
    "/usr/lib64/VERSION/site-packages",       "/usr/lib/python2.7/dist-packages",
    "/usr/lib/VERSION/vendor-packages"};

/// Calls that take the name of a library, with its ending or without: Python's ctypes and cffi, Ruby's FFI and Fiddle,
/// Perl's FFI::CheckLib and FFI::Platypus, Node's koffi and ffi-napi, R's dyn.load.
inline constexpr std::array<std::string_view, 12> library_calls = {
    "dlopen",     "find_library", "CDLL(",    "LoadLibrary(", "ffi_lib",       "dyn.load",
    "koffi.load", "ffi.Library",  "find_lib", "check_lib",    "ffi_load_lib(", "->lib("};

/// The endings of files of text that such calls stand in.
inline constexpr std::array<std::string_view, 11> text_endings = {".py",  ".rb", ".pm",  ".pl",  ".js", ".cjs",
                                                                  ".mjs", ".R",  ".lua", ".tcl", ".php"};

/// Names in a module's condition that never holds in a run.
inline constexpr std::array<std::string_view, 3> never_conditions = {"TYPE_CHECKING", "__name__ ==", "MYPY"};

}  // namespace bundle::knowledge
