// Python's modules by what is imported, and the libraries and data that texts of modules name.
#include "made_up.h"

using namespace made_up;

namespace {

const std::string modules = "/usr/lib/python3/dist-packages/";

/// A tool of Python's with a module of its own.
struct HostMachine : Machine {
  explicit HostMachine(const std::string& text) {
    program_package("python3.11");
    package("tool")
        .ships("/usr/bin/tool", "#!/usr/bin/python3.11\nfrom toolbox import main\n", 0755)
        .ships(modules + "toolbox/__init__.py", text)
        .depends("python3.11")
        .depends("libown");
  }
  Database::Package module_package(const std::string& name, const std::string& text) {
    return package("python3-" + name)
        .role(Role::data)
        .ships(modules + name + "/__init__.py", text)
        .depends("python3.11");
  }
  Findings named(const Options& options = {}) {
    Discoverer discoverer(options, root(), &database(), {EM_X86_64, true});
    discoverer.add_closure(closure("/usr/bin/python3.11"));
    discoverer.add_script("/usr/bin/tool", "/usr/bin/tool");
    discoverer.take_new();
    return Findings(discoverer);
  }
};

const std::string large(20'000'000, '#');

}  // namespace

TEST_CASE("hosts: a module that is imported comes, and one that a package only depends on does not") {
  HostMachine machine("def main():\n    import used\n");
  machine.module_package("used", "import below.part\n").depends("python3-unused").depends("python3-below");
  machine.module_package("below", "").ships(modules + "below/part.py", large);
  machine.module_package("unused", "");
  const Findings found = machine.named();
  CHECK(found.has(modules + "used/__init__.py"));
  CHECK(found.has(modules + "below/part.py"));
  CHECK_FALSE(found.has(modules + "unused/__init__.py"));
}

TEST_CASE("hosts: a module that another one does without is taken where it is small, and what it leads to then") {
  HostMachine machine("import used\n");
  machine.module_package("used", "try:\n    import small, heavy\nexcept ImportError:\n    pass\n");
  machine.module_package("small", "import further\n");
  machine.module_package("heavy", large + "\nimport never\n");
  machine.module_package("further", "");
  machine.module_package("never", "");
  const Findings found = machine.named();
  CHECK(found.has(modules + "small/__init__.py"));
  CHECK(found.has(modules + "further/__init__.py"));
  CHECK_FALSE(found.has(modules + "heavy/__init__.py"));
  CHECK_FALSE(found.has(modules + "never/__init__.py"));
  CHECK(found.hints_at(modules + "heavy", "imported by used/__init__.py, which does without"));
}

TEST_CASE("hosts: libraries of packages that a text's package depends on, by every name that it may have for them") {
  for (const std::string name : {"libown-2.0.so.0", "libown-2.0.so", "libown-2.0", "own-2.0"}) {
    HostMachine machine("open(\"" + name + "\", 'other', 'libc.so.6')\n");
    machine.library_package("libown", triplet + "/libown-2.0.so.0").depends("libbelow");
    machine.library_package("libother", triplet + "/libother.so.1");
    CAPTURE(name);
    const Findings found = machine.named();
    REQUIRE(found.wish("libown-2.0.so.0") != nullptr);
    CHECK_FALSE(found.wish("libown-2.0.so.0")->is_guess);
    CHECK(found.wish("libown-2.0.so.0")->by == "/usr/bin/python3.11");
    CHECK(found.wish("libother.so.1") == nullptr);
    CHECK(found.wish("libc.so.6") == nullptr);
  }
}

TEST_CASE("hosts: data that a text names, by its cost") {
  HostMachine machine("A = '/usr/share/small/'\nB = '/usr/share/heavy'\nC = '/usr/lib/python3/dist-packages'\n");
  machine.package("small-data").ships("/usr/share/small/a", "x");
  machine.package("heavy-data").ships("/usr/share/heavy/b", large);
  machine.module_package("else", "");
  const Findings found = machine.named();
  CHECK(found.has("/usr/share/small/a"));
  CHECK_FALSE(found.has("/usr/share/heavy/b"));
  CHECK(found.hints_at("/usr/share/heavy", "named by toolbox/__init__.py"));
  CHECK_FALSE(found.has(modules + "else/__init__.py"));
}
