// The programs that a program starts: helpers of its package, tools, interpreters, a compiler's own.
#include "made_up.h"

using namespace made_up;

TEST_CASE("helpers: programs of its package that it names as a word, and no others") {
  Machine machine;
  machine.program_package("git", {"git-remote-https", "see also git-log", "rm", "prefix-git-gui"})
      .ships("/usr/lib/git-core/git-remote-https", program(), 0755)
      .ships("/usr/lib/git-core/git-log", program(), 0755)
      .ships("/usr/lib/git-core/git-gui", program(), 0755)
      .ships("/usr/lib/git-core/rm", program(), 0755);
  const Findings found = machine.discover("/usr/bin/git");
  CHECK(found.taken() == Paths{"/usr/lib/git-core/git-remote-https"});
  CHECK(found.at("/usr/lib/git-core/git-remote-https").kind == Kind::program);
  CHECK(found.at("/usr/lib/git-core/git-remote-https").rule == "helpers");
}

TEST_CASE("helpers: by the last word of a line of its small settings, not of its sources") {
  Machine machine;
  machine.program_package("groff")
      .ships("/usr/bin/grops", program(), 0755)
      .ships("/usr/bin/grotty", program(), 0755)
      .ships("/usr/share/groff/devps/DESC", "res 72000\npostpro grops\n")
      .ships("/usr/share/groff/mac/an.tmac", "start grotty\n");
  const Findings found = machine.discover("/usr/bin/groff");
  CHECK(found.has("/usr/bin/grops"));
  CHECK_FALSE(found.has("/usr/bin/grotty"));
}

TEST_CASE("helpers: one beside the program whose ending is put together in code") {
  Machine machine;
  machine.package("erlang")
      .ships("/usr/lib/erlang/erts/erlexec", program({"beam"}), 0755)
      .ships("/usr/lib/erlang/erts/beam.smp", program(), 0755)
      .ships("/usr/lib/erlang/erts/heart.smp", program(), 0755);
  CHECK(machine.discover("/usr/lib/erlang/erts/erlexec").taken() == Paths{"/usr/lib/erlang/erts/beam.smp"});
}

TEST_CASE("tools: of a package that it depends on and that does the same sort of work") {
  Machine machine;
  machine.program_package("yosys", {"abc", "python", "never"}).of_group("electronics").depends("abc").depends("python");
  machine.program_package("abc").of_group("electronics").ships("/usr/bin/unnamed", program(), 0755);
  machine.program_package("python").of_group("languages");
  machine.program_package("never").of_group("electronics");
  const Findings found = machine.discover("/usr/bin/yosys");
  CHECK(found.taken() == Paths{"/usr/bin/abc"});
  CHECK(found.at("/usr/bin/abc").rule == "tools");
}

TEST_CASE("tools: a family that does not say what packages are for says nothing of their work") {
  Machine machine;
  machine.program_package("git", {"perl"}).of_group("").depends("perl");
  machine.program_package("perl").of_group("");
  CHECK(machine.discover("/usr/bin/git").taken().empty());
}

TEST_CASE("compilers: their development packages and the tools that their specs name") {
  Machine machine;
  machine.program_package("cc", {"%{!S: as %(asm_options)}"})
      .depends("cc-dev")
      .depends("binutils")
      .recommends("libc-dev");
  machine.package("cc-dev").role(Role::development).ships("/usr/lib/gcc/x86_64-linux-gnu/12/crtbegin.o");
  machine.package("libc-dev")
      .role(Role::development)
      .brings_libc_headers()
      .depends("linux-dev")
      .ships("/usr/include/stdio.h")
      .ships(triplet + "/crt1.o")
      .ships("/usr/share/doc/libc-dev/x");
  machine.package("linux-dev").role(Role::development).ships("/usr/include/linux/types.h");
  machine.package("other-dev").role(Role::development).ships("/usr/include/other.h");
  machine.program_package("as").of_source("binutils");
  machine.package("binutils").depends("as").ships("/usr/bin/ld", program(), 0755);
  const Findings found = machine.discover("/usr/bin/cc");
  CHECK(found.taken() == Paths{"/usr/bin/as", "/usr/lib/gcc/x86_64-linux-gnu/12/crtbegin.o", "/usr/include/stdio.h",
                               triplet + "/crt1.o", "/usr/include/linux/types.h"});
  CHECK(found.at("/usr/include/stdio.h").rule == "development");
}

