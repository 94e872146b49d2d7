#include "elf/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace bundle::elf {

namespace {

Header widen(const Elf64_Ehdr& raw) {
  return {true,        raw.e_ident[EI_OSABI], raw.e_type,  raw.e_machine,   {raw.e_entry}, {raw.e_phoff}, {raw.e_shoff},
          raw.e_flags, raw.e_phentsize,       raw.e_phnum, raw.e_shentsize, raw.e_shnum,   raw.e_shstrndx};
}
Header widen(const Elf32_Ehdr& raw) {
  return {false,       raw.e_ident[EI_OSABI], raw.e_type,  raw.e_machine,   {raw.e_entry}, {raw.e_phoff}, {raw.e_shoff},
          raw.e_flags, raw.e_phentsize,       raw.e_phnum, raw.e_shentsize, raw.e_shnum,   raw.e_shstrndx};
}
template <class Raw>
Segment widen_segment(const Raw& raw) {
  return {raw.p_type,    raw.p_flags,  {raw.p_offset}, {raw.p_vaddr},
          {raw.p_paddr}, raw.p_filesz, raw.p_memsz,    raw.p_align};
}
Dynamic widen_dynamic(Bytes bytes, bool is_64) {
  if (is_64) {
    const auto raw = bytes.read<Elf64_Dyn>(0);
    return {raw.d_tag, raw.d_un.d_val};
  }
  const auto raw = bytes.read<Elf32_Dyn>(0);
  return {raw.d_tag, raw.d_un.d_val};
}
template <class Raw>
Section widen_section(const Raw& raw) {
  return {raw.sh_name, raw.sh_type, raw.sh_flags, {raw.sh_addr},    {raw.sh_offset},
          raw.sh_size, raw.sh_link, raw.sh_info,  raw.sh_addralign, raw.sh_entsize};
}

}  // namespace

const char* machine_name(uint16_t e_machine) {
  switch (e_machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i386";
    case EM_ARM:
      return "armhf";
    case EM_RISCV:
      return "riscv64";
    case EM_PPC64:
      return "ppc64le";
    case EM_S390:
      return "s390x";
    default:
      return "an unknown machine";
  }
}

bool has_elf_magic(Bytes bytes) { return bytes.text().starts_with("\177ELF"); }

std::optional<std::string> script_interpreter(Bytes bytes) {
  if (!bytes.text().starts_with("#!")) return std::nullopt;
  std::string_view line = bytes.text().substr(2, 255);  // BINPRM_BUF_SIZE is 256
  line = line.substr(0, line.find('\n'));
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) line.remove_suffix(1);
  return std::string(line);
}

Image::Image(Source source, std::string path, Sections sections) : source_(source), path_(std::move(path)) {
  try {
    parse(sections);
  } catch (Error& error) {
    if (holds_only_debug_information()) {
      throw Error(Exit::cannot_bundle, path_, "holds only the debug information of a program or library",
                  "Name the file that it was separated from");
    }
    error.set_path_if_empty(path_);
    throw;
  }
}

/// As objcopy --only-keep-debug and eu-strip -f leave it: all headers are there, but of code only its extent.
bool Image::holds_only_debug_information() {
  sections_.clear();
  parse_sections();
  return std::any_of(sections_.begin(), sections_.end(), [](const Section& section) {
    return section.sh_type == SHT_NOBITS && (section.sh_flags & SHF_EXECINSTR) != 0 && section.sh_size > 0;
  });
}

void Image::fail(std::string sentence) const {
  const bool is_damaged = sentence.starts_with("is corrupt") || sentence.starts_with("is cut short");
  throw Error(Exit::cannot_bundle, path_, std::move(sentence), is_damaged ? get_it_again : "");
}

void Image::parse(Sections sections) {
  parse_header();
  parse_segments();
  if (sections == Sections::read) parse_sections();
  parse_dynamic();
}

