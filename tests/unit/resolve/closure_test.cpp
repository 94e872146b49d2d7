#include "resolve/closure.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "machine/root.h"
#include "tiny_elf.h"

using bundle::Closure;
using bundle::Error;
using bundle::no_object;
using bundle::Probe;
using bundle::Rule;
using bundle::machine::Root;
using bundle::resolve::Options;
using bundle::resolve::Resolver;

namespace {

std::string found(const Closure& closure, const std::string& name) {
  for (const bundle::Object& object : closure.objects) {
    if (object.name == name) return object.path;
  }
  return "";
}

std::string refusal(const std::string& path) {
  try {
    (void)Resolver(Options{}).resolve(path);
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == bundle::Exit::cannot_bundle);
    return error.what();
  }
}

/// A sysroot with a loader in it.
void put_loader(const tiny::Folder& root) {
  root.write("lib64/ld-linux-x86-64.so.2", tiny::Elf{{{DT_SONAME, "ld-linux-x86-64.so.2"}}, {}, "", EM_X86_64});
}
constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";

}  // namespace

TEST_CASE("a program of this machine resolves, its interpreter among the objects") {
  const Closure closure = Resolver(Options{}).resolve("/bin/sh");
  CHECK(closure.missing.empty());
  CHECK(closure.objects[0].rule == Rule::program);
  CHECK(found(closure, "libc.so.6") == "/lib/x86_64-linux-gnu/libc.so.6");
  REQUIRE(closure.interpreter != no_object);
  CHECK(closure.objects[closure.interpreter].path == loader);
}

TEST_CASE("what is no program is refused by what it is") {
  const tiny::Folder folder;
  CHECK(refusal(folder.path() + "/none").find("no such file") != std::string::npos);
  CHECK(refusal(folder.path()).find("is a folder") != std::string::npos);
  CHECK(refusal(folder.write("text", "hello\n")).find("not an ELF program") != std::string::npos);
  CHECK(refusal(folder.write("empty", "")).find("is empty") != std::string::npos);
  const std::string script = refusal(folder.write("script", "#!/usr/bin/python3 -s\nprint()\n"));
  CHECK(script.find("is a script for /usr/bin/python3 -s") != std::string::npos);
  CHECK(script.ends_with("Name its interpreter instead: /usr/bin/python3"));
  const std::string by_env = refusal(folder.write("by env", "#! /usr/bin/env -S A=b perl -w\n"));
  CHECK(by_env.ends_with("Name its interpreter instead: perl"));
  CHECK(refusal(folder.write("cut", bytes_of(tiny::Elf{}).substr(0, 100))).find("cut short") != std::string::npos);
  CHECK(refusal(folder.write("alien", tiny::Elf{{}, {}, "", 0x1234})).find("e_machine 4660") != std::string::npos);
}

TEST_CASE("a missing library is data, with who asked and every path tried") {
  const tiny::Folder root;
  put_loader(root);
  root.write("bin/p", tiny::Elf{{{DT_NEEDED, "liba.so"}, {DT_RUNPATH, "/opt/x:$ORIGIN/lib"}}, {}, loader});
  const Closure closure = Resolver(Options{{"/env"}, {}, root.path()}).resolve("/bin/p");
  REQUIRE(closure.missing.size() == 1);
  const bundle::Edge& edge = closure.objects[0].needs[0];
  CHECK(edge.target == no_object);
  std::vector<std::string> paths;
  for (const bundle::Tried& tried : edge.tried) paths.push_back(tried.path);
  REQUIRE(paths.size() >= 3);
  CHECK(paths[0] == "/env/liba.so");
  CHECK(paths[1] == "/opt/x/liba.so");
  CHECK(paths[2] == "/bin/lib/liba.so");
  CHECK(edge.tried[2].rule == Rule::runpath);
  CHECK(edge.tried[2].rule_owner == 0);
}

