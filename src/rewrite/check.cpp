#include "rewrite/check.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "rewrite/encode.h"
#include "rewrite/space.h"

namespace bundle::rewrite {

namespace {

/// Address space for the whole content, of which only the copied parts cost memory. The rest reads as zeros.
class SparseCopy {
 public:
  explicit SparseCopy(const Pieces& content) : content_(content) {
    memory_ =
        ::mmap(nullptr, content.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) {
      const int error_number = errno;
      throw system_error("", fmt::format("no address space for {} bytes", content.size()), error_number);
    }
  }
  ~SparseCopy() { ::munmap(memory_, content_.size()); }
  SparseCopy(const SparseCopy&) = delete;
  SparseCopy& operator=(const SparseCopy&) = delete;

  Bytes bytes() const { return {memory_, content_.size()}; }
  void bring(uint64_t offset, uint64_t length) {
    if (length == 0) return;
    const Bytes part = content_.read(offset, length, scratch_);
    std::memcpy(static_cast<unsigned char*>(memory_) + offset, part.data(), part.size());
  }
  /// Up to and with the NUL.
  void bring_string(uint64_t offset) {
    while (offset < content_.size()) {
      const uint64_t length = std::min<uint64_t>(256, content_.size() - offset);
      bring(offset, length);
      if (std::memchr(static_cast<unsigned char*>(memory_) + offset, 0, length) != nullptr) return;
      offset += length;
    }
  }

 private:
  const Pieces& content_;
  void* memory_ = nullptr;
  std::string scratch_;
};

/// Brings in what elf::Image's constructor reads. Sees to it by reading the content itself, not by what the
/// draft says.
void bring_headers(SparseCopy& copy, bool is_64) {
  const RecordSizes sizes = record_sizes(is_64);
  copy.bring(0, sizes.header);
  const Bytes all = copy.bytes();
  const uint64_t e_phoff = is_64 ? all.read<Elf64_Ehdr>(0).e_phoff : all.read<Elf32_Ehdr>(0).e_phoff;
  const uint64_t e_phnum = is_64 ? all.read<Elf64_Ehdr>(0).e_phnum : all.read<Elf32_Ehdr>(0).e_phnum;
  const uint64_t e_shoff = is_64 ? all.read<Elf64_Ehdr>(0).e_shoff : all.read<Elf32_Ehdr>(0).e_shoff;
  const uint64_t e_shnum = is_64 ? all.read<Elf64_Ehdr>(0).e_shnum : all.read<Elf32_Ehdr>(0).e_shnum;
  copy.bring(e_phoff, e_phnum * sizes.segment);
  if (e_shoff == 0 || !all.contains(e_shoff, std::max<uint64_t>(e_shnum, 1) * sizes.section)) return;
  copy.bring(e_shoff, std::max<uint64_t>(e_shnum, 1) * sizes.section);
  if (e_shnum == 0) {
    const uint64_t count = is_64 ? all.read<Elf64_Shdr>(e_shoff).sh_size : all.read<Elf32_Shdr>(e_shoff).sh_size;
    if (count < all.size() && all.contains(e_shoff, count * sizes.section)) copy.bring(e_shoff, count * sizes.section);
  }
}

void bring_dynamic(SparseCopy& copy, const elf::Segment& dynamic, const std::vector<elf::Segment>& segments,
                   bool is_64) {
  copy.bring(dynamic.p_offset.value, dynamic.p_filesz);
  const uint64_t record = record_sizes(is_64).dynamic;
  std::vector<elf::Dynamic> entries;
  for (uint64_t at = 0; at + record <= dynamic.p_filesz; at += record) {
    const uint64_t offset = dynamic.p_offset.value + at;
    if (is_64) {
      const auto raw = copy.bytes().read<Elf64_Dyn>(offset);
      entries.push_back({raw.d_tag, raw.d_un.d_val});
    } else {
      const auto raw = copy.bytes().read<Elf32_Dyn>(offset);
      entries.push_back({raw.d_tag, raw.d_un.d_val});
    }
    if (entries.back().d_tag == DT_NULL) break;
  }
  for (const elf::Dynamic& table : entries) {
    if (table.d_tag != DT_STRTAB) continue;
    for (const elf::Segment& load : segments) {
      if (load.p_type != PT_LOAD || table.d_val < load.p_vaddr.value ||
          table.d_val - load.p_vaddr.value >= load.p_filesz)
        continue;
      const uint64_t strings = load.p_offset.value + (table.d_val - load.p_vaddr.value);
      for (const elf::Dynamic& entry : entries) {
        if (names_string(entry.d_tag) && entry.d_val < copy.bytes().size()) copy.bring_string(strings + entry.d_val);
      }
    }
  }
}

class Check {
 public:
  Check(const elf::Image& before, const elf::Image& after, const Pieces& content, const Goal& goal,
        uint64_t largest_page)
      : before_(before), after_(after), content_(content), goal_(goal), largest_page_(largest_page) {}

