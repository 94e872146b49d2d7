// See load.h.
#include "load.h"

#include <elf.h>

#include "system.h"
#include "text.h"

namespace {

constexpr size_t header_room = 4096;
alignas(16) char header_bytes[header_room];

struct File {
  long descriptor;
  const char* path;
  uint64_t page;
  uint64_t down(uint64_t address) const { return address & ~(page - 1); }
  uint64_t up(uint64_t address) const { return down(address + page - 1); }
};

[[noreturn]] void reject(const File& file, const char* why) { fail(file.path, why, -ENOEXEC); }

/// Reads up to `size` bytes into header_bytes and tells how many there were.
uint64_t read_some(const File& file, uint64_t size, uint64_t offset) {
  const long got = sys::read_at(file.descriptor, header_bytes, size, offset);
  if (sys::failed(got)) fail(file.path, "cannot be read", got);
  return static_cast<uint64_t>(got);
}

/// The program headers (in header_bytes) and a copy of the ELF header.
const Elf64_Phdr* read_headers(const File& file, Elf64_Ehdr& header) {
  const uint64_t got = read_some(file, 1024, 0);  // nearly always enough
  memcpy(&header, header_bytes, sizeof header);
  const bool is_elf = got >= sizeof header && header.e_ident[0] == ELFMAG0 && header.e_ident[1] == ELFMAG1 &&
                      header.e_ident[2] == ELFMAG2 && header.e_ident[3] == ELFMAG3;
  if (!is_elf || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != arch::machine || (header.e_type != ET_EXEC && header.e_type != ET_DYN) ||
      header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) {
    reject(file, "is no program for this machine");
  }
  const uint64_t size = uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (size > header_room) reject(file, "has more than 73 program headers");
  if (header.e_phoff <= got && size <= got - header.e_phoff && header.e_phoff % alignof(Elf64_Phdr) == 0) {
    return reinterpret_cast<const Elf64_Phdr*>(header_bytes + header.e_phoff);
  }
  if (read_some(file, size, header.e_phoff) < size) reject(file, "is cut short");
  return reinterpret_cast<const Elf64_Phdr*>(header_bytes);
}

long protection_of(const Elf64_Phdr& segment) {
  return ((segment.p_flags & PF_R) != 0 ? PROT_READ : 0) | ((segment.p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
         ((segment.p_flags & PF_X) != 0 ? PROT_EXEC : 0);
}

/// strip makes an empty PT_LOAD, at any offset, of one without sections; the kernel maps nothing for it.
bool has_bytes(const Elf64_Phdr& segment) { return segment.p_type == PT_LOAD && segment.p_memsz > 0; }

/// What the segments span and need, all checked: ascending, congruent, no address wraps.
struct Span {
  const Elf64_Phdr* first = nullptr;
  uint64_t low = 0, high = 0;  // page-aligned addresses of the file
  uint64_t alignment = 0;
};

Span span_of(const File& file, const Elf64_Phdr* segments, uint64_t count) {
  Span span;
  span.alignment = file.page;
  uint64_t reached = 0;
  for (const Elf64_Phdr* segment = segments; segment != segments + count; ++segment) {
    if (!has_bytes(*segment)) continue;
    const uint64_t limit = uint64_t{1} << 56;  // beyond every user address; sums below stay far from wrapping
    if (segment->p_vaddr >= limit || segment->p_memsz >= limit || segment->p_filesz > segment->p_memsz ||
        segment->p_offset >= limit || segment->p_vaddr < reached ||
        (segment->p_vaddr - segment->p_offset) % file.page != 0) {
      reject(file, "has a segment that cannot be mapped");
    }
    if (span.first == nullptr) {
      span.first = segment;
      span.low = file.down(segment->p_vaddr);
    }
    reached = segment->p_vaddr + segment->p_memsz;
    span.high = file.up(reached);
    const uint64_t alignment = segment->p_align;
    if (alignment > span.alignment && (alignment & (alignment - 1)) == 0) span.alignment = alignment;
  }
  if (span.first == nullptr || span.high == span.low) reject(file, "has no segment to map");
  return span;
}

long map_file(const File& file, uint64_t at, uint64_t size, const Elf64_Phdr& segment, long flags) {
  const long mapped =
      sys::map(at, size, protection_of(segment), MAP_PRIVATE | flags, file.descriptor, file.down(segment.p_offset));
  if (sys::failed(mapped)) {
    // mmap(2): EPERM is the answer to PROT_EXEC on a file system mounted noexec.
    fail(file.path, "cannot be mapped", mapped, mapped == -EPERM ? " (is it on a file system mounted noexec?)" : "");
  }
  return mapped;
}

/// Takes the whole span, with the first segment's mapping as the kernel does, and returns the bias.
uint64_t reserve(const File& file, const Span& span, bool fixed) {
  const uint64_t size = span.high - span.low;
  if (fixed) {
    const long at = map_file(file, span.low, size, *span.first, MAP_FIXED_NOREPLACE);
    // Kernels before 4.17 do not know the flag and take the address as a hint.
    if (static_cast<uint64_t>(at) != span.low) fail(file.path, "cannot be mapped", -EEXIST);
    return 0;
  }
  if (span.alignment == file.page) return static_cast<uint64_t>(map_file(file, 0, size, *span.first, 0)) - span.low;

  // A coarser alignment than the page's, as Linux gives it from 5.10 on: take more, give back both ends.
  const uint64_t wide = size + span.alignment;
  const long taken = sys::map(0, wide, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (sys::failed(taken)) fail(file.path, "cannot be mapped", taken);
  const uint64_t from = static_cast<uint64_t>(taken);
  const uint64_t offset_in_unit = span.low & (span.alignment - 1);
  const uint64_t base = ((from - offset_in_unit + span.alignment - 1) & ~(span.alignment - 1)) + offset_in_unit;
  if (base > from) sys::unmap(from, base - from);
  if (from + wide > base + size) sys::unmap(base + size, from + wide - base - size);
  map_file(file, base, size, *span.first, MAP_FIXED);
  return base - span.low;
}

void map_segment(const File& file, const Elf64_Phdr& segment, uint64_t bias, bool is_first) {
  const uint64_t start = bias + segment.p_vaddr;
  const uint64_t file_end = start + segment.p_filesz;
  const uint64_t end = start + segment.p_memsz;
  uint64_t mapped_end = file.down(start);
  if (segment.p_filesz > 0) {
    mapped_end = file.up(file_end);
    if (!is_first) map_file(file, file.down(start), mapped_end - file.down(start), segment, MAP_FIXED);
    // Without PF_W the kernel leaves the rest of the page as it is in the file, too.
    if (end > file_end && (segment.p_flags & PF_W) != 0) {
      const uint64_t zero_end = end < mapped_end ? end : mapped_end;
      memset(reinterpret_cast<void*>(file_end), 0, (zero_end == end ? mapped_end : zero_end) - file_end);
    }
  }
  if (file.up(end) > mapped_end) {
    const long result = sys::map(mapped_end, file.up(end) - mapped_end, protection_of(segment),
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (sys::failed(result)) fail(file.path, "cannot be mapped: its zeroed data", result);
  }
}

}  // namespace

Loaded load(long descriptor, const char* path, uint64_t page_size) {
  const File file{descriptor, path, page_size};
  Elf64_Ehdr header;
  const Elf64_Phdr* const segments = read_headers(file, header);
  const Elf64_Phdr* const segments_end = segments + header.e_phnum;
  const Span span = span_of(file, segments, header.e_phnum);

  Loaded loaded;
  loaded.bias = reserve(file, span, header.e_type == ET_EXEC);
  loaded.start = loaded.bias + span.low;
  loaded.end = loaded.bias + span.high;
  loaded.entry = loaded.bias + header.e_entry;
  loaded.header_count = header.e_phnum;
  const uint64_t headers_size = uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  uint64_t reached = loaded.start;
  for (const Elf64_Phdr* segment = segments; segment != segments_end; ++segment) {
    if (segment->p_type == PT_GNU_STACK) loaded.executable_stack = (segment->p_flags & PF_X) != 0;
    if (segment->p_type == PT_DYNAMIC) {
      loaded.dynamic = loaded.bias + segment->p_vaddr;
      loaded.dynamic_size = segment->p_memsz;
    }
    if (!has_bytes(*segment)) continue;
    const uint64_t start = loaded.bias + segment->p_vaddr;
    if (file.down(start) > reached) sys::unmap(reached, file.down(start) - reached);  // a hole, as the kernel leaves it
    map_segment(file, *segment, loaded.bias, segment == span.first);
    reached = file.up(start + segment->p_memsz);
    // Kernels from 5.18 on look for the segment that maps the table; for files that run on older ones it is
    // the same.
    if (header.e_phoff >= segment->p_offset && header.e_phoff - segment->p_offset < segment->p_filesz &&
        headers_size <= segment->p_filesz - (header.e_phoff - segment->p_offset)) {
      loaded.headers = start + (header.e_phoff - segment->p_offset);
    }
    if ((segment->p_flags & PF_X) != 0) {
      if (loaded.code_start == 0) loaded.code_start = start;
      loaded.code_end = start + segment->p_filesz;
    }
    loaded.data_start = start;
    loaded.data_end = start + segment->p_filesz;
  }
  for (const Elf64_Phdr* segment = segments; segment != segments_end; ++segment) {
    const uint64_t start = loaded.bias + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && loaded.dynamic >= start && loaded.dynamic - start < segment->p_filesz) {
      loaded.dynamic_protection = protection_of(*segment);
    }
  }
  return loaded;
}

namespace {

/// The entry that can carry the run path: one of DT_RPATH or DT_RUNPATH; else a DT_NULL that is not the last;
/// else an entry that the loader does without: DT_RELACOUNT only saves it time, DT_DEBUG is for debuggers.
Elf64_Dyn* run_path_slot(Elf64_Dyn* dynamic, Elf64_Dyn* end) {
  Elf64_Dyn* spare = nullptr;
  for (Elf64_Dyn* entry = dynamic; entry != end; ++entry) {
    if (entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH) return entry;
    if (entry->d_tag == DT_RELACOUNT || (entry->d_tag == DT_DEBUG && spare == nullptr)) spare = entry;
    if (entry->d_tag == DT_NULL) return entry + 1 != end && entry[1].d_tag == DT_NULL ? entry : spare;
  }
  return spare;
}

}  // namespace

void set_run_path(const Loaded& program, const char* run_path, bool keep_runpath, uint64_t page_size) {
  auto* const dynamic = reinterpret_cast<Elf64_Dyn*>(program.dynamic);
  Elf64_Dyn* const end = dynamic + program.dynamic_size / sizeof(Elf64_Dyn);
  uint64_t strings = 0;
  for (const Elf64_Dyn* entry = dynamic; entry != end && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) strings = program.bias + entry->d_un.d_val;
  }
  if (strings == 0) return;  // no names: nothing is searched for
  const uint64_t from = program.dynamic & ~(page_size - 1);
  const uint64_t size = ((program.dynamic + program.dynamic_size + page_size - 1) & ~(page_size - 1)) - from;
  // lld's -z rodynamic; with --no-rosegment there is code on the same page.
  const bool is_writable = (program.dynamic_protection & PROT_WRITE) != 0;
  if (!is_writable) sys::protect(from, size, PROT_READ | PROT_WRITE);
  Elf64_Dyn* const slot = run_path_slot(dynamic, end);
  if (slot != nullptr) {
    const bool is_runpath = slot->d_tag == DT_RUNPATH && keep_runpath;
    slot->d_tag = is_runpath ? DT_RUNPATH : DT_RPATH;
    // The loader adds d_val to the string table's address; the sum may wrap.
    slot->d_un.d_val = reinterpret_cast<uint64_t>(run_path) - strings;
    for (Elf64_Dyn* entry = slot + 1; entry < end && entry->d_tag != DT_NULL; ++entry) {
      // A second run path would win or be searched as well. Loaders ignore tags of this range that they do
      // not know.
      if (entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH) entry->d_tag = 0x6ffff000;
    }
  }
  if (!is_writable) sys::protect(from, size, program.dynamic_protection);
}

uint64_t replace_dynamic(const Loaded& program, const char* path, const char* run_path, const char* first_needed,
                         bool as_runpath) {
  const auto* const old = reinterpret_cast<const Elf64_Dyn*>(program.dynamic);
  const uint64_t room = program.dynamic_size / sizeof(Elf64_Dyn);
  uint64_t count = 0, strings = 0;
  for (; count < room && old[count].d_tag != DT_NULL; ++count) {
    if (old[count].d_tag == DT_STRTAB) strings = program.bias + old[count].d_un.d_val;
  }
  if (strings == 0 || program.headers == 0) fail(path, "names no library and so cannot be started", -ENOEXEC);
  const uint64_t headers_size = program.header_count * sizeof(Elf64_Phdr);
  const uint64_t dynamic_size = (count + 3) * sizeof(Elf64_Dyn);  // two entries more, and the DT_NULL
  const long at = sys::map(0, headers_size + dynamic_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(at)) fail(path, "cannot be started: no memory for its headers", at);

  // The loaders find all else by the load address, which they take from PT_PHDR: p_vaddr may be any distance from it.
  const auto headers = static_cast<uint64_t>(at);
  auto* const segments = reinterpret_cast<Elf64_Phdr*>(headers);
  memcpy(segments, reinterpret_cast<const void*>(program.headers), headers_size);
  for (Elf64_Phdr* segment = segments; segment != segments + program.header_count; ++segment) {
    if (segment->p_type == PT_PHDR) segment->p_vaddr = segment->p_paddr = headers - program.bias;
    if (segment->p_type != PT_DYNAMIC) continue;
    segment->p_vaddr = segment->p_paddr = headers + headers_size - program.bias;
    segment->p_filesz = segment->p_memsz = dynamic_size;
    segment->p_flags |= PF_W;  // it is, also where lld made the file's own read-only (-z rodynamic)
  }
  auto* out = reinterpret_cast<Elf64_Dyn*>(headers + headers_size);
  // As in set_run_path: the sums may wrap.
  *out++ = {DT_NEEDED, {reinterpret_cast<uint64_t>(first_needed) - strings}};
  *out++ = {as_runpath ? DT_RUNPATH : DT_RPATH, {reinterpret_cast<uint64_t>(run_path) - strings}};
  for (const Elf64_Dyn* entry = old; entry != old + count; ++entry) {
    if (entry->d_tag != DT_RPATH && entry->d_tag != DT_RUNPATH) *out++ = *entry;
  }
  return headers;
}
