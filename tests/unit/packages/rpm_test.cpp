#include "packages/rpm.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <random>

#include "../machine/made_up_disk.h"
#include "base/error.h"
#include "base/file.h"
#include "discover/family.h"
#include "made_up_rpm.h"

using bundle::Error;
using bundle::packages::PackageId;
using bundle::packages::Role;
using bundle::packages::RpmDatabase;
using bundle::packages::RpmTag;
using Header = made_up::RpmHeader;
using File = made_up::RpmHeader::File;
using Names = std::vector<std::string>;

namespace {

constexpr uint64_t documentation = 2, ghost = 64, licence = 128, artifact = 4096;
constexpr uint64_t a_folder = 040755, a_link = 0120777;

/// A machine with these packages in its database, and whatever files a test adds.
struct Machine {
  explicit Machine(const std::vector<Header>& headers, const std::string& place = "/var/lib/rpm/rpmdb.sqlite")
      : disk(std::make_shared<made_up::Disk>()) {
    Names blobs;
    for (const Header& header : headers) blobs.push_back(header.blob());
    const bool is_sqlite = place.ends_with(".sqlite"), is_ndb = place.ends_with(".db");
    disk->file(place, is_sqlite ? made_up::Sqlite().with(blobs).bytes()
                      : is_ndb  ? made_up::ndb_of(blobs)
                                : made_up::bdb_of(blobs));
  }
  const RpmDatabase& open() {
    root = std::make_unique<bundle::machine::Root>(disk);
    database = RpmDatabase::open(*root);
    REQUIRE(database);
    return *database;
  }
  std::shared_ptr<made_up::Disk> disk;
  std::unique_ptr<bundle::machine::Root> root;
  std::unique_ptr<RpmDatabase> database;
};

Names names_of(const RpmDatabase& database, const std::vector<PackageId>& ids) {
  Names out;
  for (const PackageId id : ids) out.push_back(database.package(id).name + "." + database.package(id).architecture);
  return out;
}

Names owners(const RpmDatabase& database, const std::string& path) { return names_of(database, database.owners(path)); }

Names depends(const RpmDatabase& database, const std::string& name) {
  return names_of(database, database.depends_of(database.find(name).value()));
}

}  // namespace

TEST_CASE("rpm: no database is a value, and neither is one without a package") {
  const auto disk = std::make_shared<made_up::Disk>();
  bundle::machine::Root none(disk);
  CHECK_FALSE(RpmDatabase::open(none));
  // A public key is kept as a package without an architecture.
  Machine keys({Header().string(RpmTag::name, "gpg-pubkey").string(RpmTag::version, "1").string(RpmTag::release, "2")});
  bundle::machine::Root root(keys.disk);
  CHECK_FALSE(RpmDatabase::open(root));
}

TEST_CASE("rpm: the database is found in its folders, by links, the newest kind first") {
  for (const char* place :
       {"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/Packages.db", "/usr/share/rpm/Packages"}) {
    Machine machine({Header().named("tiny")}, place);
    CHECK(machine.open().find("tiny"));
  }
  Machine linked({Header().named("tiny")}, "/usr/lib/sysimage/rpm/Packages.db");
  linked.disk->link("/var/lib/rpm", "../../usr/lib/sysimage/rpm");
  linked.disk->file("/usr/lib/sysimage/rpm/Packages", "left behind");
  CHECK(linked.open().find("tiny"));
}

