// What scripts start, and what programs start by names of other packages' programs.
#include <zlib.h>

#include "discover/packed_code.h"
#include "made_up.h"

using namespace made_up;

namespace {

/// A machine with a shell, some commands, and an interpreter's closure to begin with.
struct ScriptMachine : Machine {
  ScriptMachine() {
    program_package("dash").ships("/usr/bin/sh", program(), 0755);
    package("coreutils")
        .ships("/usr/bin/dirname", program(), 0755)
        .ships("/usr/bin/uname", program(), 0755)
        .ships("/usr/bin/sed", program(), 0755);
    package("gdb").ships("/usr/bin/gdb", program({std::string(20'000'000, 'x')}), 0755);
  }
  /// What discovery makes of a script that the user names.
  Findings named(const std::string& path, Options options = {}) {
    Discoverer discoverer(options, root(), &database(), {EM_X86_64, true});
    discoverer.add_closure(closure("/usr/bin/sh"));
    discoverer.add_script(root().real(path).value(), path);
    for (std::vector<Found> fresh = discoverer.take_new(); !fresh.empty(); fresh = discoverer.take_new()) {
      for (const Found& found : fresh) discoverer.add_closure(closure(found.source));
    }
    return Findings(discoverer);
  }
};

}  // namespace

TEST_CASE("scripts: each command by its own cost, and a hint of the rest") {
  ScriptMachine machine;
  machine.package("tool").ships("/usr/bin/tool", "#!/bin/sh\nuname | sed s/a/b/\nif false; then gdb x; fi\n", 0755);
  const Findings found = machine.named("/usr/bin/tool");
  CHECK(found.has("/usr/bin/uname"));
  CHECK(found.has("/usr/bin/sed"));
  CHECK_FALSE(found.has("/usr/bin/dirname"));
  CHECK_FALSE(found.has("/usr/bin/gdb"));
  CHECK(found.hints_at("/usr/bin/gdb", "larger commands that tool runs"));
}

TEST_CASE("scripts: the program that one is a wrapper of is no found data, whatever its size") {
  for (const std::string text : {"exec /usr/lib/big/big \"$@\"\n", "N=big; L=/usr/lib/$N\n$L/$N \"$@\"\n",
                                 "h=$(readlink -f \"$0\"); exec \"${h%/*}\"/../lib/big/big \"$@\"\n"}) {
    ScriptMachine machine;
    machine.package("big").ships("/usr/bin/wrap", "#!/bin/sh\n" + text, 0755).depends("big-core");
    machine.package("big-core")
        .of_source("big")
        .ships("/usr/lib/big/big", program({std::string(30'000'000, 'x')}), 0755)
        .ships("/usr/lib/big/table", "x");
    Options options;
    options.data_limit = 1'000'000;
    const Findings found = machine.named("/usr/bin/wrap", options);
    CAPTURE(text);
    CHECK(found.has("/usr/lib/big/big"));
    CHECK(found.has("/usr/lib/big/table"));  // of its package, as for a program that is named
    CHECK(std::any_of(found.all.findings.begin(), found.all.findings.end(),
                      [](const auto& finding) { return finding.is_needed && finding.size > 30'000'000; }));
  }
}

TEST_CASE("scripts: bash's exec -a gives a name, and the program follows") {
  ScriptMachine machine;
  machine.package("app")
      .ships("/usr/bin/app", "#!/bin/sh\nexec -a \"$0\" \"/usr/bin/.app-wrapped\" \"$@\"\n", 0755)
      .ships("/usr/bin/.app-wrapped", program({std::string(30'000'000, 'x')}), 0755);
  Options options;
  options.data_limit = 1'000'000;
  const Findings found = machine.named("/usr/bin/app", options);
  CHECK(found.has("/usr/bin/.app-wrapped"));
  CHECK(std::any_of(found.all.findings.begin(), found.all.findings.end(),
                    [](const auto& finding) { return finding.is_needed && finding.size > 30'000'000; }));
}