TEST_CASE("in a sysroot no link leads out") {
  const tiny::Folder outside;
  outside.write("secret/liba.so", tiny::Elf{});
  const tiny::Folder root;
  put_loader(root);
  root.write("usr/real/liba.so", tiny::Elf{{{DT_SONAME, "liba.so"}}, {}, ""});
  root.link("/usr/real", "lib");                                           // absolute: starts again at the sysroot
  root.link(outside.path() + "/secret", "usr/lib");                        // leads to nothing inside
  root.link("../../../../../../../../../usr/real/liba.so", "up/liba.so");  // ".." stops at the top
  root.link("loop", "loop");
  root.write("bin/p",
             tiny::Elf{{{DT_NEEDED, "liba.so"}, {DT_NEEDED, "/loop/x"}, {DT_NEEDED, "/up/liba.so"}}, {}, loader});
  const Closure closure = Resolver(Options{{}, {}, root.path()}).resolve("/bin/p");
  CHECK(found(closure, "liba.so") == "/lib/liba.so");
  CHECK(closure.objects[1].real_path == root.path() + "/usr/real/liba.so");
  CHECK(closure.objects[0].needs[1].target == no_object);
  CHECK(closure.objects[0].needs[1].tried[0].outcome == Probe::unreadable);
  CHECK(closure.objects[0].needs[2].target == 1);  // the same file by another path
  Root places(root.path());
  CHECK(places.locate("/usr/lib/liba.so").error_number == ENOENT);
  CHECK(places.locate("/loop").error_number == ELOOP);
  CHECK(places.real("/up/liba.so") == "/usr/real/liba.so");
}

TEST_CASE("without a cache a sysroot's ld.so.conf is read, includes and all") {
  const tiny::Folder root;
  put_loader(root);
  root.write("etc/ld.so.conf", "# first\n include ld.so.conf.d/*.conf\n/late\nrelative\n");
  root.write("etc/ld.so.conf.d/b.conf", "/from/b # why\ninclude /etc/ld.so.conf\n");
  root.write("etc/ld.so.conf.d/a.conf", "/from/a\n");
  root.write("etc/ld.so.conf.d/.hidden.conf", "/from/hidden\n");
  root.write("from/b/liba.so", tiny::Elf{});
  root.write("late/liba.so", tiny::Elf{});
  root.write("late/libl.so", tiny::Elf{});
  root.write("from/hidden/libh.so", tiny::Elf{});
  root.write("bin/p", tiny::Elf{{{DT_NEEDED, "liba.so"}, {DT_NEEDED, "libl.so"}, {DT_NEEDED, "libh.so"}}, {}, loader});
  const Closure closure = Resolver(Options{{}, {}, root.path()}).resolve("/bin/p");
  CHECK(found(closure, "liba.so") == "/from/b/liba.so");
  CHECK(found(closure, "libl.so") == "/late/libl.so");
  CHECK(found(closure, "libh.so").empty());
}

TEST_CASE("what a machine preloads into every program is named and left out") {
  const tiny::Folder root;
  put_loader(root);
  root.write("etc/ld.so.preload", "/lib/liba.so\n");
  root.write("lib/liba.so", tiny::Elf{});
  root.write("bin/p", tiny::Elf{{{DT_NEEDED, "libb.so"}}, {}, loader});
  const Closure closure = Resolver(Options{{}, {}, root.path()}).resolve("/bin/p");
  CHECK(found(closure, "liba.so").empty());
  REQUIRE(closure.notes.size() == 1);
  CHECK(closure.notes[0].find("/etc/ld.so.preload has every program load /lib/liba.so,") != std::string::npos);
}

