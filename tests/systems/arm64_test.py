#!/usr/bin/python3
"""Bundles from an arm64 Debian by --sysroot, each with a job in an empty root under qemu's user mode, at the prefix and elsewhere.

The tree: foreign.py. What a program answers here has to be what its kind on this machine answers, or is told by
the tree's own files. qemu runs one program: what that starts itself would need the kernel's help (binfmt_misc), and is not
asked of it. Names given on the command line (arm64_test.py Arm64.test_git) run alone.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "discover")]
import foreign  # noqa: E402
from jobs import INPUTS  # noqa: E402
from places import COMMIT, PLACES, check_git  # noqa: E402
from sandbox import LAMBDA, Case, in_root, main, run  # noqa: E402

PACKAGES = "rig file python3 perl git tesseract-ocr tesseract-ocr-eng graphviz ca-certificates".split()
AARCH64 = 183  # e_machine
ENVIRONMENT = {**LAMBDA, "LANG": "C.UTF-8", "HOME": "/tmp"}


class Arm64(Case):
    @classmethod
    def setUpClass(cls):
        cls.root = foreign.make("bookworm", "arm64", PACKAGES, os.environ["SYSTEMS"])

    def setUp(self):
        super().setUp()
        self.put_inputs({**INPUTS, "graph": "digraph { a -> b; b -> c [label=\"x y\"] }\n"})

    def bundled(self, program):
        """The layer of a program of the tree, without a hint. All that is ELF in it is the tree's architecture."""
        layer = self.scratch / f"layer {program}"
        self.printed = self.made("--sysroot", self.root, program, "-o", f"{layer}/").text
        for path in layer.rglob("*"):
            with path.open("rb") if path.is_file() else open(os.devnull, "rb") as file:
                start = file.read(20)
            if start[:4] == b"\x7fELF":
                self.assertEqual(int.from_bytes(start[18:20], "little"), AARCH64, path)
        return layer

    def there(self, at, layer, argv, **more):
        return in_root(["/qemu", f"{at}/bin/{argv[0]}", *argv[1:]], layer, at=at, env={**ENVIRONMENT, **more.pop("env", {})},
                       binds=[(foreign.QEMU["arm64"], "/qemu"), (self.inputs, "/in")], **more)

    def check(self, want, *argv):
        """Says `want` (a text, or a function of what was said) and ends with 0."""
        layer = self.bundled(argv[0])
        for at in PLACES:
            with self.subTest(at=at):
                there = self.there(at, layer, argv)
                self.assertEqual(there.status, 0, there)
                if callable(want):
                    want(there.out)
                else:
                    self.assertEqual(there.out.decode().strip(), want, there)

    def test_rig(self):
        cities = (self.root / "usr/share/rig/locdata.idx").read_text().splitlines()

        def is_of_the_tree(said):
            city = said.decode().splitlines()[2].split(",")[0]
            self.assertTrue(any(city in line for line in cities), said)
        self.check(is_of_the_tree, "rig")

    def test_file(self):
        here = run(["file", "-b", *(self.inputs / name for name in ("small.png", "page.ps", "text.txt"))])
        self.check(here.out.decode().strip(), "file", "-b", "/in/small.png", "/in/page.ps", "/in/text.txt")

    def test_python(self):
        self.check("aarch64 OpenSSL 0.3333333333333333333333333333 8 C.UTF-8 [1, {\"a\": null}] 3 b'xn--bcher-kva'", "python3", "-c",
                   "import ctypes, decimal, encodings.idna, json, locale, lzma, platform, sqlite3, ssl\n"
                   "print(platform.machine(), ssl.OPENSSL_VERSION.split()[0], decimal.Decimal(1) / 3, ctypes.sizeof(ctypes.c_long), "
                   "locale.setlocale(locale.LC_ALL, ''), json.dumps([1, {'a': None}]), "
                   "sqlite3.connect(':memory:').execute('select 1+2').fetchone()[0], 'b\\u00fccher'.encode('idna'))")

    def test_perl(self):
        self.check('310[1,{"a":2}]4Thursday', "perl", "-MPOSIX", "-MList::Util=sum", "-MJSON::PP", "-MEncode", "-e",
                   "print floor(3.7), sum(1..4), encode_json([1,{a=>2}]), length(encode('UTF-16', 'x')), strftime('%A', gmtime(0))")

    def test_tesseract(self):
        here = run(["tesseract", self.inputs / "word.png", "-", "--psm", "7"])
        self.assertEqual(here.status, 0, here)
        self.check(here.out.decode().strip(), "tesseract", "/in/word.png", "-", "--psm", "7")

    def test_git(self):
        """A commit that is the same as one made here, byte for byte, so that its name is."""
        quiet = ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "user.name=A", "-c", "user.email=a@b"]
        steps = [["git", "init", "-q", "-b", "main", "/repo"], ["git", "-C", "/repo", "add", "file"],
                 ["git", "-C", "/repo", *quiet, "commit", "-q", "-m", "first"],
                 ["git", "-C", "/repo", "--no-pager", "log", "--stat", "--format=%H %an %s"], ["git", "-C", "/repo", "cat-file", "-p", "HEAD^{tree}"]]

        def here(step, folder):
            return run([str(folder) if part == "/repo" else part for part in step],
                       env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", **COMMIT})
        check_git(self, steps, here)

    def test_dot(self):
        here = run(["dot", "-Tplain", self.inputs / "graph"])
        self.assertEqual(here.status, 0, here)
        layer = self.bundled("dot")
        for at in PLACES:
            with self.subTest(at=at):
                self.assert_same(here, self.there(at, layer, ["dot", "-Tplain", "/in/graph"]))
                for form, begins in [("svg", b"<?xml"), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF")]:
                    there = self.there(at, layer, ["dot", f"-T{form}", "/in/graph"])
                    self.assertEqual((there.status, there.out[:len(begins)]), (0, begins), there)


if __name__ == "__main__":
    main()