TEST_CASE("scripts: a script that stands in for another, and a program that a variable names") {
  ScriptMachine machine;
  machine.package("gs")
      .ships("/usr/bin/ps2pdf", "#!/bin/sh\nv=14\np=\"`dirname \\\"$0\\\"`/ps2pdf$v\"\nexec \"$p\" \"$@\"\n", 0755)
      .ships("/usr/bin/ps2pdf14", "#!/bin/sh\nGS=gs\nexec $DEBUG \"$GS\" -q \"$@\"\n", 0755)
      .ships("/usr/bin/gs", program({std::string(20'000'000, 'x')}), 0755);
  const Findings found = machine.named("/usr/bin/ps2pdf");
  CHECK(found.has("/usr/bin/ps2pdf14"));
  CHECK(found.has("/usr/bin/gs"));

  machine.program_package("java", {std::string(20'000'000, 'x')});
  machine.package("maven").ships("/usr/bin/maven",
                                 "#!/bin/sh\nJAVACMD=\"`\\\\command -v java`\"\nexec \"$JAVACMD\" -jar x\n", 0755);
  CHECK(machine.named("/usr/bin/maven").has("/usr/bin/java"));
}

TEST_CASE("scripts: what lies beside one and is of a package that depends on the script's") {
  ScriptMachine machine;
  machine.package("common").ships(
      "/usr/lib/office/program/office",
      "#!/bin/sh\nsd_prog=$(cd \"$(dirname \"$0\")\" && pwd)\nexec $CHECK \"$sd_prog/splash\" \"$@\"\n", 0755);
  machine.package("core").depends("common").ships("/usr/lib/office/program/splash", program(), 0755);
  machine.disk().link("/usr/bin/office", "../lib/office/program/office");
  const Findings found = machine.named("/usr/bin/office");
  CHECK(found.has("/usr/lib/office/program/splash"));
  CHECK(found.has("/usr/bin/dirname"));
}

TEST_CASE("scripts: a wrapper of any language goes by the name of the program behind it, the latest of several") {
  ScriptMachine machine;
  machine.package("common").ships("/usr/bin/sql", "#!/usr/bin/perl\nexec find_newest();\n", 0755);
  for (const std::string version : {"9", "15"}) {
    machine.package("sql-" + version).depends("common").ships("/usr/lib/sql/" + version + "/bin/sql", program(), 0755);
  }
  machine.package("other").ships("/usr/lib/other/sql", program(), 0755);
  const Findings found = machine.named("/usr/bin/sql");
  CHECK(found.has("/usr/lib/sql/15/bin/sql"));
  CHECK_FALSE(found.has("/usr/lib/sql/9/bin/sql"));
  CHECK_FALSE(found.has("/usr/lib/other/sql"));
}

TEST_CASE("helpers: a script that a program joins from a folder and a name brings its interpreter and commands") {
  ScriptMachine machine;
  machine.package("r")
      .ships("/usr/bin/Rs", program({"/usr/lib/R", "%s/bin/R"}, {"execv"}), 0755)
      .ships("/usr/lib/R/bin/R", "#!/bin/bash\nexport S=/bin/sed\n`uname -m`\nexec \"/usr/lib/R/bin/exec/R\"\n", 0755)
      .ships("/usr/lib/R/bin/exec/R", program(), 0755);
  machine.package("bash").ships("/usr/bin/bash", program(), 0755);
  const Findings found = machine.discover("/usr/bin/Rs");
  CHECK(found.taken() == Paths{"/usr/lib/R/bin/R", "/usr/lib/R/bin/exec/R", "/bin/bash", "/usr/bin/uname", "/bin/sed"});
  CHECK(found.at("/usr/lib/R/bin/R").rule == "helpers");
}

TEST_CASE("helpers: scripts in a folder that the program starts its helpers from bring small commands") {
  ScriptMachine machine;
  machine.program_package("git", {"/usr/lib/git-core"}, {"execve"})
      .ships("/usr/lib/git-core/git-sub", "#!/bin/sh\n. git-setup\nuname\nperl x\n", 0755)
      .ships("/usr/lib/git-core/git-setup", "sed 1d\n");
  machine.package("perl").ships("/usr/bin/perl", program({std::string(4'000'000, 'x')}), 0755);
  const Findings found = machine.discover("/usr/bin/git");
  CHECK(found.has("/usr/bin/uname"));
  CHECK(found.has("/usr/bin/sed"));
  CHECK(found.has("/bin/sh"));
  CHECK_FALSE(found.has("/usr/bin/perl"));
}

TEST_CASE("helpers: of other packages by what speaks for itself, where programs are started at all") {
  for (const bool starts : {true, false}) {
    ScriptMachine machine;
    const Texts imports = starts ? Texts{"execvp"} : Texts{"read"};
    machine.program_package("tar", {"--xz", "cluster", "/usr/bin/rmt", "gzipped"}, imports);
    machine.program_package("xz");
    machine.program_package("gzip");
    machine.program_package("cluster");
    machine.program_package("rmt");
    CHECK(machine.discover("/usr/bin/tar").taken() == (starts ? Paths{"/usr/bin/xz", "/usr/bin/rmt"} : Paths{}));
  }
}

