#!/usr/bin/python3
"""Everyday programs with data and plugins, bundled without a hint, run in an empty root: stdout and status as on the host.

Each runs with the layer at the prefix and in another place. Inputs are mounted at /in; what a program writes goes to
/out or to stdout. Names given on the command line (everyday_test.py Everyday.test_gs) run alone.
"""

import os
import struct
import sys
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import LAMBDA, Case, in_root, run, tree  # noqa: E402

ELSEWHERE = "/home/user/my tools"


def png(width, height, dark):
    """A grey PNG; `dark(x, y)` says where it is black."""
    rows = b"".join(b"\0" + bytes(0 if dark(x, y) else 255 for x in range(width)) for y in range(height))

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# 5 by 7 letters, for tesseract to read.
LETTERS = {"T": "11111 00100 00100 00100 00100 00100 00100", "E": "11111 10000 10000 11110 10000 10000 11111",
           "H": "10001 10001 10001 11111 10001 10001 10001", "L": "10000 10000 10000 10000 10000 10000 11111",
           "O": "01110 10001 10001 10001 10001 10001 01110"}


def written(word, scale=8):
    """The word as a PNG in large letters."""
    def dark(x, y):
        column, row = x // scale - 3, y // scale - 3
        letter, inside = divmod(column, 7) if column >= 0 else (-1, 0)
        if not (0 <= letter < len(word) and inside < 5 and 0 <= row < 7):
            return False
        return LETTERS[word[letter]].split()[row][inside] == "1"
    return png((len(word) * 7 + 4) * scale, 13 * scale, dark)


INPUTS = {
    "small.png": png(3, 2, lambda x, y: x == y),
    "word.png": written("HELLO"),
    "page.ps": b"%!PS\n/Helvetica findfont 24 scalefont setfont 72 700 moveto (Grusse) show\n"
               b"/Times-Italic findfont 24 scalefont setfont 72 600 moveto (again) show showpage\n",
    "text.txt": "Grüße aus Zürich, 3 €.\n".encode(),
    "words.txt": b"hello wordl this is a tset\n",
    "module.cmake": b"include(CMakePrintHelpers)\nset(a 1 2)\ncmake_print_variables(a)\n"
                    b"include(FetchContent)\nfind_program(nothing no-such-program)\nmessage(STATUS \"${nothing}\")\n",
    "graph.dot": b"digraph { a -> b; a -> c; b -> d }\n",
    "text.md": b"# Title\n\nSome *text* and `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "text.ms": b".TL\nA title\n.PP\nSome text.\n",
    "zone.tcl": b"puts [clock format 0 -timezone :Europe/Paris -locale de]\npackage require http\nputs [lsort [encoding names]]\n",
    "Hello.java": b"class Hello { public static void main(String[] a) { System.out.println(\"hi \" + "
                  b"java.time.ZoneId.of(\"Europe/Paris\") + String.format(\" %,d\", 1234567)); } }\n",
}

# Name of the program: its runs (without the program's own name), and the environment.
PROGRAMS = {
    "python3.11": [(["-c", "import json, ssl, sqlite3, ctypes, zoneinfo, decimal, lzma, encodings.idna\n"
                           "print(ssl.OPENSSL_VERSION, sqlite3.sqlite_version, ctypes.sizeof(ctypes.c_long))\n"
                           "print(len(ssl.create_default_context().get_ca_certs()) > 100)"], {})],
    "perl": [(["-MPOSIX", "-MList::Util=sum", "-MJSON::PP", "-MEncode", "-e",
               "print floor(3.7), sum(1..4), encode_json([1,{a=>2}]), length(encode('UTF-16', 'x')), \"\\n\""], {})],
    "ruby": [(["-rjson", "-ropenssl", "-rset", "-e", "puts JSON.dump({a: [1, 2.5, nil]}), RUBY_VERSION"], {})],
    "java": [(["-version"], {}), (["-cp", "/in", "Hello"], {})],
    "file": [(["-b", "/in/small.png", "/in/page.ps", "/in/text.txt"], {})],
    "tesseract": [(["/in/word.png", "-", "--psm", "7"], {})],
    "gs": [(["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pbmraw", "-r50", "-sOutputFile=-", "/in/page.ps"], {})],
    "iconv": [(["-f", "UTF-8", "-t", "UTF-16", "/in/text.txt"], {}), (["-f", "UTF-8", "-t", "EUC-JP//TRANSLIT", "/in/words.txt"], {})],
    "gdb": [(["-batch", "-nx", "-ex", "python import json; print(json.dumps([1]), gdb.VERSION)"], {})],
    "cmake": [(["-P", "/in/module.cmake"], {})],
    "date": [(["-d", "@1700000000"], {"TZ": "Europe/Paris"}), (["-d", "@1700000000"], {"TZ": "America/New_York"})],
    "tput": [(["-T", "xterm", "setaf", "3"], {}), (["-T", "xterm-256color", "colors"], {})],
    "node": [(["-p", "new Date(0).toLocaleString('de', {timeZone: 'Europe/Paris'}) + process.execPath.endsWith('node')"], {})],
    "dot": [(["-Tplain", "/in/graph.dot"], {}), (["-Tsvg", "/in/graph.dot"], {})],
    "/usr/bin/convert": [(["/in/small.png", "-resize", "200%", "pgm:-"], {}), (["/in/small.png", "txt:-"], {})],
    "php": [(["-r", "echo json_encode(['a' => 1.5]), PHP_VERSION, date('T', 0), PHP_EOL;"], {"TZ": "Europe/Paris"})],
    "gawk": [(["@load \"filefuncs\"; @include \"join\"; BEGIN { split(\"a b\", p); print join(p, 1, 2, \"-\") }"], {})],
    "hunspell": [(["-d", "en_US", "-l", "/in/words.txt"], {})],
    "units": [(["-q", "-t", "1 mile", "km"], {})],
    "figlet": [(["-f", "slant", "hi"], {})],
    "fortune": [(["-f"], {})],
    "pandoc": [(["-f", "markdown", "-t", "html", "-s", "--metadata", "title=x", "/in/text.md"], {"HOME": "/tmp"})],
    "groff": [(["-ms", "-Tutf8", "/in/text.ms"], {}), (["-ms", "-Tps", "/in/text.ms"], {"SOURCE_DATE_EPOCH": "1700000000"})],
    "tclsh8.6": [(["/in/zone.tcl"], {})],
    "espeak-ng": [(["-q", "--ipa", "hello"], {})],
}


