// ELF structures, widened to 64 bit, under the names that the specifications give their fields.
//
// Constants come from the system's <elf.h>; the few that Debian 12's lacks stand here. FileOffset and Address are
// distinct types: only elf::Image turns one into the other.
#pragma once

#include <elf.h>

#include <compare>
#include <cstdint>

namespace bundle::elf {

template <class Tag>
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
  Position operator+(uint64_t distance) const { return {value + distance}; }
  /// Bytes from `other` to here. The caller knows that other <= *this.
  uint64_t operator-(Position other) const { return value - other.value; }
};
using FileOffset = Position<struct FileOffsetTag>;
using Address = Position<struct AddressTag>;

struct Header {
  bool is_64 = true;
  uint8_t osabi = 0;
  uint16_t e_type = 0;
  uint16_t e_machine = 0;
  Address e_entry;
  FileOffset e_phoff;
  FileOffset e_shoff;
  uint32_t e_flags = 0;
  uint16_t e_phentsize = 0;
  uint16_t e_phnum = 0;
  uint16_t e_shentsize = 0;
  uint32_t e_shnum = 0;     // from section 0 when the 16-bit field overflows
  uint32_t e_shstrndx = 0;  // likewise
};

struct Segment {
  uint32_t p_type = 0;
  uint32_t p_flags = 0;
  FileOffset p_offset;
  Address p_vaddr;
  Address p_paddr;
  uint64_t p_filesz = 0;
  uint64_t p_memsz = 0;
  uint64_t p_align = 0;
};

struct Section {
  uint32_t sh_name = 0;
  uint32_t sh_type = 0;
  uint64_t sh_flags = 0;
  Address sh_addr;
  FileOffset sh_offset;
  uint64_t sh_size = 0;
  uint32_t sh_link = 0;
  uint32_t sh_info = 0;
  uint64_t sh_addralign = 0;
  uint64_t sh_entsize = 0;
};

struct Dynamic {
  int64_t d_tag = 0;
  uint64_t d_val = 0;
};

// gABI of 2022; glibc's elf.h has them from 2.36 on, musl's does not.
constexpr int64_t dt_relr = 36;
constexpr int64_t dt_relrsz = 35;
constexpr int64_t dt_relrent = 37;

// UAPI group, ELF dlopen metadata.
constexpr uint32_t nt_fdo_dlopen_metadata = 0x407c0c0a;

/// "x86_64", "aarch64", "i386", "armhf", "riscv64", or "machine N".
const char* machine_name(uint16_t e_machine);

}  // namespace bundle::elf
