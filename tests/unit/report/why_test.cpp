#include "report/why.h"

#include <doctest/doctest.h>

using namespace bundle;
using report::Answer;

TEST_CASE("of a file in the bundle: as what, where from, what brought it, up to what the user named") {
  Answer answer;
  answer.asked = "libz.so.1";
  Answer::Present& present = answer.present.emplace_back();
  present.path = "lib/git/libz.so.1";
  present.size = 121'280;
  present.source = "/usr/lib/libz.so.1.2.13";
  present.why = "needed by git-remote-http";
  present.rule = "loader";
  present.package = {"zlib1g", "1:1.2.13", "amd64", "zlib"};
  present.chain = {"here by rule helpers: programs that git names"};
  CHECK(report::render_answers({answer}) ==
        "libz.so.1: in the bundle\n"
        "  as         lib/git/libz.so.1, 121.3 kB\n"
        "  from       /usr/lib/libz.so.1.2.13\n"
        "  because    needed by git-remote-http (rule loader)\n"
        "               which is here by rule helpers: programs that git names\n"
        "  package    zlib1g 1:1.2.13\n");
}

TEST_CASE("of a file that is not: who saw it, what it would cost, and what adds it") {
  Answer answer;
  answer.asked = "jit.so";
  answer.path = "/usr/lib/pg/jit.so";
  answer.absences = {{"/usr/lib/pg is not added, for little speaks for it", "extension", "psql holds \"/usr/lib/pg\""}};
  answer.options = {"--plugin /usr/lib/pg/jit.so"};
  answer.size = 1'000'000;
  answer.dragged = 100'000'000;
  CHECK(report::render_answers({answer}) ==
        "jit.so (/usr/lib/pg/jit.so): not in the bundle\n"
        "  because    /usr/lib/pg is not added, for little speaks for it (rule extension: psql holds \"/usr/lib/pg\")\n"
        "  package    none owns it\n"
        "  to add it  --plugin /usr/lib/pg/jit.so\n"
        "  would cost 101.0 MB, 100.0 MB of it for what it needs\n");
}

TEST_CASE("of a folder: sums by reason, the largest first, of what is in and of what is not") {
  Answer answer;
  answer.asked = "/usr/share/app";
  answer.is_folder = true;
  answer.parts = {{"named by app", "named-path", 1, 10}, {"of the package of app", "own-package", 5, 2'000}};
  CHECK(report::render_answers({answer}) ==
        "/usr/share/app: in the bundle\n"
        "  in it      5 files, 2.0 kB: of the package of app (rule own-package)\n"
        "             1 file, 10 bytes: named by app (rule named-path)\n");
  answer.absences = {{"a cache", "left-out", "", 3, 9'000}};
  const std::string text = report::render_answers({answer});
  CHECK(text.starts_with("/usr/share/app: in the bundle in part\n"));
  CHECK(text.find("  left out   3 files, 9.0 kB: a cache (rule left-out)\n") != std::string::npos);
}

TEST_CASE("of what is not there, that; and a hostile name drives no terminal") {
  Answer answer;
  answer.asked = "/no\x1b[2J";
  answer.is_there = false;
  answer.absences = {{"no file of this machine has that name", "", ""}};
  CHECK(report::render_answers({answer}) ==
        "/no\\x1b[2J: not in the bundle, and there is no such file\n"
        "  because    no file of this machine has that name\n");
}
