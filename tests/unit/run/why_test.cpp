// --why in process, on a made-up system of the smallest ELF files.
#include "run/why.h"

#include <doctest/doctest.h>

#include "report/summary.h"
#include "resolve/tiny_elf.h"
#include "run/bundle.h"

using namespace bundle;

namespace {

/// A program app that needs libfoo.so, which needs libbar.so, and a library that nobody needs; no package database.
class System {
 public:
  System() {
    root_.write("lib64/ld-linux-x86-64.so.2", tiny::Elf{{{DT_SONAME, "ld-linux-x86-64.so.2"}}, {}, "", EM_X86_64});
    root_.write("usr/lib/libbar.so", tiny::Elf{{{DT_SONAME, "libbar.so"}}, {}, "", EM_X86_64});
    root_.write("usr/lib/libfoo.so",
                tiny::Elf{{{DT_SONAME, "libfoo.so"}, {DT_NEEDED, "libbar.so"}}, {}, "", EM_X86_64});
    root_.write("usr/lib/libalone.so",
                tiny::Elf{{{DT_SONAME, "libalone.so"}, {DT_NEEDED, "libbig.so"}}, {}, "", EM_X86_64});
    root_.write("usr/lib/libbig.so", tiny::Elf{{{DT_SONAME, "libbig.so"}}, {}, "", EM_X86_64});
    root_.write("usr/bin/app", tiny::Elf{{{DT_NEEDED, "libfoo.so"}}, {}, "/lib64/ld-linux-x86-64.so.2", EM_X86_64});
  }
  report::Answer why(const std::string& path) const {
    run::BundleOptions options;
    options.programs = {"/usr/bin/app"};
    options.sysroot = root_.path();
    options.dry_run = true;
    options.progress = false;
    options.why = {path};
    return run::bundle_programs(options).answers.at(0);
  }

 private:
  tiny::Folder root_;
};

}  // namespace

TEST_CASE("a library is explained by the chain that leads to it, whatever of its names is asked for") {
  const System system;
  for (const char* name : {"libbar.so", "/usr/lib/libbar.so", "lib/app/libbar.so", "/opt/lib/app/libbar.so"}) {
    CAPTURE(name);
    const report::Answer answer = system.why(name);
    REQUIRE(answer.present.size() == 1);
    const report::Answer::Present& present = answer.present.front();
    CHECK(present.path == "lib/app/libbar.so");
    CHECK(present.source == "/usr/lib/libbar.so");
    CHECK(present.rule == "loader");
    CHECK(present.why == "needed by libfoo.so");
    CHECK(present.chain == std::vector<std::string>{"needed by app", "named on the command line"});
  }
}

TEST_CASE("what nothing names is said so, with what it would bring along and the option for it") {
  const report::Answer answer = System().why("/usr/lib/libalone.so");
  CHECK(answer.is_there);
  CHECK(answer.present.empty());
  REQUIRE(answer.absences.size() == 1);
  CHECK(answer.absences.front().text.starts_with("no rule saw it"));
  CHECK(answer.options == std::vector<std::string>{"--plugin /usr/lib/libalone.so"});
  CHECK(answer.size > 0);
  CHECK(answer.dragged > 0);
}

TEST_CASE("a folder is a sum, and what is not there is said") {
  const report::Answer folder = System().why("lib/app");
  CHECK(folder.is_folder);
  CHECK_FALSE(folder.parts.empty());
  const report::Answer none = System().why("/usr/lib/libnone.so");
  CHECK_FALSE(none.is_there);
  CHECK(none.absences.size() == 1);
}
