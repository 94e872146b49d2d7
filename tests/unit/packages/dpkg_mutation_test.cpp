// The readers of the package database on what no dpkg wrote: each question has an answer, in bounded time, and every
// path in an answer is absolute and tidy.
#include <doctest/doctest.h>
#include <unistd.h>

#include <random>

#include "../discover/scratch.h"
#include "base/file.h"
#include "discover/family.h"
#include "packages/dpkg.h"

using bundle::discover::Family;
using bundle::discover::FileTables;
using bundle::packages::DpkgDatabase;
using bundle::packages::PackageId;
using discover_test::Scratch;

namespace {

const std::string status =
    "Package: odd\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nSource: odd (1)\nVersion: 1\n"
    "Depends: odd-data (= 1), awk | gawk\nRecommends: other\nConffiles:\n /etc/odd 0123456789abcdef0123456789abcdef\n\n"
    "Package: odd-data\nStatus: install ok installed\nArchitecture: all\nSource: odd\nVersion: 1\nProvides: awk (= "
    "1)\n\n"
    "Package: other\nStatus: install ok installed\nArchitecture: all\nVersion: 2\nDepends: odd\nSection: x/libs\n";
const std::string list =
    "/.\n/usr\n/usr/bin\n/usr/bin/odd\n/usr/share\n/usr/share/odd\n/usr/share/odd/a\n/lib/libodd.so.1\n";
const std::string sums =
    "0123456789abcdef0123456789abcdef  usr/share/odd/a\n0123456789abcdef0123456789abcdef  etc/odd\n";
const std::string diversions = "/usr/bin/odd\n/usr/bin/odd.real\nother\n/lib/x\n/lib/y\n:\n";

std::string mutated(std::string text, std::mt19937& roll) {
  const std::string pieces[] = {"/",
                                "",
                                "\n",
                                "..",
                                std::string(1, '\0'),
                                "\xff",
                                "//",
                                "/../",
                                ":",
                                " ",
                                "\n\n",
                                "Package: ",
                                "  ",
                                std::string(5000, 'x'),
                                "/usr/share/odd/a",
                                "usr/x"};
  for (unsigned changes = 1 + roll() % 12; changes-- > 0;) {
    const size_t at = roll() % (text.size() + 1);
    const size_t length = roll() % 4 == 0 ? roll() % 60 : roll() % 3;
    text.replace(at, std::min(length, text.size() - at), pieces[roll() % std::size(pieces)]);
  }
  return text;
}

/// Every walk up from a path like this one comes to "/".
bool is_tidy(const std::string& path) { return path.starts_with('/') && bundle::normal_path(path) == path; }

void ask_all(const DpkgDatabase& database) {
  for (PackageId id = 0; id < database.records().size(); ++id) {
    for (const std::string& path : database.files_of(id)) CHECK_MESSAGE(is_tidy(path), path);
    (void)database.depends_of(id);
    (void)database.recommends_of(id);
    FileTables family_files;
    const Family family(database, family_files, {id});
    for (const Family::File& file : family.inner_files()) CHECK_MESSAGE(is_tidy(file.path), file.path);
    (void)family.branches("/usr/bin/odd");
    (void)family.files_under("/usr/share/odd");
    (void)family.neighbours();
  }
  for (const char* path : {"/usr/bin/odd", "/usr/bin/odd.real", "usr/x", "", "/", "/lib/libodd.so.1", "/etc/odd"}) {
    (void)database.owner(path);
    (void)database.is_as_shipped(path);
  }
  for (const char* name : {"a", "libodd.so.1", "", "."}) {
    for (const auto& shipped : database.find_by_base_name(name)) CHECK_MESSAGE(is_tidy(shipped.second), shipped.second);
  }
}

}  // namespace

TEST_CASE("a package database that nobody's dpkg wrote: every question ends") {
  ::alarm(300);  // an endless loop is to end the test, and not to wait for ctest
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 roll(seed);
    const Scratch root;
    const bool distroless = seed % 5 == 0;
    if (distroless) {
      root.write("var/lib/dpkg/status.d/odd", mutated(status.substr(0, status.find("\n\n")), roll));
      root.write("var/lib/dpkg/status.d/odd.md5sums", mutated(sums, roll));
    } else {
      root.write("var/lib/dpkg/status", mutated(status, roll));
      for (const char* name : {"odd:amd64", "odd-data", "other"}) {
        root.write(std::string("var/lib/dpkg/info/") + name + ".list", mutated(list, roll));
        root.write(std::string("var/lib/dpkg/info/") + name + ".md5sums", mutated(sums, roll));
      }
      root.write("var/lib/dpkg/diversions", mutated(diversions, roll));
    }
    bundle::machine::Root machine(root.path());
    if (const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine)) ask_all(*database);
  }
  ::alarm(0);
}

TEST_CASE("lines that are no paths are passed over, those around them are not") {
  const Scratch root;
  root.write("var/lib/dpkg/status",
             "Package: odd\nStatus: install ok installed\nVersion: 1\n\n"
             "Package: ../x\nStatus: install ok installed\nVersion: 1\n\n"
             "Package: a;id\nStatus: install ok installed\nVersion: 1\n");
  root.write("var/lib/dpkg/info/odd.list",
             "usr/share/a\n/usr/share/b\n/usr/../etc/c\n//usr/share/d\n/usr/share/e/\n/usr/share/f\n" +
                 std::string(5000, '/') + "\n/usr/g");
  bundle::machine::Root machine(root.path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  REQUIRE(database->records().size() == 1);
  CHECK(database->files_of(0) == std::vector<std::string>{"/usr/share/b", "/usr/share/f", "/usr/g"});
  CHECK(database->find_by_base_name("a").empty());
  CHECK(database->find_by_base_name("f").size() == 1);
}

TEST_CASE("no package is named after what cannot be in a package's name") {
  using bundle::packages::package_name_for_soname;
  for (const char* soname :
       {"lib;id>pwned;.so.6", "libx.so.6;id", "lib$(id).so.1", "lib\033[2J.so.1", "lib/x.so.1", "lib.so.1\n"}) {
    CAPTURE(soname);
    const std::optional<std::string> name = package_name_for_soname(soname);
    CHECK_FALSE(name);
  }
}
