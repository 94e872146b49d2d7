// Programs that no package owns, machines without a database, and the paths that compilers leave in what they make.
#include "made_up.h"

using namespace made_up;

TEST_CASE("unowned: what it names where programs are installed by hand is its data; elsewhere it is a hint") {
  Machine machine;
  machine.disk().file("/usr/local/bin/app", program({"/opt/app/data", "/srv/app/x", "/opt/app/none"}), 0755);
  machine.disk().file("/opt/app/data/a", "x");
  machine.disk().file("/opt/app/data/.git/__pycache__/b", "x");
  machine.disk().file("/srv/app/x", "x");
  CHECK(machine.discover("/usr/local/bin/app").taken() == Paths{"/opt/app/data/a", "/srv/app/x"});
}

TEST_CASE("unowned: a package's data that it names, and no more of the package") {
  Machine machine;
  machine.disk().file("/usr/local/bin/app", program({"/usr/share/words/en"}), 0755);
  machine.package("words").role(Role::data).ships("/usr/share/words/en").ships("/usr/share/words/de");
  CHECK(machine.discover("/usr/local/bin/app").taken() == Paths{"/usr/share/words/en"});
}

TEST_CASE("unowned: programs of packages that it names are the target's or the user's") {
  Machine machine;
  machine.disk().file("/usr/local/bin/app", program({"/usr/bin/ssh"}), 0755);
  machine.program_package("ssh").ships("/usr/share/ssh/x");
  CHECK(machine.discover("/usr/local/bin/app").taken().empty());
}

TEST_CASE("without a database: what a program names is taken, what lies in its package's folders is not known") {
  Machine machine;
  machine.program_package("app", {"/usr/share/app/table"}).ships("/usr/share/app/table").ships("/usr/share/app/more");
  CHECK(machine.without_database("/usr/bin/app").taken() == Paths{"/usr/share/app/table"});
}

TEST_CASE("built: a compiler's own folder is no evidence in what it compiled") {
  const struct {
    const char* folder;
    const char* landmark;
  } rows[] = {{"/usr/lib/go-1.19", "src/runtime/runtime.go"},
              {"/usr/share/go-1.19", "pkg/tool"},
              {"/usr/lib/ocaml", "stdlib.cma"},
              {"/usr/lib/rustlib-1.63", "lib/rustlib"},
              {"/usr/lib/gcc/x86_64-linux-gnu/12", "crtbegin.o"},
              {"/usr/lib/nim", "lib/nimbase.h"}};
  for (const auto& [folder, landmark] : rows) {
    const std::string top = folder;
    for (const bool has_mark : {true, false}) {
      Machine machine;
      machine.disk().file("/usr/local/bin/app", program({top}), 0755);
      auto compiler = machine.package("compiler").ships(top + "/data");
      if (has_mark) compiler.ships(top + "/" + landmark + (std::string(landmark) == "pkg/tool" ? "/x" : ""));
      const Findings found = machine.discover("/usr/local/bin/app");
      CHECK_MESSAGE(found.has(top + "/data") == !has_mark, top << " " << has_mark);
    }
  }
}

TEST_CASE("built: the compiler itself reads its folder") {
  Machine machine;
  machine.program_package("ocamlrun", {"/usr/lib/ocaml"}).ships("/usr/lib/ocaml/stdlib.cma");
  CHECK(machine.discover("/usr/bin/ocamlrun").taken() == Paths{"/usr/lib/ocaml/stdlib.cma"});
}

TEST_CASE("built: sources are what an assertion names, unless the program's package ships them") {
  Machine machine;
  machine.disk().file("/usr/local/bin/app", program({"/usr/src/app/main.c", "/usr/share/app/data.rs"}), 0755);
  machine.disk().file("/usr/src/app/main.c", "");
  machine.disk().file("/usr/share/app/data.rs", "");
  CHECK(machine.discover("/usr/local/bin/app").taken().empty());
  machine.program_package("tcc", {"/usr/share/tcc/prelude.c"}).recommends("tcc-data");
  machine.package("tcc-data").of_source("tcc").role(Role::data).ships("/usr/share/tcc/prelude.c");
  CHECK(machine.discover("/usr/bin/tcc").has("/usr/share/tcc/prelude.c"));
}

TEST_CASE("built: what a development package ships is no evidence in an unowned program") {
  for (const Role role : {Role::development, Role::data}) {
    Machine machine;
    machine.disk().file("/usr/local/bin/app", program({"/usr/share/kit/table"}), 0755);
    machine.package("kit").role(role).ships("/usr/share/kit/table");
    CHECK(machine.discover("/usr/local/bin/app").taken().empty() == (role == Role::development));
  }
}

TEST_CASE("static: nothing answers it, so what it names is said and not taken") {
  Machine machine;
  machine.program_package("app", {"/usr/share/app/table"}).ships("/usr/share/app/table");
  Closure closure = machine.closure("/usr/bin/app");
  closure.objects[0].is_static = true;
  const Findings found = machine.of({closure});
  CHECK(found.taken().empty());
  CHECK(found.hints_at("/usr/bin/app", "is static"));
}
