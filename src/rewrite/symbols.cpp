#include "rewrite/symbols.h"

#include <algorithm>

#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

void move_symbols_of(const elf::Image& image, Draft& draft, size_t section, bool is_dynamic,
                     const elf::Section& table) {
  const uint64_t from = image.sections()[section].sh_addr.value;
  const uint64_t distance = draft.sections[section].sh_addr.value - from;
  const uint64_t record = record_sizes(image.is_64()).symbol;
  const Bytes symbols = image.bytes().slice(table.sh_offset.value, table.sh_size);
  // Some ports of GNU ld (aarch64, arm, riscv) make _DYNAMIC an absolute symbol. No other object stands
  // there.
  const auto follows = [&](uint16_t shndx, uint64_t value) {
    return shndx == section || (shndx == SHN_ABS && is_dynamic && value == from);
  };
  for (uint64_t at = 0; symbols.contains(at, record); at += record) {
    const elf::FileOffset offset = table.sh_offset + at;
    if (image.is_64()) {
      const auto symbol = symbols.read<Elf64_Sym>(at);
      if (!follows(symbol.st_shndx, symbol.st_value)) continue;
      draft.set(offset + offsetof(Elf64_Sym, st_value), encode_word(symbol.st_value + distance, true));
    } else {
      const auto symbol = symbols.read<Elf32_Sym>(at);
      if (!follows(symbol.st_shndx, symbol.st_value)) continue;
      draft.set(offset + offsetof(Elf32_Sym, st_value),
                encode_word(static_cast<uint32_t>(symbol.st_value + distance), false));
    }
  }
}

}  // namespace

void move_symbols(const elf::Image& image, Draft& draft, std::optional<size_t> dynamic_section) {
  for (size_t i = 0; i < image.sections().size(); ++i) {
    if (image.sections()[i].sh_addr == draft.sections[i].sh_addr) continue;
    for (size_t table = 0; table < image.sections().size(); ++table) {
      const elf::Section& symbols = image.sections()[table];
      const bool in_place = symbols.sh_offset == draft.sections[table].sh_offset;
      if (symbols.sh_type == SHT_SYMTAB || (symbols.sh_type == SHT_DYNSYM && in_place)) {
        move_symbols_of(image, draft, i, dynamic_section == i, symbols);
      }
    }
  }
}

uint64_t largest_symbol(const elf::Image& image) {
  constexpr uint64_t enough = 1U << 24U;
  uint64_t largest = 0;
  for (const elf::Section& table : image.sections()) {
    if (table.sh_type != SHT_DYNSYM) continue;
    const uint64_t record = record_sizes(image.is_64()).symbol;
    const Bytes symbols = image.bytes().slice(table.sh_offset.value, table.sh_size);
    for (uint64_t at = 0; symbols.contains(at, record); at += record) {
      largest = std::max<uint64_t>(
          largest, image.is_64() ? symbols.read<Elf64_Sym>(at).st_size : symbols.read<Elf32_Sym>(at).st_size);
    }
  }
  return std::min(largest, enough);
}

}  // namespace bundle::rewrite
