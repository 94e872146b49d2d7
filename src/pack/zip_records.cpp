#include "pack/zip_records.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "base/bytes.h"

namespace bundle::pack {

namespace {

constexpr uint64_t none16 = 0xffff;      // "see the Zip64 record"
constexpr uint64_t none32 = 0xffffffff;  // likewise

template <class T>
void put(std::string& out, uint64_t value) {
  append_value(out, static_cast<T>(value));
}
void put16(std::string& out, uint64_t value) { put<uint16_t>(out, value); }
void put32(std::string& out, uint64_t value) { put<uint32_t>(out, value); }
void put64(std::string& out, uint64_t value) { put<uint64_t>(out, value); }

bool is_ascii(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Well-formed UTF-8 in the sense of Unicode's table 3-7. Names that are not keep their bytes without the
/// flag.
bool is_utf8(const std::string& name) {
  const auto byte = [&](size_t i) { return i < name.size() ? static_cast<unsigned char>(name[i]) : 0U; };
  for (size_t i = 0; i < name.size();) {
    const unsigned lead = byte(i++);
    if (lead < 0x80) continue;
    unsigned more = 0, low = 0x80, high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) more = 1;
    if (lead >= 0xe0 && lead <= 0xef) more = 2;
    if (lead >= 0xf0 && lead <= 0xf4) more = 3;
    if (lead == 0xe0) low = 0xa0;   // else it would fit in two bytes
    if (lead == 0xed) high = 0x9f;  // surrogates
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;  // beyond U+10FFFF
    if (more == 0) return false;
    for (; more > 0; --more, low = 0x80, high = 0xbf) {
      const unsigned next = byte(i++);
      if (next < low || next > high) return false;
    }
  }
  return true;
}

// 4.5.3: a local header that needs the extra field has both sizes in it, whatever their values.
bool wide(const Record& record) { return record.size >= none32 || record.compressed_size >= none32; }

uint16_t version_needed(const Record& record, bool zip64) {
  if (zip64) return 45;
  return record.deflated || S_ISDIR(record.mode) ? 20 : 10;
}

uint16_t flags(const Record& record) { return !is_ascii(record.name) && is_utf8(record.name) ? 1U << 11U : 0; }

}  // namespace

uint32_t dos_time(int64_t unix_seconds) {
  using namespace std::chrono;
  const sys_seconds first = sys_days(1980y / 1 / 1);
  const sys_seconds last = sys_days(2107y / 12 / 31) + hours(23) + minutes(59) + seconds(58);
  // Compared as numbers: a far-off time must not overflow on its way into a clock's type.
  const int64_t clamped =
      std::clamp(unix_seconds, int64_t{first.time_since_epoch().count()}, int64_t{last.time_since_epoch().count()});
  const sys_seconds moment{seconds(clamped)};
  const sys_days day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss clock(moment - day);
  const auto year_part = static_cast<unsigned>(static_cast<int>(date.year()) - 1980);
  const unsigned date_part =
      year_part << 9U | static_cast<unsigned>(date.month()) << 5U | static_cast<unsigned>(date.day());
  const auto time_part =
      static_cast<unsigned>(clock.hours().count() << 11 | clock.minutes().count() << 5 | clock.seconds().count() / 2);
  return date_part << 16U | time_part;
}

std::string local_header(const Record& record, uint32_t time) {
  const bool zip64 = wide(record);
  std::string out;
  put32(out, 0x04034b50);                     // local file header signature
  put16(out, version_needed(record, zip64));  // version needed to extract
  put16(out, flags(record));                  // general purpose bit flag
  put16(out, record.deflated ? 8 : 0);        // compression method
  put32(out, time);                           // last mod file time, date
  put32(out, record.crc);                     // crc-32
  put32(out, zip64 ? none32 : record.compressed_size);
  put32(out, zip64 ? none32 : record.size);
  put16(out, record.name.size());
  put16(out, zip64 ? 20 : 0);  // extra field length
  out += record.name;
  if (zip64) {
    put16(out, 1);  // Zip64 extended information
    put16(out, 16);
    put64(out, record.size);
    put64(out, record.compressed_size);
  }
  return out;
}

std::string central_header(const Record& record, uint32_t time) {
  // 4.5.3: here only the fields whose 32 bits say "see there", in this order.
  std::string extra;
  if (record.size >= none32) put64(extra, record.size);
  if (record.compressed_size >= none32) put64(extra, record.compressed_size);
  if (record.offset >= none32) put64(extra, record.offset);
  const bool zip64 = !extra.empty();
  std::string out;
  put32(out, 0x02014b50);                      // central file header signature
  put16(out, 3U << 8U | (zip64 ? 45U : 30U));  // version made by: Unix
  put16(out, version_needed(record, zip64));
  put16(out, flags(record));
  put16(out, record.deflated ? 8 : 0);
  put32(out, time);
  put32(out, record.crc);
  put32(out, std::min(record.compressed_size, none32));
  put32(out, std::min(record.size, none32));
  put16(out, record.name.size());
  put16(out, zip64 ? extra.size() + 4 : 0);
  put16(out, 0);                                                                   // file comment length
  put16(out, 0);                                                                   // disk number start
  put16(out, 0);                                                                   // internal file attributes
  put32(out, uint64_t{record.mode} << 16U | (S_ISDIR(record.mode) ? 0x10U : 0U));  // external file attributes
  put32(out, std::min(record.offset, none32));
  out += record.name;
  if (zip64) {
    put16(out, 1);
    put16(out, extra.size());
    out += extra;
  }
  return out;
}

std::string end_records(uint64_t count, uint64_t directory_size, uint64_t directory_offset) {
  std::string out;
  if (count >= none16 || directory_size >= none32 || directory_offset >= none32) {
    put32(out, 0x06064b50);  // zip64 end of central dir signature
    put64(out, 44);          // size of the rest of this record
    put16(out, 3U << 8U | 45U);
    put16(out, 45);
    put32(out, 0);  // number of this disk
    put32(out, 0);  // of the disk with the start of the central directory
    put64(out, count);
    put64(out, count);
    put64(out, directory_size);
    put64(out, directory_offset);
    put32(out, 0x07064b50);  // zip64 end of central dir locator signature
    put32(out, 0);
    put64(out, directory_offset + directory_size);
    put32(out, 1);  // total number of disks
  }
  put32(out, 0x06054b50);  // end of central dir signature
  put16(out, 0);
  put16(out, 0);
  put16(out, std::min(count, none16));
  put16(out, std::min(count, none16));
  put32(out, std::min(directory_size, none32));
  put32(out, std::min(directory_offset, none32));
  put16(out, 0);  // .ZIP file comment length
  return out;
}

}  // namespace bundle::pack
