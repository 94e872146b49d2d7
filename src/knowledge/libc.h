// The libraries that are libc: one build of many files, of which none works with another build's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle::knowledge {

/// Whether a library is one of libc's, or of the compiler's run time below all others, by its SONAME. What these open
/// by themselves is the named sets' business.
bool is_of_libc(std::string_view soname);

/// Whether a file is musl's libc, by its base name.
bool is_musl(std::string_view name);

/// The parts of glibc that are libraries of their own. They fit the libc.so.6 and the loader of the same build only, so
/// what comes from the target must find those of the bundle.
const std::vector<std::string>& parts_of_glibc();

}  // namespace bundle::knowledge
