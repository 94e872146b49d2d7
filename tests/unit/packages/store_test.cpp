// Stores: what a path's name says, which package a file is of, and what a package refers to, by the tools' database and
// by the bytes.
#include "packages/store.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>

#include "../discover/scratch.h"
#include "../machine/made_up_disk.h"
#include "base/error.h"

using bundle::Package;
using bundle::packages::Database;
using bundle::packages::package_of_store_name;
using bundle::packages::PackageId;
using bundle::packages::Role;
using bundle::packages::StoreDatabase;
using discover_test::Scratch;

namespace {

const std::string app = "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-app-1.0";
const std::string lib = "/nix/store/1d6c0yk6y1zjsalsf1q6h3pzpb3l7q2v-greet-2.1-lib";
const std::string words = "/nix/store/2f7d0yk6y1zjsalsf1q6h3pzpb3l7q2v-words-20240101";
const std::string headers = "/nix/store/3g8f0yk6y1zjsalsf1q6h3pzpb3l7q2v-glibc-2.38-dev";
const std::string settings = "/nix/store/4h9g0yk6y1zjsalsf1q6h3pzpb3l7q2v-app.conf";

std::shared_ptr<made_up::Disk> store() {
  auto disk = std::make_shared<made_up::Disk>();
  disk->file(app + "/bin/app",
             "\x7f"
             "ELF " +
                 lib + "/lib/libgreet.so.1:" + settings + " " + app,
             0755);
  disk->link(app + "/share/words", words + "/share/words");
  disk->file(app + "/share/app/note", "2f7d0yk6y1zjsalsf1q6h3pzpb3l7q2");  // a letter short of a hash
  disk->file(lib + "/lib/libgreet.so.1", "nothing");
  disk->file(words + "/share/words/list", "x");
  disk->file(headers + "/include/gnu/libc-version.h", "x");
  disk->file(settings, "loud");
  disk->file("/nix/store/5j0h0yk6y1zjsalsf1q6h3pzpb3l7q2v-app-1.0.drv", "Derive(…)");
  disk->folder("/nix/store/.links");
  disk->folder("/nix/store/eeee0yk6y1zjsalsf1q6h3pzpb3l7q2v-no-hash");
  return disk;
}

std::vector<std::string> names_of(const Database& database, const std::vector<PackageId>& ids) {
  std::vector<std::string> out;
  for (const PackageId id : ids) out.push_back(database.package(id).name);
  std::sort(out.begin(), out.end());
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the name of a store path: package, version, output") {
  const auto is = [](std::string_view text, std::string_view name, std::string_view version, std::string_view source) {
    CAPTURE(text);
    const Package package = package_of_store_name(text);
    CHECK(package.name == name);
    CHECK(package.version == version);
    CHECK(package.source == source);
  };
  is("openssl-3.0.8-dev", "openssl-dev", "3.0.8", "openssl-3.0.8");
  is("openssl-3.0.8", "openssl", "3.0.8", "openssl-3.0.8");
  is("gcc-12.2.0-lib", "gcc-lib", "12.2.0", "gcc-12.2.0");
  is("nss-cacert-3.101", "nss-cacert", "3.101", "nss-cacert-3.101");
  is("python3.11-numpy-1.24.2", "python3.11-numpy", "1.24.2", "python3.11-numpy-1.24.2");
  is("bash-5.2-p15", "bash", "5.2-p15", "bash-5.2-p15");
  is("foo-2.0-out", "foo", "2.0", "foo-2.0");
  is("system-path", "system-path", "", "system-path");
  is("zlib", "zlib", "", "zlib");
  is("-1", "-1", "", "-1");
  is("dev", "dev", "", "dev");
}

TEST_CASE("a store without a database: packages, owners, roles, and references by the hashes in the bytes") {
  bundle::machine::Root root(store());
  const std::unique_ptr<StoreDatabase> database = StoreDatabase::open(root);
  REQUIRE(database);
  CHECK(database->records().size() == 5);  // neither recipes nor what has no hash
  const std::optional<PackageId> id = database->owner_id(app + "/bin/app");
  REQUIRE(id);
  CHECK(database->package(*id).name == "app");
  CHECK(database->owner_id(app) == id);
  CHECK(database->owner(settings)->name == "app.conf");
  CHECK_FALSE(database->owner(app + "x/bin/app"));
  CHECK_FALSE(database->owner("/nix/store"));
  CHECK_FALSE(database->owner("/usr/bin/app"));
  CHECK(names_of(*database, database->depends_of(*id)) == Names{"app.conf", "greet-lib", "words"});
  CHECK(database->depends_of(*database->find("words")).empty());
  const auto role = [&](const char* name) { return database->record(*database->find(name)).role; };
  CHECK(role("app") == Role::program);
  CHECK(role("greet-lib") == Role::library);
  CHECK(role("words") == Role::data);
  CHECK(role("glibc-dev") == Role::development);
  CHECK(database->record(*database->find("glibc-dev")).brings_libc_headers);
  const std::vector<std::string> files = database->files_of(*database->find("words"));
  CHECK(files == Names{words, words + "/share", words + "/share/words", words + "/share/words/list"});
  CHECK(database->files_of(*database->find("app.conf")) == Names{settings});
  const auto found = database->find_by_base_name("libgreet.so.1");
  REQUIRE(found.size() == 1);
  CHECK(found[0].second == lib + "/lib/libgreet.so.1");
  CHECK(database->find_by_base_name("list").empty());
  CHECK(database->how_to_get("libfoo.so.1")->command == "nix-locate --top-level --whole-name lib/libfoo.so.1");
  CHECK_FALSE(database->how_to_get("a/b.so"));
}

TEST_CASE("a store's database says what refers to what; what it does not know is looked through") {
  Scratch scratch;
  const auto put = [&](const std::string& path, const std::string& content) { scratch.write(path.substr(1), content); };
  put(app + "/bin/app", lib);
  put(lib + "/lib/libgreet.so.1", words);
  put(words + "/share/words", "x");
  put("/nix/var/nix/db/schema", "10");
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open((scratch.path() + "/nix/var/nix/db/db.sqlite").c_str(), &handle) == SQLITE_OK);
  const std::string sql =
      "create table ValidPaths (id integer primary key, path text unique not null);"
      "create table Refs (referrer integer, reference integer);"
      "insert into ValidPaths values (4, '" +
      app + "'), (5, '" + words +
      "'), (9, '/nix/store/gone');"
      "insert into Refs values (4, 4), (4, 5), (4, 9), (4, 77), (9, 5)";
  CHECK(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
  {
    bundle::machine::Root root(scratch.path());
    const std::unique_ptr<StoreDatabase> database = StoreDatabase::open(root);
    REQUIRE(database);
    CHECK(names_of(*database, database->depends_of(*database->find("app"))) == Names{"words"});
    CHECK(names_of(*database, database->depends_of(*database->find("greet-lib"))) == Names{"words"});
  }
  put("/nix/var/nix/db/db.sqlite", "no database");
  bundle::machine::Root root(scratch.path());
  CHECK_THROWS_WITH_AS(StoreDatabase::open(root), doctest::Contains("/nix/var/nix/db/db.sqlite: is a package database"),
                       bundle::Error);
}

TEST_CASE("guix's store is one, too, and a root without either has none") {
  auto disk = std::make_shared<made_up::Disk>();
  const std::string hello = "/gnu/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-hello-2.12";
  disk->file(hello + "/bin/hello", "x", 0755);
  bundle::machine::Root root(disk);
  const std::unique_ptr<StoreDatabase> database = StoreDatabase::open(root);
  REQUIRE(database);
  CHECK(database->owner(hello + "/bin/hello")->version == "2.12");
  CHECK(database->how_to_get("libfoo.so.1")->command == "guix locate libfoo.so.1");
  bundle::machine::Root empty(std::make_shared<made_up::Disk>());
  CHECK_FALSE(StoreDatabase::open(empty));
}
