// Every file is in one group, and the groups add up to the last line.
#include "report/list.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace bundle;
using report::Content;
using report::ListBy;

namespace {

Content file(const std::string& path, uint64_t size, const std::string& package = "", const std::string& version = "") {
  Content out;
  out.path = path;
  out.size = size;
  out.packed = size / 2;
  out.kind = "data";
  out.why = "needed by " + path.substr(0, 1);
  out.package.name = package;
  out.package.version = version;
  return out;
}

size_t lines_in(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

TEST_CASE("groups are listed largest first, and what no package owns by its kind") {
  std::vector<Content> files = {file("a/x", 1000, "small", "1"), file("a/y", 2000, "large", "2-1"),
                                file("b/z", 3000, "large", "2-1"), file("b/w", 10), file("b/v", 500, "large", "3")};
  CHECK(report::render_list(files, ListBy::package, SIZE_MAX) ==
        "        bytes       packed   files  package\n"
        "        5,000        2,500       2  large 2-1\n"
        "        1,000          500       1  small 1\n"
        "          500          250       1  large 3\n"
        "           10            5       1  data, of no package\n"
        "        6,510        3,255       5  in all\n");
  CHECK(report::render_list(files, ListBy::why, SIZE_MAX).find("3,510        1,755       3  needed by b\n") !=
        std::string::npos);
  CHECK(report::render_list(files, ListBy::folder, SIZE_MAX).find("3,000        1,500       2  a\n") !=
        std::string::npos);
  for (Content& one : files) one.packed.reset();
  CHECK(report::render_list(files, ListBy::kind, SIZE_MAX) ==
        "        bytes   files  kind\n        6,510       5  data\n        6,510       5  in all\n");
}

TEST_CASE("by file a library is told by its SONAME and the newest version of each family") {
  Content library = file("lib/libz.so.1.2.13", 100);
  library.elf.emplace();
  library.elf->soname = "libz.so.1";
  library.elf->defines = {"ZLIB_1.2.9", "ZLIB_1.2.12", "ZLIB_1.2.3.4", "OTHER_2", "GLIBC_PRIVATE", "plain"};
  const std::string text = report::render_list({library, file("lib/libz.so.1.2.13", 7)}, ListBy::file, SIZE_MAX);
  CHECK(text.find("lib/libz.so.1.2.13  (libz.so.1, OTHER_2, ZLIB_1.2.12)\n") != std::string::npos);
  CHECK(text.find("lib/libz.so.1.2.13  (data)\n") != std::string::npos);  // the same path twice is two files
  CHECK(text.find("in all, 2 files\n") != std::string::npos);
}

TEST_CASE("a bounded list tells what the lines behind it add up to, but not of one line alone") {
  std::vector<Content> files;
  for (int i = 0; i < 10; ++i) files.push_back(file("a/" + std::to_string(i), 100));
  const std::string text = report::render_list(files, ListBy::file, 7);
  CHECK(lines_in(text) == 1 + 7 + 1 + 1);
  CHECK(text.find("          300          150  and 3 more: -v\n") != std::string::npos);
  CHECK(lines_in(report::render_list(files, ListBy::file, 9)) == 12);
  CHECK(lines_in(report::render_list({}, ListBy::package, 9)) == 2);
}

TEST_CASE("JSON says the same, and a name that is no UTF-8 is no exception") {
  const nlohmann::json root = nlohmann::json::parse(
      report::render_list_json({file("a\xff/x", 1000, "p", "1"), file("b", 30), file("c", 12)}, ListBy::package));
  CHECK(root["groups"].size() == 2);
  CHECK(root["groups"][0]["package"] == "p");
  CHECK(root["groups"][1]["package"].is_null());
  CHECK(root["groups"][1]["paths"] == nlohmann::json({"b", "c"}));
  CHECK(root["total"] == nlohmann::json({{"count", 3}, {"size", 1042}, {"packed", 521}}));
  const nlohmann::json files = nlohmann::json::parse(report::render_list_json({file("b", 30)}, ListBy::file));
  CHECK(files["files"][0]["path"] == "b");
  CHECK(files["files"][0]["kind"] == "data");
}

TEST_CASE("a name that could drive a terminal does not") {
  const std::string text = report::render_list({file("a\x1b[31m\n", 1)}, ListBy::file, SIZE_MAX);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(lines_in(text) == 3);
}