  std::optional<std::string> run(const std::vector<Draft::Range>& replaced) {
    check_header();
    check_loads();
    check_other_segments();
    check_dynamic();
    check_replaced(replaced);
    return fault_;
  }

 private:
  void demand(bool holds, std::string_view rule) {
    if (!holds && !fault_) fault_ = rule;
  }

  void check_header() {
    const elf::Header& a = before_.header();
    const elf::Header& b = after_.header();
    demand(a.e_type == b.e_type && a.e_machine == b.e_machine && a.e_flags == b.e_flags && a.osabi == b.osabi,
           "its kind changed");
    demand(a.e_entry == b.e_entry, "e_entry changed");
    demand(a.e_phoff == b.e_phoff, "the program headers moved");
    demand(after_.sections().size() == before_.sections().size(), "the number of sections changed");
    for (size_t i = 0; i < before_.sections().size() && i < after_.sections().size(); ++i) {
      const elf::Section& old = before_.sections()[i];
      const elf::Section& now = after_.sections()[i];
      demand(old.sh_name == now.sh_name && old.sh_type == now.sh_type && old.sh_flags == now.sh_flags &&
                 old.sh_link == now.sh_link && old.sh_info == now.sh_info && old.sh_entsize == now.sh_entsize,
             "a section header is another's");
    }
  }

  std::vector<elf::Segment> loads_of(const elf::Image& image) const {
    std::vector<elf::Segment> out;
    for (const elf::Segment& segment : image.segments()) {
      if (segment.p_type == PT_LOAD) out.push_back(segment);
    }
    return out;
  }

  void check_loads() {
    const std::vector<elf::Segment> loads = loads_of(after_);
    for (size_t i = 0; i < loads.size(); ++i) {
      const elf::Segment& load = loads[i];
      const uint64_t page = 4096;
      demand(load.p_memsz == 0 || load.p_offset.value % page == load.p_vaddr.value % page,
             "a PT_LOAD's offset and address disagree");
      if (i == 0) continue;
      const elf::Segment& last = loads[i - 1];
      demand(last.p_vaddr.value + last.p_memsz <= load.p_vaddr.value, "two PT_LOADs overlap in memory");
    }
    if (!loads.empty()) {
      // Every byte that was mapped before is mapped at the same address with the same rights.
      for (const elf::Segment& old : loads_of(before_)) {
        const auto same = std::find_if(loads.begin(), loads.end(), [&](const elf::Segment& load) {
          return load.p_vaddr <= old.p_vaddr &&
                 old.p_vaddr - load.p_vaddr == old.p_offset.value - load.p_offset.value &&
                 old.p_vaddr.value + old.p_memsz <= load.p_vaddr.value + load.p_memsz && load.p_flags == old.p_flags &&
                 old.p_offset.value + old.p_filesz <= load.p_offset.value + load.p_filesz;
        });
        demand(same != loads.end() || old.p_memsz == 0, "a PT_LOAD is gone");
        // .bss stays .bss: no file bytes but zeros where zeros were.
        if (same != loads.end() && old.p_memsz != old.p_filesz) {
          const uint64_t end = old.p_offset.value + old.p_filesz;
          const uint64_t taken = same->p_offset.value + same->p_filesz - end;
          demand(taken == 0 || is_zero({end}, std::min(taken, old.p_memsz - old.p_filesz)), ".bss is no longer zero");
        }
      }
      const std::vector<elf::Segment> olds = loads_of(before_);
      uint64_t old_end = 0;
      for (const elf::Segment& old : olds) old_end = std::max(old_end, old.p_vaddr.value + old.p_memsz);
      const elf::Segment& last = loads.back();
      if (last.p_vaddr.value >= old_end && last.p_offset.value >= before_.bytes().size()) {
        demand(last.p_vaddr.value / largest_page_ > (old_end - 1) / largest_page_, "the new PT_LOAD shares a page");
        demand(last.p_offset.value % largest_page_ == last.p_vaddr.value % largest_page_,
               "the new PT_LOAD's offset and address disagree");
      }
    }
  }

