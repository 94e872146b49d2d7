#include "packages/dpkg.h"

#include <doctest/doctest.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "../discover/scratch.h"

using bundle::Package;
using bundle::packages::DpkgDatabase;
using bundle::packages::package_name_for_soname;
using bundle::packages::PackageId;
using discover_test::Scratch;

namespace {

/// A database of four packages: merged /usr, a diversion, a virtual package, one removed but for its
/// settings.
Scratch& sample() {
  static Scratch root;
  static const bool filled = [] {
    root.write("var/lib/dpkg/status",
               "Package: libfoo1\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
               "Source: foo (1.0-2)\nVersion: 1.0-2+b1\nPre-Depends: libc6 (>= 2.34)\nDepends: foo-data (= 1.0-2),\n"
               " awk | gawk\nDescription: a library\n of a test\n\n"
               "Package: foo-data\nStatus: install ok installed\nArchitecture: all\nSource: foo\nVersion: 1.0-2\n\n"
               "Package: mawk\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.3\n"
               "Provides: awk (= 1), other\n\n"
               "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 9\n\n"
               "Package: wrapper\nStatus: install ok installed\nArchitecture: all\nVersion: 2\n");
    root.write("var/lib/dpkg/info/libfoo1:amd64.list", "/.\n/lib\n/lib/libfoo.so.1\n/usr\n/usr/share\n");
    root.write("var/lib/dpkg/info/foo-data.list", "/.\n/usr\n/usr/share\n/usr/share/foo\n/usr/share/foo/words\n");
    root.write("var/lib/dpkg/info/mawk.list", "/.\n/usr\n/usr/bin\n/usr/bin/mawk\n");
    root.write("var/lib/dpkg/info/gone.list", "/etc/gone.conf\n");
    root.write("var/lib/dpkg/info/wrapper.list", "/.\n/usr\n/usr/bin\n/usr/bin/mawk\n/usr/lib/wrapper/libfoo.so.1\n");
    root.write("var/lib/dpkg/diversions", "/usr/bin/mawk\n/usr/bin/mawk.real\nwrapper\n");
    root.link("usr/lib", "lib");
    root.link("usr/bin", "bin");
    return true;
  }();
  (void)filled;
  return root;
}

std::string owner_name(const DpkgDatabase& database, std::string_view path) {
  const std::optional<Package> package = database.owner(path);
  return package ? package->name : "";
}

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char buffer[4096];
  for (size_t count = 0; (count = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, count);
  ::pclose(pipe);
  return out;
}

}  // namespace

TEST_CASE("no database is a value") {
  const Scratch empty;
  bundle::machine::Root machine(empty.path());
  CHECK_FALSE(DpkgDatabase::open(machine));
}