void Image::parse_header() {
  if (!source_.contains(0, SELFMAG) || !has_elf_magic(source_.slice(0, SELFMAG))) fail("is not an ELF file");
  const auto file_class = source_.read<uint8_t>(EI_CLASS);
  if (file_class != ELFCLASS32 && file_class != ELFCLASS64) {
    fail(fmt::format("is corrupt: EI_CLASS is {}, which is neither 32 nor 64 bit", file_class));
  }
  if (const auto order = source_.read<uint8_t>(EI_DATA); order != ELFDATA2LSB) {
    fail(fmt::format("is not little-endian (EI_DATA is {}), and only little-endian files can be {}", order, deed()));
  }
  header_ = file_class == ELFCLASS64 ? widen(source_.read<Elf64_Ehdr>(0)) : widen(source_.read<Elf32_Ehdr>(0));
  if (source_.read<uint8_t>(EI_VERSION) != EV_CURRENT) {
    fail(fmt::format("is corrupt: EI_VERSION is {}, not 1", source_.read<uint8_t>(EI_VERSION)));
  }
}

void Image::parse_segments() {
  if (header_.e_phnum == 0) return;
  const size_t entry_size = is_64() ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  if (header_.e_phnum == PN_XNUM) fail("has more than 65,534 program headers, which no loader accepts");
  if (header_.e_phentsize != entry_size) {
    fail(fmt::format("is corrupt: e_phentsize is {}, not {}", header_.e_phentsize, entry_size));
  }
  if (!source_.contains(header_.e_phoff.value, header_.e_phnum * entry_size)) {
    fail(fmt::format("is cut short or corrupt: its {} program headers at offset {:#x} reach past its end at {:#x}",
                     header_.e_phnum, header_.e_phoff.value, source_.size()));
  }
  const Bytes table = source_.slice(header_.e_phoff.value, header_.e_phnum * entry_size);
  segments_.reserve(header_.e_phnum);
  for (uint64_t at = 0; at < table.size(); at += entry_size) {
    segments_.push_back(is_64() ? widen_segment(table.read<Elf64_Phdr>(at))
                                : widen_segment(table.read<Elf32_Phdr>(at)));
  }
  const Segment* previous = nullptr;
  for (const Segment& segment : segments_) {
    if (segment.p_type == PT_LOAD) {
      if (segment.p_filesz > segment.p_memsz) {
        fail(fmt::format("is corrupt: a PT_LOAD has p_filesz {:#x}, more than its p_memsz {:#x}", segment.p_filesz,
                         segment.p_memsz));
      }
      if (segment.p_memsz > UINT64_MAX - segment.p_vaddr.value) {
        fail(fmt::format("is corrupt: a PT_LOAD at {:#x} wraps around the address space", segment.p_vaddr.value));
      }
      if (previous != nullptr && segment.p_vaddr < previous->p_vaddr) {
        fail(fmt::format("is corrupt: its PT_LOADs are not in ascending order ({:#x} after {:#x})",
                         segment.p_vaddr.value, previous->p_vaddr.value));
      }
      previous = &segment;
    }
    const bool read_from_file = segment.p_type == PT_LOAD || segment.p_type == PT_INTERP ||
                                segment.p_type == PT_DYNAMIC || segment.p_type == PT_NOTE;
    // A separated debug file keeps the program's headers over bytes that it does not have; PT_LOAD names it best.
    if (read_from_file && segment.p_filesz > 0 && !source_.contains(segment.p_offset.value, segment.p_filesz)) {
      fail(
          fmt::format("is cut short or corrupt: a segment of {:#x} bytes at offset {:#x} reaches past its end at {:#x}",
                      segment.p_filesz, segment.p_offset.value, source_.size()));
    }
    if (segment.p_type == PT_INTERP && !interpreter_) {
      const Source text = source_.part(segment.p_offset.value, segment.p_filesz);
      if (text.empty() || text.read<char>(text.size() - 1) != '\0')
        fail("is corrupt: the PT_INTERP string does not end in a NUL, and the kernel refuses it");
      interpreter_ = std::string(text.c_string(0));
      if (interpreter_->empty()) fail("is corrupt: its PT_INTERP is empty");
    }
  }
}

