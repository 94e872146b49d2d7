// The tables of an Image that only some readers want: symbol versions (GNU, "LSB core 10.7"), notes, dynamic
// symbols.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "elf/image.h"

namespace bundle::elf {

namespace {
constexpr uint64_t longest_owner = 256;  // of a note: "GNU", "FDO", "Android" …
}

// The version tables have the same layout in both classes. Entries lie where others say, so that a corrupt table can
// have each read many times: there are no more of them than there is room for.

std::vector<VersionNeedRecord> Image::version_need_records() const {
  std::vector<VersionNeedRecord> out;
  const std::optional<uint64_t> table = dynamic_value(DT_VERNEED);
  if (!table) return out;
  const std::optional<Source> bytes = mapped_from({*table});
  const std::optional<FileOffset> start = offset_of({*table}, 1);
  if (!bytes || !start) fail(fmt::format("is corrupt: DT_VERNEED {:#x} is not mapped by any PT_LOAD", *table));
  uint64_t room = bytes->size() / sizeof(Elf64_Vernaux);
  uint64_t at = 0;
  for (uint64_t left = dynamic_value(DT_VERNEEDNUM).value_or(0); left > 0; --left) {
    const auto need = bytes->read<Elf64_Verneed>(at);
    if (need.vn_cnt + 1U > room) fail("is corrupt: DT_VERNEED has more entries than there is room for");
    room -= need.vn_cnt + 1U;
    const FileOffset field = {start->value + at + offsetof(Elf64_Verneed, vn_file)};
    VersionNeedRecord& file = out.emplace_back(VersionNeedRecord{field, need.vn_file, {}});
    file.versions.reserve(need.vn_cnt);
    uint64_t version_at = at + need.vn_aux;
    for (uint16_t i = 0; i < need.vn_cnt; ++i) {
      file.versions.push_back(bytes->read<Elf64_Vernaux>(version_at));
      if (file.versions.back().vna_next == 0) break;
      version_at += file.versions.back().vna_next;
    }
    if (need.vn_next == 0) break;
    at += need.vn_next;
  }
  return out;
}

std::vector<VersionNeed> Image::version_needs() const {
  std::vector<VersionNeed> out;
  for (const VersionNeedRecord& record : version_need_records()) {
    VersionNeed& file = out.emplace_back();
    file.file = dynamic_string(record.file);
    file.versions.reserve(record.versions.size());
    for (const Elf64_Vernaux& version : record.versions) {
      const bool weak = (version.vna_flags & VER_FLG_WEAK) != 0;
      file.versions.push_back({dynamic_string(version.vna_name), version.vna_hash, weak, version.vna_other});
    }
  }
  return out;
}

bool VersionDefinitions::defines(std::string_view name, uint32_t hash) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.hash == hash && name_of(entry) == name; });
}

std::vector<std::string_view> VersionDefinitions::names() const {
  std::vector<std::string_view> out;
  for (const Entry& entry : entries_) {
    if (!entry.is_base) out.push_back(name_of(entry));
  }
  return out;
}

VersionDefinitions Image::version_definitions() const {
  VersionDefinitions out;
  const std::optional<uint64_t> table = dynamic_value(DT_VERDEF);
  if (!table) return out;
  const std::optional<Source> bytes = mapped_from({*table});
  if (!bytes) fail(fmt::format("is corrupt: DT_VERDEF {:#x} is not mapped by any PT_LOAD", *table));
  const uint64_t count = dynamic_value(DT_VERDEFNUM).value_or(0);
  if (count > bytes->size() / sizeof(Elf64_Verdef)) {
    fail(fmt::format("is corrupt: DT_VERDEFNUM is {}, more than there is room for", count));
  }
  out.entries_.reserve(count);
  uint64_t at = 0;
  for (uint64_t left = count; left > 0; --left) {
    const auto definition = bytes->read<Elf64_Verdef>(at);
    // The first auxiliary entry is the version's own name, those after it its parents.
    if (definition.vd_cnt > 0) {
      const std::string_view name = dynamic_text(bytes->read<Elf64_Verdaux>(at + definition.vd_aux).vda_name);
      const bool is_base = (definition.vd_flags & VER_FLG_BASE) != 0;
      out.entries_.push_back({definition.vd_hash, is_base, out.names_.size(), name.size()});
      out.names_ += name;
    }
    if (definition.vd_next == 0) break;
    at += definition.vd_next;
  }
  return out;
}

std::vector<uint64_t> Image::version_definition_strings() const {
  std::vector<uint64_t> out;
  const std::optional<uint64_t> table = dynamic_value(DT_VERDEF);
  const std::optional<Source> bytes = table ? mapped_from({*table}) : std::nullopt;
  if (!bytes) return out;
  uint64_t room = bytes->size() / sizeof(Elf64_Verdaux);
  uint64_t at = 0;
  for (uint64_t left = dynamic_value(DT_VERDEFNUM).value_or(0); left > 0; --left) {
    const auto definition = bytes->read<Elf64_Verdef>(at);
    if (definition.vd_cnt + 1U > room) fail("is corrupt: DT_VERDEF has more entries than there is room for");
    room -= definition.vd_cnt + 1U;
    uint64_t name_at = at + definition.vd_aux;
    for (uint16_t i = 0; i < definition.vd_cnt; ++i) {
      const auto name = bytes->read<Elf64_Verdaux>(name_at);
      out.push_back(name.vda_name);
      if (name.vda_next == 0) break;
      name_at += name.vda_next;
    }
    if (definition.vd_next == 0) break;
    at += definition.vd_next;
  }
  return out;
}

