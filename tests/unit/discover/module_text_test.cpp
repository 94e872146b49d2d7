#include "discover/module_text.h"

#include <doctest/doctest.h>

#include <string>

using bundle::discover::python_imports;
using bundle::discover::PythonImport;
using bundle::discover::Quoted;
using bundle::discover::quoted_in;

namespace {

/// "+.a.b(c,d)" is a firm one of level 1, "-e" one that is not.
std::string imports_of(const std::string& text) {
  std::string out;
  for (const PythonImport& import : python_imports(text)) {
    out += (out.empty() ? "" : " ") + std::string(import.is_firm ? "+" : "-");
    out += std::string(static_cast<size_t>(import.level), '.') + import.module;
    if (import.names.empty()) continue;
    std::string names;
    for (const std::string& name : import.names) names += (names.empty() ? "" : ",") + name;
    out += "(" + names + ")";
  }
  return out;
}

}  // namespace

TEST_CASE("every form of an import is read") {
  CHECK(imports_of("import a.b as c, d; import e\n") == "+a.b +d +e");
  CHECK(imports_of("from a.b import c as x, d\n") == "+a.b(c,d)");
  CHECK(imports_of("from . import a\nfrom ..b import c\n") == "+.(a) +..b(c)");
  CHECK(imports_of("from a import (  # why\n    b,\n    c as d,\n)\nimport e") == "+a(b,c) +e");
  CHECK(imports_of("from a \\\n    import b\r\n") == "+a(b)");
  CHECK(imports_of("x = importlib.import_module('a.b')\ny = __import__(\"c\")\n") == "-a.b -c");
}

TEST_CASE("an import is firm where a module is not loaded without it") {
  CHECK(imports_of("def f():\n    import a\nimport b\n") == "-a +b");
  CHECK(imports_of("class C:\n    import a\n    def f(self):\n        from b import c\n") == "+a -b(c)");
  CHECK(imports_of("try:\n    import a\nexcept ImportError:\n    a = None\nimport b\n") == "-a +b");
  CHECK(imports_of("try:\n    import a\nexcept ImportError:\n    raise SystemExit('a is needed')\n") == "+a");
  CHECK(imports_of("if sys.version_info > (3,): import a\nelse:\n    import b\n") == "-a -b");
  CHECK(imports_of("if TYPE_CHECKING:\n    import a\nif __name__ == '__main__':\n    import b\n") == "");
  CHECK(imports_of("with x():\n  import a\n") == "+a");
}

TEST_CASE("what stands in strings and comments is no import") {
  CHECK(imports_of("\"\"\"Says:\nimport a\n\"\"\"\n# import b\nx = 'import c'\nimport d  # import e\n") == "+d");
  CHECK(imports_of("x = '''it's\nimport a'''\ny = \"\\\"\"\nimport b\n") == "+b");
  CHECK(imports_of("x = (1,\nimport_of(2))\nimportant = 3\nimport b") == "+b");
}

TEST_CASE("short texts in quotes are read, with whether their line opens a library") {
  const std::vector<Quoted> found =
      quoted_in("f = CDLL('libx.so.1')\n# 'no'\nffi_lib \"y\"\ng('a b', '/usr/share/z/', ``)\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].text == "libx.so.1");
  CHECK(found[0].is_opened);
  CHECK(found[1].text == "y");
  CHECK(found[1].is_opened);
  CHECK(found[2].text == "/usr/share/z/");
  CHECK_FALSE(found[2].is_opened);
}

TEST_CASE("an end in the midst of a text is no fault") {
  for (const char* text : {"\"\"\"", "'", "x = (", "from", "from a", "import", "\\", "def", "try:\n  import"}) {
    python_imports(text);
    quoted_in(text);
  }
}
