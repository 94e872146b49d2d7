// More than one closure: found helpers and plugins, libraries that are opened by name, a second program; and what is
// wished for.
#include "made_up.h"

using namespace made_up;

namespace {

Findings of(const Discoverer& discoverer) { return Findings(discoverer); }

}  // namespace

TEST_CASE("found: programs and libraries are handed out once, for their closures; data and other names are not") {
  Machine machine;
  machine.program_package("git", {"git-remote"})
      .ships("/usr/lib/git-core/git-remote", program(), 0755)
      .ships("/usr/lib/git-core/plugin.so", library())
      .ships_link("/usr/lib/git-core/same.so", "plugin.so")
      .ships("/usr/share/git-core/template");
  Discoverer discoverer({}, machine.root(), &machine.database());
  discoverer.add_closure(machine.closure("/usr/bin/git"));
  Paths fresh;
  for (const Found& found : discoverer.take_new()) fresh.insert(found.source);
  CHECK(fresh == Paths{"/usr/lib/git-core/git-remote", "/usr/lib/git-core/plugin.so"});
  CHECK(discoverer.take_new().empty());
}

TEST_CASE("found: a helper's names count, but its package is not taken whole") {
  Machine machine;
  machine.program_package("app", {"/usr/bin/helper"}).depends("helper");
  machine.program_package("helper", {"/usr/share/helper-named"})
      .ships("/usr/share/helper-named/x")
      .ships("/usr/share/helper-silent/y");
  Discoverer discoverer({}, machine.root(), &machine.database());
  discoverer.add_closure(machine.closure("/usr/bin/app"));
  REQUIRE(of(discoverer).taken() == Paths{"/usr/bin/helper"});
  discoverer.add_closure(machine.closure("/usr/bin/helper"));
  CHECK(of(discoverer).taken() == Paths{"/usr/bin/helper", "/usr/share/helper-named/x"});
}

TEST_CASE("opened: a library that something opens by its name does not bring its package whole") {
  Machine machine;
  machine.program_package("app", {"libjit.so.1"}, {"dlopen"}).depends("libjit1");
  machine.library_package("libjit1", triplet + "/libjit.so.1", {"/usr/share/jit-named"})
      .ships("/usr/share/jit-named/x")
      .ships("/usr/share/jit-silent/y");
  Discoverer discoverer({}, machine.root(), &machine.database());
  discoverer.add_closure(machine.closure("/usr/bin/app"));
  discoverer.add_opened(machine.closure(triplet + "/libjit.so.1"));
  CHECK(of(discoverer).taken() == Paths{"/usr/share/jit-named/x"});
}

TEST_CASE("two programs: each brings its own package, and what both link is looked at once") {
  Machine machine;
  machine.program_package("one").ships("/usr/share/one/a");
  machine.program_package("two", {}, {"tzset"}).ships("/usr/share/two/b");
  machine.library_package("libx1", triplet + "/libx.so.1", {"/usr/share/x"}).ships("/usr/share/x/c");
  machine.disk().file("/usr/share/zoneinfo/UTC", "");
  const Findings found = machine.of({machine.closure("/usr/bin/one", {triplet + "/libx.so.1"}),
                                     machine.closure("/usr/bin/two", {triplet + "/libx.so.1"})});
  CHECK(found.taken() == Paths{"/usr/share/one/a", "/usr/share/two/b", "/usr/share/x/c", "/usr/share/zoneinfo/UTC"});
}

TEST_CASE("wishes: a name in what opens libraries; meant when its package depends on the library's, else a guess") {
  Machine machine;
  machine.program_package("app", {"libdep.so.1", "libother.so.1", "libnone.so.1"}, {"dlopen"}).depends("libdep1");
  machine.library_package("libdep1", triplet + "/libdep.so.1");
  machine.library_package("libother1", triplet + "/libother.so.1");
  const Findings found = machine.discover("/usr/bin/app");
  for (const char* name : {"libdep.so.1", "libother.so.1", "libnone.so.1"}) REQUIRE(found.wish(name) != nullptr);
  CHECK_FALSE(found.wish("libdep.so.1")->is_guess);
  CHECK(found.wish("libdep.so.1")->by == "/usr/bin/app");
  CHECK(found.wish("libdep.so.1")->priority == Wish::Priority::recommended);
  CHECK(found.wish("libother.so.1")->is_guess);
  CHECK(found.wish("libnone.so.1")->is_guess);
}

TEST_CASE("wishes: none for what printers need, unless the program itself has it") {
  const std::string cups = triplet + "/libcups.so.2", awt = triplet + "/libawt.so.1";
  Machine machine;
  machine.program_package("java")
      .depends("libcups2")
      .ships(awt, library({"libcups.so.2", "libother.so.1"}, {"dlopen"}));
  machine.program_package("lpr", {"libcups.so.2"}, {"dlopen"}).depends("libcups2");
  machine.library_package("libcups2", cups);
  const Findings found = machine.discover("/usr/bin/java", {awt});
  CHECK(found.wish("libother.so.1") != nullptr);
  CHECK(found.wish("libcups.so.2") == nullptr);
  REQUIRE(found.all.left_out.size() == 1);
  CHECK(found.all.left_out[0].hint.path == cups);
  CHECK(found.all.left_out[0].hint.text.find("it is for printers. --plugin " + cups) != std::string::npos);
  CHECK(machine.discover("/usr/bin/lpr").wish("libcups.so.2") != nullptr);
}