TEST_CASE("rpm: what cannot be read is an Error that names the file and what to do") {
  for (const char* place : {"/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages.db", "/var/lib/rpm/Packages"}) {
    const auto disk = std::make_shared<made_up::Disk>();
    disk->file(place, std::string(5000, 'x'));
    bundle::machine::Root root(disk);
    CHECK_THROWS_WITH_AS(RpmDatabase::open(root), doctest::Contains("rpm --rebuilddb"), Error);
    CHECK_THROWS_WITH_AS(RpmDatabase::open(root), doctest::Contains(place), Error);
    disk->file(place, "x", 0);
    CHECK_THROWS_WITH_AS(RpmDatabase::open(root), doctest::Contains("may not be read"), Error);
  }
  Machine machine({Header().named("tiny"), Header().named("").numbers(RpmTag::name, {1})});
  bundle::machine::Root root(machine.disk);
  CHECK_THROWS_WITH_AS(RpmDatabase::open(root), doctest::Contains("in header 2 of this package database"), Error);
  machine.disk->file("/var/lib/rpm/rpmdb.sqlite-journal", "\xd9\xd5\x05\xf9");
  bundle::machine::Root torn(machine.disk);
  CHECK_THROWS_WITH_AS(RpmDatabase::open(torn), doctest::Contains("in the middle of a change"), Error);
}

TEST_CASE("rpm: what a package is for, what it is called, and whose it is") {
  const auto brings = [](Header header, const Names& provided, const std::vector<File>& files = {}) {
    return header.strings(RpmTag::provide_name, provided).files(files);
  };
  Machine machine({
      Header()
          .named("tiny")
          .numbers(RpmTag::epoch, {2})
          .string(RpmTag::licence, "MIT")
          .string(RpmTag::group, "Unspecified"),
      Header().named("tiny-words", "noarch").string(RpmTag::source_rpm, "tiny-x-1.2-3.src.rpm"),
      Header().named("tiny-devel"),
      Header().named("libstdc++6-devel-gcc12").string(RpmTag::group, "Development/Libraries/C and C++"),
      Header().named("tiny-doc", "noarch"),
      brings(Header().named("tiny-libs"), {"libtiny.so.1()(64bit)"},
             {{"/usr/lib64/libtiny.so.1"}, {"/usr/bin/tiny-config"}}),
      brings(Header().named("glibc"), {"libc.so.6()(64bit)", "libm.so.6()(64bit)", "libc.so.6(GLIBC_2.34)(64bit)"},
             {{"/usr/bin/ld.so"}}),
      brings(Header().named("big"), {"libbig.so()(64bit)"}, {{"/usr/bin/big"}, {"/usr/bin/bigger"}}),
      brings(Header().named("glibc-devel"), {"glibc-headers"}),
      Header().named("devel"),
      Header().named("kernel-headers").files({{"/usr/include/linux/fs.h"}}),
      Header().named("qemu-user-static").files({{"/usr/bin/qemu-arm-static"}}),
      Header().named("b\xff\033[1m").string(RpmTag::source_rpm, "odd"),
  });
  const RpmDatabase& database = machine.open();
  const auto record = [&](const char* name) { return database.record(database.find(name).value()); };
  CHECK(record("tiny").package.version == "2:1.2-3");
  CHECK(record("tiny").package.source == "tiny");
  CHECK(record("tiny").licence == "MIT");
  CHECK(record("tiny").group == "tiny");
  CHECK(record("tiny").role == Role::program);
  CHECK(record("tiny-words").package.source == "tiny-x");
  CHECK(record("tiny-words").role == Role::data);
  CHECK(record("tiny-devel").role == Role::development);
  CHECK(record("libstdc++6-devel-gcc12").role == Role::development);
  CHECK(record("libstdc++6-devel-gcc12").group == "Development/Libraries/C and C++");
  CHECK(record("tiny-doc").role == Role::documentation);
  CHECK(record("tiny-libs").role == Role::library);
  CHECK(record("glibc").role == Role::library);
  CHECK(record("big").role == Role::program);
  CHECK(record("devel").role == Role::program);
  CHECK(record("kernel-headers").role == Role::development);
  CHECK(record("qemu-user-static").role == Role::program);
  CHECK(record("glibc-devel").brings_libc_headers);
  CHECK_FALSE(record("tiny-devel").brings_libc_headers);
  CHECK(database.records().back().package.name == "b\\xff\\x1b[1m");
  CHECK(database.records().back().package.source == database.records().back().package.name);
}

