#include "rewrite/strings.h"

#include <algorithm>
#include <bit>
#include <map>

#include "base/error.h"
#include "rewrite/encode.h"

namespace bundle::rewrite {

namespace {

enum class Meaning { string, number, unknown };

/// What d_val is. Tags that nobody here has heard of count as strings, which errs on the safe side.
Meaning meaning_of(int64_t tag) {
  switch (tag) {
    case DT_NEEDED:
    case DT_SONAME:
    case DT_RPATH:
    case DT_RUNPATH:
    case DT_CONFIG:
    case DT_DEPAUDIT:
    case DT_AUDIT:
    case DT_AUXILIARY:
    case DT_FILTER:
      return Meaning::string;
    case DT_VERSYM:
    case DT_RELACOUNT:
    case DT_RELCOUNT:
    case DT_FLAGS_1:
    case DT_VERDEF:
    case DT_VERDEFNUM:
    case DT_VERNEED:
    case DT_VERNEEDNUM:
    case DT_GNU_HASH:
    case DT_TLSDESC_PLT:
    case DT_TLSDESC_GOT:
      return Meaning::number;
    default:
      return tag >= 0 && tag <= elf::dt_relrent ? Meaning::number : Meaning::unknown;
  }
}

}  // namespace

void OffsetSet::add(uint64_t start, uint64_t end) {
  for (uint64_t at = start; at < end;) {
    const uint64_t bits = std::min(end - at, 64 - at % 64);
    const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    words_[at / 64] |= mask << (at % 64);
    at += bits;
  }
}

uint64_t OffsetSet::next(uint64_t start, uint64_t flip) const {
  for (uint64_t at = start; at < limit_; at = (at / 64 + 1) * 64) {
    const uint64_t word = (words_[at / 64] ^ flip) >> (at % 64);
    if (word != 0) return std::min<uint64_t>(limit_, at + static_cast<uint64_t>(std::countr_zero(word)));
  }
  return limit_;
}

StringRoom::StringRoom(const elf::Image& image, const std::vector<uint64_t>& kept, uint64_t room_behind) {
  const uint64_t size = image.dynamic_value(DT_STRSZ).value_or(0);
  const std::optional<elf::FileOffset> start = image.offset_of({image.dynamic_value(DT_STRTAB).value_or(0)}, size);
  if (!start) throw Error(Exit::cannot_bundle, image.path(), "is corrupt: DT_STRTAB is not mapped by any PT_LOAD");
  table_ = image.bytes().slice(start->value, size).text();
  size_ = size;
  used_ = OffsetSet(size + room_behind);
  cleared_ = OffsetSet(size);
  if (size > 0) used_.add(0, 1);  // the empty string, which everyone refers to
  may_write_ = refer_all(image, kept);
}

void StringRoom::refer(uint64_t offset) {
  // Whoever marked the first byte marked all up to the NUL.
  if (offset >= table_.size() || used_.contains(offset)) return;
  const size_t end = table_.find('\0', offset);
  used_.add(offset, end == std::string_view::npos ? table_.size() : end + 1);
}

bool StringRoom::refer_all(const elf::Image& image, const std::vector<uint64_t>& kept) {
  for (const uint64_t offset : kept) refer(offset);
  for (const elf::Dynamic& entry : image.dynamic()) {
    const Meaning meaning = meaning_of(entry.d_tag);
    const bool edited = entry.d_tag == DT_NEEDED || entry.d_tag == DT_SONAME || entry.d_tag == DT_RPATH ||
                        entry.d_tag == DT_RUNPATH;  // those of them that stay are in `kept`
    if (meaning != Meaning::number && !edited) refer(entry.d_val);
  }
  // The section headers have to tell where the symbols end (DT_GNU_HASH does not say so of undefined ones)
  // and that nothing else uses the table.
  const std::vector<elf::Section>& sections = image.sections();
  const uint64_t address = image.dynamic_value(DT_STRTAB).value_or(0);
  const auto own = std::find_if(sections.begin(), sections.end(), [&](const elf::Section& section) {
    return section.sh_type == SHT_STRTAB && (section.sh_flags & SHF_ALLOC) != 0 && section.sh_addr.value == address;
  });
  if (own == sections.end() || own->sh_size != table_.size()) return false;
  bool symbols_seen = false;
  for (const elf::Section& section : sections) {
    const bool overlaps = (section.sh_flags & SHF_ALLOC) != 0 && (section.sh_flags & SHF_TLS) == 0 &&
                          section.sh_size > 0 && section.sh_addr.value < address + table_.size() &&
                          address < section.sh_addr.value + section.sh_size;
    if (overlaps && &section != &*own) return false;
    if (section.sh_link != static_cast<uint32_t>(own - sections.begin())) continue;
    if (section.sh_type == SHT_DYNSYM && section.sh_addr.value == image.dynamic_value(DT_SYMTAB)) {
      refer_symbols(image, section);
      symbols_seen = true;
    } else if (section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_GNU_verneed &&
               section.sh_type != SHT_GNU_verdef) {
      return false;
    }
  }
  refer_versions(image);
  return symbols_seen;
}

void StringRoom::refer_symbols(const elf::Image& image, const elf::Section& symbols) {
  const uint64_t record = record_sizes(image.is_64()).symbol;
  const Bytes bytes = image.bytes().slice(symbols.sh_offset.value, symbols.sh_size);
  // st_name is the first field in both classes.
  for (uint64_t at = 0; bytes.contains(at, record); at += record) refer(bytes.read<uint32_t>(at));
}

void StringRoom::refer_versions(const elf::Image& image) {
  for (const elf::VersionNeedRecord& need : image.version_need_records()) {
    refer(need.file);
    for (const Elf64_Vernaux& version : need.versions) refer(version.vna_name);
  }
  for (const uint64_t offset : image.version_definition_strings()) refer(offset);
}

std::optional<uint64_t> StringRoom::find(const std::string& text) {
  std::string wanted = text;
  wanted.push_back('\0');
  for (const Write& write : writes_) {
    const size_t inside = write.bytes.find(wanted);
    if (inside != std::string::npos) return write.offset + inside;
  }
  // A write may have changed what table_ still shows; a match that touches one does not count.
  for (size_t at = table_.find(wanted); at != std::string_view::npos; at = table_.find(wanted, at + 1)) {
    const bool touched = std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
      return write.offset < at + wanted.size() && at < write.offset + write.bytes.size();
    });
    if (touched) continue;
    refer(at);
    return at;
  }
  return std::nullopt;
}

