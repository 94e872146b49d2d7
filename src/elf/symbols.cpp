// See symbols.h.
#include "elf/symbols.h"

#include <algorithm>

namespace bundle::elf {

void each_symbol(const Image& image, const std::function<void(const Symbol&)>& take) {
  const std::optional<uint64_t> table = image.dynamic_value(DT_SYMTAB);
  const std::optional<Source> bytes = table ? image.mapped_from({*table}) : std::nullopt;
  if (!bytes) return;
  const size_t entry_size = image.is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const uint64_t count = std::min(image.symbol_count(), bytes->size() / entry_size);
  const Bytes symbols = bytes->slice(0, count * entry_size);
  const std::optional<uint64_t> version_table = image.dynamic_value(DT_VERSYM);
  const std::optional<Source> version_of = version_table ? image.mapped_from({*version_table}) : std::nullopt;
  const Bytes versions = version_of ? version_of->slice(0, std::min(count * 2, version_of->size())) : Bytes();
  const uint64_t names = image.dynamic_value(DT_STRSZ).value_or(0);
  for (uint64_t i = 1; i < count; ++i) {
    Elf64_Sym symbol = {};
    if (image.is_64()) {
      symbol = symbols.read<Elf64_Sym>(i * entry_size);
    } else {
      const auto narrow = symbols.read<Elf32_Sym>(i * entry_size);
      symbol.st_name = narrow.st_name;
      symbol.st_info = narrow.st_info;
      symbol.st_shndx = narrow.st_shndx;
    }
    const unsigned binding = ELF64_ST_BIND(symbol.st_info);
    if (symbol.st_name == 0 || binding == STB_LOCAL || symbol.st_name >= names) continue;
    const uint16_t version = versions.contains(i * 2, 2) ? versions.read<uint16_t>(i * 2) : VER_NDX_GLOBAL;
    take({image.dynamic_string(symbol.st_name), static_cast<uint16_t>(version & 0x7fffU), symbol.st_shndx != SHN_UNDEF,
          binding == STB_WEAK});
  }
}

}  // namespace bundle::elf
