#include "launch/redirect_table.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "launchers/redirect/table.h"

using bundle::Error;
using bundle::Redirect;
using namespace bundle::launch;
using enum Redirect::Kind;

namespace {

/// The path of the entry that answers, "" when none does.
std::string answer(const std::string& table, const std::string& path) {
  redirect::Table reader;
  REQUIRE(reader.attach(table.data(), table.size()));
  const redirect_abi::Entry* entry = reader.find(path.data(), path.size());
  const std::string found = entry == nullptr ? "" : reader.string(entry->path);
  if (entry != nullptr) CHECK(reader.may_hold(path.c_str()));  // the quick look never denies what the table holds
  return found;
}

std::string tidied(const std::string& path, size_t room = 4096) {
  std::string out(room, 'x');
  const size_t length = redirect::tidy(path.c_str(), out.data(), room);
  return out.substr(0, length);
}

}  // namespace

TEST_CASE("a table answers for its files, its programs, and all below its folders") {
  const std::string table = make_redirect_table({{"/usr/share/rig", folder, "", ""},
                                                 {"/usr/share/misc/magic.mgc", file, "", ""},
                                                 {"/usr/lib/git-core", folder, "", ""},
                                                 {"/usr/lib/git-core/git", program, "lib/rig/start/git", ""},
                                                 {"/usr/lib/git-core/mergetools", folder, "", ""}},
                                                {"/opt", "lib/rig", false, {}, {}});
  CHECK(answer(table, "/usr/share/rig") == "/usr/share/rig");
  CHECK(answer(table, "/usr/share/rig/fnames.idx") == "/usr/share/rig");
  CHECK(answer(table, "/usr/share/rig-2") == "");
  CHECK(answer(table, "/usr/share/rigs/x") == "");
  CHECK(answer(table, "/usr/share") == "");
  CHECK(answer(table, "/usr/share/misc/magic.mgc") == "/usr/share/misc/magic.mgc");
  CHECK(answer(table, "/usr/share/misc/magic.mgc/below") == "");
  CHECK(answer(table, "/usr/share/misc") == "");
  CHECK(answer(table, "/usr/lib/git-core/git") == "/usr/lib/git-core/git");
  CHECK(answer(table, "/usr/lib/git-core/git-add") == "/usr/lib/git-core");
  CHECK(answer(table, "/usr/lib/git-core/git/x") == "/usr/lib/git-core");
  CHECK(answer(table, "/usr/lib/git-core/mergetools/vim") == "/usr/lib/git-core/mergetools");
  CHECK(answer(table, "/usr/lib/git-core/mergetoolz") == "/usr/lib/git-core");
  CHECK(answer(table, "/") == "");
  CHECK(answer(table, "/zzz") == "");
}

TEST_CASE("the folders above an entry are known as such") {
  const std::string table = make_redirect_table(
      {{"/usr/share/rig", folder, "", ""}, {"/usr/share-2/x", file, "", ""}, {"/usr/lib/git", program, "g", ""}},
      {"/opt", "lib/rig", false, {}, {}});
  redirect::Table reader;
  const auto is_above = [&](const std::string& path) {
    return reader.first_below(path.data(), path.size()) != nullptr;
  };
  CHECK_FALSE(is_above("/usr"));  // not attached yet
  REQUIRE(reader.attach(table.data(), table.size()));
  for (const char* path : {"/usr", "/usr/share", "/usr/share-2", "/usr/lib"}) CHECK(is_above(path));
  for (const char* path : {"/us", "/usr/share/rig", "/usr/share/rig/x", "/usr/shar", "/usr/zzz", "/a"}) {
    CAPTURE(path);
    CHECK_FALSE(is_above(path));
  }
}