TEST_CASE("a cycle ends, and names that no file can have are answers") {
  const tiny::Folder root;
  put_loader(root);
  const std::string long_name(10000, 'x');
  root.write("lib/a", tiny::Elf{{{DT_NEEDED, "b"}}, {}, ""});
  root.write("lib/b", tiny::Elf{{{DT_NEEDED, "a"}, {DT_NEEDED, "p"}}, {}, ""});
  root.write("lib/new\nline", tiny::Elf{});
  root.write("x", tiny::Elf{});
  root.write("bin/p", tiny::Elf{{{DT_NEEDED, "a"},
                                 {DT_NEEDED, "../../x"},
                                 {DT_NEEDED, "/lib/a"},
                                 {DT_NEEDED, ""},
                                 {DT_NEEDED, long_name},
                                 {DT_NEEDED, "new\nline"},
                                 {DT_SONAME, "p"}},
                                {},
                                loader});
  const Closure closure = Resolver(Options{{}, {}, root.path()}).resolve("/bin/p");
  const std::vector<bundle::Edge>& needs = closure.objects[0].needs;
  REQUIRE(needs.size() == 6);
  CHECK(found(closure, "x") == "/../../x");  // from the working folder, which is the top, in the sysroot
  CHECK(needs[2].target == needs[0].target);
  CHECK(needs[3].target == 0);  // glibc keeps the program under the empty name
  CHECK(needs[4].target == no_object);
  CHECK(closure.objects[needs[5].target].path == "/lib/new\nline");
  CHECK(closure.missing.size() == 1);
}

TEST_CASE("a plugin in its own namespace has its own library of the same SONAME, one in the program's has not") {
  const tiny::Folder root;
  put_loader(root);
  root.write("app/libbase.so", tiny::Elf{{{DT_SONAME, "libbase.so"}}, {}, ""});
  root.write("plugin/libbase.so", tiny::Elf{{{DT_SONAME, "libbase.so"}}, {}, ""});
  root.write("app/libinherited.so", tiny::Elf{});
  root.write("plugin/libuser.so",
             tiny::Elf{{{DT_NEEDED, "libbase.so"}, {DT_NEEDED, "libhelper.so"}, {DT_RUNPATH, "$ORIGIN"}}, {}, ""});
  root.write("plugin/libhelper.so", tiny::Elf{{{DT_NEEDED, "libinherited.so"}}, {}, ""});
  root.write("app/runner", tiny::Elf{{{DT_NEEDED, "libbase.so"}, {DT_RPATH, "$ORIGIN"}}, {}, loader});
  Resolver resolver(Options{{}, {}, root.path()});
  Closure host = resolver.resolve("/app/runner");
  const Closure plugin = resolver.resolve_plugin("/plugin/libuser.so", host);
  CHECK(found(plugin, "libbase.so") == "/plugin/libbase.so");
  CHECK(found(plugin, "libinherited.so") == "/app/libinherited.so");
  CHECK(plugin.interpreter != no_object);
  const size_t index = resolver.add_plugin(host, "/plugin/libuser.so");
  CHECK(host.objects[index].rule == Rule::added);
  CHECK(host.objects[host.objects[index].needs[0].target].path == "/app/libbase.so");
  CHECK(found(host, "libinherited.so") == "/app/libinherited.so");
  CHECK(host.objects[0].needs.size() == 1);
}

TEST_CASE("a chain and a fan of thousands resolve in one pass") {
  const tiny::Folder root;
  put_loader(root);
  constexpr int count = 3000;
  tiny::Elf fan{{}, {}, loader};
  for (int i = 0; i < count; ++i) {
    const std::string name = "lib" + std::to_string(i) + ".so";
    tiny::Elf link{{{DT_SONAME, name}}, {}, ""};
    if (i + 1 < count) link.strings.emplace_back(DT_NEEDED, "lib" + std::to_string(i + 1) + ".so");
    root.write("lib/" + name, link);
    fan.strings.emplace_back(DT_NEEDED, name);
  }
  root.write("bin/fan", fan);
  root.write("bin/chain", tiny::Elf{{{DT_NEEDED, "lib0.so"}}, {}, loader});
  CHECK(Resolver(Options{{}, {}, root.path()}).resolve("/bin/fan").objects.size() == count + 2);
  CHECK(Resolver(Options{{}, {}, root.path()}).resolve("/bin/chain").objects.size() == count + 2);
}