  void check_other_segments() {
    bool load_seen = false;
    for (const elf::Segment& segment : after_.segments()) {
      if (segment.p_type == PT_LOAD) load_seen = true;
      if (segment.p_type == PT_PHDR) {
        demand(segment.p_offset == after_.header().e_phoff, "PT_PHDR does not point at the program headers");
      }
      if (segment.p_type != PT_PHDR && segment.p_type != PT_INTERP && segment.p_type != PT_DYNAMIC) continue;
      if (segment.p_type == PT_INTERP) demand(!load_seen || interp_was_late(), "PT_INTERP stands behind a PT_LOAD");
      const std::optional<elf::Address> address = after_.address_of(segment.p_offset);
      const std::optional<elf::Address> old = before_.address_of(segment.p_offset);
      demand(address == segment.p_vaddr || (segment.p_type == PT_INTERP && !old),
             "a header's offset and address disagree");
    }
    for (const uint32_t kind : {PT_TLS, PT_GNU_RELRO, PT_GNU_STACK, PT_GNU_EH_FRAME, PT_GNU_PROPERTY, PT_PHDR}) {
      const elf::Segment* const a = before_.find_segment(kind);
      const elf::Segment* const b = after_.find_segment(kind);
      if (kind == PT_GNU_STACK && goal_.executable_stack) {
        demand(b != nullptr && ((b->p_flags & PF_X) != 0) == *goal_.executable_stack,
               "PT_GNU_STACK does not say what it is to say");
        if (a == nullptr || b == nullptr) continue;
        demand((a->p_flags | PF_X) == (b->p_flags | PF_X) && a->p_memsz == b->p_memsz, "PT_GNU_STACK changed");
        continue;
      }
      demand((a == nullptr) == (b == nullptr), "a program header is gone");
      if (a == nullptr || b == nullptr) continue;
      const bool moved =
          kind == PT_GNU_PROPERTY && a->p_filesz == b->p_filesz && same_bytes(a->p_offset, b->p_offset, a->p_filesz);
      const bool same_size = a->p_memsz == b->p_memsz || (kind == PT_PHDR && a->p_memsz < b->p_memsz);
      demand(((a->p_offset == b->p_offset && a->p_vaddr == b->p_vaddr) || moved) && same_size &&
                 a->p_flags == b->p_flags && a->p_align == b->p_align,
             "a program header changed");
    }
  }

  /// Whether the first bytes at the two addresses, before and after, are the same.
  bool same_at(elf::Address old_address, elf::Address new_address) {
    constexpr uint64_t enough = 16;
    const std::optional<elf::FileOffset> old_offset = before_.offset_of(old_address, enough);
    const std::optional<elf::FileOffset> new_offset = after_.offset_of(new_address, enough);
    return old_offset && new_offset && same_bytes(*old_offset, *new_offset, enough);
  }

  bool same_bytes(elf::FileOffset old_offset, elf::FileOffset new_offset, uint64_t length) {
    return content_.read(new_offset.value, length, scratch_).text() ==
           before_.bytes().slice(old_offset.value, length).text();
  }

  bool is_zero(elf::FileOffset offset, uint64_t length) {
    return content_.read(offset.value, length, scratch_).is_zero(0, length);
  }

  bool interp_was_late() const {
    for (const elf::Segment& segment : before_.segments()) {
      if (segment.p_type == PT_INTERP) return false;
      if (segment.p_type == PT_LOAD) return true;
    }
    return false;
  }

