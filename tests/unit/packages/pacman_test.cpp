// pacman's database by the rules of be_local.c, on a made-up disk.
#include "packages/pacman.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include "../machine/made_up_disk.h"

using bundle::packages::Database;
using bundle::packages::PackageId;
using bundle::packages::Role;

namespace {

std::string gzip(const std::string& text) {
  std::string out(text.size() + 1000, '\0');
  z_stream stream{};
  ::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

struct Made {
  std::shared_ptr<made_up::Disk> disk = std::make_shared<made_up::Disk>();
  std::unique_ptr<bundle::machine::Root> root;
  std::unique_ptr<Database> database;
  void package(const std::string& folder, const std::string& desc, const std::string& files) {
    disk->file("/var/lib/pacman/local/" + folder + "/desc", desc);
    disk->file("/var/lib/pacman/local/" + folder + "/files", files);
  }
  void open() {
    root = std::make_unique<bundle::machine::Root>(disk);
    database = bundle::packages::open_pacman(*root);
  }
  std::vector<std::string> names(const std::vector<PackageId>& ids) const {
    std::vector<std::string> out;
    for (const PackageId id : ids) out.push_back(database->package(id).name);
    return out;
  }
  PackageId id(const char* name) const { return database->find(name).value(); }
  std::string fault() {
    try {
      open();
    } catch (const bundle::Error& error) {
      return error.what();
    }
    return "";
  }
};

Made sample() {
  Made out;
  out.disk->file("/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
  out.package("glibc-2.39-1", "%NAME%\nglibc\n\n%VERSION%\n2.39-1\n\n%ARCH%\nx86_64\n\n%URL%\n\n\n",
              "%FILES%\nusr/\nusr/lib/\nusr/lib/ld-linux-x86-64.so.2\nusr/lib/libc.so.6\n\n");
  out.package("tiny-1:1.2-3",
              "%NAME%\ntiny\n\n%VERSION%\n1:1.2-3\n\n%BASE%\ntinies\n\n%ARCH%\nx86_64\n\n%URL%\n\n\n"
              "%DEPENDS%\nglibc>=2.38\nlibz.so=1-64\nsh\n\n%OPTDEPENDS%\ntiny-data: for its words\nnone: at all\n\n"
              "%PROVIDES%\nlibtiny.so=1-64\n\n",
              "%FILES%\nusr/\nusr/bin/\nusr/bin/tiny\nusr/include/tiny.h\nusr/lib/libtiny.so.1\n"
              "usr/share/a b\n\n%BACKUP%\netc/tiny.conf\t0123\n\n");
  out.disk->file("/var/lib/pacman/local/tiny-1:1.2-3/mtree",
                 gzip("#mtree\n/set type=file uid=0 gid=0 mode=644\n"
                      "./usr/share/a\\040b time=1.0 size=5 "
                      "sha256digest=f4c6bfa1dcfae7c62b42ad1b9d2b4d2a17d2c01e2bb4bcd7b4ab86a8e87bbcc1\n"
                      "./usr/bin/tiny time=1.0 mode=755 size=4 md5digest=00 "
                      "sha256digest=8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c\n"));
  out.package("zlib-1.3-1", "%NAME%\nzlib\n\n%VERSION%\n1.3-1\n\n%ARCH%\nx86_64\n\n%PROVIDES%\nlibz.so=1-64\n",
              "%FILES%\nusr/lib/libz.so.1\n");
  out.package("tiny-data-1-1", "%NAME%\ntiny-data\n\n%VERSION%\n1-1\n\n%BASE%\ntinies\n\n%ARCH%\nany\n",
              "%FILES%\nusr/share/tiny/words\n");
  out.disk->link("/lib64", "usr/lib");
  out.disk->link("/usr/lib64", "lib");
  out.disk->link("/bin", "usr/bin");
  out.disk->file("/usr/bin/tiny", "tiny");
  out.disk->folder("/usr/lib");
  return out;
}

}  // namespace

TEST_CASE("pacman: packages, owners, roles") {
  Made made = sample();
  made.open();
  REQUIRE(made.database);
  REQUIRE(made.database->records().size() == 4);
  const bundle::Package tiny = made.database->owner("/usr/bin/tiny").value();
  CHECK(tiny.name == "tiny");
  CHECK(tiny.version == "1:1.2-3");
  CHECK(tiny.source == "tinies");
  CHECK(made.database->owner("/bin/tiny")->name == "tiny");
  CHECK(made.database->owner("/lib64/ld-linux-x86-64.so.2")->name == "glibc");
  CHECK(made.database->owner("/usr/lib64/ld-linux-x86-64.so.2")->name == "glibc");
  CHECK(made.database->owner("/usr/share/a b")->name == "tiny");
  CHECK(made.database->record(made.id("tiny")).role == Role::program);
  CHECK(made.database->record(made.id("zlib")).role == Role::library);
  CHECK(made.database->record(made.id("tiny-data")).role == Role::data);
}

TEST_CASE("pacman: what is needed by name and library, what is optional where it is installed") {
  Made made = sample();
  made.open();
  CHECK(made.names(made.database->depends_of(made.id("tiny"))) == std::vector<std::string>{"glibc", "zlib"});
  CHECK(made.names(made.database->recommends_of(made.id("tiny"))) == std::vector<std::string>{"tiny-data"});
}

TEST_CASE("pacman: a file is as shipped by the SHA-256 of its mtree") {
  Made made = sample();
  made.open();
  CHECK(made.database->is_as_shipped("/usr/bin/tiny"));
  made.disk->file("/usr/bin/tiny", "tinY");
  CHECK_FALSE(made.database->is_as_shipped("/usr/bin/tiny"));
  CHECK_FALSE(made.database->is_as_shipped("/usr/lib/libz.so.1"));  // no mtree
  const auto is_it = [](const std::string& path) { return path == "/usr/share/a b/\xc3\xb6"; };
  CHECK(bundle::packages::sum_in_mtree("./usr/share/a\\040b/\\303\\266 size=5 sha256digest=f4c6\n", is_it) == "f4c6");
}

TEST_CASE("pacman: what is damaged names its file") {
  Made of_another_age = sample();
  of_another_age.disk->file("/var/lib/pacman/local/ALPM_DB_VERSION", "12\n");
  CHECK(of_another_age.fault().find("it is of version 12") != std::string::npos);
  Made nameless = sample();
  nameless.package("x-1", "%VERSION%\n1\n", "");
  CHECK(nameless.fault().find("x-1/desc") != std::string::npos);
  Made loose = sample();
  loose.package("x-1", "x\n", "");
  CHECK(loose.fault().find("\"x\" stands in no block") != std::string::npos);
  Made empty = sample();
  empty.disk->folder("/var/lib/pacman/local/x-1");
  CHECK(empty.fault().find("x-1/desc") != std::string::npos);
  Made cut = sample();
  const std::string mtree = gzip("./usr/bin/tiny sha256digest=00\n");
  cut.disk->file("/var/lib/pacman/local/tiny-1:1.2-3/mtree", mtree.substr(0, mtree.size() / 2));
  cut.open();
  CHECK_THROWS_AS((void)cut.database->is_as_shipped("/usr/bin/tiny"), bundle::Error);
  Made none;
  none.open();
  CHECK_FALSE(none.database);
}
