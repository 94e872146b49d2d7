// The records of a zip as bytes: local headers, the central directory and its end, Zip64 where a number needs
// it.
//
// Outside rule: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. Field names in the comments are the specification's.
#pragma once

#include <cstdint>
#include <string>

namespace bundle::pack {

/// What the records say of one entry.
struct Record {
  std::string name;
  uint32_t mode = 0;  // with its file type, as st_mode
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t size = 0, compressed_size = 0;
  uint64_t offset = 0;  // of the local header
};

/// Date (high half) and time in MS-DOS form, of Unix seconds in UTC, clamped to 1980-01-01 … 2107-12-31
/// 23:59:58.
uint32_t dos_time(int64_t unix_seconds);

/// Its length depends on the name and on `size` alone, so that it can be written anew once the rest is known.
std::string local_header(const Record& record, uint32_t time);
std::string central_header(const Record& record, uint32_t time);
/// The end of the central directory, with its Zip64 form before it when a number needs that.
std::string end_records(uint64_t count, uint64_t directory_size, uint64_t directory_offset);

}  // namespace bundle::pack
