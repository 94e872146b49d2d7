// A package database that SQLite keeps (rpm's rpmdb.sqlite, nix's and guix's db.sqlite), read by the sqlite3 library
// out of the bytes of a Root's file.
//
// sqlite3 sees the file through a VFS (https://www.sqlite.org/vfs.html) of it and of the write-ahead log beside it, in
// which it finds what was committed last. There is nothing to write with and no other file to open, so that no lock,
// journal or shared memory appears beside a database that is only looked at, and that an image's is read as a disk's
// is. A change that was interrupted and must be rolled back is refused. The file may be anyone's
// (https://www.sqlite.org/security.html): it can bring no views, triggers, virtual tables or functions to bear, values
// are bounded by its size and work by a multiple of that. Invariant: what is there is read as sqlite3 reads it, or is
// an Error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "machine/root.h"

struct sqlite3_stmt;

namespace bundle::packages {

/// A row of a query's answer; columns count from 0. What it hands out is gone with the row.
class SqliteRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const;
  /// 0 for what is no number.
  int64_t integer(int column) const;
  std::string_view text(int column) const;
  Bytes blob(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class SqliteFile {
 public:
  /// Null when there is no such file in `root`. Throws Error (cannot_bundle) when it is there and cannot be read, and
  /// when it was left in the middle of a change; `repair` is the next step for one that is damaged.
  static std::unique_ptr<SqliteFile> open(machine::Root& root, const std::string& path, const std::string& repair);
  ~SqliteFile();

  /// `on_row` for each row of a plain SELECT over tables, without functions. From several threads one after the other.
  /// Throws Error (cannot_bundle) when there is no such table or column, or the file is damaged on the way.
  void query(const std::string& sql, const std::function<void(const SqliteRow&)>& on_row) const;

 private:
  struct Connection;
  explicit SqliteFile(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace bundle::packages
