// conda environments and Homebrew's Cellar on a made-up disk, beside a machine's own packages; and opkg's database.
#include <doctest/doctest.h>

#include "../machine/made_up_disk.h"
#include "packages/cellar.h"
#include "packages/conda.h"
#include "packages/installed.h"
#include "packages/opkg.h"

using bundle::packages::Database;
using bundle::packages::Installed;
using bundle::packages::PackageId;
using bundle::packages::Role;

namespace {

using Names = std::vector<std::string>;

Names names(const Database& database, const std::vector<PackageId>& ids) {
  Names out;
  for (const PackageId id : ids) out.push_back(database.package(id).name);
  return out;
}

Names depends(const Database& database, const char* name) {
  return names(database, database.depends_of(database.find(name).value()));
}

Role role(const Database& database, const char* name) { return database.record(database.find(name).value()).role; }

void add_conda(made_up::Disk& disk, const std::string& prefix) {
  disk.file(prefix + "/conda-meta/history", "==> 2024 <==\n");
  disk.file(prefix + "/conda-meta/python-3.11.8-h1_0.json",
            R"({"name": "python", "version": "3.11.8", "subdir": "linux-64", "license": "Python-2.0",
                "depends": ["libzlib >=1.2.13,<1.3.0a0", "tzdata", "__glibc >=2.17"],
                "files": ["bin/python3.11", "lib/python3.11/os.py", "lib/libpython3.11.so.1.0"],
                "paths_data": {"paths": [
                  {"_path": "lib/python3.11/os.py", "sha256":
                   "8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c"},
                  {"_path": "bin/python3.11", "sha256": "00", "sha256_in_prefix":
                   "8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c"}]}})");
  disk.file(prefix + "/conda-meta/libzlib-1.2.13-h2_5.json",
            R"({"name": "libzlib", "version": "1.2.13", "subdir": "linux-64", "files": ["lib/libz.so.1"]})");
  disk.file(prefix + "/conda-meta/tzdata-2024a-h3_0.json",
            R"({"name": "tzdata", "version": "2024a", "subdir": "noarch", "noarch": "generic",
                "files": ["share/zoneinfo/UTC", "../etc/passwd"]})");
  disk.file(prefix + "/lib/python3.11/os.py", "tiny");
  disk.file(prefix + "/bin/python3.11", "tiny");
}

void add_cellar(made_up::Disk& disk, const std::string& prefix) {
  disk.file(prefix + "/Cellar/figlet/2.2.5/INSTALL_RECEIPT.json",
            R"({"homebrew_version": "4.2", "arch": "x86_64",
                "runtime_dependencies": [{"full_name": "zlib", "version": "1.3"}, {"full_name": "me/tap/openssl@3"}]})");
  disk.file(prefix + "/Cellar/figlet/2.2.5/bin/figlet");
  disk.file(prefix + "/Cellar/figlet/2.2.5/share/figlet/standard.flf");
  disk.file(prefix + "/Cellar/zlib/1.3/lib/libz.so.1");
  disk.file(prefix + "/Cellar/openssl@3/3.2/INSTALL_RECEIPT.json", "{}");
  disk.file(prefix + "/Cellar/openssl@3/3.2/share/openssl.cnf");
  disk.link(prefix + "/opt/zlib", "../Cellar/zlib/1.3");
  disk.link(prefix + "/bin/figlet", "../Cellar/figlet/2.2.5/bin/figlet");
}

