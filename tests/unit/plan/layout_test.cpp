#include "plan/layout.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "plan/objects.h"

using bundle::Closure;
using bundle::Edge;
using bundle::Error;
using bundle::Found;
using bundle::Item;
using bundle::Object;
using bundle::Plan;
using bundle::plan::Added;
using bundle::plan::LayoutOptions;
using bundle::plan::make_layout;
using bundle::plan::NamedProgram;

namespace {

/// A program that needs `libraries` in that order, and an interpreter.
NamedProgram program(const std::string& path, std::vector<Object> libraries) {
  NamedProgram out;
  out.given = path;
  out.closure.objects.push_back(object(path, ""));
  out.closure.objects.front().interpreter = "/lib64/ld-linux-x86-64.so.2";
  for (Object& library : libraries) {
    Edge edge;
    edge.name = library.name;
    edge.target = out.closure.objects.size();
    out.closure.objects.front().needs.push_back(edge);
    out.closure.objects.push_back(std::move(library));
  }
  out.closure.interpreter = out.closure.objects.size();
  out.closure.objects.push_back(object("/usr/lib/ld-2.36.so", "ld-linux-x86-64.so.2"));
  return out;
}

LayoutOptions at_opt() {
  LayoutOptions options;
  options.prefix = "/opt";
  return options;
}

const Item& item(const Plan& plan, const std::string& path) {
  const auto found = std::find_if(plan.items.begin(), plan.items.end(), [&](const Item& i) { return i.path == path; });
  REQUIRE_MESSAGE(found != plan.items.end(), path);
  return *found;
}

}  // namespace

TEST_CASE("a program lies under root where it lay, its libraries flat beside the loader") {
  const Plan plan = make_layout({program("/usr/bin/rig", {object("/usr/lib/libz.so.1.2", "libz.so.1")})}, {}, at_opt());
  REQUIRE(plan.items.size() == 5);
  CHECK(item(plan, "bin/rig").kind == bundle::Kind::launcher);
  CHECK(item(plan, "lib/rig/libz.so.1").edit.empty());
  CHECK(item(plan, "lib/rig/ld.so").edit.empty());
  const Item& rig = item(plan, "lib/rig/root/usr/bin/rig");
  CHECK(rig.edit.interpreter == "/opt/lib/rig/ld.so");
  CHECK(rig.edit.run_path->value == "$ORIGIN/../../..");
  CHECK_FALSE(rig.edit.run_path->runpath);
}

TEST_CASE("a path outside the system's folders is in no item but as a source") {
  const Plan plan = make_layout({program("/home/alice/secret/rig", {object("/home/alice/lib/libz.so.1", "libz.so.1")})},
                                {}, at_opt());
  for (const Item& each : plan.items) {
    CHECK(each.path.find("alice") == std::string::npos);
    CHECK(each.why.find("alice") == std::string::npos);
  }
  item(plan, "lib/rig/root/usr/bin/rig");
}

TEST_CASE("a library with a run path of its own gets one that leads to the bundle") {
  Object library = object("/usr/lib/libpulse.so.0", "libpulse.so.0");
  library.runpath = "/usr/lib/pulseaudio";
  const Plan plan = make_layout({program("/usr/bin/pacat", {library})}, {}, at_opt());
  CHECK(item(plan, "lib/pacat/libpulse.so.0").edit.run_path->value == "$ORIGIN");
}

TEST_CASE("a library asked for by another name than its SONAME is stored once, and its dependent renamed") {
  NamedProgram named = program("/usr/bin/app", {object("/usr/lib/libfoo.so.1", "libfoo.so.1")});
  named.closure.objects[0].needs[0].name = "libfoo.so";
  const Plan plan = make_layout({named}, {}, at_opt());
  item(plan, "lib/app/libfoo.so.1");
  CHECK(item(plan, "lib/app/root/usr/bin/app").edit.rename_needed.at("libfoo.so") == "libfoo.so.1");
}

