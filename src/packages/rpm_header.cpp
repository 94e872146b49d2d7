// See rpm_header.h.
#include "packages/rpm_header.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace bundle::packages {

namespace {

// Entry types of rpm's lib/rpmtag.h.
enum Type : uint32_t { null, character, int8, int16, int32, int64, string, binary, string_array, translated_strings };

constexpr uint64_t index_start = 8;  // behind the two counts
constexpr uint64_t entry_size = 16;
/// rpm's own limit (headerMaxbytes).
constexpr uint64_t largest_header = uint64_t{256} << 20U;

/// Bytes of one item; 1 for a string, which has its end at least.
uint64_t size_of(uint32_t type) {
  constexpr std::array<uint64_t, translated_strings + 1> sizes = {0, 1, 1, 2, 4, 8, 1, 1, 1, 1};
  return sizes.at(type);
}

bool is_text(uint32_t type) { return type == string || type == string_array || type == translated_strings; }

template <class T>
uint64_t big_endian(Bytes bytes, uint64_t offset) {
  static_assert(std::is_unsigned_v<T>);
  uint64_t value = 0;
  for (uint64_t i = 0; i < sizeof(T); ++i) value = value << 8U | bytes.read<uint8_t>(offset + i);
  return value;
}

[[noreturn]] void throw_corrupt(const std::string& what) {
  throw Error(Exit::cannot_bundle, "", "is corrupt: " + what);
}

}  // namespace

RpmHeader::RpmHeader(Bytes blob) {
  const uint64_t count = big_endian<uint32_t>(blob, 0), length = big_endian<uint32_t>(blob, 4);
  if (count == 0 || blob.size() > largest_header || index_start + count * entry_size + length != blob.size()) {
    throw_corrupt(fmt::format("a header of {} index entries and {} bytes of data cannot be of {} bytes", count, length,
                              blob.size()));
  }
  data_ = blob.slice(index_start + count * entry_size, length);
  for (uint64_t at = index_start; at < index_start + count * entry_size; at += entry_size) {
    const auto tag = static_cast<uint32_t>(big_endian<uint32_t>(blob, at));
    const Entry entry{static_cast<uint32_t>(big_endian<uint32_t>(blob, at + 4)),
                      static_cast<uint32_t>(big_endian<uint32_t>(blob, at + 8)),
                      static_cast<uint32_t>(big_endian<uint32_t>(blob, at + 12))};
    if (entry.type > translated_strings) throw_corrupt(fmt::format("tag {} is of the type {}", tag, entry.type));
    const uint64_t size = size_of(entry.type);
    if (!data_.contains(entry.offset, size * entry.count)) {
      throw_corrupt(fmt::format("tag {} has {} items at {:#x} of {} bytes", tag, entry.count, entry.offset, length));
    }
    entries_[tag] = entry;
  }
}

const RpmHeader::Entry* RpmHeader::find(RpmTag tag) const {
  const auto at = entries_.find(static_cast<uint32_t>(tag));
  return at == entries_.end() ? nullptr : &at->second;
}

std::vector<std::string_view> RpmHeader::strings(RpmTag tag) const {
  const Entry* const entry = find(tag);
  if (entry == nullptr) return {};
  if (!is_text(entry->type)) {
    throw_corrupt(
        fmt::format("tag {} is of the type {}, and texts are wanted", static_cast<uint32_t>(tag), entry->type));
  }
  std::vector<std::string_view> out;
  out.reserve(entry->count);
  uint64_t at = entry->offset;
  for (uint32_t i = 0; i < entry->count; ++i) {
    out.push_back(data_.c_string(at));
    at += out.back().size() + 1;
  }
  return out;
}

std::string_view RpmHeader::string(RpmTag tag) const {
  const Entry* const entry = find(tag);
  if (entry == nullptr || entry->count == 0) return {};
  if (!is_text(entry->type)) return strings(tag).front();  // throws
  return data_.c_string(entry->offset);
}

std::vector<uint64_t> RpmHeader::integers(RpmTag tag) const {
  const Entry* const entry = find(tag);
  if (entry == nullptr) return {};
  std::vector<uint64_t> out;
  out.reserve(entry->count);
  for (uint64_t i = 0; i < entry->count; ++i) {
    switch (entry->type) {
      case character:
      case int8:
        out.push_back(big_endian<uint8_t>(data_, entry->offset + i));
        break;
      case int16:
        out.push_back(big_endian<uint16_t>(data_, entry->offset + 2 * i));
        break;
      case int32:
        out.push_back(big_endian<uint32_t>(data_, entry->offset + 4 * i));
        break;
      case int64:
        out.push_back(big_endian<uint64_t>(data_, entry->offset + 8 * i));
        break;
      default:
        throw_corrupt(
            fmt::format("tag {} is of the type {}, and numbers are wanted", static_cast<uint32_t>(tag), entry->type));
    }
  }
  return out;
}

}  // namespace bundle::packages