TEST_CASE("lookups agree with a plain search, whatever the names") {
  // Names of characters on both sides of '/', so that an order by bytes alone would be wrong.
  std::mt19937 random(3);
  const auto path = [&](unsigned parts) {
    std::string out;
    for (unsigned i = 0; i < parts; ++i) {
      out += '/';
      for (unsigned k = 1 + random() % 2; k > 0; --k) out += "ab-.~"[random() % 3];
    }
    return out;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Redirect> entries;
    for (unsigned i = 1 + random() % 12; i > 0; --i) {
      entries.push_back({path(1 + random() % 3), random() % 2 == 0 ? folder : file, "", ""});
    }
    const std::string table = make_redirect_table(entries, {"/opt", "lib/x", false, {}, {}});
    for (int i = 0; i < 50; ++i) {
      const std::string query = path(1 + random() % 4);
      std::string expected;  // the longest that answers
      for (const Redirect& entry : entries) {
        const bool below = entry.kind == folder && query.starts_with(entry.path + "/");
        if ((query == entry.path || below) && entry.path.size() > expected.size()) expected = entry.path;
      }
      CAPTURE(query);
      CHECK(answer(table, query) == expected);
    }
  }
}

TEST_CASE("what needs no closer look is told by the beginning alone, detours excepted") {
  const std::string table = make_redirect_table({{"/usr/share/a", folder, "", ""}, {"/usr/share/b", folder, "", ""}},
                                                {"/opt", "lib/x", false, {}, {}});
  redirect::Table reader;
  CHECK_FALSE(reader.may_hold("/usr/share/a"));  // not attached yet
  REQUIRE(reader.attach(table.data(), table.size()));
  for (const char* path :
       {"/usr/share/", "/usr/share/zzz", "/usr", "//usr/share/a", "/usr//share", "/etc/../usr/share/a", "/./x"}) {
    CHECK(reader.may_hold(path));
  }
  for (const char* path : {"", "a", "usr/share/a", "/", "/us", "/usr/lib/x", "/etc/passwd", "/home/.hidden"}) {
    CAPTURE(path);
    const bool hidden = std::string(path).find("/.") != std::string::npos;  // a closer look, which then says no
    CHECK(reader.may_hold(path) == hidden);
  }
  CHECK_FALSE(reader.may_hold(nullptr));
}

TEST_CASE("the table does not depend on the order of entries, and doubles become one") {
  std::vector<Redirect> entries = {{"/a/b", file, "", ""},
                                   {"/a//b/", folder, "", ""},
                                   {"/a/c", program, "lib/x/start/c", ""},
                                   {"/a/./c", file, "", ""}};
  const std::string table = make_redirect_table(entries, {"/opt", "lib/x", true, {"A=1"}, {}});
  std::reverse(entries.begin(), entries.end());
  CHECK(make_redirect_table(entries, {"/opt", "lib/x", true, {"A=1"}, {}}) == table);
  redirect::Table reader;
  REQUIRE(reader.attach(table.data(), table.size()));
  CHECK(reader.header()->entry_count == 2);
  CHECK(reader.prefers_target());
  CHECK(reader.find("/a/b", 4)->kind == redirect_abi::kind_folder);
  CHECK(reader.find("/a/c", 4)->kind == redirect_abi::kind_program);
  CHECK(std::string(reader.string(reader.find("/a/c", 4)->start)) == "start/c");
}

TEST_CASE("a file of several names says which one it is stored under") {
  const std::string table = make_redirect_table(
      {{"/usr/share/misc", folder, "", ""}, {"/usr/share/misc/magic.mgc", file, "", "/usr/lib/file/magic.mgc"}},
      {"/opt", "lib/x", false, {}, {}});
  redirect::Table reader;
  REQUIRE(reader.attach(table.data(), table.size()));
  CHECK(reader.has_aliases());
  const std::string path = "/usr/share/misc/magic.mgc";
  CHECK(std::string(reader.string(reader.find(path.data(), path.size())->start)) == "/usr/lib/file/magic.mgc");
  CHECK(std::string(reader.string(reader.find("/usr/share/misc", 15)->start)).empty());
  CHECK_THROWS_AS(make_redirect_table({{"/a", file, "", "b"}}, {"/opt", "lib/x", false, {}, {}}), bundle::Error);
}

