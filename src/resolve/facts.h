// What one ELF file alone says of where it runs and how it was hardened.
#pragma once

#include <string_view>
#include <vector>

#include "elf/image.h"
#include "plan/plan.h"

namespace bundle::resolve {

/// Reads the facts of a file; `version_needs` are image.version_needs(). The lowest glibc is the highest GLIBC_x.y
/// version that the file itself requires; its libraries may require more. Throws what the Image throws for corrupt
/// tables.
ProgramFacts read_facts(const elf::Image& image, const std::vector<elf::VersionNeed>& version_needs);

/// "2.9" comes before "2.34". Both are numbers with dots.
bool version_below(std::string_view left, std::string_view right);

}  // namespace bundle::resolve
