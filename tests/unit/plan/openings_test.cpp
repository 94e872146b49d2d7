// Libraries that are opened by name lie where the object that opens them would find them.
#include <doctest/doctest.h>

#include <algorithm>

#include "plan/layout.h"
#include "plan/objects.h"

using bundle::Closure;
using bundle::Edge;
using bundle::Item;
using bundle::Object;
using bundle::Opening;
using bundle::Plan;
using bundle::plan::LayoutOptions;
using bundle::plan::make_layout;
using bundle::plan::NamedProgram;

namespace {

/// Its first object needs the others.
Closure closure(std::vector<Object> objects) {
  Closure out;
  out.objects = std::move(objects);
  for (size_t i = 1; i < out.objects.size(); ++i) {
    Edge edge;
    edge.name = out.objects[i].name;
    edge.target = i;
    out.objects[0].needs.push_back(edge);
  }
  out.interpreter = out.objects.size();
  out.objects.push_back(object("/usr/lib/ld-2.36.so", "ld-linux-x86-64.so.2"));
  return out;
}

NamedProgram program(const std::string& path, std::vector<Object> libraries, std::vector<Opening> openings) {
  NamedProgram out;
  out.given = path;
  libraries.insert(libraries.begin(), object(path, ""));
  libraries.front().interpreter = "/lib64/ld-linux-x86-64.so.2";
  out.closure = closure(std::move(libraries));
  out.openings = std::move(openings);
  return out;
}

Opening opening(const std::string& asker, const std::string& path, const std::string& name) {
  return {asker, name, "opened", closure({object(path, name)})};
}

Plan plan_of(const std::vector<NamedProgram>& programs, LayoutOptions options = {}) {
  options.prefix = "/opt";
  return make_layout(programs, {}, options);
}

const Item& item(const Plan& plan, const std::string& path) {
  const auto found = std::find_if(plan.items.begin(), plan.items.end(), [&](const Item& i) { return i.path == path; });
  REQUIRE_MESSAGE(found != plan.items.end(), path);
  return *found;
}

}  // namespace

TEST_CASE("two programs that open one name each search their own file first, in either order") {
  const NamedProgram one = program("/usr/bin/one", {}, {opening("/usr/bin/one", "/a/libw.so", "libw.so")});
  const NamedProgram two = program("/usr/bin/two", {}, {opening("/usr/bin/two", "/b/libw.so", "libw.so")});
  const Plan forth = plan_of({one, two});
  CHECK(item(forth, "lib/one/libw.so").source == "/a/libw.so");
  CHECK(item(forth, "lib/one/2/libw.so").source == "/b/libw.so");
  CHECK(item(forth, "lib/one/root/usr/bin/two").edit.run_path->value == "$ORIGIN/../../../2:$ORIGIN/../../..");
  const Plan back = plan_of({two, one});
  CHECK(item(back, "lib/two/libw.so").source == "/b/libw.so");
  CHECK(item(back, "lib/two/2/libw.so").source == "/a/libw.so");
}

TEST_CASE("a third program does not mislead the second by what it puts into the folder of both") {
  const NamedProgram one = program("/usr/bin/one", {object("/a/libz.so.1", "libz.so.1")},
                                   {opening("/usr/bin/one", "/a/libw.so", "libw.so")});
  const NamedProgram two = program("/usr/bin/two", {object("/b/libz.so.1", "libz.so.1")},
                                   {opening("/usr/bin/two", "/a/libw.so", "libw.so")});
  const NamedProgram three = program("/usr/bin/three", {}, {opening("/usr/bin/three", "/c/libw.so", "libw.so")});
  const Plan plan = plan_of({one, two, three});
  CHECK(item(plan, "lib/one/2/libz.so.1").source == "/b/libz.so.1");
  CHECK(item(plan, "lib/one/3/libw.so").source == "/c/libw.so");
  CHECK(item(plan, "lib/one/root/usr/bin/three").edit.run_path->value == "$ORIGIN/../../../3:$ORIGIN/../../..");
}

TEST_CASE("two libraries of one program that open one name: the second searches a folder of its own first") {
  const NamedProgram one =
      program("/usr/bin/one", {object("/a/liba.so", "liba.so"), object("/b/libb.so", "libb.so")},
              {opening("/a/liba.so", "/a/libw.so", "libw.so"), opening("/b/libb.so", "/b/libw.so", "libw.so")});
  const Plan plan = plan_of({one});
  CHECK(item(plan, "lib/one/libw.so").source == "/a/libw.so");
  CHECK(item(plan, "lib/one/2/libw.so").source == "/b/libw.so");
  CHECK(item(plan, "lib/one/liba.so").edit.empty());
  CHECK(item(plan, "lib/one/libb.so").edit.run_path->value == "$ORIGIN/2:$ORIGIN");
  CHECK(item(plan, "lib/one/root/usr/bin/one").edit.run_path->value == "$ORIGIN/../../..");
}

TEST_CASE("what is linked under the name is what is opened") {
  const NamedProgram one =
      program("/usr/bin/one", {object("/a/libw.so", "libw.so")}, {opening("/usr/bin/one", "/b/libw.so", "libw.so")});
  const Plan plan = plan_of({one});
  CHECK(item(plan, "lib/one/libw.so").source == "/a/libw.so");
  CHECK(std::none_of(plan.items.begin(), plan.items.end(), [](const Item& i) { return i.source == "/b/libw.so"; }));
}

TEST_CASE("a library that looks beside itself lies in its folder under root, and its dependents search there") {
  LayoutOptions options;
  options.kept_folders = {{"/home/alice/lib/libf.so", "/usr/lib/own/1/lib"}};
  const Plan plan = plan_of({program("/usr/bin/one", {object("/home/alice/lib/libf.so", "libf.so")}, {})}, options);
  CHECK(item(plan, "lib/one/root/usr/lib/own/1/lib/libf.so").source == "/home/alice/lib/libf.so");
  CHECK(item(plan, "lib/one/root/usr/bin/one").edit.run_path->value == "$ORIGIN/../../..:$ORIGIN/../lib/own/1/lib");
}