TEST_CASE("helpers: the commands of a table among the settings, the rest a hint") {
  ScriptMachine machine;
  machine.program_package("convert", {"/etc/magick"}, {"popen"})
      .ships("/etc/magick/delegates.xml",
             "<!-- sort the %s of a file -->\n"
             "<delegate decode=\"edit\" command=\"&quot;rsvg&quot; -o &quot;%o&quot; &quot;%i&quot;; /bin/mv "
             "&quot;%o&quot;\"/>\n"
             "<delegate decode=\"ps\" command='\"gs\" -q %i'/>\n");
  machine.program_package("rsvg");
  machine.program_package("mv");
  machine.program_package("edit");
  machine.program_package("sort");
  machine.program_package("gs", {std::string(20'000'000, 'x')});
  const Findings found = machine.discover("/usr/bin/convert");
  CHECK(found.has("/usr/bin/rsvg"));
  CHECK(found.has("/bin/mv"));
  CHECK_FALSE(found.has("/usr/bin/edit"));
  CHECK_FALSE(found.has("/usr/bin/sort"));
  CHECK_FALSE(found.has("/usr/bin/gs"));
  CHECK(found.hints_at("/usr/bin/gs", "gs 20.0 MB"));
}

TEST_CASE("helpers: a table of commands among the program's own files is known by its name") {
  const std::string row = "<delegate decode=\"ps\" command='\"view\" -q %i'/>\n";
  for (const auto& [name, is_table] : {std::pair("delegates.mgk", true), std::pair("help.xml", false)}) {
    ScriptMachine machine;
    machine.program_package("gm", {"/usr/lib/gm"}, {"popen"}).ships(std::string("/usr/lib/gm/") + name, row);
    machine.program_package("view");
    CHECK(machine.discover("/usr/bin/gm").has("/usr/bin/view") == is_table);
  }
}

TEST_CASE("helpers: one of a package that its own recommends has the program's room, and its data") {
  ScriptMachine machine;
  machine.program_package("convert", {"/etc/magick"}, {"popen"})
      .recommends("gs")
      .ships("/etc/magick/delegates.xml",
             "<delegate decode=\"ps\" command='\"gs\" -q %i'/>\n<delegate decode=\"txt\" command='\"ocr\" %i'/>\n");
  machine.program_package("gs", {std::string(20'000'000, 'x')})
      .depends("gs-common")
      .ships("/usr/share/gs-more/form.pdf");
  machine.package("gs-common").of_source("gs").role(Role::data).ships("/usr/share/color/gs/rgb.icc");
  machine.program_package("ocr", {std::string(20'000'000, 'y')});
  const Findings found = machine.discover("/usr/bin/convert");
  CHECK(found.has("/usr/bin/gs"));
  CHECK(found.has("/usr/share/color/gs/rgb.icc"));
  CHECK_FALSE(found.has("/usr/share/gs-more/form.pdf"));
  CHECK_FALSE(found.has("/usr/bin/ocr"));
}

TEST_CASE("commands: a program that a language's packed library names by its path, and what a cut one still says") {
  const auto packed = [](const std::string& text) {
    std::string out(::compressBound(text.size()), '\0');
    uLongf size = out.size();
    ::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
    return std::string("\0\0\0", 3) + static_cast<char>(text.size()) + out.substr(0, size);
  };
  const std::string one = packed(std::string("\0\x10/usr/bin/which\0/bin/none", 26)), two = packed("/usr/bin/late");
  ScriptMachine machine;
  machine.program_package("calc", {"/usr/lib/calc"}).ships("/usr/lib/calc/base.rdb", one + two);
  machine.program_package("which");
  machine.program_package("late");
  CHECK(machine.discover("/usr/bin/calc").has("/usr/bin/which"));
  CHECK(machine.discover("/usr/bin/calc").has("/usr/bin/late"));
  using bundle::discover::programs_in_packed_code;
  CHECK(programs_in_packed_code(bundle::Bytes(std::string_view(one + two).substr(0, one.size() + 9))).size() == 2);
  std::string poked = one + two;
  for (size_t at = 0; at < poked.size(); ++at) {
    poked[at] = static_cast<char>(~poked[at]);
    CHECK(programs_in_packed_code(bundle::Bytes(poked)).size() <= 3);
  }
}
