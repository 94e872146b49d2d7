#!/usr/bin/python3
"""Interpreters as hosts: libraries that Python's, Perl's and others' own texts open by name, and the modules that a script
leads to, no more of them."""

import json
import shutil
from pathlib import Path

from field import FieldCase, main

MAGIC = """#!/usr/bin/python3
import ctypes
print(ctypes.CDLL("libmagic.so.1").magic_version())
"""
MODULES = Path("/usr/local/lib/python3.11/dist-packages")


class Hosts(FieldCase):
    def script(self, text, name="own"):
        path = self.scratch / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def sources(self, layer, name):
        return {item["source"] for item in json.loads((layer / f"lib/{name}/manifest.json").read_text())["files"] if item.get("source")}

    def test_a_library_that_a_script_opens(self):
        here = self.tool("/usr/bin/python3", self.script(MAGIC)).out.strip()
        self.works(self.folder(self.script(MAGIC)), "own", here)

    def test_a_library_that_an_added_file_opens(self):
        """Without a package that says so: in a file that the user added."""
        (self.scratch / "app").mkdir()
        self.script(MAGIC, "app/open.py")
        layer = self.folder("/usr/bin/python3", "--add", f"{self.scratch}/app:/srv/app")
        here = self.tool("/usr/bin/python3", self.scratch / "app/open.py").out.strip()
        self.works(layer, "python3", here, "/srv/app/open.py")

    def test_modules_by_what_is_imported(self):
        """Of the packages that Debian's fonttools depends on those that a run imports."""
        there = self.sources(self.folder("/usr/bin/weasyprint"), "weasyprint")
        folders = {path.split("/dist-packages/")[1].split("/")[0] for path in there if "/dist-packages/" in path}
        self.assertLessEqual({"weasyprint", "fontTools", "cffi", "pydyf", "html5lib", "PIL", "pyphen"}, folders)
        self.assertFalse({"scipy", "sympy", "numpy", "pythran", "lxml"} & folders)
        self.assertTrue(any(path.startswith("/usr/share/hyphen/") for path in there))

    def test_a_script_of_ones_own(self):
        """What it imports comes, in a function, too, and what that imports."""
        layer = self.folder(self.script("#!/usr/bin/python3\ndef f():\n    import numpy\n    print(numpy.arange(4).sum())\nf()\n"))
        self.works(layer, "own", b"6")

    def test_modules_of_no_package(self):
        module = MODULES / "bundle_own_module"
        module.mkdir()
        self.addCleanup(shutil.rmtree, module)
        (module / "__init__.py").write_text("from .inner import value\n")
        (module / "inner.py").write_text("value = 8\n")
        self.works(self.folder(self.script("#!/usr/bin/python3\nimport bundle_own_module as m\nprint(m.value)\n")), "own", b"8")


if __name__ == "__main__":
    main()
