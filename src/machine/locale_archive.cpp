// The reader of the archive. See locale_archive.h; where no other source is named, what is said here is said by
// glibc's locale/locarchive.h, the same since 2.3.
#include "machine/locale_archive.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace bundle::machine {

namespace {

struct Header {
  uint32_t magic;
  uint32_t serial;
  uint32_t namehash_offset, namehash_used, namehash_size;  // of the first the bytes, of the others the slots
  uint32_t string_offset, string_used, string_size;
  uint32_t locrectab_offset, locrectab_used, locrectab_size;
  uint32_t sumhash_offset, sumhash_used, sumhash_size;
};
static_assert(sizeof(Header) == 56);
constexpr uint32_t archive_magic = 0xde020109;

struct NameSlot {
  uint32_t hash;
  uint32_t name_offset;
  uint32_t record_offset;  // 0: the slot is free
};
static_assert(sizeof(NameSlot) == 12);

struct Part {
  uint32_t offset, size;
};

/// By the numbers of locale.h. The one of LC_ALL tells where the small ones lie together, and each of these does so for
/// itself, too (locale/programs/locarchive.c, add_locale).
constexpr std::array<const char*, 13> categories = {"LC_CTYPE",
                                                    "LC_NUMERIC",
                                                    "LC_TIME",
                                                    "LC_COLLATE",
                                                    "LC_MONETARY",
                                                    "LC_MESSAGES/SYS_LC_MESSAGES",
                                                    nullptr,
                                                    "LC_PAPER",
                                                    "LC_NAME",
                                                    "LC_ADDRESS",
                                                    "LC_TELEPHONE",
                                                    "LC_MEASUREMENT",
                                                    "LC_IDENTIFICATION"};

struct Record {
  uint32_t references;
  std::array<Part, categories.size()> parts;
};
static_assert(sizeof(Record) == 108);

[[noreturn]] void reject(const std::string& what) {
  throw Error(Exit::cannot_bundle, "", fmt::format("is no archive of locales that can be read: {}", what));
}

/// No folder can be called by it.
bool is_no_name(std::string_view name) {
  return name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos;
}

}  // namespace

LocaleArchive::LocaleArchive(Bytes bytes) : bytes_(bytes) {
  if (bytes.empty()) return;
  if (!bytes.contains(0, sizeof(Header))) reject(fmt::format("it has {} bytes, fewer than its header", bytes.size()));
  const auto header = bytes.read<Header>(0);
  if (header.magic != archive_magic)
    reject(fmt::format("it begins with {:#010x}, and not with {:#010x}", header.magic, archive_magic));
  const uint64_t table_size = uint64_t{header.namehash_size} * sizeof(NameSlot);
  if (!bytes.contains(header.namehash_offset, table_size))
    reject(fmt::format("its {} slots for names go beyond its end", header.namehash_size));
  for (uint64_t i = 0; i < header.namehash_size; ++i) {
    const auto slot = bytes.read<NameSlot>(header.namehash_offset + i * sizeof(NameSlot));
    if (slot.record_offset == 0) continue;
    if (!bytes.contains(slot.record_offset, sizeof(Record)))
      reject(fmt::format("the record of slot {} goes beyond its end", i));
    if (slot.name_offset >= bytes.size()) reject(fmt::format("the name of slot {} lies beyond its end", i));
    const std::string_view name = bytes.c_string(slot.name_offset);
    if (!is_no_name(name)) records_.emplace(name, slot.record_offset);
  }
}

std::vector<std::string> LocaleArchive::names() const {
  std::vector<std::string> out;
  for (const auto& [name, record] : records_) out.push_back(name);
  return out;
}

std::vector<LocaleArchive::File> LocaleArchive::files(std::string_view name) const {
  std::vector<File> out;
  const auto at = records_.find(name);
  if (at == records_.end()) return out;
  const auto record = bytes_.read<Record>(at->second);
  for (size_t i = 0; i < categories.size(); ++i) {
    const Part part = record.parts[i];
    if (categories[i] == nullptr || part.size == 0) continue;
    if (!bytes_.contains(part.offset, part.size))
      reject(fmt::format("{} of {} goes beyond its end", categories[i], printable(name)));
    out.push_back({categories[i], bytes_.slice(part.offset, part.size)});
  }
  return out;
}

}  // namespace bundle::machine
