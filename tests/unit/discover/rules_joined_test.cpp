// Paths that an object puts together of two or three of its texts.
#include "made_up.h"

using namespace made_up;

TEST_CASE("joined: a prefix and a name from there on, whichever way each is written") {
  for (const Texts& texts : std::vector<Texts>{{"/usr", "share/app-one/table"},
                                               {"/usr/", "%s/share/app-one/table"},
                                               {"PREFIX=/usr", "/share/app-one/table"},
                                               {"/nowhere:/usr/share", "app-one/table"},
                                               {"/usr", "share", "app-one/table"}}) {
    CAPTURE(texts);
    Machine machine;
    with_data(machine, texts).ships("/usr/share/app-one/table").ships("/usr/share/app-one/other");
    const Findings found = machine.discover("/usr/bin/app");
    CHECK(found.taken() == Paths{"/usr/share/app-one/table"});
    CHECK(found.at("/usr/share/app-one/table").why == "put together by app");
  }
}

TEST_CASE("joined: what leads to everybody's folder, to a program, up or nowhere is none") {
  Machine machine;
  with_data(machine, {"/usr", "share", "bin/tool", "lib", "share/../lib/secret", "share/app-two/none", "share/doc/app"})
      .ships("/usr/bin/tool", program(), 0755)
      .ships("/usr/lib/secret")
      .ships("/usr/share/app-one/table")
      .ships("/usr/share/doc/app/copyright");
  CHECK(machine.discover("/usr/bin/app").taken().empty());
}

TEST_CASE("joined: a mere word is a name where the prefix is nobody else's") {
  Machine machine;
  with_data(machine, {"/usr/share/app-one", "words.txt", "/usr/share", "other"})
      .ships("/usr/share/app-one/words.txt")
      .ships("/usr/share/other/list");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.has("/usr/share/app-one/words.txt"));
  CHECK_FALSE(found.has("/usr/share/other/list"));
}

TEST_CASE("joined: of a folder that is too large the parts go in, and one hint tells of the one that does not") {
  Machine machine;
  machine.program_package("app");
  machine
      .library_package("libdoc1", triplet + "/libdoc.so.1", {"/usr/share/doctables", "%s/small", "%s/large", "%s/tiny"})
      .depends("doctables");
  machine.package("doctables")
      .role(Role::data)
      .ships("/usr/share/doctables/small/a")
      .ships("/usr/share/doctables/tiny/b")
      .ships("/usr/share/doctables/large/c")
      .ships("/usr/share/doctables/large/d");
  machine.disk().say_size("/usr/share/doctables/large/c", 9'000'000);
  const Findings found = machine.discover("/usr/bin/app", {triplet + "/libdoc.so.1"});
  CHECK(found.taken() == Paths{"/usr/share/doctables/small/a", "/usr/share/doctables/tiny/b"});
  CHECK(found.hints_at("/usr/share/doctables/large", "--add /usr/share/doctables/large"));
  CHECK(found.hint("/usr/share/doctables") == "");
}