std::optional<uint64_t> StringRoom::place(const std::string& text) {
  if (!may_write_) return std::nullopt;
  const uint64_t length = text.size() + 1;
  for (uint64_t start = used_.next_not_in(0); start < used_.limit();) {
    const uint64_t end = used_.next_in(start);
    if (end - start < length) {
      start = used_.next_not_in(end);
      continue;
    }
    Write write{start, text};
    write.bytes.push_back('\0');
    used_.add(start, start + length);
    // The rest of a longer string that stood here.
    for (uint64_t i = start + length; i < end && i < table_.size() && table_[i] != '\0'; ++i) {
      write.bytes.push_back('\0');
    }
    size_ = std::max(size_, start + write.bytes.size());
    writes_.push_back(std::move(write));
    return start;
  }
  return std::nullopt;
}

void StringRoom::clear(uint64_t offset) {
  if (!may_write_) return;
  // Who cleared a byte cleared all up to the NUL.
  for (uint64_t at = offset; at < table_.size() && table_[at] != '\0' && !cleared_.contains(at); ++at) {
    cleared_.add(at, at + 1);
    if (!used_.contains(at)) writes_.push_back({at, std::string(1, '\0')});
  }
}

std::vector<StringRoom::Write> StringRoom::writes() const {
  // A string may stand where an earlier one cleared the rest of what it replaced: the later write counts.
  std::map<uint64_t, char> by_offset;
  for (const Write& write : writes_) {
    for (size_t i = 0; i < write.bytes.size(); ++i) by_offset[write.offset + i] = write.bytes[i];
  }
  std::vector<Write> out;
  for (const auto& [offset, byte] : by_offset) {
    if (out.empty() || out.back().offset + out.back().bytes.size() != offset) out.push_back({offset, ""});
    out.back().bytes.push_back(byte);
  }
  return out;
}

}  // namespace bundle::rewrite
