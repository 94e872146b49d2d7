// See dumped.h. Emacs's and GCL's unexelf.c make PROGBITS of the .bss, under the name of .data, add a second .data for
// the heap, and leave __bss_start where the link editor had it.
#include "rewrite/dumped.h"

#include <algorithm>

#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

/// A saved heap goes on right behind the file's last byte, so no memory stands between.
bool has_memory_of_its_own(const elf::Image& image) {
  return std::any_of(image.segments().begin(), image.segments().end(), [](const elf::Segment& segment) {
    return segment.p_type == PT_LOAD && segment.p_memsz > segment.p_filesz;
  });
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

/// A table for the loader, which an edit puts behind what was the end of the file's memory.
bool is_table(const elf::Image& image, const elf::Section& section) {
  return (section.sh_flags & SHF_ALLOC) != 0 && ((section.sh_type != SHT_PROGBITS && section.sh_type != SHT_NOBITS) ||
                                                 image.section_name(section) == ".interp");
}

bool holds_bytes(const elf::Image& image, elf::Address start, elf::Address end) {
  if (start >= end) return false;
  const std::optional<elf::FileOffset> offset = image.offset_of(start, end - start);
  return offset && !image.bytes().is_zero(offset->value, end - start);
}

/// Whether the segment that `start` lies in holds anything from there on but tables.
bool holds_something(const elf::Image& image, elf::Address start) {
  const auto segment = std::find_if(image.segments().begin(), image.segments().end(), [&](const elf::Segment& each) {
    return each.p_type == PT_LOAD && each.p_vaddr <= start && start < each.p_vaddr + each.p_memsz;
  });
  if (segment == image.segments().end()) return false;
  const elf::Address end = segment->p_vaddr + segment->p_memsz;
  std::vector<std::pair<elf::Address, elf::Address>> tables;
  for (const elf::Section& section : image.sections()) {
    if (is_table(image, section) && section.sh_addr >= start && section.sh_addr < end && section.sh_size > 0)
      tables.emplace_back(section.sh_addr, section.sh_addr + section.sh_size);
  }
  std::sort(tables.begin(), tables.end());
  for (const auto& [from, to] : tables) {
    if (holds_bytes(image, start, from)) return true;
    start = std::max(start, to);
  }
  return holds_bytes(image, start, end);
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
  if (has_memory_of_its_own(image) || !asks_for_brk(image)) return false;
  const std::optional<elf::Address> bss = start_of_bss(image);
  return bss ? holds_something(image, *bss) : has_second_data_section(image);
}

}  // namespace bundle::rewrite
