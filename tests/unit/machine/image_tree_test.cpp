// Tars and layers of them as an image's files: what tar, docker and containerd would have made of them.
#include "machine/image_tree.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/error.h"
#include "machine/image_disk.h"
#include "machine/root.h"
#include "made_tar.h"

using namespace bundle::machine;
using bundle::Error;
using made_tar::opened;
using made_tar::record;
using made_tar::Tar;

namespace {

Root root_of(const std::vector<std::string>& layers, bool has_whiteouts = true, TreeLimits limits = {}) {
  const auto tree = std::make_shared<ImageTree>("made.tar", limits);
  for (const std::string& layer : layers) tree->add({opened(layer), "made.tar", "", has_whiteouts});
  tree->finish();
  return Root(disk_of_image(tree));
}

/// What is wrong with a tar.
std::string fault_of(const std::string& tar, TreeLimits limits = {}) {
  try {
    root_of({tar}, true, limits);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The fault, or where it is another one all that is said.
void check_fault(const std::string& tar, std::string_view part) {
  const std::string fault = fault_of(tar);
  CHECK_MESSAGE(contains(fault, part), fault);
}

}  // namespace

TEST_CASE("files, folders and links of a tar are those of a root") {
  Root root = root_of({Tar()
                           .folder("./", 0755)
                           .folder("usr/")
                           .folder("./usr/lib/", 0750)
                           .file("usr/lib/libz.so.1.3", "zip", 0755)
                           .link("usr/lib/libz.so.1", "libz.so.1.3")
                           .link("lib", "usr/lib")
                           .link("absolute", "/usr/lib/libz.so.1")
                           .link("dangling", "/nowhere")
                           .hard_link("usr/lib/other", "usr/lib/libz.so.1.3")
                           .member("dev/null", '3', "")
                           .member("pipe", '6', "")
                           .bytes()});
  CHECK(root.read("/lib/libz.so.1") == "zip");
  CHECK(root.read("/absolute") == "zip");
  CHECK(root.read("/usr/lib/other") == "zip");
  CHECK(root.read("/dangling") == std::nullopt);
  CHECK(root.real("/lib/libz.so.1") == "/usr/lib/libz.so.1.3");
  CHECK(root.look("/usr/lib").mode == 0750);
  CHECK(root.is_executable("/usr/lib/libz.so.1.3"));
  CHECK(root.look("/dev/null").kind == Kind::other);
  CHECK(std::string(root.look("/pipe").what) == "a named pipe");
  CHECK(root.list("/usr/lib") == std::vector<std::string>{"libz.so.1", "libz.so.1.3", "other"});
  CHECK(root.list("/") == std::vector<std::string>{"absolute", "dangling", "dev", "lib", "pipe", "usr"});
  int error_number = 0;
  CHECK(root.open("/usr", error_number) == nullptr);
  CHECK(error_number == EISDIR);
  CHECK(root.open("/pipe", error_number) == nullptr);
  CHECK(error_number == EINVAL);
  CHECK(root.open("/usr/lib/libz.so.1.3/x", error_number) == nullptr);
  CHECK(error_number == ENOTDIR);
}

TEST_CASE("names of one file are one file, and others are not") {
  Root root = root_of({Tar().file("a", "x").hard_link("b", "a").hard_link("c", "/b").file("d", "x").bytes()});
  int error_number = 0;
  const auto inode = [&](const char* path) { return root.open(path, error_number)->inode(); };
  CHECK(inode("/a") == inode("/b"));
  CHECK(inode("/a") == inode("/c"));
  CHECK(inode("/a") != inode("/d"));
}

TEST_CASE("long names, and numbers that do not fit, in each of the ways that there are") {
  const std::string name = "usr/" + std::string(150, 'n'), target(200, 't');
  Root root =
      root_of({Tar()
                   .member("././@LongLink", 'L', name + std::string(1, '\0'))
                   .file("cut", "gnu")
                   .member("././@LongLink", 'K', target + std::string(1, '\0'))
                   .link("long", "cut")
                   .pax(record("path", name + "-pax"))
                   .file("cut", "pax")
                   .pax(record("linkpath", target))
                   .link("pax-link", "cut")
                   .member("base-256", '0', "eight888", "", 0644, std::string("\x80\0\0\0\0\0\0\0\0\0\0\x08", 12))
                   .pax(record("size", "5"))
                   .member("pax-size", '0', "12345", "", 0644, "00000000000")
                   .file("next", "after")
                   .bytes()});
  CHECK(root.read("/" + name) == "gnu");
  CHECK(root.read("/" + name + "-pax") == "pax");
  CHECK(root.link_text("/long") == target);
  CHECK(root.link_text("/pax-link") == target);
  CHECK(root.read("/base-256") == "eight888");
  CHECK(root.read("/pax-size") == "12345");
  CHECK(root.read("/next") == "after");
}

TEST_CASE("a name in two parts is ustar's, and GNU tar's bytes there are none") {
  std::string ustar = Tar().file("name", "").cut();
  Tar::put(ustar, 345, "folder/of");
  std::string gnu = Tar().file("name", "").cut();
  Tar::put(gnu, 257, std::string("ustar  \0", 8));
  Tar::put(gnu, 345, "12345670123");
  Root root = root_of({Tar().raw(Tar::summed(ustar)).raw(Tar::summed(gnu)).bytes()});
  CHECK(root.look("/folder/of/name").is_file());
  CHECK(root.list("/") == std::vector<std::string>{"folder", "name"});
}

TEST_CASE("a path below a link lies where that leads, in the image") {
  Root root = root_of({Tar()
                           .link("lib", "usr/lib")
                           .folder("usr/lib")
                           .file("lib/x", "merged")
                           .link("out", "../../..")
                           .file("out/y", "inside")
                           .link("usr/share/up", "../lib/./deep/..")
                           .folder("usr/lib/deep")
                           .file("usr/share/up/w", "beside")
                           .link("var/run", "/run")
                           .file("var/run/z", "made")
                           .bytes()});
  CHECK(root.read("/usr/lib/x") == "merged");
  CHECK(root.read("/y") == "inside");
  CHECK(root.read("/usr/lib/w") == "beside");
  CHECK(root.read("/run/z") == "made");
}

TEST_CASE("layers: the last one of a path counts, and whiteouts take away what is lower") {
  const std::string lower = Tar()
                                .file("etc/a", "1")
                                .file("etc/b", "1")
                                .file("opt/x/deep", "1")
                                .file("opt/y", "1")
                                .folder("both")
                                .file("both/kept", "1")
                                .link("was-link", "etc")
                                .folder("was-folder")
                                .file("was-folder/inner", "1")
                                .file("linked", "1")
                                .bytes();
  const std::string upper = Tar()
                                .file("etc/.wh.a", "")
                                .file("etc/b", "2")
                                .file("opt/x/new", "2")  // ahead of the mark, and still of this layer
                                .file("opt/.wh..wh..opq", "")
                                .file(".wh..wh.plnk", "")
                                .folder("both", 0700)
                                .folder("was-link")
                                .file("was-link/own", "2")
                                .link("was-folder", "etc")
                                .hard_link("second", "linked")
                                .file("etc/.wh.never-there", "")
                                .bytes();
  Root root = root_of({lower, upper});
  CHECK(root.list("/etc") == std::vector<std::string>{"b"});
  CHECK(root.read("/etc/b") == "2");
  CHECK(root.list("/opt") == std::vector<std::string>{"x"});
  CHECK(root.list("/opt/x") == std::vector<std::string>{"new"});
  CHECK(root.read("/both/kept") == "1");
  CHECK(root.look("/both").mode == 0700);
  CHECK(root.list("/was-link") == std::vector<std::string>{"own"});
  CHECK(root.read("/was-folder/b") == "2");
  CHECK(root.read("/second") == "1");
  CHECK(!root.look("/.wh..wh.plnk").is_there());

  SUBCASE("a file of that name in the tar of a root is a file") {
    Root plain = root_of({upper.substr(0, 512) + std::string(1024, '\0')}, false);
    CHECK(plain.list("/etc") == std::vector<std::string>{".wh.a"});
  }
}

TEST_CASE("sparse files have their holes, of all four kinds") {
  const std::string pieces = "first" + std::string("last");
  const auto whole = [](size_t hole, size_t size) {
    std::string text = "first" + std::string(hole, '\0') + "last";
    return text + std::string(size - text.size(), '\0');
  };
  // GNU's own: a table in the header, which goes on in a block.
  std::string old = Tar().member("old", 'S', pieces).cut();
  Tar::put(old, 257, std::string("ustar  \0", 8));
  const auto nul = [](std::string text) {
    return text.substr(0, 11) + std::string(1, '\0') + text.substr(12, 11) + std::string(1, '\0');
  };
  const auto put_entry = [&](std::string& block, size_t at, uint64_t offset, uint64_t size) {
    Tar::put(block, at, nul(fmt::format("{:011o} {:011o} ", offset, size)));
  };
  std::string header = old.substr(0, 512), more(512, '\0');
  for (size_t i = 0; i < 4; ++i) put_entry(header, 386 + 24 * i, i == 0 ? 0 : 5, i == 0 ? 5 : 0);
  header[482] = 1;
  Tar::put(header, 483, fmt::format("{:011o}", 20));
  put_entry(more, 0, 10, 4);
  const std::string map = "2\n0\n5\n10\n4\n";
  Root root = root_of({Tar()
                           .raw(Tar::summed(header) + more + old.substr(512))
                           .pax(record("GNU.sparse.size", "20") + record("GNU.sparse.numblocks", "2") +
                                record("GNU.sparse.offset", "0") + record("GNU.sparse.numbytes", "5") +
                                record("GNU.sparse.offset", "10") + record("GNU.sparse.numbytes", "4"))
                           .file("pax-0.0", pieces)
                           .pax(record("GNU.sparse.size", "20") + record("GNU.sparse.map", "0,5,10,4") +
                                record("GNU.sparse.name", "pax-0.1"))
                           .file("GNUSparseFile.0/x", pieces)
                           .pax(record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                                record("GNU.sparse.name", "pax-1.0") + record("GNU.sparse.realsize", "20"))
                           .file("GNUSparseFile.0/y", map + std::string(512 - map.size(), '\0') + pieces)
                           .file("next", "after")
                           .bytes()});
  CHECK(root.list("/") == std::vector<std::string>{"next", "old", "pax-0.0", "pax-0.1", "pax-1.0"});
  for (const char* path : {"/old", "/pax-0.0", "/pax-0.1", "/pax-1.0"}) {
    CAPTURE(path);
    CHECK(root.read(path) == whole(5, 20));
  }
  CHECK(root.read("/next") == "after");
}

TEST_CASE("nothing leads out of an image") {
  check_fault(Tar().file("../x", "").bytes(), "made.tar: holds ../x, whose path would lead out of it");
  check_fault(Tar().file("a/../../x", "").bytes(), "would lead out");
  check_fault(Tar().hard_link("x", "../../etc/shadow").bytes(), "would lead out");
  CHECK(fault_of(Tar().file("/x", "absolute").bytes()) == "nothing");
  Root root = root_of({Tar().file("/x", "absolute").link("up", "../../../x").link("abs", "/x").bytes()});
  CHECK(root.read("/x") == "absolute");
  CHECK(root.read("/up") == "absolute");
  CHECK(root.read("/abs") == "absolute");
}

TEST_CASE("links that cannot be are said so") {
  check_fault(Tar().hard_link("x", "x").bytes(), "holds x, a hard link to x, which is not in it");
  check_fault(Tar().hard_link("x", "later").file("later").bytes(), "a hard link to later");
  check_fault(Tar().folder("d").hard_link("x", "d").bytes(), "a hard link to the folder d");
  check_fault(Tar().link("a", "b").link("b", "a").file("a/x").bytes(), "holds a/x, which lies below a loop of links");
  check_fault(Tar().link("a", "").bytes(), "a link that leads nowhere");
  Root root = root_of({Tar().link("a", "b").link("b", "a").bytes()});
  CHECK(!root.look("/a").is_there());
}

TEST_CASE("a damaged tar is said to be, with the place") {
  const std::string good = Tar().file("a", "content").file("b", "more").bytes();
  check_fault(good.substr(0, 515), "ends in the middle of a: a part of it is missing");
  check_fault(good.substr(0, 1024), "ends without the zeros that end a tar");
  check_fault(good.substr(0, 1100), "ends in the middle of a block");
  std::string changed = good;
  changed[1024] = 'B';
  check_fault(changed, "a header's checksum is");
  check_fault(changed, "at byte 1024");
  check_fault("text that is longer than nothing" + std::string(600, 'x'), "checksum");
  check_fault(Tar().member("a", '0', "", "", 0644, "77777777777").bytes(), "ends in the middle of a");
  check_fault(
      Tar().member("a", '0', "", "", 0644, std::string("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)).bytes(),
      "size that is too large");
  check_fault(Tar().member("a", '0', "", "", 0644, std::string(12, '\xff')).bytes(), "a negative size");
  check_fault(Tar().member("a", '0', "", "", 0644, "12x45678901").bytes(), "no octal number");
  check_fault(Tar().pax("99 path=x\n").file("a").bytes(), "a pax record whose length is wrong");
  check_fault(Tar().pax(record("size", "x")).file("a").bytes(), "a pax record size that is no number");
  check_fault(Tar().pax(record("path", std::string("a\0b", 3))).file("a").bytes(), "with a NUL in it");
  check_fault(Tar().pax(record("path", std::string(5000, 'p'))).file("a").bytes(), "a name of 5000 bytes");
  check_fault(Tar().file(std::string(90, 'x')).pax(record("path", std::string(300, 'p'))).file("a").bytes(),
              "longer than any file system takes");
  check_fault(Tar().member("x", 'M', "").bytes(), "one of several volumes");
}

TEST_CASE("sparse files that are not what they say") {
  const auto with = [](const std::string& map, const std::string& size) {
    return Tar().pax(record("GNU.sparse.size", size) + record("GNU.sparse.map", map)).file("a", "12345").bytes();
  };
  CHECK(fault_of(with("0,5", "9")) == "nothing");
  check_fault(with("5,5,0,0", "20"), "a piece out of place");
  check_fault(with("0,5", "4"), "a piece out of place");
  check_fault(with("18446744073709551615,5", "20"), "a piece out of place");
  check_fault(with("0,4", "20"), "with 5 bytes, and its table says 4");
  check_fault(with("0,5,7", "20"), "ends in the middle");
  check_fault(with("0,5", "9000000000000000000"), "a sparse file of 9000000000000000000 bytes");
}

TEST_CASE("an image is bounded") {
  Tar many;
  for (int i = 0; i < 20; ++i) many.file(fmt::format("folder/{}", i));
  TreeLimits limits;
  limits.entries = 10;
  CHECK(contains(fault_of(many.bytes(), limits), "made.tar: holds more than 10 files"));
  limits = {};
  limits.names = 20;
  CHECK(contains(fault_of(many.bytes(), limits), "more than 20 bytes of names"));
  Tar same;
  for (int i = 0; i < 50; ++i) same.file("same");
  limits = {};
  limits.entries = 10;
  CHECK(contains(fault_of(same.bytes(), limits), "more than 20 members"));
}
