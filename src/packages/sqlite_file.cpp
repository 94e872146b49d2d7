// The VFS, the connection and what it may do. See sqlite_file.h.
#include "packages/sqlite_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"

namespace bundle::packages {

namespace {

struct Files {
  Bytes database, log;  // the write-ahead log may be empty
};

/// One of the two, as sqlite3 sees it.
struct View : sqlite3_file {
  Bytes bytes;
};

int close_file(sqlite3_file*) { return SQLITE_OK; }

int read_file_at(sqlite3_file* file, void* out, int length, sqlite3_int64 offset) {
  const Bytes bytes = static_cast<View*>(file)->bytes;
  const uint64_t start = std::min(static_cast<uint64_t>(offset), bytes.size());
  const auto wanted = static_cast<uint64_t>(length), there = std::min(wanted, bytes.size() - start);
  if (there > 0) std::memcpy(out, bytes.data() + start, there);
  std::memset(static_cast<unsigned char*>(out) + there, 0, wanted - there);
  return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(static_cast<View*>(file)->bytes.size());
  return SQLITE_OK;
}

int refuse_write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int refuse_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int refuse_sync(sqlite3_file*, int) { return SQLITE_READONLY; }
/// Nobody else sees these bytes.
int take_lock(sqlite3_file*, int) { return SQLITE_OK; }
int look_at_lock(sqlite3_file*, int* is_reserved) {
  *is_reserved = 0;
  return SQLITE_OK;
}
int know_no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 0; }
int characteristics(sqlite3_file*) { return 0; }

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods made{};
    made.iVersion = 1;
    made.xClose = close_file;
    made.xRead = read_file_at;
    made.xWrite = refuse_write;
    made.xTruncate = refuse_truncate;
    made.xSync = refuse_sync;
    made.xFileSize = size_of_file;
    made.xLock = take_lock;
    made.xUnlock = take_lock;
    made.xCheckReservedLock = look_at_lock;
    made.xFileControl = know_no_control;
    made.xSectorSize = sector_size;
    made.xDeviceCharacteristics = characteristics;
    return made;
  }();
  return table;
}

int open_in_vfs(sqlite3_vfs* vfs, const char*, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  const auto* const files = static_cast<const Files*>(vfs->pAppData);
  const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  if (!is_database && (flags & SQLITE_OPEN_WAL) == 0) return SQLITE_CANTOPEN;  // there are no others
  static_cast<View*>(file)->bytes = is_database ? files->database : files->log;
  file->pMethods = &methods();
  if (flags_out != nullptr) *flags_out = SQLITE_OPEN_READONLY | (is_database ? SQLITE_OPEN_MAIN_DB : SQLITE_OPEN_WAL);
  return SQLITE_OK;
}

int refuse_delete(sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; }
int find_log(sqlite3_vfs* vfs, const char* name, int, int* is_there) {
  const bool is_log = std::string_view(name).ends_with("-wal");
  *is_there = is_log && !static_cast<const Files*>(vfs->pAppData)->log.empty() ? 1 : 0;
  return SQLITE_OK;
}
int keep_name(sqlite3_vfs*, const char* name, int room, char* out) {
  sqlite3_snprintf(room, out, "%s", name);
  return SQLITE_OK;
}
/// Nothing that is read depends on chance or on the time.
int no_randomness(sqlite3_vfs*, int length, char* out) {
  std::memset(out, 0, static_cast<size_t>(length));
  return length;
}
int no_sleep(sqlite3_vfs*, int) { return 0; }
int no_time(sqlite3_vfs*, double* days) {
  *days = 0;
  return SQLITE_OK;
}
int no_error(sqlite3_vfs*, int, char*) { return 0; }

/// Nothing but reading of tables.
int may(void*, int action, const char*, const char*, const char*, const char*) {
  return action == SQLITE_SELECT || action == SQLITE_READ ? SQLITE_OK : SQLITE_DENY;
}

constexpr int steps_between_looks = 10'000;

}  // namespace

struct SqliteFile::Connection {
  Connection(std::string path, std::string repair, std::shared_ptr<const MappedFile> file,
             std::shared_ptr<const MappedFile> log);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Error damaged(const std::string& why) const;
  void configure();
  /// sqlite3 asks now and then whether to go on.
  static int is_enough(void* self);

  std::string path_, repair_;
  std::shared_ptr<const MappedFile> file_, log_;  // log_ null where there is none
  Files files_;
  uint64_t bytes_there_ = 0;  // in both files, whatever size they claim
  std::string vfs_name_;
  sqlite3_vfs vfs_{};
  sqlite3* handle_ = nullptr;
  std::mutex one_query_;
  uint64_t looks_left_ = 0;
};

