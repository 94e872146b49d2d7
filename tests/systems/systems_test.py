#!/usr/bin/python3
"""Bundles made inside other distributions, run in an empty root: stdout and status as inside that distribution.

Debian 11 has glibc 2.31: dlsym in a library of its own, half of libc's names in libpthread too, no stat(), and the C locale
in a folder of another name. Debian 13 has glibc 2.41, Ubuntu 24.04 2.39; in both bundle itself is built and passes its unit
tests. Roots: roots.py. Names given on the command line (systems_test.py Bullseye.test_git) run alone.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "discover")]
import roots  # noqa: E402
from everyday_test import INPUTS  # noqa: E402
from places import COMMIT, PLACES, check_git  # noqa: E402
from sandbox import BUNDLE, LAMBDA, Case, Outcome, in_root, main, unzip  # noqa: E402

PROGRAMS = "rig git file perl python3 ffmpeg tesseract-ocr tesseract-ocr-eng ca-certificates bubblewrap".split()
LOCALE = {"LANG": "C.UTF-8", "HOME": "/tmp"}


class System(Case):
    suite, distribution = "", "Debian"
    packages = PROGRAMS

    @classmethod
    def setUpClass(cls):
        cls.root = roots.make(cls.suite, cls.packages, os.environ["SYSTEMS"], cls.distribution)

    def setUp(self):
        super().setUp()
        self.put_inputs(INPUTS)

    def inside(self, argv, binds=(), env=None, cwd="/tmp"):
        """In the distribution itself."""
        done = roots.enter(self.root, argv, [(Path(BUNDLE).parent, "/mnt"), (self.inputs, "/in"), (self.scratch, "/out"), *binds],
                           {**LOCALE, **(env or {})}, cwd, capture_output=True, stdin=subprocess.DEVNULL, timeout=600)
        return Outcome(done)

    def bundled(self, program, *options):
        """The unpacked layer of a program of the distribution, bundled there without a hint."""
        done = self.inside([f"/mnt/{Path(BUNDLE).name}", program, *options, "-o", f"/out/{program}.zip"])
        self.assertEqual(done.status, 0, done)
        return unzip(self.scratch / f"{program}.zip", self.scratch / f"layer {program}")

    def there(self, at, layer, argv, **more):
        env = {**LAMBDA, **LOCALE, **more.pop("env", {})}
        return in_root([f"{at}/bin/{argv[0]}", *argv[1:]], layer, at=at, binds=[(self.inputs, "/in")], env=env, **more)

    def check(self, *argv, options=()):
        """The same answer in the distribution, at the prefix and elsewhere."""
        layer = self.bundled(argv[0], *options)
        here = self.inside(argv)
        self.assertEqual(here.status, 0, here)
        for at in PLACES:
            with self.subTest(at=at):
                self.assert_same(here, self.there(at, layer, argv))

    def test_rig(self):
        """Its answer is by chance, its words are not."""
        cities = (self.root / "usr/share/rig/locdata.idx").read_text().splitlines()
        layer = self.bundled("rig")
        for locale in ("C.UTF-8", "C", ""):
            for at in PLACES:
                with self.subTest(at=at, locale=locale):
                    there = self.there(at, layer, ["rig"], env={"LANG": locale})
                    self.assertEqual(there.status, 0, there)
                    city = there.out.decode().splitlines()[2].split(",")[0]
                    self.assertTrue(any(city in line for line in cities), there)

    def test_git(self):
        steps = [["git", "init", "-q", "/repo"], ["git", "-C", "/repo", "add", "file"],
                 ["git", "-C", "/repo", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "first"],
                 ["git", "-C", "/repo", "log", "--stat", "--format=%H %an %s"], ["git", "-C", "/repo", "fsck", "--strict"]]
        check_git(self, steps, lambda step, folder: self.inside(step, [(folder, "/repo")], COMMIT))

    def test_file(self):
        self.check("file", "-b", "/in/small.png", "/in/page.ps", "/in/text.txt", "/in/module.cmake")

    def test_perl(self):
        self.check("perl", "-MPOSIX", "-MList::Util=sum", "-MJSON::PP", "-MEncode", "-e",
                   "print floor(3.7), sum(1..4), encode_json([1,{a=>2}]), length(encode('UTF-16', 'x')), setlocale(LC_ALL, ''), "
                   "strftime('%A', gmtime(0)), (-e '/in/text.txt' ? 'there' : 'not there'), qx(echo \"a shell\"; :)")

    def test_python(self):
        self.check("python3", "-c",
                   "import json, ssl, ctypes, decimal, lzma, encodings.idna, locale, os, subprocess, sys\n"
                   "print(ssl.OPENSSL_VERSION, ctypes.sizeof(ctypes.c_long), sys.version, locale.setlocale(locale.LC_ALL, ''))\n"
                   "print(open('/etc/ssl/certs/ca-certificates.crt').read(27), os.stat('/in/text.txt').st_size)\n"
                   "print(subprocess.run([sys.executable, '-c', 'print(6*7)'], stdout=subprocess.PIPE).stdout)\n"
                   "print('\\u20ac', open('/in/text.txt').read().encode('iso8859-15', 'replace'))")

    def test_ffmpeg(self):
        # On Debian 13 over Lambda's limit: libgbm's Mesa and its LLVM.
        self.check("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=0.2", "-bitexact", "-f", "wav", "-",
                   options=["--force"])

    def test_tesseract(self):
        self.check("tesseract", "/in/word.png", "-", "--psm", "7")


class Bullseye(System):
    suite = "bullseye"


class Builder(System):
    """One that ./dev can build in, too."""

    def dev(self, *arguments):
        """./dev in a copy of the source that stays there, so that a later run builds what changed."""
        listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True)
        copy = self.root.parent / f"source of {self.suite}"
        names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name and (SOURCE / os.fsdecode(name)).exists()}
        for name in names:
            target = copy / name
            content = (SOURCE / name).read_bytes()
            if not target.exists() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(SOURCE / name, target)
        for path in list(copy.rglob("*")):
            name = path.relative_to(copy)
            if path.is_file() and name.parts[0] != "build" and str(name) not in names:
                path.unlink()  # of an earlier run
        binds = [(copy, "/srv"), ("/etc/resolv.conf", "/etc/resolv.conf")]
        done = roots.enter(self.root, ["./dev", *arguments], binds, {"HOME": "/tmp"}, "/srv", timeout=5400, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        return copy, done.stdout

    def test_builds_here_and_passes_its_unit_tests(self):
        copy, said = self.dev("build")
        self.assertNotIn("warning:", said)
        layer = self.scratch / "layer"
        self.assertEqual(subprocess.run([copy / "build/release/bundle", "true", "-o", f"{layer}/"], check=False).returncode, 0)
        self.assertEqual(in_root(["/opt/bin/true"], layer).status, 0)
        self.dev("test", "--unit")


class Trixie(Builder):
    suite = "trixie"


class Noble(Builder):
    suite, distribution = "noble", "Ubuntu"


del System, Builder

if __name__ == "__main__":
    main()