TEST_CASE("two programs share what is the same, and each keeps its own of what is not") {
  Object nested = object("/usr/lib/libnested.so", "libnested.so");
  nested.rpath = "/usr/lib/private";
  const Plan plan = make_layout({program("/usr/bin/one", {object("/a/libz.so.1", "libz.so.1"), nested}),
                                 program("/usr/bin/two", {object("/b/libz.so.1", "libz.so.1"), nested}),
                                 program("/usr/bin/three", {object("/b/libz.so.1", "libz.so.1")})},
                                {}, at_opt());
  CHECK(item(plan, "lib/one/libz.so.1").source == "/a/libz.so.1");
  CHECK(item(plan, "lib/one/2/libz.so.1").source == "/b/libz.so.1");
  CHECK(item(plan, "lib/one/libnested.so").edit.run_path->value == "$ORIGIN");
  CHECK(item(plan, "lib/one/2/libnested.so").edit.run_path->value == "$ORIGIN:$ORIGIN/..");
  CHECK(item(plan, "lib/one/root/usr/bin/one").edit.run_path->value == "$ORIGIN/../../..");
  CHECK(item(plan, "lib/one/root/usr/bin/two").edit.run_path->value == "$ORIGIN/../../../2:$ORIGIN/../../..");
  // The third is not misled by anything in the second's folder, and takes its libz.
  CHECK(item(plan, "lib/one/root/usr/bin/three").edit.run_path->value == "$ORIGIN/../../../2:$ORIGIN/../../..");
  CHECK(plan.items.size() == 3 + 3 + 4 + 1 + 1);
}

TEST_CASE("two files of one SONAME in one namespace both go in, under names of their own") {
  NamedProgram named = program("/usr/bin/app", {object("/a/libx.so", "libx.so"), object("/b/liby.so", "libx.so")});
  named.closure.objects[0].needs[0].name = "/a/libx.so";
  named.closure.objects[0].needs[1].name = "/b/liby.so";
  const Plan plan = make_layout({named}, {}, at_opt());
  CHECK(item(plan, "lib/app/libx.so").source == "/a/libx.so");
  CHECK(item(plan, "lib/app/2.libx.so").source == "/b/liby.so");
  const auto& renames = item(plan, "lib/app/root/usr/bin/app").edit.rename_needed;
  CHECK(renames.at("/a/libx.so") == "libx.so");
  CHECK(renames.at("/b/liby.so") == "2.libx.so");
}

TEST_CASE("a static program is its own launcher, and one without a launcher lies in bin") {
  NamedProgram fixed = program("/usr/bin/busybox", {});
  fixed.closure.objects.resize(1);
  fixed.closure.objects[0].is_static = true;
  fixed.closure.interpreter = bundle::no_object;
  NamedProgram foreign = program("/usr/bin/app", {});
  foreign.has_launcher = false;
  const Plan plan = make_layout({fixed, foreign}, {}, at_opt());
  CHECK(item(plan, "bin/busybox").edit.empty());
  CHECK(item(plan, "bin/app").edit.run_path->value == "$ORIGIN/../lib/busybox");
  CHECK_FALSE(plan.programs[0].lacks_launcher);
  CHECK(plan.programs[1].lacks_launcher);
  CHECK_FALSE(plan.wants_redirection);
  LayoutOptions bare = at_opt();
  bare.launchers = false;
  CHECK_FALSE(make_layout({foreign}, {}, bare).programs[0].lacks_launcher);
}

TEST_CASE("names that collide or are no file names are refused with the way out") {
  const std::vector<NamedProgram> twins = {program("/usr/bin/rig", {}), program("/tmp/rig", {})};
  CHECK_THROWS_WITH_AS(make_layout(twins, {}, at_opt()), doctest::Contains("--rename /tmp/rig=NEW"), Error);
  LayoutOptions options = at_opt();
  options.renames = {{"/tmp/rig", "rig2"}};
  const Plan plan = make_layout(twins, {}, options);
  item(plan, "bin/rig2");
  item(plan, "lib/rig/root/usr/bin/2/rig");
  options.renames = {{"nobody", "x"}};
  CHECK_THROWS_AS(make_layout({twins[0]}, {}, options), Error);
  options.renames = {{"rig", "a/b"}};
  CHECK_THROWS_AS(make_layout({twins[0]}, {}, options), Error);
}

TEST_CASE("flat and named bundles") {
  LayoutOptions options = at_opt();
  options.name = "tools";
  CHECK(item(make_layout({program("/usr/bin/rig", {})}, {}, options), "lib/tools/ld.so").mode == 0755);
  options.flat = true;
  const Plan plan = make_layout({program("/usr/bin/rig", {})}, {}, options);
  CHECK(item(plan, "lib/root/usr/bin/rig").edit.interpreter == "/opt/lib/ld.so");
}

namespace {
Found added(const std::string& source, const std::string& destination, bundle::Kind kind) {
  Found file;
  file.source = source;
  file.destination = destination;
  file.kind = kind;
  file.why = "found";
  return file;
}
}  // namespace