TEST_CASE("a folder that is found under another path says where it is stored") {
  const std::string table = make_redirect_table({{"/home/x/rig-1.0", folder, "", "/opt//rig/"},
                                                 {"/home/x/rig-1.0/own", file, "", ""},
                                                 {"/opt/rig", folder, "", ""},
                                                 {"/opt/same", folder, "", "/opt/./same"}},
                                                {"/opt", "lib/x", false, {}, {}});
  CHECK(answer(table, "/home/x/rig-1.0/share/a") == "/home/x/rig-1.0");
  CHECK(answer(table, "/home/x/rig-1.0/own") == "/home/x/rig-1.0/own");
  redirect::Table reader;
  REQUIRE(reader.attach(table.data(), table.size()));
  CHECK(reader.has_aliases());
  const auto stored = [&](const std::string& path) {
    const char* const at = reader.stored(*reader.find(path.data(), path.size()));
    return std::string(at == nullptr ? "" : at);
  };
  CHECK(stored("/home/x/rig-1.0/share/a") == "/opt/rig");
  CHECK(stored("/home/x/rig-1.0/own") == "");
  CHECK(stored("/opt/rig/share/a") == "");
  CHECK(stored("/opt/same") == "");
}

TEST_CASE("an empty table answers for nothing") {
  const std::string table = make_redirect_table({}, {"/opt", "lib/x", false, {}, {}});
  redirect::Table reader;
  REQUIRE(reader.attach(table.data(), table.size()));
  CHECK(reader.empty());
  CHECK_FALSE(reader.may_hold("/usr"));
  CHECK(reader.find("/usr", 4) == nullptr);
}

TEST_CASE("launchers and their programs are seen from the bundle's own root") {
  RedirectSettings settings;
  settings.prefix = "/opt";
  settings.home = "lib/x";
  settings.launchers = {
      {"lib/x/root/usr/bin/alias", "lib/x/root/usr/bin/./b"}, {"bin/b", "lib/x/root/usr/bin/b"}, {"bin-2", "lib/x/y"}};
  const std::string table = make_redirect_table({{"/usr/share/a", folder, "", ""}}, settings);
  redirect::Table reader;
  CHECK_FALSE(reader.has_launchers());
  REQUIRE(reader.attach(table.data(), table.size()));
  CHECK(reader.has_launchers());
  CHECK(reader.header()->levels == 2);
  const auto behind = [&](const std::string& path) -> std::string {
    const redirect_abi::Launcher* launcher = reader.find_launcher(path.data(), path.size());
    return launcher == nullptr ? "" : reader.string(launcher->program);
  };
  CHECK(behind("bin/b") == "lib/x/root/usr/bin/b");
  CHECK(behind("bin-2") == "lib/x/y");
  CHECK(behind("lib/x/root/usr/bin/alias") == "lib/x/root/usr/bin/b");
  for (const char* path : {"", "bin", "bin/", "bin/c", "bin/bb", "lib/x/root/usr/bin/b", "zz"}) {
    CAPTURE(path);
    CHECK(behind(path) == "");
  }
}

