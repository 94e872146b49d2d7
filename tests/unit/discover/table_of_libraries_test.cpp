#include "discover/table_of_libraries.h"

#include <doctest/doctest.h>

using bundle::discover::qualified_names;
using bundle::discover::Registry;
using bundle::discover::rows_of_table;
using bundle::discover::TableRow;
using Names = std::vector<std::string>;

TEST_CASE("table of libraries: of XML a row is the element that names the library") {
  const std::vector<TableRow> rows = rows_of_table(
      "<?xml version=\"1.0\"?>\n<components>\n"
      "<component uri=\"$DIR/libone.so\"><name of=\"org.one.Reader\"/>\n<name of=\"org.one.Writer\"/></component>"
      "<component uri=\"$DIR/libtwo.so.3\" class=\"org.two.All\"/></components>");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].library == "libone.so");
  CHECK(rows[0].names == Names{"org.one.Reader", "org.one.Writer"});
  CHECK(rows[1].library == "libtwo.so.3");
  CHECK(rows[1].names == Names{"org.two.All"});
}

TEST_CASE("table of libraries: of another text a row is the line") {
  const std::vector<TableRow> rows =
      rows_of_table("app.reader=plugins/libone.so app.a\n\n# libtwo.so, or libtwo.source\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].library == "libone.so");
  CHECK(rows[0].names == Names{"app.a", "app.reader"});
  CHECK(rows[1].library == "libtwo.so");
}

TEST_CASE("table of libraries: what is cut off, or only looks like one, is no fault") {
  CHECK(rows_of_table("").empty());
  CHECK(rows_of_table("an ending .so and a name.some").empty());
  CHECK(rows_of_table("<a uri=\"libone.so").size() == 1);
  CHECK(rows_of_table("<a>libone.so").size() == 1);
  CHECK(qualified_names("1.5 .a b. c e.f e.f x.so") == Names{"e.f"});
}

TEST_CASE("registry: of what a table names only what is there") {
  Registry registry({{"libone.so", 10}});
  registry.add_table("/usr/lib/app/table", "libone.so a.b\nlibnone.so c.d\n");
  REQUIRE(registry.libraries().size() == 1);
  CHECK(registry.find("libone.so")->size == 10);
  CHECK(registry.find("libone.so")->by.empty());
  CHECK(registry.find("libnone.so") == nullptr);
}

TEST_CASE("registry: two tables, or enough of its own names in the settings, speak for a library") {
  Registry registry({{"libtwice.so", 10}, {"libset.so", 10}, {"libfew.so", 10}, {"liblarge.so", 2'000'000}});
  registry.add_table(
      "/usr/lib/app/first",
      "libtwice.so\nlibset.so s.a s.b s.c s.d all.x\nlibfew.so f.a f.b f.c all.x\nliblarge.so l.a l.b\n");
  registry.add_table("/usr/lib/app/second", "libtwice.so\n");
  const std::vector<std::string> main = qualified_names("s.a s.b s.c all.x f.a f.b f.c l.a");
  const std::vector<std::string> more = qualified_names("s.d l.b");
  registry.note_settings({{"main.conf", &main}, {"more.conf", &more}});
  registry.note_shared();
  CHECK(registry.find("libtwice.so")->by == "first names it, too");
  CHECK(registry.find("libset.so")->by == "more.conf holds \"s.d\"");
  CHECK(registry.find("liblarge.so")->by == "more.conf holds \"l.b\"");
  CHECK(registry.find("libfew.so")->by.empty());
}
