// What differs is told once, by what a program could see of it, and the rest is the same.
#include "verify/compare.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

using namespace bundle;
using report::Difference;
using verify::Opened;
using verify::OpenedFile;

namespace {

struct Made {
  OpenedFile file;
  std::string content;
};

Made file(const std::string& path, const std::string& content, uint32_t mode = 0644) {
  Made made{{path}, content};
  made.file.mode = mode;
  made.file.size = content.size();
  return made;
}

Made folder(const std::string& path, uint32_t mode = 0755) {
  Made made{{path, Node::folder}, ""};
  made.file.mode = mode;
  return made;
}

struct MadeUp : Opened {
  explicit MadeUp(std::vector<Made> made) : Opened("made up", files_of(made)) {
    for (Made& one : made) contents.push_back(std::move(one.content));
  }
  static std::vector<OpenedFile> files_of(std::vector<Made>& made) {
    std::vector<OpenedFile> files;
    for (size_t i = 0; i < made.size(); ++i) {
      made[i].file.index = i;
      files.push_back(made[i].file);
    }
    return files;
  }
  std::string content(const OpenedFile& file, uint64_t) const override { return contents[file.index]; }

  std::vector<std::string> contents;
};

std::string text_of(std::vector<Made> before, std::vector<Made> after, size_t most = SIZE_MAX) {
  return report::render_diff(verify::compare(MadeUp(std::move(before)), MadeUp(std::move(after))), most);
}

/// A manifest of one file.
Made manifest(const std::string& path, const std::string& package, const std::string& version) {
  const nlohmann::json root = {
      {"format", 1},
      {"made_by", "bundle 0"},
      {"name", "t"},
      {"files",
       {{{"path", path}, {"size", 1}, {"sha256", "0"}, {"kind", "data"}, {"package", package}, {"version", version}}}}};
  return file("lib/t/manifest.json", root.dump());
}

}  // namespace

TEST_CASE("the same files are the same, whether their folders are told or not") {
  const Difference same = verify::compare(MadeUp({file("a/b", "text"), folder("a")}), MadeUp({file("a/b", "text")}));
  CHECK(same.is_same());
  CHECK(report::render_diff(same, 9) == "the same 1 file, 4 bytes\n");
  CHECK(text_of({folder("a")}, {file("a/b", "text")}).find("1 added, 0 gone, 0 changed") != std::string::npos);
  CHECK(text_of({folder("a/e")}, {folder("a")}).starts_with("files\n  - a/e  an empty folder\n"));
  CHECK(text_of({folder("a", 0700)}, {folder("a")}).starts_with("files\n  ~ a  mode 0700 -> 0755\n"));
}

TEST_CASE("contents of one size are compared, and permissions where both are told") {
  CHECK(text_of({file("a", "one")}, {file("a", "two")}) ==
        "files\n  ~ a  content\n0 added, 0 gone, 1 changed; 3 bytes -> 3 bytes unpacked, as large as before\n");
  CHECK(text_of({file("a", "one", 0644)}, {file("a", "one", 0755)}).starts_with("files\n  ~ a  mode 0644 -> 0755\n"));
  Made untold = file("a", "one", 0);
  untold.file.has_mode = false;
  CHECK(text_of({file("a", "one", 0644)}, {untold}).starts_with("the same"));
  Made link = file("a", "one");
  link.file.node = Node::link;
  CHECK(text_of({file("a", "one")}, {link}).starts_with("files\n  ~ a  type file -> symlink\n"));
}

TEST_CASE("of a path that is there twice the last counts") {
  CHECK(text_of({file("a", "old"), file("a", "new")}, {file("a", "new")}).starts_with("the same 1 file"));
  CHECK(text_of({file("a", "new"), file("a", "old")}, {file("a", "new")}).starts_with("files\n  ~ a  content\n"));
}

TEST_CASE("a file of the same content under another path was moved; an empty one was not") {
  CHECK(text_of({file("old/a", "one"), file("b", "")}, {file("new/a", "one"), file("c", "")}) ==
        "files\n  - b  0 bytes\n  + c  0 bytes\n  > new/a  was old/a\n"
        "1 added, 1 gone, 0 changed, 1 moved; 3 bytes -> 3 bytes unpacked, as large as before\n");
}

TEST_CASE("a package of another version is told once, and at files that changed with it") {
  const std::string text = text_of({file("a", "1"), manifest("a", "libssl3", "3.0.11-1")},
                                   {file("a", "12"), manifest("a", "libssl3", "3.0.14-1")});
  CHECK(
      text.starts_with("packages\n  ~ libssl3 3.0.11-1 -> 3.0.14-1  +1 byte\nfiles\n  ~ a  version 3.0.11-1 -> "
                       "3.0.14-1; content; +1 byte\n"));
  const std::string same_file = text_of({file("a", "1"), manifest("a", "libssl3", "3.0.11-1")},
                                        {file("a", "1"), manifest("a", "libssl3", "3.0.14-1")});
  CHECK(same_file.starts_with("packages\n  ~ libssl3 3.0.11-1 -> 3.0.14-1\nfiles\n  ~ lib/t/manifest.json  content\n"));
  CHECK(text_of({file("a", "1"), manifest("a", "p", "1")}, {file("a", "1")})
            .starts_with("packages\n  - p 1  -1 byte\nfiles\n  - lib/t/manifest.json"));
}

TEST_CASE("what a loader reads of a library is told by its name") {
  report::Content before, after;
  before.path = after.path = "lib/liba.so";
  before.elf.emplace();
  after.elf.emplace();
  before.elf->soname = "liba.so.1";
  before.elf->defines = {"A_1", "A_2"};
  after.elf->defines = {"A_1", "A_3"};
  before.elf->needed = {"libx.so", "liby.so"};
  after.elf->needed = {"liby.so", "libx.so"};
  Difference difference;
  difference.files.push_back({before, after, report::changes_between(before, after, false)});
  CHECK(
      report::render_diff(difference, 9)
          .starts_with(
              "files\n  ~ lib/liba.so  soname liba.so.1 -> none; defines +A_3 -A_2; needs libx.so, liby.so -> liby.so, "
              "libx.so; content\n"));
  const nlohmann::json changes = nlohmann::json::parse(report::render_diff_json(difference))["files"][0]["changes"];
  CHECK(changes[0] == nlohmann::json({{"what", "soname"}, {"before", "liba.so.1"}, {"after", nullptr}}));
  CHECK(changes[1]["after"] == nlohmann::json({"A_3"}));
  CHECK(changes[3] == nlohmann::json({{"what", "content"}}));
}

TEST_CASE("a bounded list says how much of it is not shown") {
  const std::string text = text_of({}, {file("a", "1"), file("b", "2"), file("c", "3")}, 1);
  CHECK(text ==
        "files\n  + a  1 byte\n  and 2 more: -v\n3 added, 0 gone, 0 changed; 0 bytes -> 3 bytes unpacked, +3 bytes\n");
}
