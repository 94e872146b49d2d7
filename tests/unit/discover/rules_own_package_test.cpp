// What comes with the program's package, named or not: its data and plugins, those of its source, of its extensions.
#include "made_up.h"

using namespace made_up;

TEST_CASE("own package: data and plugins in folders of its own are taken whole") {
  Machine machine;
  machine.program_package("rig").ships("/usr/share/rig/names").ships("/usr/lib/rig/plugin.so", library());
  const Findings found = machine.discover("/usr/bin/rig");
  CHECK(found.taken() == Paths{"/usr/share/rig/names", "/usr/lib/rig/plugin.so"});
  CHECK(found.at("/usr/share/rig/names").rule == "own-package");
  CHECK(found.at("/usr/share/rig/names").package.name == "rig");
  CHECK(found.at("/usr/lib/rig/plugin.so").kind == Kind::library);
}

TEST_CASE("own package: documentation, headers, caches and what only a build reads are left out") {
  Machine machine;
  auto rig = machine.program_package("rig");
  for (const char* path :
       {"/usr/share/doc/rig/README", "/usr/share/man/man6/rig.6.gz", "/usr/share/info/rig.info", "/usr/include/rig.h",
        "/usr/share/locale/de/LC_MESSAGES/rig.mo", "/usr/lib/rig/__pycache__/rig.pyc", "/usr/lib/rig/librig.a",
        "/usr/lib/x86_64-linux-gnu/pkgconfig/rig.pc", "/usr/lib/systemd/system/rig.service",
        "/usr/share/bash-completion/completions/rig", "/usr/lib/debug/rig.debug"}) {
    rig.ships(path);
  }
  CHECK(machine.discover("/usr/bin/rig").taken().empty());
}

TEST_CASE("own package: other programs and the loader's libraries wait until something names them") {
  Machine machine;
  machine.program_package("rig")
      .ships("/usr/bin/other", program(), 0755)
      .ships("/usr/libexec/rig/helper", program(), 0755)
      .ships(triplet + "/librig.so.1", library())
      .ships("/usr/share/rig/names");
  CHECK(machine.discover("/usr/bin/rig").taken() == Paths{"/usr/share/rig/names"});
}

TEST_CASE("own package: a file that is no program in a folder called bin is data, one to execute is not") {
  Machine machine;
  machine.program_package("erl")
      .ships("/usr/lib/erlang/bin/start.boot")
      .ships("/usr/lib/erlang/bin/start", "#!/bin/sh\n", 0755);
  CHECK(machine.discover("/usr/bin/erl").taken() == Paths{"/usr/lib/erlang/bin/start.boot"});
}

TEST_CASE("own package: what it depends on or recommends of the same source is its own, too") {
  Machine machine;
  machine.program_package("python").of_source("python3").depends("stdlib").recommends("more");
  machine.package("stdlib").of_source("python3").role(Role::data).ships("/usr/lib/python3.11/os.py");
  machine.package("more").of_source("python3").role(Role::data).ships("/usr/lib/python3.11/more.py");
  machine.package("idle").of_source("python3").role(Role::data).ships("/usr/lib/python3.11/idle.py");
  machine.package("numpy").role(Role::data).ships("/usr/lib/python3.11/numpy.py");
  // Not what is only of the same source, and not what lies there of another.
  CHECK(machine.discover("/usr/bin/python").taken() ==
        Paths{"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/more.py"});
}

TEST_CASE("own package: of a data package what lies straight beside the program's own") {
  Machine machine;
  machine.program_package("aspell").ships("/usr/lib/aspell/ascii.cset").recommends("aspell-en");
  machine.package("aspell-en").role(Role::data).ships("/usr/lib/aspell/en.dat").ships("/usr/share/words/en");
  machine.package("aspell-de").role(Role::data).ships("/usr/lib/aspell/de.dat");
  CHECK(machine.discover("/usr/bin/aspell").taken() == Paths{"/usr/lib/aspell/ascii.cset", "/usr/lib/aspell/en.dat"});
}

