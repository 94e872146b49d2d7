// What goes to a spool comes back, holes too; and a part of a file is read and mapped as a file of its own.
#include "base/spool.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <vector>

#include "base/error.h"
#include "base/file.h"

using namespace bundle;

TEST_CASE("a spool holds what was put there, and zeros take no room") {
  Spool spool("made");
  const std::string first = "first", last = "last";
  const std::vector<char> zeros(1U << 20U);
  spool.append(first.data(), first.size());
  for (int i = 0; i < 64; ++i) spool.append(zeros.data(), zeros.size());
  spool.append_hole(3);
  spool.append(last.data(), last.size());
  spool.append_hole(7);
  const uint64_t size = 5 + (64U << 20U) + 3 + 4 + 7;
  CHECK(spool.size() == size);
  const std::shared_ptr<const OpenFile> file = spool.finish();
  REQUIRE(file->size() == size);
  std::string text(14, 'x');
  file->read(size - 14, text.data(), 14);
  CHECK(text == std::string(3, '\0') + "last" + std::string(7, '\0'));
  struct stat status = {};
  REQUIRE(::fstat(file->descriptor(), &status) == 0);
  CHECK(status.st_blocks < 1000);
  CHECK(status.st_nlink == 0);  // nobody finds it
}

TEST_CASE("a part of a file is one, wherever it begins, and of a part there are parts") {
  std::string text;
  for (int i = 0; text.size() < 600'000; ++i) text += std::to_string(i * 7919) + " ";
  Spool spool("whole");
  spool.append(text.data(), text.size());
  const std::shared_ptr<const OpenFile> whole = spool.finish();
  for (const uint64_t offset : {0, 1, 511, 4096, 5000, 300'001}) {
    for (const uint64_t size : {0, 5, 4096, 65'536, 65'537, 250'000}) {
      const std::shared_ptr<const OpenFile> part = OpenFile::part_of(*whole, {"part", offset, size, 0640, 7, 9});
      CHECK(part->path() == "part");
      CHECK(part->holder() == "whole");
      CHECK(part->mode() == 0640);
      CHECK(part->inode() == 9);
      int error_number = 0;
      const std::shared_ptr<const MappedFile> mapped = MappedFile::map(*part, error_number);
      REQUIRE(mapped != nullptr);
      CHECK(mapped->bytes().text() == std::string_view(text).substr(offset, size));
      CHECK(mapped->path() == "part");
      CHECK(Source(*part).whole().text() == std::string_view(text).substr(offset, size));
    }
  }
  const std::shared_ptr<const OpenFile> part = OpenFile::part_of(*whole, {"part", 1000, 1000, 0, 0, 0});
  const std::shared_ptr<const OpenFile> inner = OpenFile::part_of(*part, {"inner", 10, 5, 0, 0, 0});
  CHECK(Source(*inner).whole().text() == text.substr(1010, 5));
  CHECK_THROWS_AS(OpenFile::part_of(*part, {"inner", 1000, 1, 0, 0, 0}), Error);
  CHECK_THROWS_AS(OpenFile::part_of(*part, {"inner", UINT64_MAX, 2, 0, 0, 0}), Error);
  CHECK_THROWS_AS(OpenFile::part_of(*part, {"inner", 2, UINT64_MAX, 0, 0, 0}), Error);
}
