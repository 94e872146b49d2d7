// A library of which no more is known than its name and the symbol versions that it defines, as an ELF file.
//
// So what a runtime has can be laid out as files, and the resolver meets it as a loader would. There is nothing in it
// but a dynamic section with DT_SONAME and DT_VERDEF (gABI; the LSB's "Symbol Versioning" for the latter's records).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::verify {

/// For a machine of 64 bit.
std::string make_stub_library(uint16_t e_machine, std::string_view soname, const std::vector<std::string>& versions);

}  // namespace bundle::verify
