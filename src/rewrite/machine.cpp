#include "rewrite/machine.h"

#include <elf.h>

namespace bundle::rewrite {

std::optional<Machine> machine_rules(uint16_t e_machine, bool is_64) {
  // The smallest user space among the kernels of a machine: 3 GiB on i386 (PAGE_OFFSET 0xc0000000, and below
  // it the stack and the vDSO), 39 bits on aarch64 and 38 on riscv64 (Sv39), 47 on x86_64.
  constexpr uint64_t end_32 = 0x80000000;
  switch (e_machine) {
    case EM_X86_64:
      return Machine{4096, is_64 ? uint64_t{1} << 47U : end_32};
    case EM_386:
      return Machine{4096, end_32};
    case EM_ARM:
      return Machine{65536, end_32};
    case EM_AARCH64:
      return Machine{65536, is_64 ? uint64_t{1} << 39U : end_32};
    case EM_RISCV:
      return Machine{4096, is_64 ? uint64_t{1} << 38U : end_32};
    case EM_PPC64:
      return Machine{65536, uint64_t{1} << 44U};
    default:
      return std::nullopt;
  }
}

}  // namespace bundle::rewrite
