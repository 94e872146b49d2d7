#include "base/file.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"

namespace {
/// A folder of this test's own that goes away with it.
struct Scratch {
  Scratch() : path(::mkdtemp(name)) {}
  ~Scratch() { std::filesystem::remove_all(path); }
  size_t entries() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path), {})); }
  char name[32] = "/tmp/bundle-unit-XXXXXX";
  std::string path;
};
}  // namespace

TEST_CASE("an output that is not committed leaves nothing behind") {
  const Scratch scratch;
  {
    bundle::AtomicFile file(scratch.path + "/out");
    file.write("half");
  }
  CHECK(scratch.entries() == 0);
  {
    const bundle::AtomicFolder folder(scratch.path + "/out");
    bundle::write_new_file(folder.path() + "/inside", "x", 0644);
  }
  CHECK(scratch.entries() == 0);
}

TEST_CASE("an output is not replaced unless asked for") {
  const Scratch scratch;
  const std::string target = scratch.path + "/out";
  bundle::write_new_file(target, "old", 0644);
  {
    bundle::AtomicFile file(target);
    file.write("new");
    CHECK_THROWS_AS(file.commit(false), bundle::Error);
  }
  CHECK(bundle::read_file(target) == "old");
  bundle::AtomicFile file(target);
  file.write("ne_");
  file.write_at(2, "w");
  file.commit(true);
  CHECK(bundle::read_file(target) == "new");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("a folder takes the place of another in one step") {
  const Scratch scratch;
  for (const char* content : {"one", "two"}) {
    bundle::AtomicFolder folder(scratch.path + "/out");
    bundle::write_new_file(folder.path() + "/file", content, 0600);
    folder.commit(true);
  }
  CHECK(bundle::read_file(scratch.path + "/out/file") == "two");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("what cannot be read says why") {
  CHECK_THROWS_WITH(bundle::MappedFile::open("/no/such"), "/no/such: no such file");
  CHECK_THROWS_WITH(bundle::MappedFile::open("/usr"), "/usr: is a folder, not a program. Name the program inside it");
  CHECK_THROWS_WITH(bundle::MappedFile::open("/dev/null"), "/dev/null: is not a regular file");
  CHECK_FALSE(bundle::read_file("/no/such"));
}

TEST_CASE("paths are tidied by their text") {
  CHECK(bundle::normal_path("/a//b/./../c/") == "/a/c");
  CHECK(bundle::normal_path("/../..") == "/");
  CHECK(bundle::normal_path("../a/..") == "..");
  CHECK(bundle::normal_path("a/..") == ".");
  CHECK(bundle::base_name("/a/b") == "b");
  CHECK(bundle::folder_name("/a") == "/");
  CHECK(bundle::split("a::b", ":;") == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("a copy out of a mapped file has its bytes and keeps its holes") {
  const Scratch scratch;
  const std::string from = scratch.path + "/from";
  {
    bundle::AtomicFile file(from);
    file.write("front");
    file.write_at(64U << 20U, "far");
    file.commit(false);
  }
  const auto source = bundle::MappedFile::open(from);
  bundle::AtomicFile copy(scratch.path + "/to");
  copy.write("<");
  copy.copy(*source, 1, source->bytes().size() - 1);
  copy.copy(*source, 5, 4096);
  CHECK(copy.written() == source->bytes().size() + 4096);
  copy.set_mode(0751);
  copy.commit(false);
  const auto to = bundle::MappedFile::open(scratch.path + "/to");
  REQUIRE(to->bytes().size() == source->bytes().size() + 4096);
  CHECK(to->mode() == 0751);
  CHECK(to->bytes().slice(0, 5).text() == "<ront");
  CHECK(to->bytes().slice(64U << 20U, 3).text() == "far");
  CHECK(to->bytes().is_zero(5, 4096));
  CHECK(to->bytes().is_zero(source->bytes().size(), 4096));
  struct stat status = {};
  REQUIRE(::stat((scratch.path + "/to").c_str(), &status) == 0);
  CHECK(status.st_blocks * 512 < 1 << 20);
}

TEST_CASE("an absolute path has no dots, unless it would name another file without them") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path + "/real/deep");
  std::filesystem::create_directory_symlink("real/deep", scratch.path + "/link");
  bundle::write_new_file(scratch.path + "/file", "outer", 0644);
  bundle::write_new_file(scratch.path + "/real/file", "inner", 0644);
  CHECK(bundle::absolute_path(scratch.path + "/./real//deep/../file") == scratch.path + "/real/file");
  const std::string behind_link = scratch.path + "/link/../file";
  CHECK(bundle::absolute_path(behind_link) == behind_link);
  CHECK(bundle::read_file(bundle::absolute_path(behind_link)) == "inner");
  CHECK(bundle::absolute_path(scratch.path + "/none/../new") == scratch.path + "/new");
}
