#include "report/findings.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace bundle;
using report::HintLine;

namespace {

size_t lines_in(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

Finding line(const std::string& path, uint64_t size, const std::string& why = "", const std::string& package = "") {
  Finding out;
  out.path = path;
  out.why = why.empty() ? "named by " + path : why;
  out.rule = "named-path";
  out.package.name = package;
  out.files = 1;
  out.size = size;
  return out;
}

}  // namespace

TEST_CASE("of what was found the twelve largest are said, with what they need, and the rest in one line") {
  std::vector<Finding> found;
  for (uint64_t i = 0; i < 20; ++i) found.push_back(line(fmt::format("/opt/app/{:02}", i), 1000 * (i + 1)));
  found[0].dragged = 1'000'000;  // small by itself, and the dearest of all
  const std::string text = report::render_found(found, false);
  CHECK(lines_in(text) == 13);
  CHECK(
      text.starts_with("found /opt/app/00: 1.0 kB and 1.0 MB of libraries for it, named by /opt/app/00\n"
                       "found /opt/app/19: 20.0 kB, "));
  CHECK(text.find("/opt/app/09:") != std::string::npos);
  CHECK(text.find("/opt/app/08:") == std::string::npos);
  CHECK(text.ends_with("\nand 8 more (44.0 kB): -v\n"));
}

TEST_CASE("all that was found stands in its order, a line each") {
  std::vector<Finding> found;
  for (uint64_t i = 0; i < 20; ++i) found.push_back(line("/usr/share/app", 1000 * (i + 1), "named by app", "app"));
  const std::string text = report::render_found(found, true);
  CHECK(lines_in(text) == 20);
  CHECK(text.starts_with("found /usr/share/app: 1.0 kB, named by app [app]\nfound /usr/share/app: 2.0 kB, "));
}

TEST_CASE("one folder of several packages is one line, and so are several places of one package") {
  CHECK(report::render_found({line("/usr/lib/app", 1000, "of the package of app", "app"),
                              line("/usr/lib/app", 2000, "of the package of app", "app-data")},
                             false) == "found /usr/lib/app: 2 files, 3.0 kB, of the package of app [app, app-data]\n");
  CHECK(report::render_found({line("/usr/share/app/a", 1000, "named by app", "app"),
                              line("/usr/share/app/b/c", 2000, "named by app", "app")},
                             false) == "found /usr/share/app: 2 files, 3.0 kB, named by app [app]\n");
  // A folder of everybody's says nothing: the places themselves are told.
  CHECK(report::render_found(
            {line("/usr/share/one", 1000, "named by app", "app"), line("/usr/share/two", 2000, "named by app", "app")},
            false) == "found /usr/share/one, /usr/share/two: 2 files, 3.0 kB, named by app [app]\n");
}

TEST_CASE("lines of different reasons, and of no package, stay by themselves") {
  CHECK(lines_in(report::render_found(
            {line("/usr/share/a", 1, "named by a", "p"), line("/usr/share/a", 1, "named by b", "p"),
             line("/opt/x", 1, "used in a run"), line("/opt/y", 1, "used in a run")},
            false)) == 4);
}

TEST_CASE("what costs nothing comes last") {
  Finding same = line("/etc/ssl/cert.pem", 0);
  same.same_as = "/usr/lib/ssl/cert.pem";
  CHECK(report::render_found({same, line("/opt/x", 5)}, false) ==
        "found /opt/x: 5 bytes, named by /opt/x\n"
        "found /etc/ssl/cert.pem: the same as /usr/lib/ssl/cert.pem, named by /etc/ssl/cert.pem\n");
}

TEST_CASE("eight hints are said, the most useful first and the dearest last, and how many more there are") {
  using Matter = HintLine::Matter;
  std::vector<HintLine> hints = {{"weak", Matter::doubtful, 5},      {"dear", Matter::costly, 500},
                                 {"cheap", Matter::costly, 50},      {"settings", Matter::seen, 0},
                                 {"lacks libx", Matter::lacking, 0}, {"secret", Matter::asked, 0}};
  CHECK(report::render_hints(hints, false) ==
        "hint: secret\nhint: lacks libx\nhint: settings\nhint: cheap\nhint: dear\nhint: weak\n");
  CHECK(report::render_hints(hints, true).starts_with("hint: weak\nhint: dear\n"));
  hints.insert(hints.end(), 3, {"more", Matter::seen, 0});
  const std::string text = report::render_hints(hints, false);
  CHECK(lines_in(text) == 9);
  CHECK(text.ends_with("\nand 1 more hint: -v\n"));
  CHECK(text.find("weak") == std::string::npos);
  CHECK(lines_in(report::render_hints(hints, true)) == 9);
}
