// Root on a disk in memory: what it makes of links, and what it says of files.
#include "machine/root.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "made_up_disk.h"

using bundle::Node;
using bundle::machine::Kind;
using bundle::machine::Root;

namespace {

/// A disk and its root.
struct System {
  std::shared_ptr<made_up::Disk> disk = std::make_shared<made_up::Disk>();
  Root root{disk};
};

using Path = std::optional<std::string>;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a link, however written, leads to the file; what it leads to is read under its own path") {
  System system;
  system.disk->file("/usr/lib/libz.so.1.3", "zip");
  system.disk->link("/usr/lib/libz.so.1", "libz.so.1.3");
  system.disk->link("/usr/lib/libz.so", "./libz.so.1");
  system.disk->link("/opt/z", "/usr/lib/libz.so");
  system.disk->link("/usr/share/z", "../lib/../lib/libz.so.1");
  for (const char* path : {"/usr/lib/libz.so.1", "/usr/lib/libz.so", "/opt/z", "/usr/share/z"}) {
    CHECK(system.root.real(path) == Path("/usr/lib/libz.so.1.3"));
    CHECK(system.root.read(path) == Path("zip"));
    CHECK(system.root.look(path).size == 3);
  }
  int error_number = 0;
  CHECK(system.root.open("/opt/z", error_number)->path() == "/usr/lib/libz.so.1.3");
  CHECK(system.root.map("/opt/z", error_number)->path() == "/usr/lib/libz.so.1.3");
  CHECK(system.root.map_source("/usr/lib/libz.so.1.3")->bytes().text() == "zip");
}

TEST_CASE("two paths of one file have its identity, and two files do not") {
  System system;
  system.disk->file("/usr/bin/one", "same");
  system.disk->file("/usr/bin/two", "same");
  system.disk->link("/usr/bin/other", "one");
  int error_number = 0;
  const auto one = system.root.open("/usr/bin/one", error_number), two = system.root.open("/usr/bin/two", error_number);
  CHECK(system.root.open("/usr/bin/other", error_number)->inode() == one->inode());
  CHECK(two->inode() != one->inode());
}

TEST_CASE("'..' stops at the top, and does not undo a link to a folder by its text") {
  System system;
  system.disk->file("/data/deep/file", "");
  system.disk->file("/data/other", "");
  system.disk->link("/near", "/data/deep");
  CHECK(system.root.real("/../../data/other") == Path("/data/other"));
  CHECK(system.root.real("/near/../other") == Path("/data/other"));
  CHECK(system.root.real("/data/other/../deep/file") == std::nullopt);  // not a folder
  CHECK(system.root.real("/") == Path("/"));
}

TEST_CASE("links that go round end, with the kernel's error") {
  System system;
  system.disk->link("/a", "b");
  system.disk->link("/b", "/a");
  system.disk->link("/self", "self/more");
  system.disk->link("/nowhere", "/none/at/all");
  for (const char* path : {"/a", "/b", "/self", "/self/x"}) {
    CHECK(system.root.real(path) == std::nullopt);
    CHECK(system.root.locate(path).error_number == ELOOP);
    CHECK(system.root.kind(path) == Kind::absent);
  }
  CHECK(system.root.locate("/nowhere").error_number == ENOENT);
  CHECK_FALSE(system.root.look("/nowhere").is_there());
  // Forty are followed, and no more.
  system.disk->file("/link0", "");
  for (int i = 1; i <= 41; ++i) system.disk->link("/link" + std::to_string(i), "/link" + std::to_string(i - 1));
  CHECK(system.root.real("/link40") == Path("/link0"));
  CHECK(system.root.real("/link41") == std::nullopt);
}

TEST_CASE("a link is looked at for itself, and its text is told as it stands") {
  System system;
  system.disk->file("/etc/real", "x");
  system.disk->link("/etc/alternative", "real");
  system.disk->link("/settings", "/etc");
  CHECK(system.root.look_at_link("/etc/alternative").is_link);
  CHECK_FALSE(system.root.look("/etc/alternative").is_link);
  CHECK(system.root.look_at_link("/settings/alternative").is_link);  // the folders above are followed
  CHECK_FALSE(system.root.look_at_link("/etc/real").is_link);
  CHECK_FALSE(system.root.look_at_link("/etc/none").is_there());
  CHECK(system.root.link_text("/settings/alternative") == Path("real"));
  CHECK(system.root.link_text("/etc/real") == std::nullopt);
}