TEST_CASE("entries that cannot be meant are refused") {
  const RedirectSettings usual = {"/opt", "lib/x", false, {}, {}};
  CHECK_NOTHROW(make_redirect_table({}, usual));
  for (const char* home : {"", "/lib/x", "..", "lib/../../x"}) {
    CAPTURE(home);
    CHECK_THROWS_AS(make_redirect_table({}, {"/opt", home, false, {}, {}}), Error);
  }
  CHECK_THROWS_AS(make_redirect_table({}, {"/opt", "lib/x", false, {}, {{"../bin/x", "root/x"}}}), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/usr/bin/x", program, "/bin/x", ""}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/usr/x", folder, "", "opt/x"}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/usr/x", folder, "", "/"}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({}, {"/opt", "lib/x", false, {}, {{"/bin/x", "root/x"}}}), Error);
  CHECK_THROWS_AS(make_redirect_table({{"usr/share", folder, "", ""}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/", folder, "", ""}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/usr/..", folder, "", ""}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({{"/usr/bin/x", program, "", ""}}, usual), Error);
  CHECK_THROWS_AS(make_redirect_table({}, {"/opt", "lib/x", false, {"NOVALUE"}, {}}), Error);
}

TEST_CASE("a broken table is refused and never read beyond its end") {
  const std::string table =
      make_redirect_table({{"/usr/share/rig", folder, "", ""},
                           {"/usr/bin/x", program, "lib/x/start/x", ""},
                           {"/home/x/rig-1.0", folder, "", "/usr/share/rig"}},
                          {"/opt", "lib/x", false, {"A=@root@"}, {{"bin/x", "lib/x/root/usr/bin/x"}}});
  for (size_t size = 0; size < table.size(); ++size) {
    redirect::Table reader;
    const std::string part = table.substr(0, size);
    CHECK_FALSE(reader.attach(part.data(), part.size()));
  }
  std::mt19937 random(9);
  for (int i = 0; i < 20000; ++i) {  // the sanitizers watch
    std::string broken = table;
    for (unsigned k = 1 + random() % 3; k > 0; --k)
      broken[24 + random() % (broken.size() - 24)] = static_cast<char>(random());
    redirect::Table reader;
    if (!reader.attach(broken.data(), broken.size())) continue;
    reader.has_aliases();
    for (const std::string path : {"/usr/share/rig/x", "/usr/bin/x", "/home/x/rig-1.0/x", "/zz"}) {
      reader.may_hold(path.c_str());
      const redirect_abi::Entry* const entry = reader.find(path.data(), path.size());
      const char* const stored = entry == nullptr ? nullptr : reader.stored(*entry);
      if (stored != nullptr) CHECK(stored + std::string(stored).size() < broken.data() + broken.size());
      reader.first_below(path.data(), path.size());
    }
    reader.find_launcher("bin/x", 5);
  }
}

TEST_CASE("paths are tidied as a program may write them") {
  CHECK(tidied("/a/b") == "/a/b");
  CHECK(tidied("//a///b//") == "/a/b/");
  CHECK(tidied("/a/./b/.") == "/a/b/");
  CHECK(tidied("/a/../b") == "/b");
  CHECK(tidied("/../../b/..") == "/");
  CHECK(tidied("/a/b/../../..") == "/");
  CHECK(tidied("/") == "/");
  CHECK(tidied("/.a/..b/...") == "/.a/..b/...");
  CHECK(tidied("/abc", 5) == "/abc");
  CHECK(tidied("/abc", 4) == "");
  CHECK(tidied("/abc/", 5) == "");
  CHECK(tidied(std::string(5000, 'a')) == "");
}

TEST_CASE("there is a library for both machines, and it is what it should be") {
  for (const uint16_t machine : {EM_X86_64, EM_AARCH64}) {
    REQUIRE(has_redirect_library(machine));
    const std::string_view library = redirect_library(machine);
    CHECK(library.substr(0, 4) == "\177ELF");
    CHECK(library[18] == static_cast<char>(machine & 0xff));
  }
  CHECK_FALSE(has_redirect_library(EM_386));
  CHECK_THROWS_AS(redirect_library(EM_RISCV), Error);
}

TEST_CASE("a table that is read back is made again to the byte") {
  RedirectSettings settings{
      "/home/site/wwwroot/tools/rig", "lib/rig", true, {"A=@root@/x", "B="}, {{"bin/rig", "lib/rig/root/usr/bin/rig"}}};
  const std::vector<Redirect> redirects = {{"/usr/share/rig", folder, "", ""},
                                           {"/usr/share/rig/other", file, "", "/usr/share/rig/one"},
                                           {"/usr/lib/link", folder, "", "/usr/lib/real"},
                                           {"/usr/bin/a", program, "bin/a", "", true},
                                           {"/usr/bin/b", program, "lib/rig/start/usr/bin/b", ""}};
  for (const char* home : {"lib/rig", "lib"}) {
    for (const char* prefix : {"/home/site/wwwroot/tools/rig", "/opt", "/"}) {
      settings.home = home;
      settings.prefix = prefix;
      const std::string table = make_redirect_table(redirects, settings);
      const RedirectTable read = read_redirect_table(bundle::Bytes(table));
      CHECK(read.settings.home == home);
      CHECK(make_redirect_table(read.redirects, read.settings) == table);
      for (size_t length = 0; length < table.size(); length += 7) {
        CHECK_THROWS_AS(read_redirect_table(bundle::Bytes(table).slice(0, length)), Error);
      }
    }
  }
  const std::string none = make_redirect_table({}, {"/opt", "lib/rig", false, {}, {}});
  const RedirectTable read = read_redirect_table(bundle::Bytes(none));
  CHECK(make_redirect_table(read.redirects, read.settings) == none);
}
