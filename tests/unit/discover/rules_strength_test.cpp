// How sure a finding is and what it costs: budgets, limits, and what is said of what stays out.
#include "made_up.h"

using namespace made_up;

namespace {

constexpr uint64_t mb = 1'000'000;
const std::string office = "/usr/lib/office/program/";

/// A program of a size, and an extension of its package of another.
Findings with_extension(uint64_t program_size, uint64_t extension_size, uint64_t another = 0) {
  Machine machine;
  machine.package("office").ships(office + "soffice.bin", program(), 0755).ships("/usr/lib/office/share/main");
  const auto extend = [&](const std::string& name, uint64_t size) {
    machine.package(name).of_source("office").depends("office").ships(office + "lib" + name + ".so", library());
    machine.disk().say_size(office + "lib" + name + ".so", size);
  };
  machine.disk().say_size(office + "soffice.bin", program_size);
  extend("writer", extension_size);
  if (another > 0) extend("calc", another);
  return machine.discover(office + "soffice.bin");
}

/// A package of three plugins, one of which drags in a library of 100 MB; what `shared` says drags it in, too.
Findings with_plugins(uint64_t program_size, const std::string& shared = "") {
  Machine machine;
  machine.program_package("server")
      .ships("/usr/lib/server/jit.so", library())
      .ships("/usr/lib/server/sort.so", library())
      .ships("/usr/lib/server/text.so", library());
  machine.disk().say_size("/usr/bin/server", program_size);
  const auto closer = [&](const Found& found) -> std::vector<Dragged> {
    if (found.source == "/usr/lib/server/jit.so" || found.source == shared) return {{"/usr/lib/libLLVM.so", 100 * mb}};
    return {{"/usr/lib/libsmall.so", mb}};
  };
  return machine.of({machine.closure("/usr/bin/server")}, {}, closer);
}

}  // namespace

TEST_CASE("likely: within the program's own size, or 32 MB; beyond it a hint says the size") {
  CHECK(with_extension(mb, 30 * mb).has(office + "libwriter.so"));
  CHECK(with_extension(45 * mb, 40 * mb).has(office + "libwriter.so"));
  const Findings found = with_extension(mb, 40 * mb);
  CHECK(found.taken() == Paths{"/usr/lib/office/share/main"});
  CHECK(found.all.hints.at(0).text.find("for its size beside that of the program: --add") != std::string::npos);
  CHECK(found.all.hints.at(0).size == 40 * mb);
}

TEST_CASE("likely: all of it shares one budget") {
  CHECK(with_extension(mb, 15 * mb, 15 * mb).taken().size() == 3);
  CHECK(with_extension(mb, 20 * mb, 20 * mb).taken().size() == 2);
}

TEST_CASE("likely: one extension has a limit of its own") {
  CHECK(with_extension(200 * mb, 49 * mb).has(office + "libwriter.so"));
  CHECK_FALSE(with_extension(200 * mb, 51 * mb).has(office + "libwriter.so"));
}

TEST_CASE("outsized: a plugin that drags in more than all others and than the program is a hint") {
  const Findings found = with_plugins(10 * mb);
  CHECK(found.taken() == Paths{"/usr/lib/server/sort.so", "/usr/lib/server/text.so"});
  CHECK(found.hints_at("/usr/lib/server/jit.so", "more than all else here: --plugin /usr/lib/server/jit.so"));
}

TEST_CASE("outsized: not where the program is larger, nor where two need the same") {
  CHECK(with_plugins(150 * mb).has("/usr/lib/server/jit.so"));
  CHECK(with_plugins(10 * mb, "/usr/lib/server/sort.so").taken().size() == 3);
}

TEST_CASE(
    "elsewhere: what only a display's programs or servers read is left out without a word, but not for who names it") {
  const std::string keyboards = "/usr/share/X11/xkb/rules/base", places = "/usr/share/X11/xkb";
  Machine machine;
  machine.program_package("app");
  machine.library_package("libx1", triplet + "/libx.so.1", {places}).ships(keyboards);
  const Findings found = machine.of({machine.closure("/usr/bin/app", {triplet + "/libx.so.1"})});
  CHECK(found.taken().empty());
  CHECK(found.all.hints.empty());
  REQUIRE(found.all.left_out.size() == 1);
  CHECK(found.all.left_out[0].hint.text.find("it is for an X server") != std::string::npos);
  Machine server;
  server.program_package("Xvfb", {places}).ships(keyboards);
  CHECK(server.discover("/usr/bin/Xvfb").has(keyboards));
}

TEST_CASE("elsewhere: a plugin of others is for elsewhere though a library of the program's own reads its folder") {
  const std::string folder = triplet + "/jni", readers = folder + "/libatk-wrapper.so";
  const auto machine = [&] {
    auto made = std::make_unique<Machine>();
    made->program_package("java").ships("/usr/lib/jvm/libjvm.so", library({folder}));
    made->package("atk").ships(readers, library());
    made->package("gl").ships(folder + "/libgl-jni.so", library());
    return made;
  };
  const auto java = machine(), asked = machine();
  const Findings found = java->of({java->closure("/usr/bin/java", {"/usr/lib/jvm/libjvm.so"})});
  CHECK(found.has(folder + "/libgl-jni.so"));
  CHECK_FALSE(found.has(readers));
  Options options;
  options.plugin_folders = {folder};
  CHECK(asked->of({asked->closure("/usr/bin/java", {"/usr/lib/jvm/libjvm.so"})}, options).has(readers));
}