TEST_CASE("rpm: what is shipped, less what nobody put there, what people read, and what is no path") {
  Machine machine({Header().named("tiny").files({{"/usr/bin/tiny"},
                                                 {"/usr/share/tiny", 0, a_folder},
                                                 {"/usr/share/tiny/words"},
                                                 {"/usr/share/tiny/README", documentation},
                                                 {"/usr/share/licenses/tiny/COPYING", licence},
                                                 {"/var/cache/tiny", ghost},
                                                 {"/usr/lib/.build-id/ab/cd", artifact, a_link, 0, 0, "", "../x"},
                                                 {"/usr/share/locale/de/tiny.mo", 0, 0100644, 2},
                                                 {"/usr/../etc/shadow"},
                                                 {"relative/path"},
                                                 {"/usr/share/tiny/.."},
                                                 {"/usr//double"}}),
                   Header().named("old").strings(RpmTag::old_file_names, {"/usr/bin/old", "/old"})});
  const RpmDatabase& database = machine.open();
  Names files = database.files_of(0);
  std::sort(files.begin(), files.end());
  CHECK(files == Names{"/usr", "/usr/bin", "/usr/bin/tiny", "/usr/share", "/usr/share/licenses",
                       "/usr/share/licenses/tiny", "/usr/share/tiny", "/usr/share/tiny/words"});
  CHECK(database.licence_texts_of(0) == Names{"/usr/share/licenses/tiny/COPYING"});
  CHECK(owners(database, "/usr/share/tiny/README") == Names{"tiny.x86_64"});
  CHECK(owners(database, "/usr/share/tiny") == Names{"tiny.x86_64"});
  CHECK(owners(database, "/usr/bin") == Names{"tiny.x86_64", "old.x86_64"});
  CHECK(owners(database, "/old") == Names{"old.x86_64"});
  for (const char* path : {"/var/cache/tiny", "/usr/lib/.build-id/ab/cd", "/usr/share/locale/de/tiny.mo", "/etc/shadow",
                           "", "/", "usr/bin/tiny", "/usr/bin/tiny/"})
    CHECK(owners(database, path).empty());
  CHECK(database.find_by_base_name("words") ==
        std::vector<std::pair<PackageId, std::string>>{{0, "/usr/share/tiny/words"}});
  CHECK(database.find_by_base_name("nothing").empty());
}

TEST_CASE("rpm: a file is found by every spelling of its folder") {
  Machine machine(
      {Header().named("glibc").files({{"/lib64/ld-linux-x86-64.so.2"}, {"/usr/lib64/libc.so.6"}}),
       Header().named("filesystem").files({{"/usr/sbin", 0, a_link, 0, 0, "", "bin"}, {"/usr/bin", 0, a_folder}}),
       Header().named("tiny").files({{"/usr/bin/tiny"}, {"/opt/tiny/data/words"}})});
  machine.disk->file("/usr/lib64/ld-linux-x86-64.so.2");
  machine.disk->file("/usr/bin/tiny");
  machine.disk->link("/lib64", "usr/lib64");
  machine.disk->link("/bin", "usr/bin");
  machine.disk->link("/usr/sbin", "bin");
  machine.disk->file("/srv/tiny/data/words");
  machine.disk->link("/opt/tiny", "/srv/tiny");
  const RpmDatabase& database = machine.open();
  CHECK(owners(database, "/lib64/ld-linux-x86-64.so.2") == Names{"glibc.x86_64"});
  CHECK(owners(database, "/usr/lib64/ld-linux-x86-64.so.2") == Names{"glibc.x86_64"});
  CHECK(owners(database, "/lib64/libc.so.6") == Names{"glibc.x86_64"});
  CHECK(owners(database, "/bin/tiny") == Names{"tiny.x86_64"});
  CHECK(owners(database, "/usr/sbin/tiny") == Names{"tiny.x86_64"});
  CHECK(owners(database, "/srv/tiny/data/words") == Names{"tiny.x86_64"});
  CHECK(owners(database, "/opt/tiny/data/words") == Names{"tiny.x86_64"});
}

