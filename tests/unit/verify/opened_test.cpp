// A folder and a zip of the same files are the same to who opens them; what is hostile is not unpacked.
#include "verify/opened.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "pack/archive.h"
#include "verify/made_up_bundle.h"
#include "verify/manifests.h"

using bundle::Error;
using bundle::Node;
using bundle::verify::Opened;
using bundle::verify::OpenedFile;
using verify_test::MadeUpBundle;
using verify_test::Scratch;

namespace {

std::vector<bundle::pack::Entry> entries() {
  return {{"bin/tool", 0755, bundle::Pieces::of_text("a program")},
          {"lib/tool/a.txt", 0640, bundle::Pieces::of_text(std::string(10000, 'a'))},
          {"lib/tool/empty", 0644, {}},
          {"lib/tool/folder/", 0700, {}}};
}

std::string zip_in(const std::string& folder) {
  const std::string path = folder + "/a.zip";
  bundle::AtomicFile out(path);
  bundle::pack::write_zip(out, entries(), {});
  out.commit(false);
  return path;
}

std::string listed(const Opened& bundle) {
  std::string text;
  for (const OpenedFile& file : bundle.files()) {
    char mode[16];
    std::snprintf(mode, sizeof mode, "%o", file.mode);
    text += file.path + (file.node == Node::folder ? "/ " : " ") + mode + " " + std::to_string(file.size) + "\n";
  }
  return text;
}

std::string unpacking(std::vector<OpenedFile> files, const std::string& folder) {
  try {
    bundle::verify::unpack(MadeUpBundle(std::move(files)), folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "unpacked";
}

}  // namespace

TEST_CASE("a zip, and the folder that it is unpacked in, are opened as the same files") {
  const Scratch scratch;
  const std::unique_ptr<Opened> zip = bundle::verify::open_bundle(zip_in(scratch.path));
  CHECK(listed(*zip) ==
        "bin/ 755 0\nbin/tool 755 9\nlib/ 755 0\nlib/tool/ 755 0\nlib/tool/a.txt 640 10000\nlib/tool/empty 644 0\n"
        "lib/tool/folder/ 700 0\n");
  const std::string folder = scratch.path + "/unpacked";
  std::filesystem::create_directory(folder);
  bundle::verify::unpack(*zip, folder);
  const std::unique_ptr<Opened> again = bundle::verify::open_bundle(folder + "/");
  CHECK(listed(*again) == listed(*zip));
  for (const OpenedFile& file : zip->files()) {
    if (file.is_file()) CHECK(again->content(*again->find(file.path)) == zip->content(file));
  }
  CHECK(zip->find("lib/tool/b.txt") == nullptr);
  CHECK_THROWS_AS(zip->content(*zip->find("lib/tool/a.txt"), 9999), Error);
  CHECK_THROWS_AS(again->content(*again->find("lib/tool/a.txt"), 9999), Error);
}

TEST_CASE("what is neither zip nor folder is an error that says what to give") {
  try {
    bundle::verify::open_bundle("/etc/passwd");
    FAIL("it was opened");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("not a zip") != std::string::npos);
    CHECK(std::string(error.what()).find("Give a zip") != std::string::npos);
  }
}

TEST_CASE("no name leads out of the folder that a bundle is unpacked in") {
  const Scratch scratch;
  for (const char* path : {"", "/etc/x", "../x", "a/../../x", "a//b", "./a"}) {
    CHECK(unpacking({{path}}, scratch.path).find("cannot be unpacked") != std::string::npos);
  }
  // Nor by a symlink of its own that is on the way.
  OpenedFile link{"lib", Node::link}, file{"lib/passwd"};
  CHECK(unpacking({link, file}, scratch.path).find("files lie in it") != std::string::npos);
  CHECK(std::filesystem::is_empty(scratch.path));
}

TEST_CASE("of two of one name the last is unpacked, and a mode that nobody told is a usual one") {
  const Scratch scratch;
  OpenedFile first{"lib/a"}, second{"lib/a"};
  first.index = 1, second.index = 2;
  first.has_mode = second.has_mode = false;
  REQUIRE(unpacking({first, second}, scratch.path) == "unpacked");
  CHECK(bundle::read_file(scratch.path + "/lib/a") == "content 2");
  struct stat status = {};
  REQUIRE(::stat((scratch.path + "/lib/a").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0644);
}

TEST_CASE("no file of an archive lends its owner's rights where it is unpacked") {
  const Scratch scratch;
  OpenedFile program{"bin/tool"}, folder{"bin", Node::folder};
  program.mode = 06755;
  folder.mode = 03755;
  REQUIRE(unpacking({program, folder}, scratch.path) == "unpacked");
  for (const char* path : {"/bin/tool", "/bin"}) {
    struct stat status = {};
    REQUIRE(::stat((scratch.path + path).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0755);
  }
}
