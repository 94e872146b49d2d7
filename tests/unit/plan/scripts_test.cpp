// Scripts that are named as programs, programs that are named by links, trees that get a home in the bundle, and
// folders that are found under two paths.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "plan/layout.h"
#include "plan/objects.h"

using bundle::Error;
using bundle::Found;
using bundle::Item;
using bundle::Object;
using bundle::Plan;
using bundle::Program;
using bundle::Redirect;
using bundle::plan::LayoutOptions;
using bundle::plan::make_layout;
using bundle::plan::NamedProgram;
using bundle::plan::Script;

namespace {

NamedProgram program(const std::string& given, const std::string& real) {
  NamedProgram out;
  out.given = given;
  out.closure.objects = {object(real, ""), object("/usr/lib/ld-2.36.so", "ld-linux-x86-64.so.2")};
  out.closure.objects[0].interpreter = "/lib64/ld-linux-x86-64.so.2";
  out.closure.interpreter = 1;
  return out;
}

NamedProgram script(const std::string& path, const std::string& interpreter, const std::string& real,
                    std::vector<std::string> arguments = {}) {
  NamedProgram out = program(path, real);
  out.script = Script{path, path, std::move(arguments), interpreter};
  return out;
}

void make_static(NamedProgram& program) {
  program.closure.objects.resize(1);
  program.closure.objects[0].is_static = true;
  program.closure.interpreter = bundle::no_object;
}

LayoutOptions at_opt() {
  LayoutOptions options;
  options.prefix = "/opt";
  return options;
}

Found data(const std::string& path) {
  Found file;
  file.source = file.destination = path;
  return file;
}

const Item& item(const Plan& plan, const std::string& path) {
  const auto found = std::find_if(plan.items.begin(), plan.items.end(), [&](const Item& i) { return i.path == path; });
  REQUIRE_MESSAGE(found != plan.items.end(), path);
  return *found;
}
bool has(const Plan& plan, const std::string& path) {
  return std::any_of(plan.items.begin(), plan.items.end(), [&](const Item& i) { return i.path == path; });
}
const Program& started_by(const Plan& plan, const std::string& launcher) {
  const auto found = std::find_if(plan.programs.begin(), plan.programs.end(),
                                  [&](const Program& each) { return each.launcher == launcher; });
  REQUIRE_MESSAGE(found != plan.programs.end(), launcher);
  return *found;
}
const Redirect& redirect(const Plan& plan, const std::string& path) {
  const auto found = std::find_if(plan.redirects.begin(), plan.redirects.end(),
                                  [&](const Redirect& each) { return each.path == path; });
  REQUIRE_MESSAGE(found != plan.redirects.end(), path);
  return *found;
}
long copies(const Plan& plan, const std::string& source) {
  return std::count_if(plan.items.begin(), plan.items.end(), [&](const Item& i) { return i.source == source; });
}

}  // namespace

TEST_CASE("a script's launcher starts its interpreter, which has one of its own, with the script as it lies") {
  LayoutOptions options = at_opt();
  options.environment = {"A=1"};
  const Plan plan = make_layout({script("/usr/games/cowsay", "/usr/bin/perl", "/usr/bin/perl", {"-w"})}, {}, options);
  CHECK(plan.name == "cowsay");
  CHECK(item(plan, "bin/cowsay").kind == bundle::Kind::launcher);
  const Item& stored = item(plan, "lib/cowsay/root/usr/games/cowsay");
  CHECK(stored.kind == bundle::Kind::data);
  CHECK(stored.mode == 0755);
  CHECK(stored.edit.empty());
  const Item& perl = item(plan, "lib/cowsay/root/usr/bin/perl");
  CHECK(perl.edit.interpreter == "/opt/lib/cowsay/ld.so");
  CHECK(perl.edit.add_needed == std::vector<std::string>{"libredirect.so"});
  const Program& cowsay = started_by(plan, "bin/cowsay");
  CHECK(cowsay.program == "lib/cowsay/root/usr/bin/perl");
  CHECK(cowsay.script == "lib/cowsay/root/usr/games/cowsay");
  CHECK(cowsay.argv0 == "/usr/bin/perl");
  CHECK(cowsay.arguments == std::vector<std::string>{"-w", "@root@/lib/cowsay/root/usr/games/cowsay"});
  CHECK(cowsay.loader == "lib/cowsay/ld.so");
  CHECK(cowsay.environment == options.environment);
  CHECK_FALSE(cowsay.is_helper);
  const Program& plain = started_by(plan, "lib/cowsay/start/usr/bin/perl");
  CHECK(plain.is_helper);
  CHECK(plain.arguments.empty());
  CHECK(plain.environment.empty());
  CHECK(redirect(plan, "/usr/games/cowsay").kind == Redirect::Kind::file);
  CHECK(redirect(plan, "/usr/bin/perl").launcher == "lib/cowsay/start/usr/bin/perl");
}

