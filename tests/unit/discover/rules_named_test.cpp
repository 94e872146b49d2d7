// The paths that a program, or a library of it, holds as text.
#include "made_up.h"

using namespace made_up;

TEST_CASE("named: a file and a folder of a data package, and what lies beside them not") {
  Machine machine;
  with_data(machine, {"/usr/share/app-one/table", "/usr/share/app-two"})
      .ships("/usr/share/app-one/table")
      .ships("/usr/share/app-one/other")
      .ships("/usr/share/app-two/a")
      .ships("/usr/share/app-two/deep/b")
      .ships("/usr/share/app-twofold/c");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/share/app-one/table", "/usr/share/app-two/a", "/usr/share/app-two/deep/b"});
  CHECK(found.at("/usr/share/app-two/a").rule == "named-path");
  CHECK(found.at("/usr/share/app-two/a").evidence.find("\"/usr/share/app-two\"") != std::string::npos);
}

TEST_CASE("named: a printf format stands for the files that it makes") {
  Machine machine;
  with_data(machine, {"/usr/share/app-maps/%s/%d.map"})
      .ships("/usr/share/app-maps/eu/1.map")
      .ships("/usr/share/app-maps/us/22.map")
      .ships("/usr/share/app-maps/us/22.txt")
      .ships("/usr/share/app-maps/top.map");
  CHECK(machine.discover("/usr/bin/app").taken() ==
        Paths{"/usr/share/app-maps/eu/1.map", "/usr/share/app-maps/us/22.map"});
}

TEST_CASE("named: a format that fits nothing stands for its folder") {
  Machine machine;
  with_data(machine, {"/usr/share/app-maps/%s.map"}).ships("/usr/share/app-maps/eu.bin");
  CHECK(machine.discover("/usr/bin/app").taken() == Paths{"/usr/share/app-maps/eu.bin"});
}

TEST_CASE("named: a name without the ending that the reader adds") {
  Machine machine;
  with_data(machine, {"/usr/share/misc/magic"})
      .ships("/usr/share/misc/magic.mgc")
      .ships("/usr/share/misc/magical")
      .ships("/usr/share/misc/magic.d/more");
  CHECK(machine.discover("/usr/bin/app").taken() == Paths{"/usr/share/misc/magic.mgc"});
}

TEST_CASE("named: a text that runs on into the next one") {
  Machine machine;
  with_data(machine, {"/usr/share/app-one/tableerror while reading"}).ships("/usr/share/app-one/table");
  CHECK(machine.discover("/usr/bin/app").taken() == Paths{"/usr/share/app-one/table"});
}

TEST_CASE("named: a list with colons and an option of a compiler name each path in it") {
  Machine machine;
  with_data(machine, {"/usr/share/app-one:/usr/share/app-two", "-L/usr/share/app-three"})
      .ships("/usr/share/app-one/a")
      .ships("/usr/share/app-two/b")
      .ships("/usr/share/app-three/c");
  CHECK(machine.discover("/usr/bin/app").taken() ==
        Paths{"/usr/share/app-one/a", "/usr/share/app-two/b", "/usr/share/app-three/c"});
}

TEST_CASE("named: folders of everybody name nothing") {
  Machine machine;
  with_data(machine, {"/usr/share", "/usr/lib/x86_64-linux-gnu", "/usr/share/fonts/truetype", "/usr/share/misc", "/opt",
                      "/usr/share/%s"})
      .ships("/usr/share/app-one/a")
      .ships(triplet + "/app-one/b")
      .ships("/usr/share/fonts/truetype/c.ttf")
      .ships("/usr/share/misc/d");
  CHECK(machine.discover("/usr/bin/app").taken().empty());
}

TEST_CASE("named: what another package owns is not taken for its name alone") {
  Machine machine;
  machine.program_package("app", {"/usr/share/stranger", "/usr/share/stranger/file", "/usr/bin/stranger"});
  machine.program_package("stranger").ships("/usr/share/stranger/file");
  CHECK(machine.discover("/usr/bin/app").taken().empty());
}

TEST_CASE("named: of a package that the program's depends on, which is no library's") {
  Machine machine;
  machine.program_package("rakudo", {"/usr/share/nqp", "/usr/share/libnqp"}).depends("nqp").depends("libnqp");
  machine.package("nqp").ships("/usr/share/nqp/core").ships("/usr/share/nqp-more/x");
  machine.package("libnqp").role(Role::library).ships("/usr/share/libnqp/table");
  CHECK(machine.discover("/usr/bin/rakudo").taken() == Paths{"/usr/share/nqp/core"});
}

TEST_CASE("named: a program of a package that the program's depends on") {
  Machine machine;
  machine.program_package("flex", {"/usr/bin/m4", "/usr/bin/perl"}).depends("m4");
  machine.program_package("m4").of_group("other");
  machine.program_package("perl");
  const Findings found = machine.discover("/usr/bin/flex");
  CHECK(found.taken() == Paths{"/usr/bin/m4"});
  CHECK(found.at("/usr/bin/m4").kind == Kind::program);
}

