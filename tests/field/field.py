"""What the field cases share: small programs compiled on the spot, bundled without a hint, run at the prefix and elsewhere."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import BUNDLE, LAMBDA, WORLD, Case, Outcome, bundle, in_root, main, run, tree, unzip  # noqa: E402,F401

TOOLS = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
PREFIX, ELSEWHERE = "/opt", "/srv/a b"
# The head of a program in C that can say what it is given as its input.
COPIES = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int copy(void) {
  static char buffer[65536];
  size_t count;
  while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0) fwrite(buffer, 1, count, stdout);
  return 0;
}
"""


class FieldCase(Case):
    def tool(self, *argv, **more):
        """Runs a tool of this machine in the scratch folder and insists on success."""
        done = run(argv, env={**TOOLS, "HOME": str(self.scratch)}, cwd=self.scratch, **more)
        self.assertEqual(done.status, 0, f"{argv}: {done}")
        return done

    def compiled(self, name, source, *flags, compiler="gcc"):
        """A program or library from the text of its C source; its path."""
        text = self.scratch / f"{Path(name).name}.c"
        text.write_text(source)
        out = self.scratch / name
        out.parent.mkdir(parents=True, exist_ok=True)
        self.tool(compiler, text, "-o", out, *flags)
        return out

    def folder(self, *arguments, name="layer", **more):
        """Bundles into a folder and insists on success; the folder. What was printed is in self.printed."""
        out = self.scratch / name
        done = self.made(*arguments, "-o", f"{out}/", **more)
        self.printed = done.text
        return out

    def works(self, layer, program, want, *arguments, **more):
        """The program says `want` (bytes, less white space at its ends) and ends with 0, at the prefix and elsewhere."""
        for at in (PREFIX, ELSEWHERE):
            with self.subTest(at=at):
                there = in_root([f"{at}/bin/{program}", *arguments], layer, at=at, **more)
                self.assertEqual((there.status, there.out.strip()), (0, want), there)
