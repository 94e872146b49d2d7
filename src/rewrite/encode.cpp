#include "rewrite/encode.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/error.h"

namespace bundle::rewrite {

namespace {

/// Assigns to a field of either class, and throws when the value does not survive.
template <class Field>
void put(Field& field, uint64_t value) {
  field = static_cast<Field>(value);
  if (static_cast<uint64_t>(field) != value) {
    throw Error(Exit::cannot_bundle, "", fmt::format("cannot hold the value {:#x} in a 32-bit field", value));
  }
}

template <class Raw>
std::string bytes_of(const Raw& raw) {
  std::string out;
  append_value(out, raw);
  return out;
}

template <class Raw>
std::string encode_as(const elf::Segment& segment) {
  Raw raw = {};
  raw.p_type = segment.p_type;
  raw.p_flags = segment.p_flags;
  put(raw.p_offset, segment.p_offset.value);
  put(raw.p_vaddr, segment.p_vaddr.value);
  put(raw.p_paddr, segment.p_paddr.value);
  put(raw.p_filesz, segment.p_filesz);
  put(raw.p_memsz, segment.p_memsz);
  put(raw.p_align, segment.p_align);
  return bytes_of(raw);
}

template <class Raw>
std::string encode_as(const elf::Section& section) {
  Raw raw = {};
  raw.sh_name = section.sh_name;
  raw.sh_type = section.sh_type;
  put(raw.sh_flags, section.sh_flags);
  put(raw.sh_addr, section.sh_addr.value);
  put(raw.sh_offset, section.sh_offset.value);
  put(raw.sh_size, section.sh_size);
  raw.sh_link = section.sh_link;
  raw.sh_info = section.sh_info;
  put(raw.sh_addralign, section.sh_addralign);
  put(raw.sh_entsize, section.sh_entsize);
  return bytes_of(raw);
}

}  // namespace

RecordSizes record_sizes(bool is_64) {
  if (is_64) {
    return {sizeof(Elf64_Ehdr), sizeof(Elf64_Phdr), sizeof(Elf64_Shdr), sizeof(Elf64_Dyn), sizeof(Elf64_Sym)};
  }
  return {sizeof(Elf32_Ehdr), sizeof(Elf32_Phdr), sizeof(Elf32_Shdr), sizeof(Elf32_Dyn), sizeof(Elf32_Sym)};
}

std::string encode(const elf::Segment& segment, bool is_64) {
  return is_64 ? encode_as<Elf64_Phdr>(segment) : encode_as<Elf32_Phdr>(segment);
}

std::string encode(const elf::Section& section, bool is_64) {
  return is_64 ? encode_as<Elf64_Shdr>(section) : encode_as<Elf32_Shdr>(section);
}

std::string encode(const elf::Dynamic& entry, bool is_64) {
  if (is_64) {
    Elf64_Dyn raw = {};
    raw.d_tag = entry.d_tag;
    raw.d_un.d_val = entry.d_val;
    return bytes_of(raw);
  }
  Elf32_Dyn raw = {};
  raw.d_tag = static_cast<Elf32_Sword>(entry.d_tag);
  put(raw.d_un.d_val, entry.d_val);
  return bytes_of(raw);
}

std::string encode_word(uint64_t value, bool is_64) {
  if (is_64) return bytes_of(value);
  uint32_t narrow = 0;
  put(narrow, value);
  return bytes_of(narrow);
}

}  // namespace bundle::rewrite
