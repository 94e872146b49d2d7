// Headers of rpm's, and the containers for them, that a test makes up byte by byte, by the formats' rules and not by
// the code under test.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "packages/rpm_header.h"

namespace made_up {

using bundle::packages::RpmTag;

/// `value` as `size` bytes, the highest first.
inline std::string big_endian(uint64_t value, unsigned size) {
  std::string out;
  for (unsigned i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  return out;
}

/// One package's header: what is set, in an index and its data.
class RpmHeader {
 public:
  RpmHeader& string(RpmTag tag, const std::string& value) { return add(tag, 6, 1, value + '\0', 1); }
  RpmHeader& strings(RpmTag tag, const std::vector<std::string>& values) {
    std::string data;
    for (const std::string& value : values) data += value + '\0';
    return add(tag, 8, values.size(), data, 1);
  }
  RpmHeader& numbers(RpmTag tag, const std::vector<uint64_t>& values, unsigned size = 4) {
    std::string data;
    for (const uint64_t value : values) data += big_endian(value, size);
    constexpr unsigned types[] = {0, 2, 3, 0, 4, 0, 0, 0, 5};
    return add(tag, types[size], values.size(), data, size);
  }
  /// An index entry as it stands.
  RpmHeader& entry(uint32_t tag, uint32_t type, uint32_t offset, uint32_t count) {
    index_ += big_endian(tag, 4) + big_endian(type, 4) + big_endian(offset, 4) + big_endian(count, 4);
    return *this;
  }
  /// What every package has.
  RpmHeader& named(const std::string& name, const std::string& architecture = "x86_64") {
    return string(RpmTag::name, name)
        .string(RpmTag::version, "1.2")
        .string(RpmTag::release, "3")
        .string(RpmTag::architecture, architecture)
        .string(RpmTag::source_rpm, name + "-1.2-3.src.rpm");
  }
  struct File {
    std::string path;
    uint64_t flags = 0, mode = 0100644, state = 0, colour = 0;
    std::string digest = {}, target = {};
  };
  RpmHeader& files(const std::vector<File>& files) {
    std::vector<std::string> names, folders, digests, targets;
    std::vector<uint64_t> indexes, flags, modes, states, colours;
    for (const File& file : files) {
      const size_t slash = file.path.rfind('/') + 1;
      const auto at = std::find(folders.begin(), folders.end(), file.path.substr(0, slash));
      indexes.push_back(static_cast<uint64_t>(at - folders.begin()));
      if (at == folders.end()) folders.push_back(file.path.substr(0, slash));
      names.push_back(file.path.substr(slash));
      flags.push_back(file.flags);
      modes.push_back(file.mode);
      states.push_back(file.state);
      colours.push_back(file.colour);
      digests.push_back(file.digest);
      targets.push_back(file.target);
    }
    return strings(RpmTag::base_names, names)
        .strings(RpmTag::folder_names, folders)
        .numbers(RpmTag::folder_indexes, indexes)
        .numbers(RpmTag::file_flags, flags)
        .numbers(RpmTag::file_modes, modes, 2)
        .numbers(RpmTag::file_states, states, 1)
        .numbers(RpmTag::file_colours, colours)
        .strings(RpmTag::file_digests, digests)
        .strings(RpmTag::file_link_targets, targets);
  }
  std::string blob() const { return big_endian(index_.size() / 16, 4) + big_endian(data_.size(), 4) + index_ + data_; }

 private:
  RpmHeader& add(RpmTag tag, unsigned type, size_t count, const std::string& data, unsigned alignment) {
    while (data_.size() % alignment != 0) data_ += '\0';
    entry(static_cast<uint32_t>(tag), type, static_cast<uint32_t>(data_.size()), static_cast<uint32_t>(count));
    data_ += data;
    return *this;
  }
  std::string index_, data_;
};

/// Runs SQL on a database in memory, or in a file.
class Sqlite {
 public:
  explicit Sqlite(const std::string& path = ":memory:") {
    if (sqlite3_open(path.c_str(), &connection_) != SQLITE_OK) throw std::runtime_error(path);
  }
  ~Sqlite() { sqlite3_close(connection_); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Sqlite& run(const std::string& sql) {
    if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(connection_));
    return *this;
  }
  /// rpm's own table, with rows.
  Sqlite& with(const std::vector<std::string>& blobs) {
    run("CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    for (const std::string& blob : blobs) {
      std::string digits;
      for (const unsigned char c : blob) digits += {"0123456789abcdef"[c >> 4U], "0123456789abcdef"[c & 15U]};
      run("INSERT INTO Packages (blob) VALUES (x'" + digits + "')");
    }
    return *this;
  }
  std::string bytes() {
    sqlite3_int64 size = 0;
    unsigned char* const all = sqlite3_serialize(connection_, "main", &size, 0);
    std::string out(reinterpret_cast<const char*>(all), static_cast<size_t>(size));
    sqlite3_free(all);
    return out;
  }

 private:
  sqlite3* connection_ = nullptr;
};

inline void put(std::string& file, size_t at, const std::string& bytes) { file.replace(at, bytes.size(), bytes); }

inline std::string little_endian(uint64_t value, unsigned size) {
  std::string out = big_endian(value, size);
  std::reverse(out.begin(), out.end());
  return out;
}

/// Packages.db: one page of slots, then blobs.
inline std::string ndb_of(const std::vector<std::string>& blobs) {
  std::string out = "RpmP" + little_endian(0, 4) + little_endian(1, 4) + little_endian(1, 4) +
                    little_endian(blobs.size() + 1, 4) + std::string(12, '\0');
  std::string data;
  for (size_t i = 0; i < blobs.size(); ++i) {
    const size_t blocks = (16 + blobs[i].size() + 12 + 15) / 16;
    const std::string number = little_endian(i + 1, 4), length = little_endian(blobs[i].size(), 4);
    out += "Slot" + number + little_endian((4096 + data.size()) / 16, 4) + little_endian(blocks, 4);
    std::string blob = "BlbS" + number + little_endian(1, 4) + length + blobs[i];
    blob.resize(blocks * 16 - 12);
    data += blob + std::string(4, 'A') + length + "BlbE";  // the checksum is not looked at
  }
  while (out.size() < 4096) out += "Slot" + std::string(12, '\0');
  return out + data;
}

/// A hash of Berkeley DB with one page of pairs; long values in overflow pages behind it.
inline std::string bdb_of(const std::vector<std::string>& blobs, size_t page_size = 512, bool is_big_endian = false) {
  const auto number = [&](uint64_t value, unsigned size) {
    return is_big_endian ? big_endian(value, size) : little_endian(value, size);
  };
  std::vector<std::string> pages(2, std::string(page_size, '\0'));
  std::vector<std::string> items = {'\1' + number(0, 4), '\1' + number(blobs.size(), 4)};
  for (size_t i = 0; i < blobs.size(); ++i) {
    items.push_back('\1' + number(i + 1, 4));
    if (blobs[i].size() < page_size / 4) {
      items.push_back('\1' + blobs[i]);
      continue;
    }
    items.push_back('\3' + std::string(3, '\0') + number(pages.size(), 4) + number(blobs[i].size(), 4));
    const size_t room = page_size - 26;
    for (size_t at = 0; at < blobs[i].size(); at += room) {
      const std::string part = blobs[i].substr(at, room);
      std::string page(page_size, '\0');
      put(page, 8, number(pages.size(), 4));
      put(page, 16, number(at + room < blobs[i].size() ? pages.size() + 1 : 0, 4));
      put(page, 22, number(part.size(), 2));
      page[25] = 7;
      put(page, 26, part);
      pages.push_back(page);
    }
  }
  put(pages[0], 12, number(0x61561, 4) + number(9, 4) + number(page_size, 4));
  pages[0][25] = 8;
  put(pages[0], 32, number(pages.size() - 1, 4));
  size_t end = page_size;
  put(pages[1], 8, number(1, 4));
  put(pages[1], 20, number(items.size(), 2));
  pages[1][25] = 13;
  for (size_t i = 0; i < items.size(); ++i) {
    end -= items[i].size();
    put(pages[1], end, items[i]);
    put(pages[1], 26 + 2 * i, number(end, 2));
  }
  std::string out;
  for (const std::string& page : pages) out += page;
  return out;
}

}  // namespace made_up