TEST_CASE("rpm: of a package for two architectures a file is that one's whose colour it has") {
  const auto glibc = [](const char* architecture, uint64_t colour, const Names& provided) {
    return Header()
        .named("glibc", architecture)
        .strings(RpmTag::provide_name, provided)
        .files({{"/usr/bin/ldd-of", 0, 0100755, 0, colour}, {"/usr/share/glibc"}});
  };
  Machine machine({glibc("i686", 1, {"libc.so.6"}), glibc("x86_64", 2, {"libc.so.6()(64bit)"}),
                   Header().named("tiny").strings(RpmTag::require_name, {"glibc", "libc.so.6()(64bit)"}),
                   Header().named("tiny32", "i686").strings(RpmTag::require_name, {"glibc"}),
                   Header().named("any", "noarch").strings(RpmTag::require_name, {"glibc"})});
  machine.disk->file("/usr/bin/ldd-of",
                     "\x7f"
                     "ELF\2 and so on");
  const RpmDatabase& database = machine.open();
  CHECK(owners(database, "/usr/bin/ldd-of") == Names{"glibc.x86_64"});
  CHECK(owners(database, "/usr/share/glibc") == Names{"glibc.i686", "glibc.x86_64"});
  CHECK(depends(database, "tiny") == Names{"glibc.x86_64"});
  CHECK(depends(database, "tiny32") == Names{"glibc.i686"});
  CHECK(depends(database, "any") == Names{"glibc.i686", "glibc.x86_64"});
}

TEST_CASE(
    "rpm: requirements are answered by capability, by path, by what is there of alternatives, and not for scripts") {
  Machine machine({Header()
                       .named("tiny")
                       .strings(RpmTag::require_name, {"/bin/sh", "libfoo.so.1(FOO_1)(64bit)", "(bar or baz)",
                                                       "(qux if absent)", "nobody", "script-only", "tiny", "rpmlib(X)"})
                       .numbers(RpmTag::require_flags, {0, 1U << 14U, 0, 0, 0, 1U << 10U, 8, 1U << 24U})
                       .strings(RpmTag::recommend_name, {"tiny-data", "(baz and bar)"}),
                   Header().named("bash").files({{"/usr/bin/sh"}}),
                   Header().named("foo").strings(RpmTag::provide_name, {"libfoo.so.1(FOO_1)(64bit)"}),
                   Header().named("baz"), Header().named("qux"), Header().named("script-only"),
                   Header().named("tiny-data", "noarch")});
  machine.disk->file("/usr/bin/sh");
  machine.disk->link("/bin", "usr/bin");
  const RpmDatabase& database = machine.open();
  CHECK(depends(database, "tiny") == Names{"bash.x86_64", "foo.x86_64", "baz.x86_64", "qux.x86_64"});
  CHECK(names_of(database, database.recommends_of(0)) == Names{"tiny-data.noarch", "baz.x86_64"});
}

TEST_CASE("rpm: a file is as shipped when its digest is, by whichever algorithm") {
  const std::string md5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
  const std::string sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
  Machine machine(
      {Header().named("old").files({{"/etc/old", 1, 0100644, 0, 0, md5}}),
       Header()
           .named("new")
           .files({{"/etc/new", 1, 0100644, 0, 0, sha256}, {"/etc/other", 1, 0100644, 0, 0, md5}, {"/etc/none"}})
           .numbers(RpmTag::file_digest_algorithm, {8})});
  for (const char* path : {"/etc/old", "/etc/new", "/etc/other", "/etc/none", "/etc/mine"})
    machine.disk->file(path, "hello world");
  const RpmDatabase& database = machine.open();
  CHECK(database.is_as_shipped("/etc/old"));
  CHECK(database.is_as_shipped("/etc/new"));
  for (const char* path : {"/etc/other", "/etc/none", "/etc/mine", "/etc/gone"})
    CHECK_FALSE(database.is_as_shipped(path));
  machine.disk->file("/etc/new", "hello, world");
  bundle::machine::Root later(machine.disk);
  CHECK_FALSE(RpmDatabase::open(later)->is_as_shipped("/etc/new"));
}