TEST_CASE("outsized: it stays out whoever else names its folder") {
  const std::string folder = "/usr/lib/server";
  Machine machine;
  machine.program_package("server", {folder})
      .ships("/usr/bin/server-tool", program({folder}), 0755)
      .ships(folder + "/jit.so", library())
      .ships(folder + "/sort.so", library())
      .ships(folder + "/text.so", library());
  const auto closer = [&](const Found& found) -> std::vector<Dragged> {
    if (found.source == folder + "/jit.so") return {{"/usr/lib/libLLVM.so", 100 * mb}};
    return {};
  };
  const Findings found =
      machine.of({machine.closure("/usr/bin/server"), machine.closure("/usr/bin/server-tool")}, {}, closer);
  CHECK_FALSE(found.has(folder + "/jit.so"));
  CHECK(found.has(folder + "/sort.so"));
  CHECK(found.hints_at(folder + "/jit.so", "more than all else here"));
}

TEST_CASE("hints: none of a file that another finding took") {
  const std::string folder = "/usr/lib/gcc/x86_64-linux-gnu/12";
  Machine machine;
  machine.program_package("g++-12", {folder}).depends("cpp").of_source("gcc");
  machine.program_package("gcc-12", {folder}).depends("cpp").of_source("gcc");
  machine.package("cpp").of_source("gcc").ships(folder + "/cc1", program(), 0755);
  CHECK(machine.discover("/usr/bin/g++-12").hints_at(folder + "/cc1", "files in C"));
  const Findings found = machine.of({machine.closure("/usr/bin/g++-12"), machine.closure("/usr/bin/gcc-12")});
  CHECK(found.has(folder + "/cc1"));
  CHECK(found.hint(folder + "/cc1").empty());
}

TEST_CASE("cost: what a finding drags in counts for the limit of a library's names") {
  Machine machine;
  machine.program_package("app");
  machine.library_package("libx1", triplet + "/libx.so.1", {"/usr/lib/x-one", "/usr/lib/x-two"})
      .ships("/usr/lib/x-one/plugin.so", library())
      .ships("/usr/lib/x-two/plugin.so", library());
  const auto closer = [](const Found& found) -> std::vector<Dragged> {
    return {{found.source + ".needs", found.source.starts_with("/usr/lib/x-one") ? mb : 5 * mb}};
  };
  const Findings found = machine.of({machine.closure("/usr/bin/app", {triplet + "/libx.so.1"})}, {}, closer);
  CHECK(found.taken() == Paths{"/usr/lib/x-one/plugin.so"});
  CHECK(found.hints_at("/usr/lib/x-two", "MB"));
}

TEST_CASE("cost: what the program's closure brings anyway costs nothing") {
  Machine machine;
  machine.program_package("app");
  machine.library_package("libx1", triplet + "/libx.so.1", {"/usr/lib/x"}).ships("/usr/lib/x/plugin.so", library());
  machine.library_package("libbig1", triplet + "/libbig.so.1");
  const auto closer = [](const Found&) -> std::vector<Dragged> { return {{triplet + "/libbig.so.1", 50 * mb}}; };
  const std::string x = triplet + "/libx.so.1", big = triplet + "/libbig.so.1";
  CHECK(machine.of({machine.closure("/usr/bin/app", {x, big})}, {}, closer).has("/usr/lib/x/plugin.so"));
  CHECK_FALSE(machine.of({machine.closure("/usr/bin/app", {x})}, {}, closer).has("/usr/lib/x/plugin.so"));
}

TEST_CASE("dropped: what made the bundle too large before is a hint, by its rule and path") {
  Machine machine;
  machine.program_package("rig", {"/usr/share/rig-more"}).ships("/usr/share/rig/names").recommends("more");
  machine.package("more").role(Role::data).ships("/usr/share/rig-more/x");
  Options options;
  const Findings all = machine.discover("/usr/bin/rig");
  for (const bundle::Finding& item : all.all.findings) {
    if (item.path == "/usr/share/rig") options.dropped = {item.key};
  }
  const Findings found = machine.discover("/usr/bin/rig", {}, options);
  CHECK(found.taken() == Paths{"/usr/share/rig-more/x"});
  CHECK(found.hints_at("/usr/share/rig", "over the target's limit: --add"));
}

TEST_CASE("dropped: what another finding is certain of is in all the same") {
  Machine machine;
  machine.program_package("rig", {"/usr/share/rig/names"}).ships("/usr/share/rig/names").ships("/usr/share/rig/more");
  Options options;
  const Findings all = machine.discover("/usr/bin/rig");
  for (const bundle::Finding& item : all.all.findings) {
    if (item.rule == "named-path") options.dropped = {item.key};
  }
  REQUIRE(options.dropped.size() == 1);
  CHECK(machine.discover("/usr/bin/rig", {}, options).has("/usr/share/rig/names"));
}

TEST_CASE("data limit: what does not fit is a hint, what is smaller and comes later still fits") {
  Machine machine;
  machine.program_package("app", {"/usr/share/app-a", "/usr/share/app-b"}).recommends("app-data");
  machine.package("app-data").role(Role::data).ships("/usr/share/app-a/large").ships("/usr/share/app-b/small");
  machine.disk().say_size("/usr/share/app-a/large", 2 * mb);
  Options options;
  options.data_limit = mb;
  const Findings found = machine.discover("/usr/bin/app", {}, options);
  CHECK(found.taken() == Paths{"/usr/share/app-b/small"});
  CHECK(found.hints_at("/usr/share/app-a", "--data-limit"));
}
