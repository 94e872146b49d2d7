#!/usr/bin/python3
"""Languages, compilers and their tools, bundled and run in an empty root: stdout and status as on the host.

As everyday_test.py, for what reads files that only it understands (compiled Scheme in ELF files, a compiler's headers and
start files) and for modules of other packages that --add names. The inputs are mounted where they lie here, so that a
program that prints a path prints the same one. Names given on the command line run alone.
"""

import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import LAMBDA, Case, bundle, in_root, run  # noqa: E402

ELSEWHERE = "/home/user/my tools"
TOOLS = {"PATH": "/usr/bin:/bin:/usr/games", "HOME": "/tmp"}

INPUTS = {
    "match.scm": "(use-modules (ice-9 match) (ice-9 format) (srfi srfi-1) (rnrs bytevectors))\n"
                 "(format #t \"~a ~5,2f~%\" (match '(1 2) ((a b) (+ a b))) 3.14159)\n",
}

# Name of the program: bundle's options, and the program's runs.
PROGRAMS = {
    "guile": ([], [["--no-auto-compile", "{in}/match.scm"]]),
}


class Languages(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.inputs = self.scratch / "in"
        self.inputs.mkdir()
        for name, content in INPUTS.items():
            (self.inputs / name).write_text(content)

    def check(self, program):
        path = shutil.which(program, path=TOOLS["PATH"])
        self.assertIsNotNone(path, f"{program} is not installed here")
        options, runs = PROGRAMS[program]
        layer = self.layer(path, *options)
        for arguments in runs:
            arguments = [part.replace("{in}", str(self.inputs)) for part in arguments]
            here = run([path, *arguments], env=TOOLS, cwd=self.inputs)
            self.assertEqual(here.status, 0, here)
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=arguments, at=at):
                    there = in_root([f"{at}/bin/{program}", *arguments], layer, at=at, env={**LAMBDA, "HOME": "/tmp"},
                                    binds=[(self.inputs, self.inputs)])
                    self.assert_same(here, there)


for program in PROGRAMS:
    test_name = "test_" + program.replace(".", "_").replace("-", "_")
    setattr(Languages, test_name, lambda self, program=program: self.check(program))

if __name__ == "__main__":
    unittest.main(verbosity=2)
