#include "resolve/ld_cache.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstddef>

namespace bundle::resolve {

namespace {

constexpr std::string_view old_magic = "ld.so-1.7.0";
constexpr std::string_view new_magic = "glibc-ld.so.cache1.1";
constexpr uint64_t old_header_size = 16;
constexpr uint64_t new_header_size = 48;
constexpr uint32_t extension_magic = 0xeaa42174U;
constexpr uint32_t extension_hwcaps = 1;
constexpr uint64_t hwcap_extension = uint64_t{1} << 62;

struct OldEntry {
  uint32_t flags, key, value;
};
struct NewEntry {
  uint32_t flags, key, value, osversion;
  uint64_t hwcap;
};
static_assert(sizeof(OldEntry) == 12 && sizeof(NewEntry) == 24);

/// sysdeps/*/dl-cache.h: which flags words a loader accepts.
bool accepts(uint32_t flags, uint16_t machine, bool is_64) {
  switch (machine) {
    case EM_X86_64:
      return flags == (is_64 ? 0x0303U : 0x0803U);
    case EM_386:
      return flags == 0x0003U || flags == 0x0001U;
    case EM_AARCH64:
      return flags == (is_64 ? 0x0a03U : 0x0003U);
    case EM_ARM:
      return flags == 0x0903U || flags == 0x0b03U || flags == 0x0003U;
    case EM_RISCV:
      return flags == 0x1003U || flags == 0x0f03U;
    case EM_PPC64:
      return flags == 0x0503U;
    case EM_S390:
      return flags == (is_64 ? 0x0403U : 0x0003U);
    default:
      return (flags & 0xffU) == 3U;
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the number at the front of `text`. It wraps like the loader's, which matters to hostile names only.
int32_t take_number(std::string_view& text) {
  uint32_t value = 0;
  while (!text.empty() && is_digit(text.front())) {
    value = value * 10U + static_cast<uint32_t>(text.front() - '0');
    text.remove_prefix(1);
  }
  return static_cast<int32_t>(value);
}

}  // namespace

int compare_library_names(std::string_view left, std::string_view right) {
  while (!left.empty()) {
    const char l = left.front();
    const char r = right.empty() ? '\0' : right.front();
    if (is_digit(l) && is_digit(r)) {
      const int32_t left_number = take_number(left);
      const int32_t right_number = take_number(right);
      if (left_number != right_number) return left_number < right_number ? -1 : 1;
      continue;
    }
    if (is_digit(l)) return 1;
    if (is_digit(r)) return -1;
    if (l != r) return static_cast<signed char>(l) < static_cast<signed char>(r) ? -1 : 1;
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  return right.empty() ? 0 : -1;
}

LdCache LdCache::parse(Bytes bytes) {
  LdCache cache;
  if (bytes.text().starts_with(new_magic)) {
    if (!cache.read_new(bytes)) cache.entries_ = 0;
    return cache;
  }
  if (!bytes.text().starts_with(old_magic)) {
    cache.problem_ = bytes.empty() ? "is empty" : "does not begin as a cache of ldconfig does";
    return cache;
  }
  if (!bytes.contains(0, old_header_size)) {
    cache.problem_ = "is cut short inside its header";
    return cache;
  }
  const uint64_t count = bytes.read<uint32_t>(12);
  if (count > (bytes.size() - old_header_size) / sizeof(OldEntry)) {
    cache.problem_ =
        fmt::format("is cut short or corrupt: it names {} entries, more than its {} bytes hold", count, bytes.size());
    return cache;
  }
  const uint64_t strings = old_header_size + count * sizeof(OldEntry);
  const uint64_t behind = (strings + 7) / 8 * 8;
  if (bytes.contains(behind, new_magic.size()) && bytes.from(behind).text().starts_with(new_magic)) {
    if (!cache.read_new(bytes.from(behind))) cache.entries_ = 0;
    return cache;
  }
  cache.is_new_ = false;
  cache.table_ = bytes.slice(old_header_size, count * sizeof(OldEntry));
  cache.strings_ = bytes.from(strings);
  cache.entries_ = count;
  return cache;
}

bool LdCache::read_new(Bytes block) {
  if (!block.contains(0, new_header_size)) {
    problem_ = "is cut short inside its header";
    return false;
  }
  // flags, two bits: 0 is "unset", 2 is little-endian.
  const uint32_t order = block.read<uint8_t>(28) & 3U;
  if (order != 0 && order != 2) {
    problem_ = "is of a machine with another byte order";
    return false;
  }
  const uint64_t count = block.read<uint32_t>(20);
  if (count > (block.size() - new_header_size) / sizeof(NewEntry)) {
    problem_ =
        fmt::format("is cut short or corrupt: it names {} entries, more than its {} bytes hold", count, block.size());
    return false;
  }
  table_ = block.slice(new_header_size, count * sizeof(NewEntry));
  strings_ = block;
  block_ = block;
  entries_ = count;
  return true;
}

std::string_view LdCache::string_at(uint64_t offset, bool& valid) const {
  if (offset >= strings_.size()) {
    valid = false;
    return {};
  }
  const std::string_view rest = strings_.from(offset).text();
  const size_t end = rest.find('\0');
  if (end == std::string_view::npos) valid = false;
  return rest.substr(0, end);
}

LdCache::Entry LdCache::entry(uint64_t index) const {
  Entry out;
  uint32_t key = 0;
  uint32_t value = 0;
  if (is_new_) {
    const auto raw = table_.read<NewEntry>(index * sizeof(NewEntry));
    out.flags = raw.flags;
    out.hwcap = raw.hwcap;
    key = raw.key;
    value = raw.value;
  } else {
    const auto raw = table_.read<OldEntry>(index * sizeof(OldEntry));
    out.flags = raw.flags;
    key = raw.key;
    value = raw.value;
  }
  out.valid = true;
  out.key = string_at(key, out.valid);
  out.value = string_at(value, out.valid);
  return out;
}

/// The extension is an array of sections; the one of tag 1 holds string offsets, indexed by the low half of
/// hwcap.
std::string LdCache::hwcaps_name(uint64_t hwcap) const {
  if ((hwcap & hwcap_extension) == 0) return "legacy";
  const uint64_t index = hwcap & 0xffffffffU;
  const uint64_t at = block_.read<uint32_t>(32);
  if (at == 0 || !block_.contains(at, 8) || block_.read<uint32_t>(at) != extension_magic) return "unknown";
  const uint64_t sections = block_.read<uint32_t>(at + 4);
  for (uint64_t i = 0; i < sections && block_.contains(at + 8 + i * 16, 16); ++i) {
    const uint64_t section = at + 8 + i * 16;
    if (block_.read<uint32_t>(section) != extension_hwcaps) continue;
    const uint64_t offset = block_.read<uint32_t>(section + 8);
    const uint64_t size = block_.read<uint32_t>(section + 12);
    if (index >= size / 4 || !block_.contains(offset, size)) return "unknown";
    bool valid = true;
    const std::string_view name = string_at(block_.read<uint32_t>(offset + index * 4), valid);
    return valid ? std::string(name) : "unknown";
  }
  return "unknown";
}

std::vector<LdCache::Hit> LdCache::find(std::string_view name, uint16_t machine, bool is_64) const {
  std::vector<Hit> hits;
  // Keys descend. The range of the equal ones begins at the first entry whose key is not above `name`. An
  // entry whose key lies outside the file ends the search, as it ends the loader's.
  uint64_t low = 0;
  uint64_t high = entries_;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const Entry looked_at = entry(middle);
    if (!looked_at.valid && looked_at.key.empty()) return hits;
    if (compare_library_names(name, looked_at.key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low < entries_; ++low) {
    const Entry candidate = entry(low);
    if (compare_library_names(name, candidate.key) != 0) break;
    if (!candidate.valid || !accepts(candidate.flags, machine, is_64)) continue;
    const bool baseline = candidate.hwcap == 0;
    hits.push_back({std::string(candidate.value), baseline, baseline ? "" : hwcaps_name(candidate.hwcap)});
  }
  return hits;
}

}  // namespace bundle::resolve
