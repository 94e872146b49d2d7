// See toolchains.h.
#include "knowledge/toolchains.h"

#include <elf.h>

#include <algorithm>
#include <array>

#include "base/file.h"

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

/// What LLVM's compiler-rt and gcc's libsanitizer call their parts.
constexpr std::array<std::string_view, 16> sanitizers = {"asan",      "tsan", "msan",     "lsan", "ubsan", "dfsan",
                                                         "hwasan",    "xray", "fuzzer",   "cfi",  "scudo", "memprof",
                                                         "safestack", "orc",  "gwp_asan", "itm"};

struct Foreign {
  std::string_view beginning, ending;  // of a base name
  uint16_t e_machine;                  // whose it is; of EM_NONE, neither of those that are bundled for
};
constexpr std::array<Foreign, 16> foreign = {{
    {"arm_", ".h", EM_AARCH64},
    {"arm_mve", ".h", EM_NONE},
    {"arm_cde", ".h", EM_NONE},
    {"riscv_", ".h", EM_NONE},
    {"altivec", ".h", EM_NONE},
    {"ppc_", ".h", EM_NONE},
    {"hexagon_", ".h", EM_NONE},
    {"hvx_", ".h", EM_NONE},
    {"s390", ".h", EM_NONE},
    {"vecintrin", ".h", EM_NONE},
    {"wasm_", ".h", EM_NONE},
    {"msa", ".h", EM_NONE},
    {"", "-i386.a", EM_386},
    {"", "-i386.so", EM_386},
    {"", "-x86_64.a", EM_X86_64},
    {"", "-aarch64.a", EM_AARCH64},
}};

struct RarePart {
  std::string_view name;    // its base name
  std::string_view driver;  // what the driver's name ends with, version aside; empty: any
  std::string_view use;
  bool of_own = false;  // even where the driver's own package ships it
};
constexpr std::array<RarePart, 13> rare_parts = {{
    {"cc1", "++", "files in C"},
    {"cc1obj", "", "Objective-C"},
    {"lto1", "", "-flto"},
    {"g++-mapper-server", "", "modules of C++", true},
    {"libcc1.so", "", "gdb's compile", true},
    {"libcc1.so.0", "", "gdb's compile", true},
    {"gold", "", "-fuse-ld=gold"},
    {"ld.gold", "", "-fuse-ld=gold"},
    {"dwp", "", "-gsplit-dwarf"},
    {"ct.sym", "java", "javac --release", true},
    {"llvm-symbolizer", "", "traces of its own crashes", true},
    {"LLVMPolly.so", "", "Polly's optimizations", true},
    {"LLVMgold.so", "", "-flto with gold", true},
}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_source_of_compiled(std::string_view path) {
  return std::any_of(source_endings.begin(), source_endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_compilers_folder(const std::function<bool(std::string_view name)>& has) {
  return std::any_of(landmarks.begin(), landmarks.end(), [&](const Landmark& mark) { return has(mark.name); });
}

bool is_of_sanitizer(std::string_view path) {
  const std::string_view name = base_name(path);
  if (name.find(".so") == std::string_view::npos && name.find(".a") == std::string_view::npos) return false;
  if (!name.starts_with("lib")) return false;
  return std::any_of(sanitizers.begin(), sanitizers.end(), [&](std::string_view part) {
    const size_t at = name.find(part);
    if (at == std::string_view::npos) return false;
    const char before = name[at - 1], after = at + part.size() < name.size() ? name[at + part.size()] : '.';
    return (at == 3 || !is_letter(before)) && !is_letter(after);
  });
}

std::string_view rare_use_of(std::string_view path, std::string_view driver, const std::function<bool()>& is_own) {
  while (!driver.empty() &&
         (driver.back() == '.' || driver.back() == '-' || (driver.back() >= '0' && driver.back() <= '9')))
    driver.remove_suffix(1);  // g++-12
  const std::string_view name = base_name(path);
  const auto part = std::find_if(rare_parts.begin(), rare_parts.end(), [&](const RarePart& row) {
    return row.name == name && driver.ends_with(row.driver) && (row.of_own || !is_own());
  });
  return part == rare_parts.end() ? std::string_view() : part->use;
}

bool is_for_other_machine(std::string_view path, uint16_t e_machine) {
  const std::string_view name = base_name(path);
  return std::any_of(foreign.begin(), foreign.end(), [&](const Foreign& row) {
    return name.starts_with(row.beginning) && name.ends_with(row.ending) && row.e_machine != e_machine;
  });
}

}  // namespace bundle::knowledge
