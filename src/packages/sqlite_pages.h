// A database of SQLite as one who opened it just now would see it: its pages, and over them those of its write-ahead
// log.
//
// What was committed last may stand in the log alone, NAME-wal, which nobody had reason to fold into the file yet: it
// is read as sqlite3 reads it when it opens the two (https://www.sqlite.org/fileformat2.html, "WAL File Format" and
// "Reader Algorithm"). Of several frames of a page the last that was committed counts; a frame whose salt or checksum
// is not that of its log ends it, for it was left by an earlier one or not written to its end. Nothing is copied: pages
// are handed out of the mapped files. Invariant: all that is read lies within one of the two.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/bytes.h"

namespace bundle::packages {

class SqlitePages {
 public:
  /// Of the bytes of the database, and of its log, which may be empty. Both outlive it. Throws Error (cannot_bundle),
  /// which names no file, when the log is of a kind that sqlite3 refuses.
  SqlitePages(Bytes file, Bytes log);

  /// Of the whole database in bytes.
  uint64_t size() const { return size_; }
  /// Copies `length` bytes from `offset` to `out`; what lies behind the end is zero. How many there were.
  uint64_t read(uint64_t offset, uint64_t length, unsigned char* out) const;

 private:
  void apply_log();

  Bytes file_, log_;
  uint64_t size_ = 0;
  uint32_t page_size_ = 0;                         // of the log; 0 when nothing of it counts
  std::unordered_map<uint32_t, uint64_t> in_log_;  // where a page lies in the log, by its number less one
};

}  // namespace bundle::packages
