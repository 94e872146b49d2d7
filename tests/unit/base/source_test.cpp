#include "base/source.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"

using bundle::Bytes;
using bundle::OpenFile;
using bundle::Source;

namespace {

/// A file that goes away with it: three and a half pages of letters, with a NUL at each multiple of 1,000 but for
/// those of the second page.
struct Letters {
  Letters() {
    for (size_t i = 0; i < 14336; ++i) {
      const bool ends = i % 1000 == 999 && (i < 4096 || i >= 8192);
      text += ends ? '\0' : static_cast<char>('a' + i % 23);
    }
    const int descriptor = ::mkstemp(name);
    ::close(descriptor);
    std::filesystem::remove(name);
    bundle::write_new_file(name, text, 0644);
  }
  ~Letters() { std::filesystem::remove(name); }
  char name[32] = "/tmp/bundle-unit-XXXXXX";
  std::string text;
};

}  // namespace

TEST_CASE("a file that is read piece by piece is what it is in memory") {
  const Letters letters;
  const std::shared_ptr<const OpenFile> file = OpenFile::open(letters.name);
  const Source read(*file);
  const Source whole{Bytes(letters.text)};
  REQUIRE(read.size() == whole.size());
  for (uint64_t offset = 0; offset + 8 <= whole.size(); offset += 61) {
    CHECK(read.read<uint64_t>(offset) == whole.read<uint64_t>(offset));
    const uint64_t length = std::min<uint64_t>(offset % 5000, whole.size() - offset);
    CHECK(read.slice(offset, length).text() == whole.slice(offset, length).text());
  }
  CHECK(read.whole().text() == letters.text);
  CHECK(read.part(4000, 200).slice(50, 150).text() == letters.text.substr(4050, 150));
  CHECK(read.from(14000).whole().text() == letters.text.substr(14000));
  CHECK(read.slice(14336, 0).empty());
}

TEST_CASE("a string may reach over pages, and ends in its view or is an error") {
  const Letters letters;
  const std::shared_ptr<const OpenFile> file = OpenFile::open(letters.name);
  const Source read(*file);
  CHECK(read.c_string(0) == letters.text.substr(0, 999));
  CHECK(read.c_string(4090) == letters.text.c_str() + 4090);  // over all of the second page
  CHECK(read.c_string(4090).size() == 8999 - 4090);
  CHECK_THROWS_WITH(read.c_string(14000), doctest::Contains("has no end"));
  CHECK_THROWS_WITH(read.part(4090, 1000).c_string(0), doctest::Contains("has no end"));
  CHECK(read.part(8000, 1000).c_string(900) == letters.text.substr(8900, 99));
}

TEST_CASE("what was handed out stays where it is when more is read") {
  const Letters letters;
  const std::shared_ptr<const OpenFile> file = OpenFile::open(letters.name);
  const Source read(*file);
  const std::string_view early = read.c_string(0);
  const Bytes page = read.slice(4096, 10);
  (void)read.whole();
  (void)read.slice(4096, 9000);
  CHECK(early == letters.text.substr(0, 999));
  CHECK(page.text() == letters.text.substr(4096, 10));
}

TEST_CASE("what is not there is an error, however large the numbers") {
  const Letters letters;
  const std::shared_ptr<const OpenFile> file = OpenFile::open(letters.name);
  const Source read(*file);
  CHECK_THROWS_AS(read.read<uint32_t>(14333), bundle::Error);
  CHECK_THROWS_AS((void)read.slice(1, UINT64_MAX), bundle::Error);
  CHECK_THROWS_AS((void)read.part(UINT64_MAX, 1), bundle::Error);
  CHECK_THROWS_AS((void)read.from(14337), bundle::Error);
  CHECK_THROWS_AS((void)read.part(100, 10).slice(5, 6), bundle::Error);
  CHECK_THROWS_AS((void)read.part(100, 10).part(11, 0), bundle::Error);
  CHECK_THROWS_AS((void)read.part(100, 0).c_string(0), bundle::Error);
}

TEST_CASE("a file that becomes shorter while it is read is an error, not a signal") {
  const Letters letters;
  const std::shared_ptr<const OpenFile> file = OpenFile::open(letters.name);
  const Source read(*file);
  (void)read.read<char>(0);
  REQUIRE(::truncate(letters.name, 5000) == 0);
  CHECK_THROWS_WITH((void)read.read<char>(14000), doctest::Contains("became shorter"));
}

TEST_CASE("a folder and a missing file cannot be opened, and say why") {
  int error_number = 0;
  CHECK(OpenFile::try_open("/", error_number) == nullptr);
  CHECK(error_number == EISDIR);
  CHECK(OpenFile::try_open("/dev/null", error_number) == nullptr);
  CHECK(error_number == EINVAL);
  CHECK_THROWS_WITH(OpenFile::open("/nowhere/at/all"), doctest::Contains("no such file"));
}

TEST_CASE("a file without a name goes by the one that it is given, read or mapped") {
  bundle::Descriptor memory(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(::write(memory.get(), "text", 4) == 4);
  REQUIRE(::fchmod(memory.get(), 0640) == 0);
  int error_number = 0;
  const auto file = OpenFile::adopt(std::move(memory), "/usr/bin/rig", error_number);
  REQUIRE(file != nullptr);
  CHECK(file->path() == "/usr/bin/rig");
  CHECK(file->mode() == 0640);
  CHECK(Source(*file).whole().text() == "text");
  const auto mapped = bundle::MappedFile::map(*file, error_number);
  REQUIRE(mapped != nullptr);
  CHECK(mapped->path() == "/usr/bin/rig");
  CHECK(mapped->bytes().text() == "text");
  CHECK(OpenFile::adopt(bundle::Descriptor(::open("/", O_RDONLY | O_CLOEXEC)), "/", error_number) == nullptr);
  CHECK(error_number == EISDIR);
}