TEST_CASE("owner: both spellings of the merged /usr, and what no package ships") {
  bundle::machine::Root machine(sample().path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  const std::optional<Package> library = database->owner("/usr/lib/libfoo.so.1");
  REQUIRE(library);
  CHECK(library->name == "libfoo1");
  CHECK(library->version == "1.0-2+b1");
  CHECK(library->architecture == "amd64");
  CHECK(library->source == "foo");
  CHECK(owner_name(*database, "/lib/libfoo.so.1") == "libfoo1");
  CHECK(owner_name(*database, "/usr/share/foo/words") == "foo-data");
  CHECK(database->owner("/usr/share/foo/words")->source == "foo");
  CHECK_FALSE(database->owner("/usr/share/foo/none"));
  CHECK_FALSE(database->owner("/etc/gone.conf"));  // only its settings are left
  CHECK_FALSE(database->owner("relative"));
  CHECK_FALSE(database->owner(""));
  CHECK(database->owners("/usr/share").size() == 2);
}

TEST_CASE("a diverted file belongs to whoever ships the original name") {
  bundle::machine::Root machine(sample().path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  CHECK(owner_name(*database, "/usr/bin/mawk") == "wrapper");
  CHECK(owner_name(*database, "/bin/mawk") == "wrapper");
  CHECK(owner_name(*database, "/usr/bin/mawk.real") == "mawk");
  const std::vector<std::string> files = database->files_of(*database->owner_id("/usr/bin/mawk.real"));
  CHECK(std::find(files.begin(), files.end(), "/bin/mawk.real") != files.end());
}

TEST_CASE("depends: alternatives, virtual packages, continued lines") {
  bundle::machine::Root machine(sample().path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  std::set<std::string> names;
  for (const PackageId id : database->depends_of(*database->find("libfoo1"))) {
    names.insert(database->records()[id].package.name);
  }
  CHECK(names == std::set<std::string>{"foo-data", "mawk"});
}

TEST_CASE("a missing library is found by its name in other folders") {
  bundle::machine::Root machine(sample().path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  const auto found = database->find_by_base_name("libfoo.so.1");
  REQUIRE(found.size() == 2);
  CHECK(found[0].second == "/lib/libfoo.so.1");
  CHECK(database->package(found[1].first).name == "wrapper");
  CHECK(found[1].second == "/usr/lib/wrapper/libfoo.so.1");
  CHECK(database->find_by_base_name("foo.so.1").empty());
}

TEST_CASE("distroless: one stanza a file, paths in md5sums") {
  const Scratch root;
  root.write("var/lib/dpkg/status.d/libc6", "Package: libc6\nArchitecture: amd64\nSource: glibc\nVersion: 2.36\n");
  root.write("var/lib/dpkg/status.d/libc6.md5sums", "0123  lib/x86_64-linux-gnu/libc.so.6\n");
  bundle::machine::Root machine(root.path());
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  CHECK(owner_name(*database, "/lib/x86_64-linux-gnu/libc.so.6") == "libc6");
  CHECK(database->records()[0].package.source == "glibc");
}

TEST_CASE("the package of a SONAME by policy 8.1") {
  CHECK(package_name_for_soname("libfoo.so.1") == "libfoo1");
  CHECK(package_name_for_soname("libfoo2.so.1") == "libfoo2-1");
  CHECK(package_name_for_soname("libdb-5.3.so") == "libdb-5.3");
  CHECK(package_name_for_soname("libXrandr.so.2") == "libxrandr2");
  CHECK(package_name_for_soname("libstd_c.so.6") == "libstd-c6");
  CHECK_FALSE(package_name_for_soname("libfoo.so"));
  CHECK_FALSE(package_name_for_soname("plugin.so.1"));
}

TEST_CASE("this machine: owner() says what dpkg -S says, for every library and program in the usual folders") {
  bundle::machine::Root machine("");
  const std::unique_ptr<DpkgDatabase> database = DpkgDatabase::open(machine);
  REQUIRE(database);
  namespace fs = std::filesystem;
  // dpkg -S knows only the spelling that its lists have; both are asked for, and the answers joined.
  std::map<std::string, std::string> expected;
  for (const char* pattern : {"/lib/x86_64-linux-gnu/lib[a-d]*.so.*", "/usr/lib/x86_64-linux-gnu/lib[a-d]*.so.*",
                              "/bin/[a-d]*", "/usr/bin/[a-d]*"}) {
    const std::string answer = output_of(std::string("dpkg -S '") + pattern + "' 2>/dev/null");
    for (const std::string& line : bundle::split(answer, "\n")) {
      const size_t colon = line.find(": ");
      if (line.starts_with("diversion ") || colon == std::string::npos) continue;
      std::string name = line.substr(0, colon);
      if (name.find(',') != std::string::npos) continue;  // several: the answer may be any
      name = name.substr(0, name.find(':'));
      expected[line.substr(colon + 2)] = name;
    }
  }
  REQUIRE(expected.size() > 50);
  size_t wrong = 0;
  for (const auto& [path, name] : expected) {
    // A path that dpkg lists may have been diverted by another package.
    const std::string answer = owner_name(*database, path);
    if (answer != name && output_of("dpkg -S " + path).find("diversion") == std::string::npos) {
      MESSAGE(path << ": " << answer << ", and dpkg -S says " << name);
      ++wrong;
    }
    const std::string real =
        fs::canonical(fs::path(path).parent_path()).string() + "/" + std::string(bundle::base_name(path));
    if (owner_name(*database, real) != answer) ++wrong;
  }
  CHECK(wrong == 0);
}
