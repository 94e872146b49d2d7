// The reader of SQLite's databases against the library that writes them: what was committed is read, wherever it
// stands; what is damaged or hostile is an Error, and nothing appears beside the file.
#include "packages/sqlite_file.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "../discover/scratch.h"
#include "base/error.h"
#include "base/file.h"

using bundle::Error;
using bundle::packages::SqliteFile;
using bundle::packages::SqliteRow;
using discover_test::Scratch;

namespace {

/// A database that is open for writing.
class Writer {
 public:
  explicit Writer(const std::string& path) { REQUIRE(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK); }
  ~Writer() { sqlite3_close(handle_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  void run(const std::string& sql) const {
    char* message = nullptr;
    const int status = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
    CHECK_MESSAGE(status == SQLITE_OK, (message == nullptr ? "" : message));
  }

 private:
  sqlite3* handle_ = nullptr;
};

std::string words_of(bundle::machine::Root& root, const std::string& path = "/db",
                     const std::string& sql = "select id, word from Words order by id") {
  const std::unique_ptr<SqliteFile> file = SqliteFile::open(root, path, "Repair it");
  REQUIRE(file);
  std::string out;
  file->query(sql, [&](const SqliteRow& row) {
    out += std::to_string(row.integer(0)) + (row.is_null(1) ? "-" : std::string(row.text(1))) + " ";
  });
  return out;
}

std::string fault_of(const Scratch& scratch, const std::string& sql = "select id, word from Words") {
  bundle::machine::Root root(scratch.path());
  try {
    (void)words_of(root, "/db", sql);
  } catch (const Error& error) {
    CHECK(error.kind() == bundle::Exit::cannot_bundle);
    return error.what();
  }
  return "";
}

const std::string table = "create table Words (id integer primary key, word text);";

std::string bytes_of(const std::string& path) { return bundle::read_file(path).value_or(""); }

}  // namespace

TEST_CASE("sqlite: rows of a database, and none of one that is not there") {
  const Scratch scratch;
  Writer(scratch.path() + "/db").run(table + "insert into Words values (7, 'seven'), (8, null), (9, '')");
  bundle::machine::Root root(scratch.path());
  CHECK(words_of(root) == "7seven 8- 9 ");
  CHECK_FALSE(SqliteFile::open(root, "/other", "Repair it"));
}

TEST_CASE("sqlite: blobs longer than a page, and pages of every size") {
  for (const char* size : {"512", "4096", "65536"}) {
    const Scratch scratch;
    Writer(scratch.path() + "/db")
        .run("pragma page_size=" + std::string(size) +
             "; create table B (id integer primary key, blob blob); insert into B values (1, zeroblob(200000))");
    bundle::machine::Root root(scratch.path());
    uint64_t length = 0;
    SqliteFile::open(root, "/db", "Repair it")->query("select blob from B", [&](const SqliteRow& row) {
      length = row.blob(0).size();
    });
    CHECK(length == 200000);
  }
}

TEST_CASE("sqlite: what stands in the write-ahead log alone is read, and nothing is written") {
  const Scratch open;
  const Writer writer(open.path() + "/db");
  writer.run("pragma journal_mode=wal; pragma wal_autocheckpoint=0;" + table);
  writer.run("insert into Words values (1, 'one'); insert into Words values (2, 'two');");
  writer.run("update Words set word='zwei' where id=2");
  const std::string file = bytes_of(open.path() + "/db"), log = bytes_of(open.path() + "/db-wal");
  REQUIRE(log.size() > 4096);

  Scratch copy;
  copy.write("real/db", file);
  copy.write("real/db-wal", log);
  copy.link("real/db", "db");  // the log lies beside the file, and not beside the link
  bundle::machine::Root root(copy.path());
  CHECK(words_of(root) == "1one 2zwei ");
  CHECK(root.list("/real") == std::vector<std::string>{"db", "db-wal"});
  CHECK(bytes_of(copy.path() + "/real/db") == file);

  SUBCASE("a log that was cut ends with its last commit") {
    Scratch cut;
    cut.write("db", file);
    cut.write("db-wal", log.substr(0, log.size() - 1));
    bundle::machine::Root cut_root(cut.path());
    CHECK(words_of(cut_root) == "1one 2two ");
  }
  SUBCASE("so does one whose last frame is not what its checksum says") {
    Scratch changed;
    std::string bad = log;
    bad.back() ^= 1;
    changed.write("db", file);
    changed.write("db-wal", bad);
    bundle::machine::Root changed_root(changed.path());
    CHECK(words_of(changed_root) == "1one 2two ");
  }
  SUBCASE("what is no log counts for none") {
    writer.run("pragma wal_checkpoint(truncate)");
    Scratch other;
    other.write("db", bytes_of(open.path() + "/db"));
    other.write("db-wal", "no log at all");
    bundle::machine::Root other_root(other.path());
    CHECK(words_of(other_root) == "1one 2zwei ");
  }
  SUBCASE("an empty log says nothing, and the file is in that mode all the same") {
    writer.run("pragma wal_checkpoint(truncate)");
    Scratch folded;
    folded.write("db", bytes_of(open.path() + "/db"));
    folded.write("db-wal", "");
    bundle::machine::Root folded_root(folded.path());
    CHECK(words_of(folded_root) == "1one 2zwei ");
  }
}

TEST_CASE("sqlite: a change that was interrupted is refused, one that was finished is not") {
  Scratch scratch;
  Writer(scratch.path() + "/db").run(table + "insert into Words values (1, 'one')");
  scratch.write("db-journal", std::string(512, '\0'));
  CHECK(fault_of(scratch).empty());
  scratch.write("db-journal", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
  CHECK(fault_of(scratch).find("middle of a change") != std::string::npos);
}

TEST_CASE("sqlite: what is no database, or not the one that was meant, is an Error that names it") {
  Scratch scratch;
  scratch.write("db", std::string(5000, 'x'));
  CHECK(fault_of(scratch).find("/db: is a package database that sqlite3 cannot read: file is not a database") !=
        std::string::npos);
  scratch.write("db", "");
  CHECK(fault_of(scratch).find("no such table: Words") != std::string::npos);
  std::filesystem::remove(scratch.path() + "/db");
  std::filesystem::create_directory(scratch.path() + "/db");
  CHECK(fault_of(scratch).find("/db") != std::string::npos);
}

TEST_CASE("sqlite: a hostile schema brings nothing to bear") {
  const std::string loop = "with recursive n(i) as (select 1 union all select i+1 from n) select i as id, 'x' as word ";
  const std::string hostile[] = {
      "create view Words as " + loop + "from n",
      "create virtual table Words using fts5(id, word)",
  };
  for (const std::string& sql : hostile) {
    CAPTURE(sql);
    const Scratch scratch;
    Writer(scratch.path() + "/db").run(sql);
    CHECK_FALSE(fault_of(scratch).empty());
  }
  const Scratch scratch;
  Writer(scratch.path() + "/db").run(table + "insert into Words values (1, 'one')");
  CHECK_FALSE(fault_of(scratch, "select id, randomblob(100) from Words").empty());
  CHECK_FALSE(fault_of(scratch, loop + "from n").empty());
  CHECK_FALSE(fault_of(scratch, "delete from Words").empty());
  CHECK_FALSE(fault_of(scratch, "attach 'other' as other").empty());
  // A join that takes the square of its rows ends all the same.
  const Scratch many;
  Writer(many.path() + "/db")
      .run(table + "with recursive n(i) as (select 1 union all select i+1 from n where i < 3000) " +
           "insert into Words select i, 'x' from n");
  CHECK(fault_of(many, "select a.id, b.word from Words a, Words b where a.word <> b.word").find("circles") !=
        std::string::npos);
}

TEST_CASE("sqlite: whatever bytes are turned in file and log, reading ends") {
  const Scratch open;
  const Writer writer(open.path() + "/db");
  writer.run("pragma page_size=512; pragma journal_mode=wal; pragma wal_autocheckpoint=0;" + table);
  writer.run("with recursive n(i) as (select 1 union all select i+1 from n where i < 300) " +
             std::string("insert into Words select i, 'word' from n"));
  writer.run("pragma wal_checkpoint(truncate)");
  writer.run("update Words set word=zeroblob(3000) where id % 40 = 0");
  const std::string file = bytes_of(open.path() + "/db"), log = bytes_of(open.path() + "/db-wal");
  std::mt19937 roll(16);
  unsigned read = 0, refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string one = file, two = log;
    for (std::string* bytes : {&one, &two}) {
      for (unsigned changes = roll() % 8; changes-- > 0;) (*bytes)[roll() % bytes->size()] = static_cast<char>(roll());
    }
    Scratch scratch;
    scratch.write("db", one.substr(0, one.size() - (roll() % 4 == 0 ? roll() % one.size() : 0)));
    scratch.write("db-wal", two);
    ++(fault_of(scratch).empty() ? read : refused);
  }
  CHECK(read > 10);
  CHECK(refused > 10);
}