std::vector<Note> Image::notes() const {
  std::vector<Note> out;
  for (const Segment& segment : segments_) {
    if (segment.p_type != PT_NOTE) continue;
    const Source area = source_.part(segment.p_offset.value, segment.p_filesz);
    // gABI says 8 for 64 bit; everyone writes 4, but for PT_GNU_PROPERTY's twin, whose p_align is 8.
    const uint64_t alignment = segment.p_align == 8 ? 8 : 4;
    const auto aligned = [&](uint64_t value) { return (value + alignment - 1) / alignment * alignment; };
    uint64_t at = 0;
    while (area.contains(at, sizeof(Elf64_Nhdr))) {
      const auto header = area.read<Elf64_Nhdr>(at);  // the same in both classes
      const uint64_t owner_at = at + sizeof header;
      const uint64_t description_at = aligned(owner_at + header.n_namesz);
      // Notes inform and start nothing: one that is cut short ends the list and is not worth refusing a
      // program for.
      if (!area.contains(owner_at, header.n_namesz) || !area.contains(description_at, header.n_descsz)) break;
      std::string owner(area.slice(owner_at, std::min<uint64_t>(header.n_namesz, longest_owner)).text());
      owner.resize(std::min(owner.find('\0'), owner.size()));
      out.push_back(
          {std::move(owner), header.n_type, area.part(description_at, header.n_descsz), segment.p_offset + at});
      at = aligned(description_at + header.n_descsz);
    }
  }
  return out;
}

/// For a file whose hash table holds no symbol: its section header says how many there are, or the string
/// table, which linkers put behind the symbols; what lies between the two then reads as symbols without a
/// name that makes sense.
uint64_t Image::unhashed_symbol_count() const {
  const uint64_t table = dynamic_value(DT_SYMTAB).value_or(0);
  const uint64_t entry_size = is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const std::vector<Section> sections = sections_.empty() ? Image(source_, path_).sections() : sections_;
  for (const Section& section : sections) {
    if (section.sh_type == SHT_DYNSYM && section.sh_addr.value == table) return section.sh_size / entry_size;
  }
  const uint64_t strings = dynamic_value(DT_STRTAB).value_or(0);
  return strings > table ? (strings - table) / entry_size : 0;
}

uint64_t Image::symbol_count(Imports which) const {
  if (const std::optional<uint64_t> hash = dynamic_value(DT_HASH); hash && which == Imports::all) {
    const std::optional<Source> bytes = mapped_from({*hash});
    if (bytes) return bytes->read<uint32_t>(4);  // nchain
  }
  const std::optional<uint64_t> hash = dynamic_value(DT_GNU_HASH);
  const std::optional<Source> bytes = hash ? mapped_from({*hash}) : std::nullopt;
  if (!bytes) return which == Imports::called ? symbol_count(Imports::all) : 0;
  // Undefined symbols come before symoffset; of the others the last is the end of the chain that starts
  // highest.
  const auto bucket_count = bytes->read<uint32_t>(0);
  const auto symbol_offset = bytes->read<uint32_t>(4);
  const uint64_t bloom_bytes = bytes->read<uint32_t>(8) * static_cast<uint64_t>(is_64() ? 8 : 4);
  if (which == Imports::called && symbol_offset > 1) return symbol_offset;
  const Array<uint32_t> buckets = bytes->slice(16 + bloom_bytes, bucket_count * 4ULL).array<uint32_t>(0, bucket_count);
  uint32_t last = 0;
  for (uint64_t i = 0; i < buckets.size(); ++i) last = std::max(last, buckets[i]);
  // An empty table says 1 in GNU ld's hand, whatever the number of symbols.
  if (last < symbol_offset) return std::max<uint64_t>(symbol_offset, unhashed_symbol_count());
  const uint64_t chains = 16 + bloom_bytes + bucket_count * 4ULL;
  while ((bytes->read<uint32_t>(chains + (last - symbol_offset) * 4ULL) & 1U) == 0) ++last;
  return last + 1ULL;
}

std::vector<std::string> Image::imported_symbols(Imports which, const std::vector<bool>& skipped) const {
  std::vector<std::string> out;
  const std::optional<uint64_t> table = dynamic_value(DT_SYMTAB);
  const std::optional<Source> bytes = table ? mapped_from({*table}) : std::nullopt;
  if (!bytes) return out;
  const size_t entry_size = is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const uint64_t count = std::min(symbol_count(which), bytes->size() / entry_size);
  const Bytes symbols = bytes->slice(0, count * entry_size);
  const std::optional<uint64_t> version_table = skipped.empty() ? std::nullopt : dynamic_value(DT_VERSYM);
  const std::optional<Source> version_of = version_table ? mapped_from({*version_table}) : std::nullopt;
  const Bytes versions = version_of ? version_of->slice(0, std::min(count * 2, version_of->size())) : Bytes();
  for (uint64_t i = 1; i < count; ++i) {
    if (versions.contains(i * 2, 2)) {
      const auto version = versions.read<uint16_t>(i * 2);
      if (version < skipped.size() && skipped[version]) continue;
    }
    uint32_t name = 0;
    uint16_t section = 0;
    if (is_64()) {
      const auto symbol = symbols.read<Elf64_Sym>(i * entry_size);
      name = symbol.st_name;
      section = symbol.st_shndx;
    } else {
      const auto symbol = symbols.read<Elf32_Sym>(i * entry_size);
      name = symbol.st_name;
      section = symbol.st_shndx;
    }
    if (section == SHN_UNDEF && name != 0 && name < strings_.size()) out.push_back(dynamic_string(name));
  }
  return out;
}

}  // namespace bundle::elf