template <class Act>
std::string fault_of(const Act& act) {
  try {
    (void)act();
  } catch (const bundle::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("conda: packages, owners, roles, what is needed") {
  const auto disk = std::make_shared<made_up::Disk>();
  add_conda(*disk, "/opt/conda");
  bundle::machine::Root root(disk);
  const std::unique_ptr<Database> conda = bundle::packages::open_conda(root, "/opt/conda");
  REQUIRE(conda);
  REQUIRE(conda->records().size() == 3);
  CHECK(conda->owner("/opt/conda/lib/libz.so.1")->name == "libzlib");
  CHECK(conda->owner("/opt/conda/lib/libz.so.1")->version == "1.2.13");
  CHECK_FALSE(conda->owner("/lib/libz.so.1"));
  CHECK_FALSE(conda->owner("/opt/conda/../etc/passwd"));
  CHECK(depends(*conda, "python") == Names{"libzlib", "tzdata"});
  CHECK(role(*conda, "python") == Role::program);
  CHECK(role(*conda, "libzlib") == Role::library);
  CHECK(role(*conda, "tzdata") == Role::data);
  CHECK(conda->how_to_get("libpng16.so.16")->command == "conda search '*png*'");
  CHECK_FALSE(bundle::packages::open_conda(root, "/opt"));
}

TEST_CASE("conda: as shipped is what the package brought, not what has the prefix written into it") {
  const auto disk = std::make_shared<made_up::Disk>();
  add_conda(*disk, "/opt/conda");
  bundle::machine::Root root(disk);
  const std::unique_ptr<Database> conda = bundle::packages::open_conda(root, "/opt/conda");
  CHECK(conda->is_as_shipped("/opt/conda/lib/python3.11/os.py"));
  CHECK_FALSE(conda->is_as_shipped("/opt/conda/bin/python3.11"));
  CHECK_FALSE(conda->is_as_shipped("/opt/conda/lib/libz.so.1"));
}

TEST_CASE("conda: what is damaged names its file") {
  const auto disk = std::make_shared<made_up::Disk>();
  bundle::machine::Root root(disk);
  const auto open = [&] { return bundle::packages::open_conda(root, "/c"); };
  disk->file("/c/conda-meta/a-1-0.json", "{\"name\": \"a\", ");
  CHECK(
      fault_of(open).find("/c/conda-meta/a-1-0.json: is a list of installed packages that cannot be understood: it is "
                          "no JSON object") != std::string::npos);
  disk->file("/c/conda-meta/a-1-0.json", "{\"name\": [\"a\"], \"version\": \"1\"}");
  CHECK(fault_of(open).find("no name or version") != std::string::npos);
  disk->file("/c/conda-meta/a-1-0.json", R"({"name": "a", "version": "1", "files": {"x": 1}, "depends": [1, null]})");
  CHECK(fault_of(open) == "");
}

TEST_CASE("cellar: a formula owns its folder, by opt/NAME, too") {
  const auto disk = std::make_shared<made_up::Disk>();
  const std::string prefix = "/home/linuxbrew/.linuxbrew";
  add_cellar(*disk, prefix);
  bundle::machine::Root root(disk);
  const std::unique_ptr<Database> cellar = bundle::packages::open_cellar(root, prefix);
  REQUIRE(cellar);
  REQUIRE(cellar->records().size() == 3);
  CHECK(cellar->owner(prefix + "/Cellar/figlet/2.2.5/share/figlet/standard.flf")->name == "figlet");
  CHECK(cellar->owner(prefix + "/opt/zlib/lib/libz.so.1")->version == "1.3");
  CHECK_FALSE(cellar->owner(prefix + "/Cellar/figlet/9/bin/figlet"));
  CHECK_FALSE(cellar->owner("/usr/bin/figlet"));
  CHECK(depends(*cellar, "figlet") == Names{"zlib", "openssl@3"});
  CHECK(role(*cellar, "figlet") == Role::program);
  CHECK(role(*cellar, "zlib") == Role::library);
  CHECK(role(*cellar, "openssl@3") == Role::data);
  const auto found = cellar->find_by_base_name("libz.so.1");
  REQUIRE(found.size() == 1);
  CHECK(found[0].second == prefix + "/Cellar/zlib/1.3/lib/libz.so.1");
  CHECK(cellar->how_to_get("libpng16.so.16")->command == "brew search png");
  CHECK_FALSE(cellar->is_as_shipped(found[0].second));
  disk->file(prefix + "/Cellar/zlib/1.3/INSTALL_RECEIPT.json", "[]");
  CHECK(fault_of([&] { return bundle::packages::open_cellar(root, prefix); }).find("INSTALL_RECEIPT.json") !=
        std::string::npos);
}

TEST_CASE("whose database: the innermost prefix above a file, else the machine's") {
  const auto disk = std::make_shared<made_up::Disk>();
  disk->file("/var/lib/dpkg/status",
             "Package: rig\nStatus: install ok installed\nVersion: 1\n\n"
             "Package: own\nStatus: install ok installed\nVersion: 2\n");
  disk->file("/var/lib/dpkg/info/rig.list", "/usr/bin/rig\n");
  disk->file("/var/lib/dpkg/info/own.list", "/home/me/miniconda3/own\n");
  add_conda(*disk, "/home/me/miniconda3");
  add_conda(*disk, "/home/me/miniconda3/envs/work");
  add_cellar(*disk, "/home/me/.linuxbrew");
  bundle::machine::Root root(disk);
  Installed installed(root);
  REQUIRE(installed.system());
  CHECK(installed.around("/usr/bin/rig") == installed.system());
  CHECK(installed.owner("/usr/bin/rig")->name == "rig");
  CHECK(installed.owner("/home/me/miniconda3/lib/libz.so.1")->name == "libzlib");
  CHECK(installed.owner("/home/me/miniconda3/own")->name == "own");  // no package of conda's
  CHECK_FALSE(installed.owner("/home/me/miniconda3/none"));
  CHECK(installed.around("/home/me/miniconda3/envs/work/bin/python3.11") !=
        installed.around("/home/me/miniconda3/bin/python3.11"));
  CHECK(installed.owner("/home/me/miniconda3/envs/work/bin/python3.11")->name == "python");
  CHECK(installed.owner("/home/me/.linuxbrew/Cellar/figlet/2.2.5/bin/figlet")->name == "figlet");
  CHECK(installed.around("relative") == installed.system());
}

TEST_CASE("opkg: dpkg's stanzas, a mode behind a path, roles by files") {
  const auto disk = std::make_shared<made_up::Disk>();
  disk->file("/usr/lib/opkg/status",
             "Package: zlib\nVersion: 1.3-r1\nDepends: libc\nStatus: install ok installed\nArchitecture: x86_64\n\n"
             "Package: libc\nVersion: 1.2\nStatus: install hold installed\nArchitecture: x86_64\n\n"
             "Package: curl\nVersion: 8\nDepends: libc, zlib\nStatus: install user installed\nArchitecture: x86_64\n\n"
             "Package: gone\nVersion: 8\nStatus: deinstall ok not-installed\n");
  disk->file("/usr/lib/opkg/info/zlib.list",
             "/usr/lib/libz.so.1.3\t0100755\n/usr/lib/libz.so.1\t0120777\tlibz.so.1.3\n");
  disk->file("/usr/lib/opkg/info/curl.list", "/usr/bin/curl\n");
  bundle::machine::Root root(disk);
  const std::unique_ptr<Database> opkg = bundle::packages::open_opkg(root);
  REQUIRE(opkg);
  CHECK(opkg->records().size() == 3);
  CHECK(opkg->owner("/usr/lib/libz.so.1")->name == "zlib");
  CHECK(opkg->owner("/usr/bin/curl")->name == "curl");
  CHECK(depends(*opkg, "curl") == Names{"libc", "zlib"});
  CHECK(role(*opkg, "zlib") == Role::library);
  CHECK(role(*opkg, "curl") == Role::program);
  CHECK(opkg->how_to_get("libpng16.so.16")->command == "opkg find '*png*'");
  CHECK_FALSE(opkg->how_to_get("lib';id'.so.1"));
  const std::unique_ptr<Database> any = bundle::packages::open_database(root);
  REQUIRE(any);
  CHECK(any->find("curl"));
}
