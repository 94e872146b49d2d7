// The closure in words: report/missing and report/tree on closures that the resolver made.
#include <doctest/doctest.h>

#include "report/missing.h"
#include "report/tree.h"
#include "resolve/closure.h"
#include "tiny_elf.h"

using namespace bundle;

namespace {

constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("one error names every missing library, who needs it, every path tried and the package") {
  const tiny::Folder root;
  root.write(loader, tiny::Elf{});
  root.write("lib/liba.so", tiny::Elf{{{DT_NEEDED, "libx.so"}, {DT_NEEDED, "libbad\n.so"}}, {}, "", EM_X86_64});
  root.write("bin/p",
             tiny::Elf{{{DT_NEEDED, "liba.so"}, {DT_NEEDED, "libx.so"}, {DT_RPATH, "/r"}}, {}, loader, EM_X86_64});
  resolve::Resolver resolver(resolve::Options{{"/l"}, {}, root.path()});
  const Closure closure = resolver.resolve("/bin/p");
  REQUIRE(report::lacks_something(closure));
  const Error error = report::missing_error(
      {closure}, [](const std::string& name) { return name == "libx.so" ? "try libx1" : std::string(); });
  const std::string text = error.what();
  CHECK(error.kind() == Exit::cannot_bundle);
  CHECK(has(text, "needs 2 files that were not found"));
  CHECK(has(text, "libx.so, needed by /bin/p, /lib/liba.so"));
  CHECK(has(text, "/r/libx.so: not there [rpath of p]"));
  CHECK(has(text, "/l/libx.so: not there [LD_LIBRARY_PATH]"));
  CHECK(has(text, "\n    try libx1\n"));
  CHECK(has(text, "libbad\\x0a.so"));
  CHECK_FALSE(has(text, "libbad\n"));
}

TEST_CASE("a missing interpreter is among what is missing") {
  const tiny::Folder root;
  root.write("bin/p", tiny::Elf{{}, {}, "/none/ld.so", EM_X86_64});
  const Closure closure = resolve::Resolver(resolve::Options{{}, {}, root.path()}).resolve("/bin/p");
  CHECK(report::lacks_something(closure));
  CHECK(has(report::missing_error({closure}, nullptr).what(), "/none/ld.so, the interpreter of /bin/p: not there"));
}

TEST_CASE("the tree says why, unfolds each object once and shows no control characters") {
  const tiny::Folder root;
  root.write(loader, tiny::Elf{});
  root.write("lib/liba.so", tiny::Elf{{{DT_NEEDED, "libb.so"}}, {}, "", EM_X86_64});
  root.write("lib/libb.so", tiny::Elf{{{DT_NEEDED, "liba.so"}}, {}, "", EM_X86_64});
  root.write("bin/p\x1b[31m",
             tiny::Elf{{{DT_NEEDED, "liba.so"}, {DT_NEEDED, "libb.so"}, {DT_RUNPATH, "/lib"}}, {}, loader, EM_X86_64});
  const Closure closure = resolve::Resolver(resolve::Options{{}, {}, root.path()}).resolve("/bin/p\x1b[31m");
  const std::string tree = report::render_tree(closure, false);
  CHECK(has(tree, "liba.so => /lib/liba.so [runpath of p\\x1b[31m]"));
  CHECK(has(tree, "libb.so => /lib/libb.so [already loaded]"));
  CHECK_FALSE(has(tree, "\x1b"));
  CHECK(has(report::render_tree(closure, true), "\x1b["));
  CHECK(has(report::render_chains(closure, "libb.so", 10, false), " -> liba.so -> libb.so"));
  CHECK(report::render_chains(closure, "none", 10, false).empty());
}

TEST_CASE("a chain of thousands has a tree of linear size") {
  const tiny::Folder root;
  root.write(loader, tiny::Elf{});
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    tiny::Elf link{{}, {}, "", EM_X86_64};
    if (i + 1 < count) link.strings.emplace_back(DT_NEEDED, "lib" + std::to_string(i + 1) + ".so");
    root.write("lib/lib" + std::to_string(i) + ".so", link);
  }
  root.write("bin/p", tiny::Elf{{{DT_NEEDED, "lib0.so"}}, {}, loader, EM_X86_64});
  const Closure closure = resolve::Resolver(resolve::Options{{}, {}, root.path()}).resolve("/bin/p");
  CHECK(report::render_tree(closure, false).size() < count * 400);
}