  void check_dynamic() {
    demand(after_.interpreter() == (goal_.interpreter ? goal_.interpreter : before_.interpreter()),
           "the interpreter reads otherwise");
    if (!before_.is_dynamic()) return;
    demand(after_.is_dynamic(), "PT_DYNAMIC is gone");
    if (!after_.is_dynamic()) return;
    const auto writable = [](const elf::Image& image) {
      const std::optional<size_t> load =
          load_of(image.segments(), image.dynamic_segment().p_offset, image.dynamic_segment().p_filesz);
      return load && (image.segments()[*load].p_flags & PF_W) != 0;
    };
    demand(writable(after_) || !writable(before_), ".dynamic is no longer writable");
    const std::vector<Entry> goal = goal_.changes_dynamic ? goal_.entries : entries_of(before_);
    demand(goal.size() == after_.dynamic().size(), "the dynamic section has another length");
    for (size_t i = 0; i < goal.size() && i < after_.dynamic().size(); ++i) {
      const elf::Dynamic& wanted = goal[i].entry;
      const elf::Dynamic& got = after_.dynamic()[i];
      demand(wanted.d_tag == got.d_tag, "an entry of the dynamic section has another tag");
      if (names_string(wanted.d_tag)) {
        demand(
            after_.dynamic_string(got.d_val) == (goal[i].text ? *goal[i].text : before_.dynamic_string(wanted.d_val)),
            "a string of the dynamic section reads otherwise");
      } else if (wanted.d_tag != DT_STRTAB && wanted.d_tag != DT_STRSZ) {
        demand(wanted.d_val == got.d_val || (is_table_address(wanted.d_tag) && same_at({wanted.d_val}, {got.d_val})),
               "an entry of the dynamic section has another value");
      }
    }
  }

  /// Bytes of sections that the edit has no business with.
  void check_replaced(const std::vector<Draft::Range>& replaced) {
    for (const elf::Section& section : before_.sections()) {
      const elf::Segment* const interpreter = before_.find_segment(PT_INTERP);
      const bool is_interpreter = interpreter != nullptr && section.sh_offset == interpreter->p_offset &&
                                  section.sh_size == interpreter->p_filesz;
      const bool may_change = section.sh_type == SHT_DYNAMIC || section.sh_type == SHT_STRTAB ||
                              section.sh_type == SHT_GNU_verneed || section.sh_type == SHT_SYMTAB ||
                              section.sh_type == SHT_DYNSYM || section.sh_type == SHT_NOBITS ||
                              section.sh_type == SHT_NULL || is_interpreter;
      if (may_change) continue;
      const elf::Section& now = after_.sections()[static_cast<size_t>(&section - before_.sections().data())];
      if (now.sh_offset != section.sh_offset) {
        demand(now.sh_size == section.sh_size && same_bytes(section.sh_offset, now.sh_offset, section.sh_size),
               "a section that moved is not what it was");
        continue;
      }
      for (const Draft::Range& range : replaced) {
        demand(range.start + range.length <= section.sh_offset.value ||
                   section.sh_offset.value + section.sh_size <= range.start,
               "bytes of another section would change");
      }
    }
  }

  const elf::Image& before_;
  const elf::Image& after_;
  const Pieces& content_;
  std::string scratch_;
  const Goal& goal_;
  uint64_t largest_page_;
  std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> find_fault(const elf::Image& image, const Goal& goal, const Pieces& content,
                                      const std::vector<Draft::Range>& replaced, uint64_t largest_page) {
  SparseCopy copy(content);
  try {
    bring_headers(copy, image.is_64());
    // A first reading without PT_DYNAMIC's and PT_INTERP's bytes would fail, so the segments are read by
    // hand.
    const RecordSizes sizes = record_sizes(image.is_64());
    std::vector<elf::Segment> segments;
    const uint64_t count =
        image.is_64() ? copy.bytes().read<Elf64_Ehdr>(0).e_phnum : copy.bytes().read<Elf32_Ehdr>(0).e_phnum;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t at = image.header().e_phoff.value + i * sizes.segment;
      elf::Segment segment;
      const auto take = [&](const auto& raw) {
        segment.p_type = raw.p_type;
        segment.p_offset = {raw.p_offset};
        segment.p_vaddr = {raw.p_vaddr};
        segment.p_filesz = raw.p_filesz;
      };
      if (image.is_64()) {
        take(copy.bytes().read<Elf64_Phdr>(at));
      } else {
        take(copy.bytes().read<Elf32_Phdr>(at));
      }
      segments.push_back(segment);
    }
    for (const elf::Segment& segment : segments) {
      if (segment.p_type == PT_INTERP) copy.bring(segment.p_offset.value, segment.p_filesz);
      if (segment.p_type == PT_DYNAMIC) bring_dynamic(copy, segment, segments, image.is_64());
    }
    const elf::Image after(copy.bytes(), image.path());
    return Check(image, after, content, goal, largest_page).run(replaced);
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    return error.sentence();
  }
}

}  // namespace bundle::rewrite
