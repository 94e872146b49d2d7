// See stub_library.h. One PT_LOAD maps the file at address 0, so that offsets are addresses.
#include "verify/stub_library.h"

#include <elf.h>

#include "base/bytes.h"

namespace bundle::verify {

namespace {

/// The hash of version names: the gABI's for symbols.
uint32_t hash_of(std::string_view name) {
  uint32_t hash = 0;
  for (const char letter : name) {
    hash = (hash << 4U) + static_cast<unsigned char>(letter);
    const uint32_t high = hash & 0xf0000000U;
    hash = (hash ^ (high >> 24U)) & ~high;
  }
  return hash;
}

class Strings {
 public:
  uint32_t add(std::string_view text) {
    const size_t at = bytes_.size();
    bytes_ += text;
    bytes_ += '\0';
    return static_cast<uint32_t>(at);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(1, '\0');
};

}  // namespace

std::string make_stub_library(uint16_t e_machine, std::string_view soname, const std::vector<std::string>& versions) {
  Strings strings;
  const uint32_t own_name = strings.add(soname);
  std::string definitions;
  const size_t count = versions.empty() ? 0 : versions.size() + 1;  // the first stands for the file itself
  for (size_t i = 0; i < count; ++i) {
    const std::string_view name = i == 0 ? soname : std::string_view(versions[i - 1]);
    Elf64_Verdef definition = {};
    definition.vd_version = VER_DEF_CURRENT;
    definition.vd_flags = i == 0 ? VER_FLG_BASE : 0;
    definition.vd_ndx = static_cast<Elf64_Half>(i + 1);
    definition.vd_cnt = 1;
    definition.vd_hash = hash_of(name);
    definition.vd_aux = sizeof(Elf64_Verdef);
    definition.vd_next = i + 1 == count ? 0 : sizeof(Elf64_Verdef) + sizeof(Elf64_Verdaux);
    append_value(definitions, definition);
    append_value(definitions, Elf64_Verdaux{i == 0 ? own_name : strings.add(name), 0});
  }
  std::vector<Elf64_Dyn> dynamic;
  const auto add = [&](Elf64_Sxword tag, Elf64_Xword value) {
    Elf64_Dyn entry = {};
    entry.d_tag = tag;
    entry.d_un.d_val = value;
    dynamic.push_back(entry);
  };
  const uint64_t dynamic_at = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
  const uint64_t entries = count == 0 ? 4 : 6;
  const uint64_t definitions_at = dynamic_at + entries * sizeof(Elf64_Dyn);
  const uint64_t strings_at = definitions_at + definitions.size();
  add(DT_SONAME, own_name);
  add(DT_STRTAB, strings_at);
  add(DT_STRSZ, strings.bytes().size());
  if (count != 0) {
    add(DT_VERDEF, definitions_at);
    add(DT_VERDEFNUM, count);
  }
  add(DT_NULL, 0);
  const uint64_t size = strings_at + strings.bytes().size();

  Elf64_Ehdr header = {};
  const unsigned char ident[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
  for (size_t i = 0; i < sizeof ident; ++i) header.e_ident[i] = ident[i];
  header.e_type = ET_DYN;
  header.e_machine = e_machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  std::string out;
  append_value(out, header);
  append_value(out, Elf64_Phdr{PT_LOAD, PF_R, 0, 0, 0, size, size, 0x1000});
  const uint64_t dynamic_size = entries * sizeof(Elf64_Dyn);
  append_value(out, Elf64_Phdr{PT_DYNAMIC, PF_R, dynamic_at, dynamic_at, dynamic_at, dynamic_size, dynamic_size, 8});
  for (const Elf64_Dyn& entry : dynamic) append_value(out, entry);
  return out + definitions + strings.bytes();
}

}  // namespace bundle::verify