TEST_CASE("scripts of one interpreter share it, with it as a program of its own too, in either order") {
  const NamedProgram perl = program("/usr/bin/perl", "/usr/bin/perl");
  const NamedProgram one = script("/usr/bin/one", "/usr/bin/perl", "/usr/bin/perl");
  const NamedProgram two = script("/usr/bin/two", "/usr/bin/perl", "/usr/bin/perl", {"-T"});
  for (const auto& programs : {std::vector{perl, one, two}, std::vector{one, perl, two}, std::vector{one, two}}) {
    const Plan plan = make_layout(programs, {}, at_opt());
    CHECK(copies(plan, "/usr/bin/perl") == 1);
    CHECK(started_by(plan, "bin/one").program == started_by(plan, "bin/two").program);
    CHECK(started_by(plan, "bin/two").arguments.front() == "-T");
    const bool is_named = programs.size() == 3;
    CHECK(has(plan, "bin/perl") == is_named);
    CHECK(has(plan, plan.home + "/start/usr/bin/perl") != is_named);
    CHECK(redirect(plan, "/usr/bin/perl").launcher == (is_named ? "bin/perl" : plan.home + "/start/usr/bin/perl"));
  }
}

TEST_CASE("an interpreter is found by the name that its scripts have for it") {
  const Plan plan = make_layout({script("/usr/bin/s", "/usr/bin/python3", "/usr/bin/python3.11")}, {}, at_opt());
  CHECK(started_by(plan, "bin/s").argv0 == "/usr/bin/python3");
  CHECK(redirect(plan, "/usr/bin/python3").launcher == "lib/s/root/usr/bin/python3");
  CHECK(started_by(plan, "lib/s/root/usr/bin/python3").arguments.empty());
  const Plan by_env = make_layout({script("/usr/bin/s", "python3", "/usr/bin/python3.11")}, {}, at_opt());
  CHECK(started_by(by_env, "bin/s").argv0 == "python3");
}

TEST_CASE("a static interpreter has a launcher too, and one copy") {
  NamedProgram shell = script("/usr/bin/s", "/bin/sh", "/bin/busybox");
  make_static(shell);
  const Plan plan = make_layout({shell}, {}, at_opt());
  CHECK(item(plan, "bin/s").kind == bundle::Kind::launcher);
  CHECK(item(plan, "lib/s/root/bin/busybox").edit.empty());
  const Program& started = started_by(plan, "bin/s");
  CHECK(started.program == "lib/s/root/bin/busybox");
  CHECK(started.loader.empty());
  CHECK(started.machine == 62);
  CHECK(started.argv0 == "/bin/sh");
  NamedProgram busybox = program("/bin/busybox", "/bin/busybox");
  make_static(busybox);
  const Plan both = make_layout({shell, busybox}, {}, at_opt());
  CHECK(copies(both, "/bin/busybox") == 1);
  CHECK(started_by(both, "bin/s").program == "bin/busybox");
}

TEST_CASE("a script without a launcher is refused") {
  NamedProgram foreign = script("/usr/bin/s", "/bin/sh", "/bin/dash");
  LayoutOptions bare = at_opt();
  bare.launchers = false;
  CHECK_THROWS_WITH_AS(make_layout({foreign}, {}, bare), doctest::Contains("--launcher none"), Error);
  foreign.has_launcher = false;
  CHECK_THROWS_WITH_AS(make_layout({foreign}, {}, at_opt()), doctest::Contains("dash"), Error);
}

TEST_CASE("what lies below a source has its place below the home, and is answered there") {
  LayoutOptions options = at_opt();
  options.homes = {{"/home/alice/py", "/opt/py"}, {"/home/alice/py/inner", "/opt/inner"}};
  const Plan plan =
      make_layout({program("/home/alice/py/bin/python3", "/home/alice/py/bin/python3.11"),
                   script("/home/alice/py/bin/pip", "/home/alice/py/bin/python3", "/home/alice/py/bin/python3.11"),
                   program("/home/alice/py/inner/x", "/home/alice/py/inner/x"),
                   program("/home/alice/python", "/home/alice/python")},
                  {{data("/opt/py/lib/a")}}, options);
  item(plan, "lib/python3/root/opt/py/bin/python3.11");
  item(plan, "lib/python3/root/opt/inner/x");
  item(plan, "lib/python3/root/usr/bin/python");
  CHECK(redirect(plan, "/opt/py/bin/python3.11").launcher == "bin/python3");
  CHECK(redirect(plan, "/opt/py/bin/python3").launcher == "lib/python3/root/opt/py/bin/python3");
  CHECK(started_by(plan, "bin/pip").argv0 == "/opt/py/bin/python3");
  for (const Item& each : plan.items) {
    if (each.source != "/home/alice/py/bin/pip") CHECK(each.path.find("alice") == std::string::npos);
  }
  for (const Redirect& each : plan.redirects) {
    if (each.path != "/home/alice/py/bin/pip") CHECK(each.path.find("alice") == std::string::npos);
  }
}

