// See toolchains.h.
#include "knowledge/toolchains.h"

#include <algorithm>
#include <array>

namespace bundle::knowledge {

namespace {

/// Endings of sources, headers and intermediate files that only a compiler reads.
constexpr std::array<std::string_view, 33> source_endings = {
    ".c",   ".cc",  ".cpp", ".cxx", ".c++", ".h",   ".hh",   ".hpp",   ".hxx", ".inl", ".ipp",
    ".go",  ".rs",  ".ml",  ".mli", ".hs",  ".lhs", ".d",    ".di",    ".nim", ".pas", ".pp",
    ".adb", ".ads", ".f",   ".f90", ".zig", ".cr",  ".vala", ".swift", ".y",   ".cu",  ".asm"};

struct Landmark {
  std::string_view name;  // lies in the folder of this compiler and of no other thing
  const char* why;
};

constexpr std::array<Landmark, 11> landmarks = {{
    {"src/runtime/runtime.go", "GOROOT: Go"},
    {"pkg/tool", "GOROOT as distributions split it"},
    {"lib/rustlib", "rustc's sysroot"},
    {"stdlib.cma", "OCaml's standard library"},
    {"crtbegin.o", "gcc's own folder"},
    {"package.conf.d", "GHC's libraries"},
    {"lib/nimbase.h", "Nim"},
    {"object.d", "D's runtime"},
    {"rtl/system.ppu", "Free Pascal's units"},
    {"adainclude", "GNAT"},
    {"lib/std/std.zig", "Zig"},
}};

}  // namespace

bool is_source_of_compiled(std::string_view path) {
  return std::any_of(source_endings.begin(), source_endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_compilers_folder(const std::function<bool(std::string_view name)>& has) {
  return std::any_of(landmarks.begin(), landmarks.end(), [&](const Landmark& mark) { return has(mark.name); });
}

}  // namespace bundle::knowledge
