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
from sandbox import LAMBDA, Case, bundle, in_root, run  # noqa: E402

ELSEWHERE = "/home/user/my tools"
TOOLS = {"PATH": "/usr/bin:/bin:/usr/games", "HOME": "/tmp"}

INPUTS = {
    "match.scm": "(use-modules (ice-9 match) (ice-9 format) (srfi srfi-1) (rnrs bytevectors))\n"
                 "(format #t \"~a ~5,2f~%\" (match '(1 2) ((a b) (+ a b))) 3.14159)\n",
    "adder.v": "module adder(input [3:0] a, b, output [3:0] c); assign c = a + b; endmodule\n",
    "hello.c": "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
               "int main(int argc, char **argv) { printf(\"hello %.3f\\n\", sqrt(atof(argv[1]))); return argc - 2; }\n",
    "hello.cpp": "#include <iostream>\n#include <thread>\n#include <vector>\n"
                 "int main() { std::vector<int> v{1}; std::thread t([&] { v.push_back(2); }); t.join();\n"
                 "  std::cout << v.size() << std::endl; }\n",
}

# Name of the program: bundle's options, and the program's runs.
PROGRAMS = {
    "guile": ([], [["--no-auto-compile", "{in}/match.scm"]]),
    # An empty root has no /usr; the folders above what is bundled are there all the same.
    "python3.11": ([], [["-c", "import os; print(os.path.isdir('/usr'), os.path.isdir('/usr/lib'), os.path.exists('/usr/x'))"]]),
    # libc starts the shell of the bundle; a module of another package comes by --add, with what it links.
    "lua5.4": (["--add", "/usr/lib/x86_64-linux-gnu/lua/5.4"],
               [["-e", "print(os.execute('exit 3')); local p = io.popen('read x; echo hi', 'r'); print(p:read('a'), p:close())\n"
                       "print(require('cjson').encode({1, 2.5, {a = 'b'}}))"]]),
    # A script, as the message about scripts says to bundle it: with its package, and the modules that that one depends on.
    "perl": (["--add", "/usr/games/cowsay"], [["/usr/games/cowsay", "-f", "tux", "moo"]]),
    # A tool of a package that it depends on, started through the shell.
    "yosys": ([], [["-q", "-Q", "-T", "-p", "read_verilog {in}/adder.v; synth; tee -o /dev/stdout stat"]]),
}

# Name of the compiler: bundle's options, and its runs, each of which makes {out}/made, to be started with an argument.
COMPILERS = {
    "gcc": ([], [["{in}/hello.c", "-o", "{out}/made", "-O2", "-lm"],
                 ["{in}/hello.c", "-o", "{out}/made", "-g", "-static", "-lm"],
                 ["{in}/hello.c", "-o", "{out}/made", "-flto", "-fsanitize=undefined", "-lm"]]),
    "g++": ([], [["{in}/hello.cpp", "-o", "{out}/made", "-pthread"]]),
    "tcc": ([], [["{in}/hello.c", "-o", "{out}/made", "-lm"]]),
    "clang": (["--force"], [["{in}/hello.c", "-o", "{out}/made", "-lm"]]),
}


class Languages(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.put_inputs(INPUTS)

    def check(self, program):
        path = self.installed(program)
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

    def check_compiler(self, compiler):
        """What it makes in the root does as what it makes here."""
        path = self.installed(compiler)
        options, runs = COMPILERS[compiler]
        layer = self.layer(path, *options)
        made = self.scratch / "out" / "made"
        made.parent.mkdir()
        os.chmod(made.parent, 0o777)
        for arguments in runs:
            arguments = [part.replace("{in}", str(self.inputs)).replace("{out}", str(made.parent)) for part in arguments]
            done = run([path, *arguments], env=TOOLS, cwd=self.inputs)
            self.assertEqual(done.status, 0, done)
            here = run([made, "2"])
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=arguments, at=at):
                    made.unlink(missing_ok=True)
                    done = in_root([f"{at}/bin/{compiler}", *arguments], layer, at=at, env=LAMBDA,
                                   binds=[(self.inputs, self.inputs)], options=["--bind", made.parent, made.parent])
                    self.assertEqual(done.status, 0, done)
                    self.assert_same(here, run([made, "2"]))


for program in PROGRAMS:
    test_name = "test_" + program.replace(".", "_").replace("-", "_")
    setattr(Languages, test_name, lambda self, program=program: self.check(program))
for compiler in COMPILERS:
    test_name = "test_" + compiler.replace("+", "p")
    setattr(Languages, test_name, lambda self, compiler=compiler: self.check_compiler(compiler))

if __name__ == "__main__":
    unittest.main(verbosity=2)