void Image::parse_sections() {
  const size_t entry_size = is_64() ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  const auto read_section = [&](Bytes bytes) {
    return is_64() ? widen_section(bytes.read<Elf64_Shdr>(0)) : widen_section(bytes.read<Elf32_Shdr>(0));
  };
  // No loader reads sections, so a table that is not there or not whole only means that there are none to keep true.
  if (header_.e_shoff.value == 0 || header_.e_shentsize != entry_size ||
      !source_.contains(header_.e_shoff.value, entry_size)) {
    return;
  }
  const Section first = read_section(source_.slice(header_.e_shoff.value, entry_size));
  if (header_.e_shnum == 0) header_.e_shnum = static_cast<uint32_t>(std::min<uint64_t>(first.sh_size, UINT32_MAX));
  if (header_.e_shstrndx == SHN_XINDEX) header_.e_shstrndx = first.sh_link;
  const uint64_t size = header_.e_shnum * static_cast<uint64_t>(entry_size);
  if (!source_.contains(header_.e_shoff.value, size)) return;
  const Bytes table = source_.slice(header_.e_shoff.value, size);
  sections_.reserve(header_.e_shnum);
  for (uint64_t at = 0; at < size; at += entry_size) sections_.push_back(read_section(table.from(at)));
}

std::string_view Image::section_name(const Section& section) const {
  if (header_.e_shstrndx >= sections_.size()) return {};
  const Section& names = sections_[header_.e_shstrndx];
  if (names.sh_type != SHT_STRTAB || !source_.contains(names.sh_offset.value, names.sh_size)) return {};
  const std::string_view table = source_.slice(names.sh_offset.value, names.sh_size).text();
  if (section.sh_name >= table.size()) return {};
  const size_t end = table.find('\0', section.sh_name);
  return end == std::string_view::npos ? std::string_view{} : table.substr(section.sh_name, end - section.sh_name);
}

const Section* Image::find_section(std::string_view name) const {
  for (const Section& section : sections_) {
    if (section_name(section) == name) return &section;
  }
  return nullptr;
}

const Segment* Image::find_segment(uint32_t p_type) const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const Segment& segment) { return segment.p_type == p_type; });
  return found == segments_.end() ? nullptr : &*found;
}

uint64_t Image::dynamic_entry_size() const { return is_64() ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn); }

Dynamic Image::dynamic_entry(uint64_t slot) const {
  const uint64_t at = dynamic_segment().p_offset.value + slot * dynamic_entry_size();
  return widen_dynamic(source_.slice(at, dynamic_entry_size()), is_64());
}

/// GNU ld 2.40 leaves a PIE linked with --spare-dynamic-tags=0 no DT_NULL at all. Loaders read on to the first zero tag
/// in memory: the start of .got, or what stands behind the address of .dynamic there, which is no tag that means
/// anything. A tag that does is a table cut short.
bool Image::dynamic_ends_behind(uint64_t slots) const {
  const auto is_mapped = [&](uint64_t count) {
    return offset_of(dynamic_segment().p_vaddr, count * dynamic_entry_size()) == dynamic_segment().p_offset;
  };
  for (uint64_t slot = slots; slots > 0 && is_mapped(slot + 1); ++slot) {
    const int64_t d_tag = dynamic_entry(slot).d_tag;
    if (d_tag == DT_NULL) return true;
    const bool has_meaning = (d_tag > 0 && d_tag < DT_NUM) || (d_tag >= DT_LOOS && d_tag <= DT_HIPROC);
    if (has_meaning) return false;
  }
  return false;
}

