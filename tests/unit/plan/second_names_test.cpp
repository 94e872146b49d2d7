#include "plan/second_names.h"

#include <doctest/doctest.h>

using bundle::FolderName;
using bundle::Found;
using bundle::Kind;
using bundle::plan::SecondNames;

namespace {

Found file(const std::string& source, const std::string& destination, uint64_t size = 10) {
  Found out;
  out.source = source;
  out.destination = destination;
  out.kind = Kind::data;
  out.size = size;
  return out;
}

std::string stored(const std::vector<Found>& files, size_t which, const std::vector<FolderName>& folders = {}) {
  const SecondNames names(files, folders);
  const std::string* const as = names.stored_as(files[which]);
  return as == nullptr ? "" : *as;
}

}  // namespace

TEST_CASE("second names: a large file is stored under its first name, a small one under each") {
  const std::vector<Found> large = {file("/m", "/usr/a/m", 2'000'000), file("/m", "/usr/b/m", 2'000'000)};
  CHECK(stored(large, 0).empty());
  CHECK(stored(large, 1) == "/usr/a/m");
  const std::vector<Found> small = {file("/m", "/usr/a/m"), file("/m", "/usr/b/m")};
  CHECK(stored(small, 1).empty());
}

TEST_CASE("second names: in a folder of another name a small file, too, where it is stored under that") {
  const std::vector<FolderName> folders = {{"/usr/app/registry", "/etc/app"}};
  const std::vector<Found> files = {file("/etc/app/m", "/etc/app/m"), file("/etc/app/m", "/usr/app/registry/m"),
                                    file("/usr/n", "/usr/app/registry/n")};
  CHECK(stored(files, 0, folders).empty());
  CHECK(stored(files, 1, folders) == "/etc/app/m");
  CHECK(stored(files, 2, folders).empty());
}

TEST_CASE("second names: the first name of a large file is none in a folder that is itself a second name") {
  const std::vector<FolderName> folders = {{"/a", "/z"}};
  const std::vector<Found> files = {file("/z/m", "/a/m", 2'000'000), file("/z/m", "/k/m", 2'000'000),
                                    file("/z/m", "/z/m", 2'000'000)};
  CHECK(stored(files, 0, folders) == "/k/m");
  CHECK(stored(files, 1, folders).empty());
  CHECK(stored(files, 2, folders) == "/k/m");
}

TEST_CASE("second names: where the folder of the other name has one itself each is stored") {
  const std::vector<FolderName> folders = {{"/a", "/b"}, {"/b", "/a"}};
  const std::vector<Found> files = {file("/b/m", "/a/m"), file("/b/m", "/b/m")};
  CHECK(stored(files, 0, folders).empty());
  CHECK(stored(files, 1, folders).empty());
  // Nor is one that is another file of the same name.
  CHECK(stored({file("/x", "/a/m"), file("/y", "/c/m")}, 0, {{"/a", "/c"}}).empty());
}

TEST_CASE("second names: none of what libc opens, of what lies beside a library, or of a program") {
  std::vector<Found> files = {file("/m", "/usr/a/m", 2'000'000), file("/m", "/usr/lib/locale/m", 2'000'000),
                              file("/m", "/usr/b/m", 2'000'000), file("/m", "/usr/c/m", 2'000'000)};
  files[2].is_beside = true;
  files[3].kind = Kind::program;
  for (size_t which = 1; which < files.size(); ++which) CHECK(stored(files, which).empty());
}