TEST_CASE("named by a library: what its own packages ship, up to 4 MB") {
  Machine machine;
  machine.program_package("app");
  machine.library_package("libmagic1", triplet + "/libmagic.so.1", {"/usr/share/small-magic", "/usr/share/large-magic"})
      .depends("magic");
  machine.package("magic").role(Role::data).ships("/usr/share/small-magic/a").ships("/usr/share/large-magic/b");
  machine.disk().say_size("/usr/share/small-magic/a", 3'900'000);
  machine.disk().say_size("/usr/share/large-magic/b", 4'100'000);
  const Findings found = machine.discover("/usr/bin/app", {triplet + "/libmagic.so.1"});
  CHECK(found.taken() == Paths{"/usr/share/small-magic/a"});
  CHECK(found.hints_at("/usr/share/large-magic", "for its size: --add"));
}

TEST_CASE("named by the program: whatever its size, within the data limit") {
  Machine machine;
  with_data(machine, {"/usr/share/app-one", "/usr/share/app-two"})
      .ships("/usr/share/app-one/a")
      .ships("/usr/share/app-two/b");
  machine.disk().say_size("/usr/share/app-one/a", 150'000'000);
  machine.disk().say_size("/usr/share/app-two/b", 60'000'000);
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/share/app-one/a"});
  CHECK(found.hints_at("/usr/share/app-two", "--data-limit"));
}

TEST_CASE(
    "named: an extension of the program's package that starts something by itself goes in where it is small, one of "
    "data always") {
  Machine machine;
  machine.program_package("psql", {"/usr/lib/postgresql/15/lib"})
      .of_source("postgresql")
      .ships("/usr/lib/postgresql/15/lib/client.so", library());
  machine.package("server")
      .of_source("postgresql")
      .depends("psql")
      .ships("/usr/lib/postgresql/15/bin/postgres", program(), 0755)
      .ships("/usr/lib/postgresql/15/lib/server.so", library());
  machine.package("plugins")
      .of_source("postgresql")
      .depends("psql")
      .role(Role::data)
      .ships("/usr/lib/postgresql/15/lib/plugin.so", library());
  machine.disk().say_size("/usr/lib/postgresql/15/lib/server.so", 5'000'000);
  const Findings found = machine.discover("/usr/bin/psql");
  CHECK(found.taken() == Paths{"/usr/lib/postgresql/15/lib/client.so", "/usr/lib/postgresql/15/lib/plugin.so"});
  CHECK(found.hints_at("/usr/lib/postgresql/15/lib", "for its size"));
}

TEST_CASE("named: data packages that data packages depend on") {
  Machine machine;
  machine.program_package("speak", {"/usr/share/voices"}).recommends("voice");
  machine.package("voice").role(Role::data).depends("lexicon").ships("/usr/share/voices/low");
  machine.package("lexicon").role(Role::data).recommends("more").ships("/usr/share/voices/words");
  machine.package("more").role(Role::data).ships("/usr/share/voices/more");
  CHECK(machine.discover("/usr/bin/speak").taken() == Paths{"/usr/share/voices/low", "/usr/share/voices/words"});
}

TEST_CASE("named: what a package's installation made beside its files, where it alone owns the folder") {
  Machine machine;
  machine.program_package("dot", {"/usr/lib/graphviz", "/usr/lib/shared-with"})
      .ships("/usr/lib/graphviz/plugin.so", library())
      .ships("/usr/lib/shared-with/one");
  machine.package("other").ships("/usr/lib/shared-with/two");
  machine.disk().file("/usr/lib/graphviz/config6a", "made");
  machine.disk().file("/usr/lib/shared-with/made", "made");
  CHECK(machine.discover("/usr/bin/dot").taken() ==
        Paths{"/usr/lib/graphviz/plugin.so", "/usr/lib/graphviz/config6a", "/usr/lib/shared-with/one"});
}

TEST_CASE("named: a folder through a link is found under the name that the program uses") {
  Machine machine;
  with_data(machine, {"/usr/share/perl/5.36"})
      .ships("/usr/share/perl/5.36.0/strict.pm")
      .ships_link("/usr/share/perl/5.36", "5.36.0");
  CHECK(machine.discover("/usr/bin/app").has("/usr/share/perl/5.36/strict.pm"));
}

TEST_CASE("named: either spelling of a merged folder is the file as it lies") {
  Machine machine;
  machine.disk().link("/lib", "usr/lib");
  with_data(machine, {"/lib/app/table"}).ships("/usr/lib/app/table");
  CHECK(machine.discover("/usr/bin/app").taken().size() == 1);
}

TEST_CASE("documentation in a package's own folder: what is named file by file is shown, the rest stays out") {
  Machine machine;
  machine.program_package("tutor", {"/usr/share/tutor/doc/first.txt"})
      .ships("/usr/share/tutor/doc/first.txt")
      .ships("/usr/share/tutor/doc/second.txt")
      .ships("/usr/share/tutor/lessons");
  CHECK(machine.discover("/usr/bin/tutor").taken() ==
        Paths{"/usr/share/tutor/doc/first.txt", "/usr/share/tutor/lessons"});
}
