#include "report/record.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "report/dropped.h"

using bundle::Error;
using namespace bundle::report;
using Texts = std::vector<std::string>;

TEST_CASE("a record is read as it was written, sorted, each once") {
  const Record record{{"/usr/bin/b", "/usr/bin/a"}, {"*"}, {"/z", "/a/", "/z"}};
  const std::string text = render_record(record);
  const Record read = parse_record(text, "r.json");
  CHECK(read.programs == Texts{"/usr/bin/a", "/usr/bin/b"});
  CHECK(read.keep == Texts{"*"});
  CHECK(read.used == Texts{"/a/", "/z"});
  CHECK(render_record(read) == text);
}

TEST_CASE("what is no record is told") {
  for (const char* text : {"", "{", "[]", "1", "{}", R"({"record": "used"})", R"({"record": "used", "format": 2})",
                           R"({"record": "used", "format": 1, "programs": [], "keep": [], "used": [""]})",
                           R"({"record": "used", "format": 1, "programs": [], "keep": [], "used": {"a": 1}})"}) {
    CHECK_THROWS_AS(parse_record(text, "r.json"), Error);
  }
}

TEST_CASE("a file goes by where the programs know it") {
  CHECK(record_name("lib/rig/root/usr/share/x", "lib/rig", "/usr/share/real") == "/usr/share/x");
  CHECK(record_name("lib/rig/libz.so.1", "lib/rig", "/lib/x86_64-linux-gnu/libz.so.1.2.13") ==
        "/lib/x86_64-linux-gnu/libz.so.1");
  CHECK(record_name("lib/rig/2/libz.so.1", "lib/rig", "/opt/z/libz.so.1.3") == "/opt/z/libz.so.1");
  CHECK(record_name("lib/rig/libmine.so", "lib/rig", "") == "libmine.so");
  CHECK(record_name("bin/rig", "lib/rig", "") == "bin/rig");
}

TEST_CASE("what was dropped is a tree") {
  const std::string text = render_dropped({"root/usr/share/b", "libz.so.1", "root/usr/share/a", "libz.so.1"});
  CHECK(text == R"({"":["libz.so.1"],"root":{"usr":{"share":{"":["a","b"]}}}})"
                "\n");
  CHECK(parse_dropped(text) == Texts{"libz.so.1", "root/usr/share/a", "root/usr/share/b"});
  CHECK(render_dropped({}) == "{}\n");
  for (const char* other : {"", "[]", "1", R"({"a": []})", R"({"": "a"})", R"({"": [1]})"})
    CHECK(parse_dropped(other).empty());
  CHECK(parse_dropped(std::string(100'000, '{')).empty());
}
