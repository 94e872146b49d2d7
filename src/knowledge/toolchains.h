// What compilers leave in what they make: where they lie themselves, and the names of the sources.
//
// A compiled program holds such paths for messages, for profilers, by chance; it reads none of them. Go keeps its
// GOROOT, OCaml the folder of its standard library, a failed assertion __FILE__.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace bundle::knowledge {

/// Whether a path is by its ending a source of a language that is compiled before it runs.
bool is_source_of_compiled(std::string_view path);

/// Whether a folder is where a compiler lies. `has` says whether there is something of a relative name in it.
bool is_compilers_folder(const std::function<bool(std::string_view name)>& has);

/// Whether a compiler's file serves one of its sanitizers or instrumentations only, by its name: libasan.so,
/// libclang_rt.msan-x86_64.a.
bool is_of_sanitizer(std::string_view path);

/// Whether a compiler's file is for code of another machine than this e_machine, by its name: arm_neon.h, a "-i386.a".
bool is_for_other_machine(std::string_view path, uint16_t e_machine);

/// What a part of a compiler is for, by its base name and that of the driver that names it, where most compilations do
/// without it: "-flto" of lto1. Empty for what every one needs, and for what is no such part. What the driver's own
/// package ships is meant for it as a rule; `is_own` says whether it does.
std::string_view rare_use_of(std::string_view path, std::string_view driver, const std::function<bool()>& is_own);

}  // namespace bundle::knowledge