class Everyday(Case):
    def setUp(self):
        super().setUp()
        self.put_inputs(INPUTS)

    def check(self, program):
        path = self.installed(program)
        name = os.path.basename(path)
        if name == "java":
            compiled = run(["javac", "-d", self.inputs, self.inputs / "Hello.java"], env={"PATH": "/usr/bin:/bin"})
            self.assertEqual(compiled.status, 0, compiled)
        layer = self.layer(path)
        for arguments, more in PROGRAMS[program]:
            arguments_here = [part.replace("/in/", f"{self.inputs}/") if part != "/in" else str(self.inputs)
                              for part in arguments]
            host = {"PATH": "/usr/bin:/bin:/usr/games", **more}
            here = run([path, *arguments_here], env=host, cwd=self.inputs)
            here.out = here.out.replace(str(self.inputs).encode(), b"/in")
            self.assertEqual(here.status, 0, here)
            env = {**LAMBDA, **more}
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=arguments, at=at):
                    there = in_root([f"{at}/bin/{name}", *arguments], layer, at=at, env=env,
                                    binds=[(self.inputs, "/in")])
                    self.assert_same(here, there)

    def test_git(self):
        """init, commit, clone, log: each a process of its own, helpers and hooks' templates and all."""
        layer = self.layer("git")
        env = {"HOME": "/tmp", "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
               "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        steps = [["init", "-q", "-b", "main", "{}/one"], ["-C", "{}/one", "commit", "-q", "--allow-empty", "-m", "first"],
                 ["clone", "-q", "{}/one", "{}/two"], ["-C", "{}/two", "log", "--format=%H %s"],
                 ["-C", "{}/two", "stash", "list"], ["-C", "{}/one", "gc", "-q"], ["-C", "{}/two", "fsck"]]
        host_folder, root_folder = self.scratch / "host", self.scratch / "root"
        host_folder.mkdir()
        root_folder.mkdir()
        os.chmod(root_folder, 0o777)
        for step in steps:
            with self.subTest(step=step):
                here = run(["/usr/bin/git", *[part.format(host_folder) for part in step]],
                           env={"PATH": "/usr/bin:/bin", **env})
                there = in_root(["/opt/bin/git", *[part.format("/out") for part in step]], layer, env={**LAMBDA, **env},
                                options=["--bind", str(root_folder), "/out"])
                self.assertEqual(here.status, 0, here)
                self.assert_same(here, there)
        self.assertEqual({name for name in tree(host_folder / "one") if "hooks" in name},
                         {name for name in tree(root_folder / "one") if "hooks" in name}, "the templates")

    def test_rig_draws_from_its_own_folder(self):
        layer = self.layer("rig")
        there = in_root(["rig", "-c", "1"], layer)
        self.assertEqual(there.status, 0, there)
        self.assertEqual(len(there.out.decode().strip().splitlines()), 4, there)
        archive = self.scratch / "layer.zip"
        self.assertLess(archive.stat().st_size, 3_000_000, "rig with data stays under 3 MB")

    def test_jq_is_as_lean_with_discovery_as_without(self):
        self.layer("jq", name="with")
        self.layer("jq", "--no-discover", name="without")
        sizes = [(self.scratch / f"{name}.zip").stat().st_size for name in ("with", "without")]
        self.assertLess(sizes[0], sizes[1] * 1.01, sizes)


for program in PROGRAMS:
    test_name = "test_" + os.path.basename(program).replace(".", "_").replace("-", "_")
    setattr(Everyday, test_name, lambda self, program=program: self.check(program))

if __name__ == "__main__":
    unittest.main(verbosity=2)