TEST_CASE("a folder's names are sorted, and a walk does not follow links") {
  System system;
  system.disk->file("/usr/share/rig/b", "");
  system.disk->file("/usr/share/rig/a/deep", "");
  system.disk->link("/usr/share/rig/up", "..");
  system.disk->folder("/usr/share/rig/closed", 0);
  system.disk->link("/rig", "/usr/share/rig");
  CHECK(system.root.list("/rig") == Names{"a", "b", "closed", "up"});
  Names seen, unreadable;
  bundle::Walk walk;
  walk.each = [&](const std::string& path, Node) { return seen.push_back(path), true; };
  walk.unreadable = [&](const std::string& path, int why) {
    CHECK(why == EACCES);
    unreadable.push_back(path);
  };
  system.root.walk("/rig", walk);
  CHECK(seen == Names{"/rig/a", "/rig/b", "/rig/closed", "/rig/up", "/rig/a/deep"});
  CHECK(unreadable == Names{"/rig/closed"});
  int error_number = 0;
  CHECK(system.root.entries("/rig/b", error_number).empty());
  CHECK(error_number == ENOTDIR);
}

TEST_CASE("what cannot be opened is a value with the kernel's reason; what must be readable is an Error") {
  System system;
  system.disk->file("/secret", "x", 0);
  system.disk->device("/dev/pipe");
  system.disk->folder("/etc");
  const auto why_not = [&](const char* path) {
    int error_number = 0;
    CHECK(system.root.open(path, error_number) == nullptr);
    CHECK(system.root.map(path, error_number) == nullptr);
    return error_number;
  };
  CHECK(why_not("/secret") == EACCES);
  CHECK(why_not("/etc") == EISDIR);
  CHECK(why_not("/dev/pipe") == EINVAL);
  CHECK(why_not("/none") == ENOENT);
  CHECK(why_not("/secret/none") == ENOTDIR);
  CHECK(system.root.read("/secret") == std::nullopt);
  CHECK(system.root.read_listed("/none") == std::nullopt);
  CHECK_THROWS_AS((void)system.root.read_listed("/secret"), bundle::Error);
}

TEST_CASE("who may execute a file, and what the kernel makes up") {
  System system;
  system.disk->file("/usr/bin/run", "", 0755);
  system.disk->file("/usr/bin/read", "", 0644);
  system.disk->folder("/usr/bin/folder");
  system.disk->link("/usr/bin/link", "run");
  system.disk->kernel_folder("/proc");
  system.disk->file("/proc/version", "");
  CHECK(system.root.is_executable("/usr/bin/run"));
  CHECK(system.root.is_executable("/usr/bin/link"));
  for (const char* path : {"/usr/bin/read", "/usr/bin/folder", "/usr/bin/none"})
    CHECK_FALSE(system.root.is_executable(path));
  CHECK(system.root.is_made_by_kernel("/proc/version"));
  CHECK_FALSE(system.root.is_made_by_kernel("/usr/bin/run"));
}

TEST_CASE("a path below a merged folder is as its file lies; where folders are not merged it stays") {
  System merged, apart;
  merged.disk->file("/usr/lib/x", "");
  merged.disk->link("/lib", "usr/lib");
  merged.disk->file("/sbin/y", "");
  apart.disk->file("/lib/x", "");
  CHECK(merged.root.as_it_lies("/lib/x") == "/usr/lib/x");
  CHECK(merged.root.as_it_lies("/lib") == "/lib");
  CHECK(merged.root.as_it_lies("/library/x") == "/library/x");
  CHECK(merged.root.as_it_lies("/sbin/y") == "/sbin/y");
  CHECK(apart.root.as_it_lies("/lib/x") == "/lib/x");
}

TEST_CASE("a disk of a test's own is no sysroot: a source is the path itself, and relative names begin at its top") {
  System system;
  system.disk->file("/usr/bin/rig", "");
  CHECK_FALSE(system.root.is_host());
  CHECK(system.root.at("/usr/bin/rig") == "/usr/bin/rig");
  CHECK(system.root.inside_of("/usr/bin/rig") == Path("/usr/bin/rig"));
  CHECK(system.root.absolute("usr/bin/rig") == "/usr/bin/rig");
  CHECK(system.root.meant_by("/usr/bin/rig") == Path("/usr/bin/rig"));
  CHECK(system.root.meant_by("/usr/bin/none") == std::nullopt);
}