TEST_CASE("rpm: how to get a library, by what the machine installs with") {
  const Header glibc = Header().named("glibc").strings(RpmTag::provide_name, {"libc.so.6()(64bit)"});
  Machine plain({glibc});
  const auto advice = plain.open().how_to_get("libfoo.so.1");
  REQUIRE(advice);
  CHECK(advice->where == "a package that provides libfoo.so.1()(64bit) has it");
  CHECK(advice->command == "dnf install 'libfoo.so.1()(64bit)'");
  for (const char* soname : {"libfoo", "lib;id>x.so.1", "-lib.so", "lib x.so.1", "$(id).so", "lib'.so"})
    CHECK_FALSE(plain.open().how_to_get(soname));
  Machine suse({glibc});
  suse.disk->file("/usr/lib/os-release", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n");
  suse.disk->link("/etc/os-release", "../usr/lib/os-release");
  CHECK(suse.open().how_to_get("libfoo.so.1")->command == "zypper install 'libfoo.so.1()(64bit)'");
  suse.disk->file("/usr/bin/microdnf", "", 0755);
  CHECK(suse.open().how_to_get("libfoo.so.1")->command == "microdnf install 'libfoo.so.1()(64bit)'");
  Machine old({Header().named("glibc", "i686").strings(RpmTag::provide_name, {"libc.so.6"})});
  old.disk->file("/usr/bin/yum", "", 0755);
  CHECK(old.open().how_to_get("libfoo.so.1")->command == "yum install libfoo.so.1");
}

TEST_CASE("rpm: headers that nobody's rpm wrote: an Error, or every question ends and every path is tidy") {
  ::alarm(300);  // an endless loop is to end the test, and not to wait for ctest
  const auto mutated = [](std::string blob, std::mt19937& roll) {
    // Past the index most often, for an index that is wrong is refused as a whole.
    const size_t data = 16 * static_cast<size_t>(blob[3]);
    for (unsigned changes = roll() % 8; changes-- > 0;) {
      const size_t from = roll() % 8 == 0 ? 0 : data;
      const char bytes[] = {'/', '.', '\0', '\xff', '(', '\1', static_cast<char>(roll())};
      blob[from + roll() % (blob.size() - from)] = bytes[roll() % sizeof bytes];
    }
    return blob;
  };
  const std::vector<std::string> good = {
      Header()
          .named("odd")
          .strings(RpmTag::require_name, {"odd-data", "(a or odd-data)", "/usr/bin/odd"})
          .strings(RpmTag::provide_name, {"odd", "libodd.so.1()(64bit)"})
          .files(
              {{"/usr/bin/odd"}, {"/usr/lib64/libodd.so.1"}, {"/usr/lib64/odd", 0, a_link, 0, 0, "", "../share/odd"}})
          .blob(),
      Header().named("odd-data", "noarch").files({{"/usr/share/odd", 0, a_folder}, {"/usr/share/odd/a"}}).blob()};
  unsigned answered = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    std::mt19937 roll(seed);
    const auto disk = std::make_shared<made_up::Disk>();
    disk->file("/var/lib/rpm/Packages.db", made_up::ndb_of({mutated(good[0], roll), mutated(good[1], roll)}));
    bundle::machine::Root root(disk);
    try {
      const std::unique_ptr<RpmDatabase> database = RpmDatabase::open(root);
      if (database == nullptr) continue;
      ++answered;
      for (PackageId id = 0; id < database->records().size(); ++id) {
        for (const std::string& path : database->files_of(id)) {
          CHECK_MESSAGE((path.starts_with('/') && bundle::normal_path(path) == path), path);
          (void)database->owners(path);
          (void)database->is_as_shipped(path);
        }
        bundle::discover::FileTables tables;
        const bundle::discover::Family family(*database, tables, {id});
        (void)family.files_under("/usr/share/odd");
        (void)family.branches("/usr/bin/odd");
        (void)database->recommends_of(id);
      }
    } catch (const Error& error) {
      CHECK(error.kind() == bundle::Exit::cannot_bundle);
    }
  }
  CHECK(answered > 100);
  ::alarm(0);
}
