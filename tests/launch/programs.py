#!/usr/bin/python3
"""programs.py BUNDLE: real programs that start others, where a bundle is not at its prefix.

Each in an empty root that is a decoy too, at /opt, in a home folder, in a path with spaces, and in one in which only
the launchers may be executed; output equal to the host's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bundles import LAMBDA_LIBRARY_PATH, Workshop, outcome, sandbox  # noqa: E402

PLACES = [("/opt", False), ("/home/user/app", False), ("/srv/a place/with  spaces", False), ("/data", True)]
FORK = """
const { fork } = require('child_process');
if (process.argv[2] === 'child') { process.send('child ' + 6 * 7); process.disconnect(); }
else fork(__filename, ['child']).on('message', (text) => console.log(text)).on('exit', (code) => console.log(code));
"""
PIPELINE = "printf '%s\\n' 3 1 2 | sort -r | xz -c | xz -dc | { read -r top; echo \"top $top\"; }; (exit 7); echo $?"
GIT = """cd /tmp && git init -q r && cd r && echo one > a && git add a &&
git -c user.name=n -c user.email=e@example.com commit -q -m first --date 2001-01-01T00:00:00Z && git log --format='%an %s %ad' && git status --short"""

SHAPES = Path(__file__).resolve().parents[2] / "fixtures/shapes"

bundle = None
workshop = None


class Programs(unittest.TestCase):
    def check(self, programs, command, files=()):
        root = Path(tempfile.mkdtemp(dir=workshop.folder)) / "bundle"
        subprocess.run([bundle, *programs, "-q", "-o", f"{root}/"], check=True)
        with tempfile.TemporaryDirectory() as folder:
            variables = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C"}
            binds = []
            for name, content in files:
                (Path(folder) / name).write_text(content)
                binds.append((Path(folder) / name, f"/{name}"))
            on_host = [word.replace("/tmp", folder).replace("/in/", f"{folder}/") for word in command]
            expected = outcome(on_host, env=variables)
            self.assertEqual(expected[0], 0, expected)
            for place, bare in PLACES:
                with self.subTest(place=place):
                    variables = {"PATH": f"{place}/bin", "LD_LIBRARY_PATH": LAMBDA_LIBRARY_PATH, "HOME": "/tmp", "LC_ALL": "C"}
                    inside = [f"{place}/bin/{command[0]}", *[word.replace("/in/", "/") for word in command[1:]]]
                    used = workshop.without_run_bits(root) if bare else root
                    self.assertEqual(outcome(sandbox(workshop, used, place, inside, env=variables, binds=binds)), expected)

    def test_node_forks_itself(self):
        self.check(["node"], ["node", "/in/fork.js"], [("fork.js", FORK)])

    def test_a_pipeline_of_bundled_tools(self):
        self.check(["bash", "sort", "xz"], ["bash", "-c", PIPELINE])

    def test_git(self):
        self.check(["bash", "git"], ["bash", "-c", GIT])

    def test_what_stands_behind_the_end_of_a_program(self):
        # PyInstaller, pkg, ocamlc -custom: the program opens /proc/self/exe and reads what is at its end.
        for linker in ("bfd", "gold", "lld", "mold"):
            folder = Path(tempfile.mkdtemp(dir=workshop.folder))
            library, program = folder / "libshape.so", folder / "carrier"
            subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libshape.so", "-o", library, SHAPES / "library.c"], check=True)
            subprocess.run(["gcc", "-O1", f"-fuse-ld={linker}", "-Wl,--disable-new-dtags", f"-Wl,-rpath,{folder}", "-o", program, SHAPES / "program.c",
                            library], check=True)
            with open(program, "ab") as file:
                file.write(b"12345678PAYLOAD00000023")
            root = folder / "bundle"
            subprocess.run([bundle, program, "-L", folder, "-q", "-o", f"{root}/"], check=True)
            expected = outcome([program])
            self.assertIn("payload of 23 bytes", expected[1])
            for place, bare in PLACES:
                with self.subTest(linker=linker, place=place):
                    used = workshop.without_run_bits(root) if bare else root
                    variables = {"LD_LIBRARY_PATH": LAMBDA_LIBRARY_PATH}
                    command = sandbox(workshop, used, place, [f"{place}/bin/carrier"], env=variables)
                    self.assertEqual(outcome(command), expected)


if __name__ == "__main__":
    bundle = os.path.abspath(sys.argv.pop(1))
    with tempfile.TemporaryDirectory(prefix="bundle-programs-") as scratch:
        os.chmod(scratch, 0o755)
        workshop = Workshop(scratch, None)
        sys.exit(0 if unittest.main(exit=False, verbosity=1).result.wasSuccessful() else 1)