TEST_CASE("own package: a folder for add-ons is the program's that it is named after") {
  Machine machine;
  machine.program_package("zsh").ships("/usr/share/zsh/functions/zmv");
  machine.program_package("rig").ships("/usr/share/zsh/vendor-completions/_rig").ships("/usr/share/rig/names");
  CHECK(machine.discover("/usr/bin/zsh").taken() == Paths{"/usr/share/zsh/functions/zmv"});
  CHECK(machine.discover("/usr/bin/rig").taken() == Paths{"/usr/share/rig/names"});
}

TEST_CASE("own package: what else a library's package ships is not taken") {
  Machine machine;
  machine.program_package("rig");
  machine.library_package("libz1", triplet + "/libz.so.1").ships("/usr/share/libz/table");
  CHECK(machine.discover("/usr/bin/rig", {triplet + "/libz.so.1"}).taken().empty());
}

TEST_CASE("own package: a library of the program's own source speaks for it") {
  Machine machine;
  machine.program_package("tesseract").of_source("tesseract").depends("libtesseract").depends("tessdata");
  machine.library_package("libtesseract", triplet + "/libtesseract.so.5", {"/usr/share/tessdata/"})
      .of_source("tesseract");
  machine.package("tessdata").role(Role::data).ships("/usr/share/tessdata/eng.traineddata");
  CHECK(machine.discover("/usr/bin/tesseract", {triplet + "/libtesseract.so.5"}).taken() ==
        Paths{"/usr/share/tessdata/eng.traineddata"});
}

TEST_CASE("own package: an extension with a library beside the program is likely, one without it is not taken") {
  Machine machine;
  const std::string folder = "/usr/lib/office/program/";
  machine.package("office").ships(folder + "soffice.bin", program(), 0755).ships("/usr/lib/office/share/main.xcd");
  machine.package("writer")
      .of_source("office")
      .depends("office")
      .ships(folder + "libsw.so", library())
      .ships("/usr/lib/office/share/writer.xcd")
      .ships("/usr/share/elsewhere/writer");
  machine.package("art").of_source("office").depends("office").role(Role::data).ships("/usr/lib/office/share/art.xcd");
  machine.package("stranger").depends("office").ships(folder + "libstranger.so", library());
  const Findings found = machine.discover(folder + "soffice.bin");
  CHECK(found.taken() ==
        Paths{"/usr/lib/office/share/main.xcd", folder + "libsw.so", "/usr/lib/office/share/writer.xcd"});
  CHECK(found.at(folder + "libsw.so").rule == "extension");
  const auto item = std::find_if(found.all.findings.begin(), found.all.findings.end(),
                                 [](const auto& each) { return each.rule == "extension"; });
  REQUIRE(item != found.all.findings.end());
  CHECK(item->strength == Strength::likely);
}

TEST_CASE("own package: settings as shipped go in, changed ones are a hint") {
  Machine machine;
  machine.program_package("nano").ships("/etc/nanorc").ships("/etc/nano/changed").changed("/etc/nano/changed");
  const Findings found = machine.discover("/usr/bin/nano");
  CHECK(found.taken() == Paths{"/etc/nanorc"});
  CHECK(found.at("/etc/nanorc").rule == "settings");
  CHECK(found.hints_at("/etc/nano/changed", "is not as its package ships it"));
  Options options;
  options.with_etc = true;
  CHECK(machine.discover("/usr/bin/nano", {}, options).taken() == Paths{"/etc/nanorc", "/etc/nano/changed"});
}

TEST_CASE("own package: settings of a package that it only depends on stay") {
  Machine machine;
  machine.program_package("rig").depends("other");
  machine.package("other").ships("/etc/other.conf");
  CHECK(machine.discover("/usr/bin/rig").taken().empty());
}

TEST_CASE("own package: turned off, nothing is looked for") {
  Machine machine;
  machine.program_package("rig", {"/usr/share/rig"}, {"tzset"}).ships("/usr/share/rig/names");
  machine.disk().file("/usr/share/zoneinfo/UTC", "");
  Options off;
  off.enabled = false;
  CHECK(machine.discover("/usr/bin/rig", {}, off).taken().empty());
}
