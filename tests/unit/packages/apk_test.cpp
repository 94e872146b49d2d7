// Alpine's `installed` by the rules of apk-installed(5), on a made-up disk.
#include "packages/apk.h"

#include <doctest/doctest.h>

#include "../machine/made_up_disk.h"

using bundle::packages::Database;
using bundle::packages::PackageId;
using bundle::packages::Role;

namespace {

// The sum is that of "zlib" (sha1sum | xxd -r -p | base64).
const char* const installed =
    "C:Q1abcdefghijklmnopqrstuvwxyz0=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n"
    "p:so:libc.musl-x86_64.so.1=1\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\n"
    "P:zlib\nV:1.3.1-r1\nA:x86_64\no:zlib\nD:so:libc.musl-x86_64.so.1 !old /bin/sh\np:so:libz.so.1=1.3.1\n"
    "F:\nF:usr\nF:usr/lib\nR:libz.so.1\na:0:0:777\nZ:Q1V5aPEnmHZ65dqLFaDDg6150PM4s=\n\n"
    "P:zlib-dev\nV:1.3.1-r1\nA:x86_64\no:zlib\nD:zlib=1.3.1-r1 pc:none\nF:usr/include\nR:zlib.h\n\n"
    "P:zlib-doc\nV:1.3.1-r1\nA:x86_64\no:zlib\nF:usr/share/man\nR:zlib.3\n\n"
    "P:busybox\nV:1.36-r2\nA:x86_64\nD:so:libc.musl-x86_64.so.1\np:/bin/sh cmd:sh=1.36-r2\n"
    "F:bin\nR:busybox\na:0:0:755\nR:sh\n\n"
    "P:py3-numpy\nV:2-r0\nA:x86_64\nD:so:libc.musl-x86_64.so.1 cmd:sh\nF:usr/lib/python3/numpy\nR:core.so\n\n"
    "P:tzdata\nV:2024a-r1\nA:x86_64\nF:usr/share/zoneinfo\nR:UTC\n";

struct Made {
  std::shared_ptr<made_up::Disk> disk = std::make_shared<made_up::Disk>();
  std::unique_ptr<bundle::machine::Root> root;
  std::unique_ptr<Database> database;
  void open() {
    root = std::make_unique<bundle::machine::Root>(disk);
    database = bundle::packages::open_apk(*root);
  }
  std::vector<std::string> depends_of(const char* name) const {
    std::vector<std::string> out;
    for (const PackageId id : database->depends_of(database->find(name).value()))
      out.push_back(database->package(id).name);
    return out;
  }
  Role role(const char* name) const { return database->record(database->find(name).value()).role; }
};

Made sample() {
  Made out;
  out.disk->file("/lib/apk/db/installed", installed);
  out.disk->file("/usr/lib/libz.so.1", "zlib");
  out.open();
  return out;
}

std::string fault_of(const std::string& text) {
  Made made;
  made.disk->file("/lib/apk/db/installed", text);
  try {
    made.open();
  } catch (const bundle::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("apk: packages, owners and files") {
  const Made made = sample();
  REQUIRE(made.database);
  REQUIRE(made.database->records().size() == 7);
  const bundle::Package zlib = made.database->owner("/usr/lib/libz.so.1").value();
  CHECK(zlib.name == "zlib");
  CHECK(zlib.version == "1.3.1-r1");
  CHECK(zlib.architecture == "x86_64");
  CHECK(made.database->owner("/usr/include/zlib.h")->source == "zlib");
  CHECK(made.database->owner("/bin/busybox")->source == "busybox");
  CHECK_FALSE(made.database->owner("/usr/lib/none"));
  CHECK(made.database->files_of(*made.database->find("zlib")) ==
        std::vector<std::string>{"/usr", "/usr/lib", "/usr/lib/libz.so.1"});
  REQUIRE(made.database->find_by_base_name("libz.so.1").size() == 1);
}

TEST_CASE("apk: sub-packages by their names, all else by its files") {
  const Made made = sample();
  CHECK(made.role("zlib") == Role::library);
  CHECK(made.role("zlib-dev") == Role::development);
  CHECK(made.role("zlib-doc") == Role::documentation);
  CHECK(made.role("busybox") == Role::program);
  CHECK(made.role("py3-numpy") == Role::program);
  CHECK(made.role("tzdata") == Role::data);
}

TEST_CASE("apk: what is needed by library, command, file and name; what is not wanted is not") {
  const Made made = sample();
  CHECK(made.depends_of("zlib") == std::vector<std::string>{"musl", "busybox"});
  CHECK(made.depends_of("zlib-dev") == std::vector<std::string>{"zlib"});
  CHECK(made.depends_of("py3-numpy") == std::vector<std::string>{"musl", "busybox"});
}

TEST_CASE("apk: a file is as shipped by its SHA-1") {
  Made made = sample();
  CHECK(made.database->is_as_shipped("/usr/lib/libz.so.1"));
  made.disk->file("/usr/lib/libz.so.1", "changed");
  CHECK_FALSE(made.database->is_as_shipped("/usr/lib/libz.so.1"));
  CHECK_FALSE(made.database->is_as_shipped("/bin/busybox"));  // no sum
}

TEST_CASE("apk: /lib merged into /usr, and the database with it") {
  Made made;
  made.disk->file("/usr/lib/apk/db/installed", installed);
  made.disk->link("/lib", "usr/lib");
  made.disk->link("/bin", "usr/bin");
  made.disk->folder("/usr/bin");
  made.open();
  REQUIRE(made.database);
  CHECK(made.database->owner("/lib/libz.so.1")->name == "zlib");
  CHECK(made.database->owner("/usr/lib/ld-musl-x86_64.so.1")->name == "musl");
  CHECK(made.depends_of("zlib") == std::vector<std::string>{"musl", "busybox"});
  CHECK(made.role("busybox") == Role::program);
}

TEST_CASE("apk: none is a value, a damaged one names the line") {
  Made none;
  none.open();
  CHECK_FALSE(none.database);
  CHECK(fault_of("\n\n") == "");
  CHECK(fault_of("P:a\nV:1\n\nPackage: b\n").find("line 4, \"Package: b\", is no field") != std::string::npos);
  CHECK(fault_of("P:a\nV:1\nR:x\n").find("line 3 names a file before any folder") != std::string::npos);
  CHECK(fault_of("P:a\n\n").find("the package that ends at line 2 has no name or version") != std::string::npos);
  CHECK(fault_of("P:a;id\nV:1\n").find("no name") != std::string::npos);
}

TEST_CASE("apk: how to get a library") {
  const Made made = sample();
  CHECK(made.database->how_to_get("libpng16.so.16")->command == "apk add so:libpng16.so.16");
  CHECK_FALSE(made.database->how_to_get("lib;id.so"));
}
