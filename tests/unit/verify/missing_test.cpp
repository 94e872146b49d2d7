// What of a run is told as missing, by runs that are made up.
#include "verify/missing.h"

#include <doctest/doctest.h>

#include "verify/made_up_bundle.h"

using bundle::verify::Missing;
using bundle::verify::Place;
using bundle::verify::Seen;
using bundle::verify::Watched;
using verify_test::MadeUpBundle;

namespace {

constexpr const char* manifest =
    R"({"format": 1, "made_by": "bundle 1", "name": "tool", "prefix": "/opt", "programs": [], "files": [{"path": "bin/tool", "size": 1, "sha256": "00"}]})";
constexpr const char* dropped = R"({"": ["libgone.so.1"], "root": {"usr": {"share": {"tool": {"": ["gone"]}}}}})";

std::string missing(std::vector<Seen> seen) {
  Place place;
  place.target = bundle::plan::find_target("aws-lambda");
  place.folder = "/nowhere";
  place.environment = {{"HOME", "/home/me"}};
  std::string text;
  const MadeUpBundle layer({{"lib/tool/manifest.json"}, {"lib/tool/dropped.json"}},
                           {{"lib/tool/manifest.json", manifest}, {"lib/tool/dropped.json", dropped}});
  for (const Missing& one : missing_of({{}, std::move(seen)}, place, layer)) {
    text += one.name + (one.is_dropped ? " dropped" : "") + (one.option.empty() ? "" : " " + one.option) + ";";
  }
  return text;
}

constexpr Seen::Use opened = Seen::Use::opened, looked_at = Seen::Use::looked_at, executed = Seen::Use::executed;

}  // namespace

TEST_CASE("a path is missing when it was never there") {
  CHECK(missing({{"/usr/share/x-of-nobody/a", opened}}) == "/usr/share/x-of-nobody/a;");
  CHECK(missing({{"/usr/share/x-of-nobody/a", opened, true}}).empty());
  CHECK(missing({{"/usr/bin/env", executed}}) == "env --add /usr/bin/env;");
  CHECK(missing({{"/usr/lib/os-release", opened}}) == "/usr/lib/os-release --add /usr/lib/os-release;");
}

TEST_CASE("what the bundle has under a program's path is told by that path") {
  CHECK(missing({{"/opt/lib/tool/root/usr/share/x-of-nobody", opened}}) == "/usr/share/x-of-nobody;");
  CHECK(missing({{"/opt/lib/tool/root/usr/share/x-of-nobody", opened, true}, {"/usr/share/x-of-nobody", looked_at}})
            .empty());
}

TEST_CASE("a search is missing only as a whole") {
  CHECK(missing({{"/lib64/libx-of-nobody.so.1", opened}, {"/opt/lib/tool/libx-of-nobody.so.1", opened}}) ==
        "libx-of-nobody.so.1;");
  CHECK(missing({{"/lib64/libx-of-nobody.so.1", opened}, {"/opt/lib/tool/libx-of-nobody.so.1", opened, true}}).empty());
  CHECK(missing({{"/usr/local/bin/x-of-nobody", executed}, {"/usr/bin/x-of-nobody", executed}}) == "x-of-nobody;");
  CHECK(missing({{"/usr/local/bin/env", executed}, {"/opt/bin/env", executed, true}}).empty());
  CHECK(missing({{"/usr/lib/x-of-nobody/m.py", looked_at}, {"/opt/lib/y/m.py", opened, true}}).empty());
}

TEST_CASE("what belongs to the run or to every system is no lack") {
  Seen written{"/srv/log-of-nobody", opened};
  written.written = true;
  CHECK(missing({written}).empty());
  for (const char* path :
       {"/var/task/x", "/home/me/.config", "/tmp/x", "/proc/x", "/etc/passwd", "/usr", "/usr/lib64", "/opt/x",
        "/usr/share/locale/de/LC_MESSAGES/x.mo", "/lib64/glibc-hwcaps/x86-64-v3/libc.so.6"}) {
    CAPTURE(path);
    CHECK(missing({{path, looked_at}}).empty());
  }
}

TEST_CASE("what slim dropped is said to be") {
  CHECK(missing({{"/opt/lib/tool/libgone.so.1", opened}, {"/opt/lib/tool/root/usr/share/tool/gone", opened}}) ==
        "/usr/share/tool/gone dropped;libgone.so.1 dropped;");
}

TEST_CASE("of what is nowhere a few are told, and how many more") {
  std::vector<Missing> all;
  for (int i = 10; i < 22; ++i) all.push_back({"/x/" + std::to_string(i), false, false, "", ""});
  const std::string text = bundle::verify::render_missing(all, false);
  CHECK(text.find("/x/17  is not on this machine either") != std::string::npos);
  CHECK(text.find("/x/18") == std::string::npos);
  CHECK(text.find("and 4 more") != std::string::npos);
  CHECK(bundle::verify::render_missing(all, true).find("/x/21") != std::string::npos);
  CHECK(bundle::verify::render_missing({}, false) == "all that was looked for was found\n");
}
