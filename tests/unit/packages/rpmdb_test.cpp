// The three containers: what is in them comes out; what is not as their formats say is an Error, and every read ends.
#include "packages/rpmdb.h"

#include <doctest/doctest.h>

#include <random>

#include "../machine/made_up_disk.h"
#include "base/error.h"
#include "made_up_rpm.h"

using bundle::Bytes;
using bundle::Error;
using made_up::little_endian;
using made_up::put;

namespace {

using Read = void (*)(Bytes, const bundle::packages::EachRpmBlob&);
void for_each_of_sqlite(Bytes bytes, const bundle::packages::EachRpmBlob& each) {
  const auto disk = std::make_shared<made_up::Disk>();
  disk->file("/db", std::string(bytes.text()));
  bundle::machine::Root root(disk);
  bundle::packages::for_each_blob_of_sqlite(root, "/db", each);
}
constexpr Read sqlite = for_each_of_sqlite;
constexpr Read ndb = bundle::packages::for_each_blob_of_ndb;
constexpr Read bdb = bundle::packages::for_each_blob_of_bdb;

std::vector<std::string> blobs_of(Read read, const std::string& file) {
  std::vector<std::string> out;
  read(Bytes(file), [&](Bytes blob) { out.emplace_back(blob.text()); });
  return out;
}

std::string fault(Read read, const std::string& file) {
  try {
    (void)blobs_of(read, file);
  } catch (const Error& error) {
    CHECK(error.kind() == bundle::Exit::cannot_bundle);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/// Some that lie in one page and some that go over many.
const std::vector<std::string> samples = {"short", std::string(3000, 'x'), "", std::string(70'000, 'y'), "end"};

}  // namespace

TEST_CASE("each container gives back what was put in") {
  CHECK(blobs_of(sqlite, made_up::Sqlite().with(samples).bytes()) == samples);
  CHECK(blobs_of(ndb, made_up::ndb_of(samples)) == samples);
  for (const size_t page_size : {512, 4096, 32768}) {
    CHECK(blobs_of(bdb, made_up::bdb_of(samples, page_size)) == samples);
    CHECK(blobs_of(bdb, made_up::bdb_of(samples, page_size, true)) == samples);
  }
  CHECK(blobs_of(sqlite, made_up::Sqlite().with({}).bytes()).empty());
  CHECK(blobs_of(ndb, made_up::ndb_of({})).empty());
  CHECK(blobs_of(bdb, made_up::bdb_of({})).empty());
}

TEST_CASE("SQLite: a file that is none, has no such table, or has one that is the file's own word") {
  CHECK(has(fault(sqlite, "no database, but longer than a header of one would be: " + std::string(200, ' ')),
            "file is not a"));
  CHECK(has(fault(sqlite, ""), "no such table"));
  CHECK(has(fault(sqlite, made_up::Sqlite().run("CREATE TABLE other (blob)").bytes()), "no such table: Packages"));
  const std::string view = "CREATE VIEW Packages AS SELECT zeroblob(9) AS blob FROM sqlite_schema";
  CHECK(has(fault(sqlite, made_up::Sqlite().run(view).bytes()), "prohibited"));
  const std::string made = made_up::Sqlite()
                               .run("CREATE TABLE Packages (hnum, blob AS (zeroblob(9999999)))")
                               .run("INSERT INTO Packages (hnum) VALUES (1)")
                               .bytes();
  CHECK(has(fault(sqlite, made), "too big"));
  const std::string whole = made_up::Sqlite().with(samples).bytes();
  CHECK(fault(sqlite, whole.substr(0, whole.size() / 2)) != "");
}

TEST_CASE("SQLite: a tree whose branches meet again has no endless number of rows") {
  std::vector<std::string> many(3000, std::string(40, 'm'));
  std::string file = made_up::Sqlite().run("PRAGMA page_size = 512").with(many).bytes();
  // Every branch of every page of the tree's inside leads where the first of its page does.
  for (size_t page = 512; page < file.size(); page += 512) {
    if (file[page] != 5) continue;
    const std::string first = file.substr(page + 12, 2);
    const size_t cell = static_cast<unsigned char>(first[0]) * 256U + static_cast<unsigned char>(first[1]);
    const size_t cells = static_cast<unsigned char>(file[page + 3]) * 256U + static_cast<unsigned char>(file[page + 4]);
    for (size_t i = 0; i < cells; ++i) put(file, page + 12 + 2 * i, first);
    put(file, page + 8, file.substr(page + cell, 4));
  }
  CHECK_NOTHROW((void)fault(sqlite, file));
}

TEST_CASE("ndb: slots that lead elsewhere") {
  const std::string good = made_up::ndb_of(samples);
  const auto poked = [&](size_t at, const std::string& bytes) {
    std::string file = good;
    put(file, at, bytes);
    return fault(ndb, file);
  };
  const size_t slot = 32;
  CHECK(has(fault(ndb, "Rpm"), "cut short"));
  CHECK(has(poked(0, "X"), "does not begin with RpmP"));
  CHECK(has(poked(4, little_endian(1, 4)), "its version is 1"));
  CHECK(has(poked(12, little_endian(0, 4)), "0 pages of slots"));
  CHECK(has(poked(12, little_endian(0xffffffff, 4)), "4294967295 pages of slots"));
  CHECK(has(poked(slot, "X"), "is none"));
  CHECK(has(poked(slot + 4, little_endian(77, 4)), "package 77 is not at"));
  CHECK(has(poked(slot + 8, little_endian(0, 4)), "outside"));
  CHECK(has(poked(slot + 8, little_endian(0xffffffff, 4)), "outside"));
  CHECK(has(poked(slot + 12, little_endian(0xffffffff, 4)), "outside"));
  CHECK(has(poked(slot + 12, little_endian(1, 4)), "outside"));
  CHECK(has(poked(4096, "X"), "is not at"));
  CHECK(has(poked(4096 + 12, little_endian(0xffffffff, 4)), "is not at"));
  CHECK(has(poked(good.size() - 1, "X"), "is not at"));
  // Every slot the same blob: more in all than the file has.
  std::string again = made_up::ndb_of({std::string(5000, 'x')});
  for (size_t at = slot + 16; at < 4096; at += 16) put(again, at, again.substr(slot, 16));
  CHECK(has(fault(ndb, again), "overlap"));
}

TEST_CASE("Berkeley DB: pages that are not what leads to them says") {
  const std::string good = made_up::bdb_of({std::string(3000, 'x'), "y"});
  const auto poked = [&](size_t at, const std::string& bytes) {
    std::string file = good;
    put(file, at, bytes);
    return fault(bdb, file);
  };
  const auto first_reference = static_cast<size_t>(good.find(std::string("\3\0\0\0", 4), 512));
  CHECK(has(fault(bdb, good.substr(0, 20)), "cut short"));
  CHECK(has(poked(12, "X"), "magic number"));
  CHECK(has(poked(20, little_endian(0, 4)), "pages are of 0 bytes"));
  CHECK(has(poked(20, little_endian(513, 4)), "pages are of 513 bytes"));
  CHECK(has(poked(20, little_endian(1U << 31U, 4)), "pages are of"));
  CHECK(has(poked(24, "\1"), "encrypted"));
  CHECK(has(poked(25, "\x9"), "of the type 9"));
  CHECK(has(poked(32, little_endian(0xffffffff, 4)), "4294967296 pages"));
  CHECK(has(poked(512 + 20, little_endian(0xffff, 2)), "item 0 of page 1"));
  CHECK(has(poked(512 + 20, little_endian(3, 2)), "without a value"));
  CHECK(has(poked(512 + 26, little_endian(0, 2)), "item 0 of page 1"));
  CHECK(has(poked(512 + 28, little_endian(0xffff, 2)), "item 1 of page 1"));
  CHECK(has(poked(first_reference, "\2"), "is of the type 2"));
  CHECK(has(poked(first_reference + 4, little_endian(0, 4)), "goes on at page 0"));
  CHECK(has(poked(first_reference + 4, little_endian(1, 4)), "page 1 holds no part"));
  CHECK(has(poked(first_reference + 4, little_endian(999, 4)), "goes on at page 999"));
  CHECK(has(poked(first_reference + 8, little_endian(0xffffffff, 4)), "has 4294967295 bytes"));
  CHECK(has(poked(first_reference + 8, little_endian(2999, 4)), "not the length"));
  CHECK(has(poked(first_reference + 8, little_endian(3001, 4)), "goes on at page 0"));
  CHECK(has(poked(2 * 512 + 16, little_endian(2, 4)), "goes on at page 2"));  // a loop of one page
  CHECK(has(poked(3 * 512 + 16, little_endian(2, 4)), "goes on at page 2"));  // of two
  CHECK(has(poked(2 * 512 + 22, little_endian(0xffff, 2)), "cut short"));
  CHECK(has(poked(2 * 512 + 22, little_endian(0, 2)), "goes on at page 0"));
  CHECK(has(poked(2 * 512 + 25, "\xd"), "page 2 holds no part"));
}

TEST_CASE("containers with bytes changed at random: an answer or an Error, and an end") {
  const std::string headers = made_up::RpmHeader().named("tiny").blob();
  const std::vector<std::string> some = {headers, std::string(3000, 'x'), headers};
  const std::pair<Read, std::string> all[] = {
      {sqlite, made_up::Sqlite().run("PRAGMA page_size = 512").with(some).bytes()},
      {ndb, made_up::ndb_of(some)},
      {bdb, made_up::bdb_of(some)},
      {bdb, made_up::bdb_of(some, 512, true)}};
  for (unsigned seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937 roll(seed);
    auto [read, file] = all[seed % std::size(all)];
    for (unsigned changes = 1 + roll() % 6; changes-- > 0;) file[roll() % file.size()] = static_cast<char>(roll());
    (void)fault(read, file);
  }
}