TEST_CASE("readings: no file is read again for a discovery that begins anew") {
  Machine machine;
  machine.program_package("app", {"/usr/share/app/data"}).ships("/usr/share/app/data");
  const Closure closure = machine.closure("/usr/bin/app");
  bundle::discover::Readings readings;
  const auto found = [&](bundle::discover::Readings* kept) {
    Discoverer discoverer({}, machine.root(), &machine.database(), bundle::discover::machine_of(closure), {}, kept);
    discoverer.add_closure(closure);
    return Findings(discoverer).at("/usr/share/app/data").why;
  };
  const std::string why = found(&readings);
  machine.disk().file("/usr/bin/app", program(), 0755);
  CHECK(found(&readings) == why);
  CHECK(found(nullptr) != why);
}

TEST_CASE("wishes: who opens nothing wishes for nothing, and who has no package means what it names") {
  Machine machine;
  machine.program_package("app", {"libdep.so.1"});
  machine.disk().file("/opt/app/app", program({"libdep.so.1"}, {"dlmopen"}), 0755);
  CHECK(machine.discover("/usr/bin/app").wishes.empty());
  const Findings found = machine.discover("/opt/app/app");
  REQUIRE(found.wish("libdep.so.1") != nullptr);
  CHECK_FALSE(found.wish("libdep.so.1")->is_guess);
  CHECK(found.wish("libdep.so.1")->in_new_namespace);
}

TEST_CASE("wishes: a library far from the program means its own package's, and small ones") {
  Machine machine;
  machine.program_package("app");
  machine
      .library_package("libnss3", triplet + "/libnss3.so", {"libsoft.so.1", "liblarge.so.1", "libdep.so.1"}, {"dlopen"})
      .depends("libdep1")
      .ships(triplet + "/libsoft.so.1", library())
      .ships(triplet + "/liblarge.so.1", library());
  machine.library_package("libdep1", triplet + "/libdep.so.1");
  machine.disk().say_size(triplet + "/liblarge.so.1", 5'000'000);
  const Findings found = machine.discover("/usr/bin/app", {triplet + "/libnss3.so"});
  CHECK_FALSE(found.wish("libsoft.so.1")->is_guess);
  CHECK(found.wish("liblarge.so.1")->is_guess);
  CHECK(found.wish("libdep.so.1")->is_guess);
}

TEST_CASE("wishes: of a .note.dlopen, with its priority; one that is broken is said") {
  Machine machine;
  tiny::Elf elf;
  elf.interpreter = loader;
  elf.dlopen_note = R"([{"soname":["libzip.so.1","libzip.so"],"feature":"zip","priority":"required"}])";
  machine.disk().file("/opt/app/app", tiny::bytes_of(elf), 0755);
  elf.dlopen_note = "no JSON";
  machine.disk().file("/opt/app/broken", tiny::bytes_of(elf), 0755);
  const Findings found = machine.discover("/opt/app/app");
  REQUIRE(found.wish("libzip.so.1") != nullptr);
  CHECK(found.wish("libzip.so.1")->names == Texts{"libzip.so.1", "libzip.so"});
  CHECK(found.wish("libzip.so.1")->priority == Wish::Priority::required);
  CHECK(found.wish("libzip.so.1")->feature == "zip");
  CHECK(machine.discover("/opt/app/broken").hints_at("/opt/app/broken", "is no JSON"));
}

TEST_CASE("drivers: a library that the target has is left to it, whatever package ships it") {
  Machine machine;
  machine.program_package("app").ships("/usr/lib/app/libcuda.so.1", library()).ships("/usr/lib/app/own.so", library());
  Options options;
  options.target_has.globs = {"libcuda.so*"};
  const Findings found = machine.discover("/usr/bin/app", {}, options);
  CHECK(found.taken() == Paths{"/usr/lib/app/own.so"});
  REQUIRE(found.all.left_to_target.size() == 1);
  CHECK(found.all.left_to_target[0].name == "libcuda.so.1");
}

TEST_CASE("beside: a library that asks where it lies keeps its folder, and what it names there comes along") {
  for (const bool asks : {true, false}) {
    Machine machine;
    machine.disk().file("/opt/app/bin/app", program(), 0755);
    machine.disk().file("/opt/more/lib/libapp.so.1",
                        library({"/data/table", "nowhere"}, asks ? Texts{"dladdr"} : Texts{"open"}));
    machine.disk().file("/opt/more/lib/data/table", "x");
    machine.disk().file("/opt/more/lib/data/other", "x");
    const Findings found = machine.discover("/opt/app/bin/app", {"/opt/more/lib/libapp.so.1"});
    CHECK(found.taken().size() == (asks ? 1 : 0));
    CHECK(found.all.kept.size() == (asks ? 1 : 0));
    if (!asks) continue;
    CHECK(found.all.found[0].source == "/opt/more/lib/data/table");
    CHECK(found.all.kept[0].source == "/opt/more/lib/libapp.so.1");
    CHECK(found.all.found[0].destination == found.all.kept[0].folder + "/data/table");
  }
}

TEST_CASE("traced: what a run used goes in, past no refusal, and its arguments are its input") {
  Machine machine;
  machine.program_package("app");
  machine.disk().file("/usr/share/stranger/x", "");
  machine.disk().file("/home/me/input", "");
  machine.disk().file("/usr/share/input", "");
  Discoverer discoverer({}, machine.root(), &machine.database());
  discoverer.add_closure(machine.closure("/usr/bin/app"));
  const size_t added = discoverer.add_traced({{"/usr/share/stranger/x"},
                                              {"/home/me/input"},
                                              {"/usr/share/gone"},
                                              {"/usr/share/input", bundle::discover::TracedFile::Use::opened, true}},
                                             "app");
  CHECK(added == 1);
  CHECK(of(discoverer).taken() == Paths{"/usr/share/stranger/x"});
  CHECK(of(discoverer).hints_at("/home/me/input", "lies in /home"));
  CHECK(of(discoverer).hints_at("/usr/share/input", "was an argument of the run"));
}