void Image::parse_dynamic() {
  const Segment* const segment = find_segment(PT_DYNAMIC);
  if (segment == nullptr) return;
  dynamic_segment_ = static_cast<size_t>(segment - segments_.data());
  // The loader reads .dynamic at its address; a file whose p_offset tells another story is one that tools and loader
  // would understand differently.
  const std::optional<FileOffset> mapped = offset_of(segment->p_vaddr, segment->p_filesz);
  if (!mapped || *mapped != segment->p_offset) {
    fail(fmt::format("is corrupt: PT_DYNAMIC at {:#x} (offset {:#x}) is not mapped from there by any PT_LOAD",
                     segment->p_vaddr.value, segment->p_offset.value));
  }
  const uint64_t entry_size = dynamic_entry_size();
  const uint64_t slots = segment->p_filesz / entry_size;
  // The table may claim any length, so that it is read in batches.
  constexpr uint64_t batch = 40;
  Bytes entries;
  while (dynamic_.size() < slots) {
    if (dynamic_.size() % batch == 0) {
      const uint64_t count = std::min(slots - dynamic_.size(), batch);
      entries = source_.slice(mapped->value + dynamic_.size() * entry_size, count * entry_size);
      dynamic_.reserve(dynamic_.size() + count);
    }
    const Dynamic entry = widen_dynamic(entries.from(dynamic_.size() % batch * entry_size), is_64());
    if (entry.d_tag == DT_NULL) break;
    dynamic_.push_back(entry);
  }
  null_slots_ = slots - dynamic_.size();
  if (null_slots_ == 0 && !dynamic_ends_behind(slots))
    fail("is corrupt: its dynamic section has no DT_NULL at its end");
  const std::optional<uint64_t> table = dynamic_value(DT_STRTAB);
  const std::optional<uint64_t> size = dynamic_value(DT_STRSZ);
  if (table && size) {
    const std::optional<FileOffset> offset = offset_of({*table}, *size);
    if (!offset) {
      fail(fmt::format("is corrupt: DT_STRTAB {:#x} with DT_STRSZ {:#x} is not mapped by any PT_LOAD", *table, *size));
    }
    strings_ = source_.part(offset->value, *size);
    // Of the fields of a sound file each has a string of its own, and nobody asks for them all more than a few times.
    // In a hostile one each of a million fields names the same megabyte.
    text_left_ = *size * 64 + (1U << 20U);
  }
  for (const Dynamic& entry : dynamic_) {
    if (entry.d_tag == DT_NEEDED) needed_.push_back(dynamic_string(entry.d_val));
    if (entry.d_tag == DT_SONAME) soname_ = dynamic_string(entry.d_val);
    if (entry.d_tag == DT_RPATH) rpath_ = dynamic_string(entry.d_val);
    if (entry.d_tag == DT_RUNPATH) runpath_ = dynamic_string(entry.d_val);
  }
}

std::optional<uint64_t> Image::dynamic_value(int64_t d_tag) const {
  const auto found =
      std::find_if(dynamic_.rbegin(), dynamic_.rend(), [&](const Dynamic& entry) { return entry.d_tag == d_tag; });
  return found == dynamic_.rend() ? std::nullopt : std::optional(found->d_val);
}

std::string Image::dynamic_string(uint64_t offset) const { return std::string(dynamic_text(offset)); }

std::string_view Image::dynamic_text(uint64_t offset) const {
  if (offset >= strings_.size()) {
    fail(fmt::format("is corrupt: the dynamic section names a string at {:#x}, but DT_STRSZ is {:#x}", offset,
                     strings_.size()));
  }
  const std::string_view text = strings_.c_string(offset);
  if (text.size() > text_left_) fail("is corrupt: it names the same strings over and over");
  text_left_ -= text.size();
  return text;
}

std::vector<std::string> Image::strings_of(int64_t d_tag) const {
  std::vector<std::string> out;
  for (const Dynamic& entry : dynamic_) {
    if (entry.d_tag == d_tag) out.push_back(dynamic_string(entry.d_val));
  }
  return out;
}

std::optional<FileOffset> Image::offset_of(Address address, uint64_t length) const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const uint64_t inside = address - segment.p_vaddr;
    if (inside > segment.p_filesz) continue;
    const FileOffset start = segment.p_offset + inside;
    uint64_t mapped = segment.p_filesz - inside;
    // What goes on where the last one ends, in file and memory alike, is one piece: patchelf 0.14 lays the string table
    // of a program that is not position-independent across two.
    const auto goes_on = [&](const Segment& next) {
      return next.p_type == PT_LOAD && next.p_filesz > 0 && next.p_vaddr == address + mapped &&
             next.p_offset == start + mapped;
    };
    for (auto next = segments_.begin(); mapped < length && next != segments_.end();) {
      next = std::find_if(segments_.begin(), segments_.end(), goes_on);
      if (next != segments_.end()) mapped += next->p_filesz;
    }
    if (length <= mapped) return start;
  }
  return std::nullopt;
}

std::optional<Address> Image::address_of(FileOffset offset) const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_LOAD || offset < segment.p_offset) continue;
    const uint64_t inside = offset - segment.p_offset;
    if (inside < segment.p_filesz) return segment.p_vaddr + inside;
  }
  return std::nullopt;
}

std::optional<Source> Image::mapped_from(Address address) const {
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const uint64_t inside = address - segment.p_vaddr;
    if (inside < segment.p_filesz) return source_.part(segment.p_offset.value + inside, segment.p_filesz - inside);
  }
  return std::nullopt;
}

}  // namespace bundle::elf
