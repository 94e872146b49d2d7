// See self.h. All of these look at bytes and err on the side of yes.
#include "rewrite/self.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rewrite/space.h"

namespace bundle::rewrite {

namespace {

/// Sections that link editors, compilers and debuggers leave in a file without mapping them.
bool is_usual_unmapped_section(std::string_view name) {
  constexpr std::array<std::string_view, 14> beginnings = {".comment", ".debug", ".zdebug",  ".gnu",    ".note",
                                                           ".stab",    ".gdb",   ".llvm",    ".ARM",    ".riscv",
                                                           ".rela",    ".rel.",  ".deplibs", ".annobin"};
  return name.empty() || std::any_of(beginnings.begin(), beginnings.end(),
                                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

bool has_unmapped_section(const elf::Image& image) {
  return std::any_of(image.sections().begin(), image.sections().end(), [&](const elf::Section& section) {
    const bool is_table = section.sh_type == SHT_SYMTAB || section.sh_type == SHT_STRTAB ||
                          section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS ||
                          section.sh_type == SHT_GROUP || section.sh_type == SHT_SYMTAB_SHNDX;
    return !is_table && section.sh_size > 0 && (section.sh_flags & SHF_ALLOC) == 0 &&
           !is_usual_unmapped_section(image.section_name(section));
  });
}

/// "/proc/self/exe", "/proc/%d/exe" and their like; "/exe" alone, to be put behind a number; and the first eight
/// letters as compilers put a short constant into the code.
bool names_own_executable(std::string_view text) {
  constexpr std::string_view proc = "/proc/", link = "/exe", code = "/proc/se", rest = "lf";
  constexpr size_t longest_number = 16;
  for (size_t at = text.find(link); at != std::string_view::npos; at = text.find(link, at + 1)) {
    const size_t begin = at - std::min(at, proc.size() + longest_number);
    const std::string_view ahead = text.substr(begin, at - begin);
    const size_t named = ahead.rfind(proc);
    if (named != std::string_view::npos && ahead.find('\0', named) == std::string_view::npos) return true;
    if (ahead.ends_with('\0') && text.substr(at + link.size()).starts_with('\0')) return true;
  }
  for (size_t at = text.find(code); at != std::string_view::npos; at = text.find(code, at + 1)) {
    if (!text.substr(at + code.size()).starts_with(rest)) return true;
  }
  return false;
}

}  // namespace

Payload payload_of(const elf::Image& image) {
  const uint64_t size = Space(image, 4096).payload();
  return {image.size() - size, size};
}

bool may_read_itself(const elf::Image& image) {
  return payload_of(image).size > 0 || has_unmapped_section(image) || names_own_executable(image.bytes().text());
}

bool may_call_kernel(const elf::Image& image) {
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    if (!image.bytes().contains(segment.p_offset.value, segment.p_filesz)) continue;
    const std::string_view code = image.bytes().slice(segment.p_offset.value, segment.p_filesz).text();
    if (image.header().e_machine == EM_X86_64) {
      if (code.find("\x0f\x05") != std::string_view::npos) return true;  // syscall
    } else if (image.header().e_machine == EM_AARCH64) {
      constexpr std::string_view svc("\x01\x00\x00\xd4", 4);  // svc #0
      for (size_t at = code.find(svc); at != std::string_view::npos; at = code.find(svc, at + 1)) {
        if ((segment.p_offset.value + at) % 4 == 0) return true;
      }
    }
  }
  return false;
}

}  // namespace bundle::rewrite
