#include <doctest/doctest.h>

#include "base/error.h"
#include "pack/archive.h"

using bundle::Pieces;
using bundle::pack::arrange;
using bundle::pack::Entry;

namespace {
Entry file(std::string path) { return {std::move(path), 0644, Pieces::of_text("x")}; }

std::string paths(const std::vector<Entry>& entries) {
  std::string out;
  for (const Entry& entry : entries) out += entry.path + " ";
  return out;
}
}  // namespace

TEST_CASE("entries are sorted by name and folders on the way are added") {
  CHECK(paths(arrange({file("lib/x/b"), file("bin/a"), file("lib/x/a"), file("lib-x")})) ==
        "bin/ bin/a lib-x lib/ lib/x/ lib/x/a lib/x/b ");
  CHECK(arrange({}).empty());
}

TEST_CASE("a folder that is given keeps its mode, one that is implied is 0755") {
  const std::vector<Entry> entries = arrange({file("a/b/c"), {"a/", 0700, {}}});
  CHECK(paths(entries) == "a/ a/b/ a/b/c ");
  CHECK(entries[0].mode == 0700);
  CHECK(entries[1].mode == 0755);
}

TEST_CASE("paths that could not be unpacked safely are refused") {
  for (const char* path : {"", "/", "/etc/passwd", "../x", "a/../../x", "a/..", "./a", "a//b", "a//", "a/./b"}) {
    CAPTURE(path);
    CHECK_THROWS_AS(arrange({{path, 0644, {}}}), bundle::Error);
  }
  CHECK_THROWS_AS(arrange({file(std::string("a\0b", 3))}), bundle::Error);
  CHECK_THROWS_AS(arrange({file(std::string(65536, 'n'))}), bundle::Error);
  CHECK_NOTHROW(arrange({file(std::string(65535, 'n'))}));
  CHECK_NOTHROW(arrange({file("..a/b..")}));
}

TEST_CASE("a path is there once") {
  CHECK_THROWS_AS(arrange({file("a"), file("b"), file("a")}), bundle::Error);
  CHECK_THROWS_AS(arrange({{"a/", 0755, {}}, {"a/", 0755, {}}}), bundle::Error);
  CHECK_THROWS_AS(arrange({file("a"), {"a/", 0755, {}}}), bundle::Error);
  CHECK_THROWS_AS(arrange({file("a"), file("a-"), file("a/b")}), bundle::Error);
  CHECK_THROWS_AS(arrange({{"a/", 0755, Pieces::of_text("content")}}), bundle::Error);
}