TEST_CASE("data lies under root and brings the redirect library, which the program loads first") {
  const Plan plan = make_layout({program("/usr/bin/rig", {})},
                                {{added("/usr/share/rig/a", "/usr/share/rig/a", bundle::Kind::data),
                                  added("/usr/share/rig/b", "/usr/share/rig/b", bundle::Kind::data),
                                  added("/usr/share/words", "/usr/share/words", bundle::Kind::data)}},
                                at_opt());
  CHECK(item(plan, "lib/rig/root/usr/share/rig/a").mode == 0644);
  item(plan, "lib/rig/libredirect.so");
  item(plan, "lib/rig/redirect.tab");
  CHECK(item(plan, "lib/rig/root/usr/bin/rig").edit.add_needed == std::vector<std::string>{"libredirect.so"});
  REQUIRE(plan.redirects.size() == 3);  // the program itself, its folder, and one file of a folder that all share
  CHECK(plan.redirects[1].path == "/usr/share/rig");
  CHECK(plan.redirects[1].kind == bundle::Redirect::Kind::folder);
  CHECK(plan.redirects[2].path == "/usr/share/words");
  CHECK(plan.redirects[2].kind == bundle::Redirect::Kind::file);
}

TEST_CASE("a large file of several names is stored once, a small one under each") {
  std::vector<Found> files = {added("/data/large", "/usr/lib/rig/words", bundle::Kind::data),
                              added("/data/large", "/usr/share/words", bundle::Kind::data),
                              added("/data/small", "/usr/share/a", bundle::Kind::data),
                              added("/data/small", "/usr/share/b", bundle::Kind::data)};
  files[0].size = files[1].size = 1'000'000;
  const Plan plan = make_layout({program("/usr/bin/rig", {})}, {files}, at_opt());
  CHECK(item(plan, "lib/rig/root/usr/lib/rig/words").also == std::vector<std::string>{"/usr/share/words"});
  CHECK(std::none_of(plan.items.begin(), plan.items.end(),
                     [](const bundle::Item& other) { return other.path == "lib/rig/root/usr/share/words"; }));
  item(plan, "lib/rig/root/usr/share/a");
  item(plan, "lib/rig/root/usr/share/b");
  CHECK(plan.redirects.back().path == "/usr/share/words");
  CHECK(plan.redirects.back().stored == "/usr/lib/rig/words");
}

TEST_CASE("a helper has a launcher of its own, and another name of a program is a launcher in its place") {
  const Found helper = added("/usr/lib/git/remote", "/usr/lib/git/remote", bundle::Kind::program);
  const Found alias = added("/usr/bin/git", "/usr/lib/git/git-add", bundle::Kind::program);
  Added found{{helper, alias}};
  found.loads[helper.source].closure = program(helper.source, {object("/usr/lib/libz.so.1", "libz.so.1")}).closure;
  found.loads[alias.source].closure = program(alias.source, {}).closure;
  const Plan plan = make_layout({program("/usr/bin/git", {})}, found, at_opt());
  CHECK(item(plan, "lib/git/root/usr/lib/git/remote").edit.interpreter == "/opt/lib/git/ld.so");
  CHECK(item(plan, "lib/git/start/usr/lib/git/remote").kind == bundle::Kind::launcher);
  CHECK(item(plan, "lib/git/root/usr/lib/git/git-add").kind == bundle::Kind::launcher);
  item(plan, "lib/git/libz.so.1");
}

TEST_CASE("a library that is found by its path is the copy that others find by its name") {
  const Found jvm = added("/usr/lib/jvm/server/libjvm.so", "/usr/lib/jvm/server/libjvm.so", bundle::Kind::library);
  const Found java = added("/usr/lib/jvm/libjava.so", "/usr/lib/jvm/libjava.so", bundle::Kind::library);
  Added found{{java, jvm}};
  found.loads[jvm.source].closure.objects.push_back(object(jvm.source, "libjvm.so"));
  Closure& closure = found.loads[java.source].closure;
  closure = program(java.source, {object(jvm.source, "libjvm.so")}).closure;
  closure.objects[0].runpath = "$ORIGIN/server";
  const Plan plan = make_layout({program("/usr/bin/java", {})}, found, at_opt());
  CHECK(std::none_of(plan.items.begin(), plan.items.end(),
                     [](const Item& each) { return each.path == "lib/java/libjvm.so"; }));
  CHECK(item(plan, "lib/java/root/usr/lib/jvm/libjava.so").edit.run_path->value ==
        "$ORIGIN/../../../..:$ORIGIN/server");
}

TEST_CASE("relative paths") {
  CHECK(bundle::plan::relative_path("lib/rig/root/usr/bin", "lib/rig") == "../../..");
  CHECK(bundle::plan::relative_path("lib/rig", "lib/rig") == ".");
  CHECK(bundle::plan::relative_path("bin", "lib/rig/2") == "../lib/rig/2");
}