TEST_CASE("compilers: a driver of C++ does without the C compiler, and all do without -flto and gold") {
  const std::string folder = "/usr/lib/gcc/x86_64-linux-gnu/12";
  const auto found_by = [&](const std::string& driver) {
    Machine machine;
    machine.program_package(driver, {folder}).depends("cc-dev").depends("cpp").of_source("gcc");
    machine.package("cpp")
        .of_source("gcc")
        .ships(folder + "/cc1", program(), 0755)
        .ships(folder + "/lto1", program(), 0755);
    machine.package("cc-dev").of_source("gcc").role(Role::development).ships(folder + "/crtbegin.o");
    return machine.discover("/usr/bin/" + driver);
  };
  CHECK(found_by("gcc-12").taken() == Paths{folder + "/cc1", folder + "/crtbegin.o"});
  const Findings found = found_by("g++-12");
  CHECK(found.taken() == Paths{folder + "/crtbegin.o"});
  CHECK(found.hints_at(folder + "/cc1", "for files in C) is not added"));
  CHECK(found.hints_at(folder + "/lto1", "for -flto) is not added"));
}

TEST_CASE("compilers: what each program is linked with is certain, what is asked for may go") {
  const std::string gcc = "/usr/lib/gcc/x86_64-linux-gnu/12", clang = "/usr/lib/clang/14";
  Machine machine;
  machine.program_package("clang").depends("gcc-dev").depends("clang-dev").recommends("libc-dev");
  machine.package("gcc-dev")
      .role(Role::development)
      .ships(gcc + "/crtbegin.o")
      .ships(gcc + "/libgcc.a")
      .ships(gcc + "/libgomp.so")
      .ships(gcc + "/include/stddef.h");
  machine.package("clang-dev").role(Role::development).ships(clang + "/include/stddef.h");
  machine.package("libc-dev")
      .role(Role::development)
      .brings_libc_headers()
      .depends("linux-dev")
      .depends("nsl-dev")
      .ships(triplet + "/libm.a", "GROUP ( " + triplet + "/libm-2.36.a )")
      .ships(triplet + "/libm.so")
      .ships(triplet + "/libm-2.36.a");
  machine.package("linux-dev").role(Role::development).ships("/usr/include/linux/types.h");
  machine.package("nsl-dev").role(Role::development).ships(triplet + "/libnsl.so");
  const Findings found = machine.discover("/usr/bin/clang");
  Paths may_go;
  for (const auto& item : found.all.findings) {
    for (const Found& file : found.all.found) {
      if (item.may_go && file.why == item.why && file.package.name == item.package.name)
        may_go.insert(file.destination);
    }
  }
  CHECK(found.taken().size() == 10);
  CHECK(may_go == Paths{gcc + "/include/stddef.h", gcc + "/libgomp.so", triplet + "/libm-2.36.a", triplet + "/libm.a",
                        triplet + "/libnsl.so"});
}

TEST_CASE("compilers: who recommends a library's development package compiles nothing") {
  Machine machine;
  machine.program_package("newlisp").recommends("libz-dev");
  machine.package("libz-dev").role(Role::development).ships("/usr/include/zlib.h");
  CHECK(machine.discover("/usr/bin/newlisp").taken().empty());
}

TEST_CASE("interpreters: the library of one that the program starts brings its modules, one that it links does not") {
  for (const bool starts : {true, false}) {
    Machine machine;
    machine.program_package("gdb", {}, starts ? Texts{"Py_Initialize"} : Texts{"PyObject_Call"});
    machine.library_package("libpython3", triplet + "/libpython3.11.so.1", {}).of_source("python").depends("stdlib");
    machine.package("stdlib").of_source("python").role(Role::data).ships("/usr/lib/python3.11/os.py");
    const Findings found = machine.discover("/usr/bin/gdb", {triplet + "/libpython3.11.so.1"});
    CHECK(found.has("/usr/lib/python3.11/os.py") == starts);
  }
}

TEST_CASE("scripts: one that the user adds brings its package, the modules that this needs, and its interpreter") {
  Machine machine;
  machine.program_package("app");
  machine.program_package("perl").ships("/usr/share/perl/strict.pm");
  machine.package("tool")
      .depends("libx-perl")
      .depends("perl")
      .depends("unrelated")
      .ships("/usr/bin/tool", "#!/usr/bin/perl -w\n", 0755)
      .ships("/usr/share/tool/table");
  machine.package("libx-perl").depends("perl").role(Role::data).ships("/usr/share/perl5/X.pm");
  machine.package("unrelated").role(Role::data).ships("/usr/share/unrelated/x");
  Options options;
  options.add = {{"/usr/bin/tool", ""}};
  CHECK(machine.discover("/usr/bin/app", {}, options).taken() ==
        Paths{"/usr/bin/tool", "/usr/bin/perl", "/usr/share/tool/table", "/usr/share/perl5/X.pm"});
}