SqliteFile::Connection::Connection(std::string path, std::string repair, std::shared_ptr<const MappedFile> file,
                                   std::shared_ptr<const MappedFile> log)
    : path_(std::move(path)),
      repair_(std::move(repair)),
      file_(std::move(file)),
      log_(std::move(log)),
      files_{file_->bytes(), log_ == nullptr ? Bytes() : log_->bytes()},
      bytes_there_(files_.database.size() + files_.log.size()),
      vfs_name_(fmt::format("bundle-{}", static_cast<const void*>(this))) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(View);
  vfs_.mxPathname = 16;
  vfs_.zName = vfs_name_.c_str();
  vfs_.pAppData = &files_;
  vfs_.xOpen = open_in_vfs;
  vfs_.xDelete = refuse_delete;
  vfs_.xAccess = find_log;
  vfs_.xFullPathname = keep_name;
  vfs_.xRandomness = no_randomness;
  vfs_.xSleep = no_sleep;
  vfs_.xCurrentTime = no_time;
  vfs_.xGetLastError = no_error;
  int status = sqlite3_vfs_register(&vfs_, 0);
  if (status == SQLITE_OK) {
    status = sqlite3_open_v2("db", &handle_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs_name_.c_str());
  }
  if (status != SQLITE_OK) {
    const Error error = damaged(sqlite3_errstr(status));
    sqlite3_close(handle_);
    sqlite3_vfs_unregister(&vfs_);
    throw error;
  }
  configure();
}

SqliteFile::Connection::~Connection() {
  sqlite3_close(handle_);
  sqlite3_vfs_unregister(&vfs_);
}

/// What https://www.sqlite.org/security.html advises for a file of unknown origin, and bounds by its size.
void SqliteFile::Connection::configure() {
  for (const int off : {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                        SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION}) {
    sqlite3_db_config(handle_, off, 0, nullptr);
  }
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_drop_modules(handle_, nullptr);
  constexpr uint64_t shortest = 100'000;  // a row, and the text of a query
  const uint64_t longest = std::numeric_limits<int>::max();
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, static_cast<int>(std::min(std::max(bytes_there_, shortest), longest)));
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // For whoever is alone the index of the log is kept in memory (https://www.sqlite.org/wal.html, "Use of WAL Without
  // Shared-Memory").
  sqlite3_exec(handle_, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON", nullptr,
               nullptr, nullptr);
  sqlite3_set_authorizer(handle_, may, nullptr);
  sqlite3_progress_handler(handle_, steps_between_looks, is_enough, this);
}

Error SqliteFile::Connection::damaged(const std::string& why) const {
  return {Exit::cannot_bundle, path_, "is a package database that sqlite3 cannot read: " + printable(why), repair_};
}

int SqliteFile::Connection::is_enough(void* self) {
  try {
    check_interrupted();
  } catch (...) {
    return 1;  // and query() hears of it again, outside of the library's C
  }
  uint64_t& left = static_cast<Connection*>(self)->looks_left_;
  return left-- == 0 ? 1 : 0;
}

bool SqliteRow::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

int64_t SqliteRow::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view SqliteRow::text(int column) const { return blob(column).text(); }

Bytes SqliteRow::blob(int column) const {
  const void* const data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {data, static_cast<uint64_t>(sqlite3_column_bytes(statement_, column))};
}

SqliteFile::SqliteFile(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

SqliteFile::~SqliteFile() = default;

std::unique_ptr<SqliteFile> SqliteFile::open(machine::Root& root, const std::string& path, const std::string& repair) {
  if (!root.look(path).is_there()) return nullptr;
  // The log lies beside the file itself, whatever links lead to that.
  const std::string real = root.real(path).value_or(path);
  const auto map = [&](const std::string& name, bool must_be_there) -> std::shared_ptr<const MappedFile> {
    if (!must_be_there && !root.look(name).is_there()) return nullptr;
    int error_number = 0;
    std::shared_ptr<const MappedFile> file = root.map(name, error_number);
    if (file == nullptr) throw cannot_open(root.at(name), error_number);
    return file;
  };
  const std::shared_ptr<const MappedFile> file = map(real, true);
  // A journal that was finished is empty, gone, or begins with zeros (https://www.sqlite.org/lockingv3.html, "hot").
  const std::shared_ptr<const MappedFile> journal = map(real + "-journal", false);
  if (journal != nullptr && !journal->bytes().empty() && journal->bytes().read<unsigned char>(0) != 0) {
    throw Error(
        Exit::cannot_bundle, root.at(real),
        "was left in the middle of a change, which " + std::string(base_name(real)) + "-journal says how to undo",
        "Let the package manager of that system finish, or run it there once");
  }
  const std::shared_ptr<const MappedFile> log = map(real + "-wal", false);
  return std::unique_ptr<SqliteFile>(new SqliteFile(std::make_unique<Connection>(root.at(real), repair, file, log)));
}

void SqliteFile::query(const std::string& sql, const std::function<void(const SqliteRow&)>& on_row) const {
  Connection& connection = *connection_;
  const std::lock_guard<std::mutex> lock(connection.one_query_);
  // As many steps as there are bytes, and some: a row takes about ten, and is longer than that.
  connection.looks_left_ = 100 + 4 * connection.bytes_there_ / steps_between_looks;
  sqlite3_stmt* prepared = nullptr;
  int status = sqlite3_prepare_v2(connection.handle_, sql.c_str(), -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared, sqlite3_finalize);
  if (status == SQLITE_OK) {
    while ((status = sqlite3_step(prepared)) == SQLITE_ROW) on_row(SqliteRow(prepared));
  }
  const std::string why = status == SQLITE_DONE        ? ""
                          : status == SQLITE_INTERRUPT ? "its tables lead in circles"
                                                       : sqlite3_errmsg(connection.handle_);
  check_interrupted();
  if (!why.empty()) throw connection.damaged(why);
}

}  // namespace bundle::packages
