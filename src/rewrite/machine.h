// What the rewriting has to know about a machine. Sources: the psABI supplements; the kernel's arch/*/Kconfig
// for the page sizes that it can be built with; ld's ELF_MAXPAGESIZE.
#pragma once

#include <cstdint>
#include <optional>

namespace bundle::rewrite {

struct Machine {
  uint64_t largest_page = 4096;
  /// No address at or above this may be used by a program.
  uint64_t address_end = 0;
};

/// Nothing for a machine whose dynamic section has rules of its own (MIPS: DT_MIPS_RLD_MAP_REL is relative to
/// where its entry lies).
std::optional<Machine> machine_rules(uint16_t e_machine, bool is_64);

}  // namespace bundle::rewrite