TEST_CASE("an interpreter whose path is nobody's business is called by its place") {
  const Plan plan = make_layout({script("/usr/bin/s", "/home/alice/bin/perl", "/home/alice/bin/perl5")}, {}, at_opt());
  CHECK(started_by(plan, "bin/s").argv0 == "/usr/bin/perl5");
  item(plan, "lib/s/root/usr/bin/perl5");
}

TEST_CASE("a home in a sysroot") {
  LayoutOptions options = at_opt();
  options.sysroot = "/srv/arm";
  options.homes = {{"/srv/arm/home/x/rig", "/opt/rig"}};
  const Plan plan = make_layout({program("/srv/arm/home/x/rig/bin/rig", "/srv/arm/home/x/rig/bin/rig"),
                                 script("/srv/arm/usr/bin/s", "/home/x/rig/bin/sh", "/srv/arm/home/x/rig/bin/sh")},
                                {}, options);
  item(plan, "lib/rig/root/opt/rig/bin/rig");
  CHECK(started_by(plan, "bin/s").argv0 == "/opt/rig/bin/sh");
}

TEST_CASE("a folder that is found under another path, and what lies under that path itself") {
  LayoutOptions options = at_opt();
  options.folder_names = {{"/usr/local/lib/y", "/opt/rig"}};
  const Plan plan =
      make_layout({program("/usr/bin/rig", "/usr/bin/rig")},
                  {{data("/opt/rig/share/a"), data("/usr/local/lib/y/own"), data("/usr/local/lib/yy/b")}}, options);
  const Redirect& alias = redirect(plan, "/usr/local/lib/y");
  CHECK(alias.kind == Redirect::Kind::folder);
  CHECK(alias.stored == "/opt/rig");
  CHECK(redirect(plan, "/opt/rig").stored.empty());
  CHECK(redirect(plan, "/usr/local/lib/y/own").kind == Redirect::Kind::file);
  CHECK(redirect(plan, "/usr/local/lib/yy").kind == Redirect::Kind::folder);
}

TEST_CASE("a program that is named by a link is told that name where its launcher has another one") {
  LayoutOptions options = at_opt();
  const NamedProgram greet = program("/bin/greet", "/bin/box");
  CHECK(started_by(make_layout({greet}, {}, options), "bin/greet").argv0.empty());
  options.renames = {{"greet", "hi"}};
  const Plan renamed = make_layout({greet}, {}, options);
  CHECK(started_by(renamed, "bin/hi").argv0 == "/bin/greet");
  CHECK(started_by(renamed, "bin/hi").program == "lib/hi/root/bin/box");
  options.renames = {{"rig", "hi"}};
  CHECK(started_by(make_layout({program("/usr/bin/rig", "/usr/bin/rig")}, {}, options), "bin/hi").argv0.empty());
  options.renames = {{"tool", "hi"}};
  const Plan at_home = make_layout({program("/home/me/tool", "/home/me/box")}, {}, options);
  CHECK_MESSAGE(started_by(at_home, "bin/hi").argv0 == "tool", "and no private path");
}

TEST_CASE("a static file is there once, whatever its names") {
  NamedProgram greet = program("/bin/greet", "/bin/box"), bye = program("/bin/bye", "/bin/box");
  make_static(greet);
  make_static(bye);
  const Plan alone = make_layout({greet}, {}, at_opt());
  CHECK(item(alone, "bin/greet").source == "/bin/box");
  const Plan both = make_layout({greet, bye}, {}, at_opt());
  CHECK(copies(both, "/bin/box") == 1);
  for (const char* const launcher : {"bin/greet", "bin/bye"}) {
    CHECK(item(both, launcher).kind == bundle::Kind::launcher);
    CHECK(started_by(both, launcher).program == "lib/greet/root/bin/box");
  }
  LayoutOptions without = at_opt();
  without.launchers = false;
  CHECK(copies(make_layout({greet, bye}, {}, without), "/bin/box") == 2);
}

TEST_CASE("further names of a static helper are launchers of it") {
  NamedProgram box = program("/bin/box", "/bin/box");
  make_static(box);
  bundle::plan::Added added;
  for (const char* const name : {"/bin/rev", "/bin/tr"}) {
    Found found = data(name);
    found.source = "/bin/box";
    found.kind = bundle::Kind::program;
    added.files.push_back(found);
  }
  added.loads["/bin/box"] = {box.closure, {}};
  const Plan plan = make_layout({program("/usr/bin/rig", "/usr/bin/rig")}, added, at_opt());
  CHECK(copies(plan, "/bin/box") == 1);
  CHECK(item(plan, "lib/rig/root/bin/tr").kind == bundle::Kind::launcher);
  CHECK(started_by(plan, "lib/rig/root/bin/tr").program == "lib/rig/root/bin/rev");
  CHECK(redirect(plan, "/bin/tr").launcher == "lib/rig/root/bin/tr");
}
