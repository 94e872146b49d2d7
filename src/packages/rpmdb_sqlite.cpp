// rpm's table of headers in an SQLite database, read by SQLite from mapped bytes.
//
// SQLite asks its files of a VFS (sqlite.org/vfs.html). This one has two, the database and its write-ahead log, both in
// memory and read-only, so that SQLite itself applies what was committed to the log, wherever the bytes come from, and
// nothing is made or written beside them: in exclusive mode the index of the log is kept on the heap and not in a -shm
// (sqlite.org/wal.html, "Use of WAL Without Shared-Memory"). What the schema may hold beside tables - views, triggers,
// functions - is switched off, for it is the file's word (sqlite.org/security.html).
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/interrupt.h"
#include "packages/rpmdb.h"

namespace bundle::packages {

namespace {

struct Files {
  Bytes database, log;
};

/// A file as SQLite sees it; it begins with what SQLite knows of it.
struct View {
  sqlite3_file file;
  Bytes bytes;
};

const Bytes& bytes_of(sqlite3_file* file) { return reinterpret_cast<View*>(file)->bytes; }

int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  const Bytes& bytes = bytes_of(file);
  const auto start = std::min(static_cast<uint64_t>(offset), bytes.size());
  const auto wanted = static_cast<uint64_t>(count), there = std::min(wanted, bytes.size() - start);
  const Bytes part = bytes.slice(start, there);
  if (there > 0) std::memcpy(out, part.data(), there);
  std::memset(static_cast<char*>(out) + there, 0, wanted - there);
  return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(bytes_of(file).size());
  return SQLITE_OK;
}

/// Nobody else sees these bytes, so that every lock is had; nobody writes them.
const sqlite3_io_methods methods = {
    1,
    [](sqlite3_file*) { return SQLITE_OK; },                                         // xClose
    read,                                                                            // xRead
    [](sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; },  // xWrite
    [](sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; },                    // xTruncate
    [](sqlite3_file*, int) { return SQLITE_OK; },                                    // xSync
    size_of,                                                                         // xFileSize
    [](sqlite3_file*, int) { return SQLITE_OK; },                                    // xLock
    [](sqlite3_file*, int) { return SQLITE_OK; },                                    // xUnlock
    [](sqlite3_file*, int* is_reserved) { return *is_reserved = 0, SQLITE_OK; },     // xCheckReservedLock
    [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },                       // xFileControl
    [](sqlite3_file*) { return 0; },                                                 // xSectorSize
    [](sqlite3_file*) { return 0; },                                                 // xDeviceCharacteristics
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

int open(sqlite3_vfs* vfs, const char*, sqlite3_file* file, int flags, int* out_flags) {
  const auto* const files = static_cast<const Files*>(vfs->pAppData);
  const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  file->pMethods = nullptr;
  if (!is_database && (flags & SQLITE_OPEN_WAL) == 0) return SQLITE_CANTOPEN;
  reinterpret_cast<View*>(file)->bytes = is_database ? files->database : files->log;
  file->pMethods = &methods;
  if (out_flags != nullptr) *out_flags = SQLITE_OPEN_READONLY;
  return SQLITE_OK;
}

int is_there(sqlite3_vfs* vfs, const char* name, int, int* answer) {
  const std::string_view path = name;
  *answer = path.ends_with("-wal") && !static_cast<const Files*>(vfs->pAppData)->log.empty() ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
  if (std::strlen(name) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, std::strlen(name) + 1);
  return SQLITE_OK;
}

/// The VFS of two files, known to SQLite as long as this object lives.
class Disk {
 public:
  explicit Disk(const Files& files) : name_(fmt::format("bundle-{}", static_cast<const void*>(&files))) {
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(View);
    vfs_.mxPathname = 64;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = const_cast<Files*>(&files);
    vfs_.xOpen = open;
    vfs_.xDelete = [](sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; };
    vfs_.xAccess = is_there;
    vfs_.xFullPathname = full_name;
    vfs_.xRandomness = [](sqlite3_vfs*, int size, char* out) {
      return std::memset(out, 0, static_cast<size_t>(size)), 0;
    };
    vfs_.xSleep = [](sqlite3_vfs*, int) { return 0; };
    vfs_.xCurrentTime = [](sqlite3_vfs*, double* days) { return *days = 0, SQLITE_OK; };
    vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
    if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw Error(Exit::machine, "", "SQLite cannot be started");
  }
  ~Disk() { sqlite3_vfs_unregister(&vfs_); }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
  sqlite3_vfs vfs_ = {};
};

[[noreturn]] void throw_unreadable(const std::string& why) {
  throw Error(Exit::cannot_bundle, "", "is no package database of rpm's (SQLite), or a corrupt one: " + why);
}

}  // namespace

void for_each_blob_of_sqlite(Bytes database, Bytes log, const EachRpmBlob& each) {
  const Files files{database, log};
  const Disk disk(files);
  sqlite3* opened = nullptr;
  constexpr int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const int could_open = sqlite3_open_v2("rpmdb", &opened, flags, disk.name());
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection(opened, sqlite3_close);
  const auto check = [&](int code) {
    if (code == SQLITE_NOMEM) throw Error(Exit::machine, "", "there is no memory to read it");
    if (code != SQLITE_OK) throw_unreadable(opened == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(opened));
  };
  check(could_open);
  constexpr int largest_blob = 256 << 20;  // rpm's own limit
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, largest_blob);
  for (const auto& [option, value] : {std::pair(SQLITE_DBCONFIG_DEFENSIVE, 1),
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}}) {
    check(sqlite3_db_config(opened, option, value, nullptr));
  }
  check(
      sqlite3_exec(opened, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr));

  sqlite3_stmt* prepared = nullptr;
  check(sqlite3_prepare_v2(opened, "SELECT blob FROM Packages NOT INDEXED", -1, &prepared, nullptr));
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared, sqlite3_finalize);
  // Each row has bytes of its own, so that all are no longer than the files. A tree whose branches meet again has more.
  const uint64_t most = database.size() + log.size();
  uint64_t total = 0;
  for (int code = sqlite3_step(prepared); code != SQLITE_DONE; code = sqlite3_step(prepared)) {
    check_interrupted();
    if (code != SQLITE_ROW) check(code);
    const void* const blob = sqlite3_column_blob(prepared, 0);
    const auto size = static_cast<uint64_t>(sqlite3_column_bytes(prepared, 0));
    total += size + 1;
    if (total > most) throw_unreadable("its rows are longer than itself");
    each({blob, size});
  }
}

}  // namespace bundle::packages
