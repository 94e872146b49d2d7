// See symbols.h.
#include "elf/symbols.h"

#include <algorithm>

namespace bundle::elf {

namespace {

/// For a file whose hash table holds no symbol, for it defines none (coreutils' libstdbuf.so): its section header says
/// how many there are, or the string table, which linkers put behind the symbols.
uint64_t count_unhashed(const Image& image) {
  const uint64_t table = image.dynamic_value(DT_SYMTAB).value_or(0);
  const uint64_t entry_size = image.is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  for (const Section& section : image.sections()) {
    if (section.sh_type == SHT_DYNSYM && section.sh_addr.value == table) return section.sh_size / entry_size;
  }
  const uint64_t strings = image.dynamic_value(DT_STRTAB).value_or(0);
  return strings > table ? (strings - table) / entry_size : 0;
}

/// How many symbols the hash tables know of.
uint64_t count_symbols(const Image& image) {
  if (const std::optional<uint64_t> hash = image.dynamic_value(DT_HASH)) {
    if (const std::optional<Source> bytes = image.mapped_from({*hash})) return bytes->read<uint32_t>(4);  // nchain
  }
  const std::optional<uint64_t> hash = image.dynamic_value(DT_GNU_HASH);
  const std::optional<Source> bytes = hash ? image.mapped_from({*hash}) : std::nullopt;
  if (!bytes) return 0;
  const auto bucket_count = bytes->read<uint32_t>(0);
  const auto symbol_offset = bytes->read<uint32_t>(4);
  const uint64_t bloom_bytes = bytes->read<uint32_t>(8) * static_cast<uint64_t>(image.is_64() ? 8 : 4);
  const Array<uint32_t> buckets = bytes->slice(16 + bloom_bytes, bucket_count * 4ULL).array<uint32_t>(0, bucket_count);
  uint64_t last = 0;
  for (uint64_t i = 0; i < buckets.size(); ++i) last = std::max<uint64_t>(last, buckets[i]);
  if (last < symbol_offset) return std::max<uint64_t>(symbol_offset, count_unhashed(image));
  const uint64_t chains = 16 + bloom_bytes + bucket_count * 4ULL;
  while ((bytes->read<uint32_t>(chains + (last - symbol_offset) * 4ULL) & 1U) == 0) ++last;
  return last + 1;
}

}  // namespace

void each_symbol(const Image& image, const std::function<void(const Symbol&)>& take) {
  const std::optional<uint64_t> table = image.dynamic_value(DT_SYMTAB);
  const std::optional<Source> bytes = table ? image.mapped_from({*table}) : std::nullopt;
  if (!bytes) return;
  const size_t entry_size = image.is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const uint64_t count = std::min(count_symbols(image), bytes->size() / entry_size);
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
