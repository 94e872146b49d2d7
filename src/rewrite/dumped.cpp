// See dumped.h. Emacs's and GCL's unexelf.c make PROGBITS of the .bss, under the name of .data, add a second .data for
// the heap, and leave __bss_start where the link editor had it.
#include "rewrite/dumped.h"

#include <algorithm>

#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

/// Where the memory of the file ends, if all of it comes from the file: from here on the heap would be.
std::optional<elf::Address> end_without_bss(const elf::Image& image) {
  std::optional<elf::Address> end;
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_memsz > segment.p_filesz) return std::nullopt;
    end = segment.p_vaddr + segment.p_memsz;
  }
  return end;
}

bool asks_for_brk(const elf::Image& image) {
  const std::vector<std::string> imports = image.imported_symbols();
  return std::any_of(imports.begin(), imports.end(), [](const std::string& name) {
    return name == "sbrk" || name == "brk" || name == "__sbrk" || name == "__brk";
  });
}

/// The value of __bss_start, from whichever symbol table has it.
std::optional<elf::Address> start_of_bss(const elf::Image& image) {
  const uint64_t record = record_sizes(image.is_64()).symbol;
  for (const elf::Section& table : image.sections()) {
    if ((table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) || table.sh_link >= image.sections().size())
      continue;
    const elf::Section& strings = image.sections()[table.sh_link];
    if (!image.bytes().contains(table.sh_offset.value, table.sh_size) ||
        !image.bytes().contains(strings.sh_offset.value, strings.sh_size))
      continue;
    const Bytes symbols = image.bytes().slice(table.sh_offset.value, table.sh_size);
    const std::string_view names = image.bytes().slice(strings.sh_offset.value, strings.sh_size).text();
    constexpr std::string_view wanted("__bss_start\0", 12);
    for (uint64_t at = 0; symbols.contains(at, record); at += record) {
      const uint64_t name = image.is_64() ? symbols.read<Elf64_Sym>(at).st_name : symbols.read<Elf32_Sym>(at).st_name;
      if (name >= names.size() || names.substr(name, wanted.size()) != wanted) continue;
      return elf::Address{image.is_64() ? symbols.read<Elf64_Sym>(at).st_value : symbols.read<Elf32_Sym>(at).st_value};
    }
  }
  return std::nullopt;
}

bool holds_something(const elf::Image& image, elf::Address start, elf::Address end) {
  if (start >= end) return false;
  const std::optional<elf::FileOffset> offset = image.offset_of(start, end - start);
  return offset && !image.bytes().is_zero(offset->value, end - start);
}

/// For a file without symbols: what unexec makes of the section headers.
bool has_second_data_section(const elf::Image& image) {
  return std::count_if(image.sections().begin(), image.sections().end(), [&](const elf::Section& section) {
           return section.sh_type == SHT_PROGBITS && (section.sh_flags & (SHF_ALLOC | SHF_WRITE)) != 0 &&
                  section.sh_size > 0 && image.section_name(section) == ".data";
         }) > 1;
}

}  // namespace

bool has_dumped_heap(const elf::Image& image) {
  if (image.header().e_type != ET_EXEC) return false;  // without a fixed address brk starts anywhere
  const std::optional<elf::Address> end = end_without_bss(image);
  if (!end || !asks_for_brk(image)) return false;
  const std::optional<elf::Address> bss = start_of_bss(image);
  return bss ? holds_something(image, *bss, *end) : has_second_data_section(image);
}

}  // namespace bundle::rewrite
