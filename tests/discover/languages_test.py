#!/usr/bin/python3
"""Languages, compilers and their tools, bundled and run in an empty root: stdout and status as on the host.

As everyday_test.py, for what reads files that only it understands (compiled Scheme in ELF files, a compiler's headers and
start files) and for modules of other packages that --add names. The inputs are mounted where they lie here, so that a
program that prints a path prints the same one. Names given on the command line run alone.
"""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from jobs import COMPILERS, INPUTS, LANGUAGES, placed  # noqa: E402
from sandbox import LAMBDA, Case, in_root, run  # noqa: E402

ELSEWHERE = "/home/user/my tools"
HERE = {"PATH": "/usr/bin:/bin:/usr/games", "HOME": "/tmp"}


class Languages(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.put_inputs(INPUTS)

    def check(self, program):
        path = self.installed(program)
        job = LANGUAGES[program]
        layer = self.layer(path, *job.flags)
        for given in job.runs:
            arguments = placed(given.arguments, self.inputs)
            here = run([path, *arguments], env=HERE, cwd=self.inputs)
            self.assertEqual(here.status, 0, here)
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=arguments, at=at):
                    there = in_root([f"{at}/bin/{program}", *arguments], layer, at=at, env={**LAMBDA, "HOME": "/tmp"},
                                    binds=[(self.inputs, self.inputs)])
                    self.assert_same(here, there)

    def check_compiler(self, compiler):
        """What it makes in the root does as what it makes here."""
        path = self.installed(compiler)
        job = COMPILERS[compiler]
        layer = self.layer(path, *job.flags)
        made = self.scratch / "out" / "made"
        made.parent.mkdir()
        os.chmod(made.parent, 0o777)
        for given in job.runs:
            arguments = placed(given.arguments, self.inputs, made.parent)
            done = run([path, *arguments], env=HERE, cwd=self.inputs)
            self.assertEqual(done.status, 0, done)
            here = run([made, "2"])
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=arguments, at=at):
                    made.unlink(missing_ok=True)
                    done = in_root([f"{at}/bin/{compiler}", *arguments], layer, at=at, env=LAMBDA,
                                   binds=[(self.inputs, self.inputs)], options=["--bind", made.parent, made.parent])
                    self.assertEqual(done.status, 0, done)
                    self.assert_same(here, run([made, "2"]))


for program in LANGUAGES:
    test_name = "test_" + program.replace(".", "_").replace("-", "_")
    setattr(Languages, test_name, lambda self, program=program: self.check(program))
for compiler in COMPILERS:
    test_name = "test_" + compiler.replace("+", "p")
    setattr(Languages, test_name, lambda self, compiler=compiler: self.check_compiler(compiler))

if __name__ == "__main__":
    unittest.main(verbosity=2)
