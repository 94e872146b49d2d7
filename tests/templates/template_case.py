"""What the tests of the templates share: a program to deploy, and projects made for it."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "field"))
from field import BUNDLE, COPIES, LAMBDA, TOOLS, WORLD, FieldCase, Outcome, bundle, in_root, main, run, tree, unzip  # noqa: E402,F401

# Says its arguments, or does what the first one says.
PROGRAM = COPIES + r"""
int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "cat") == 0) return copy();
  if (strcmp(what, "both") == 0) {
    /* More than a pipe holds, on both streams in turn: who reads one after the other never comes to an end. */
    for (int i = 0; i < 20000; ++i) { puts("0123456789"); fputs("abcdefghij\n", stderr); }
    return 0;
  }
  if (strcmp(what, "fail") == 0) { fputs("said\n", stderr); return 3; }
  if (strcmp(what, "crash") == 0) { raise(SIGSEGV); }
  if (strcmp(what, "hang") == 0) for (;;) pause();
  if (strcmp(what, "mute") == 0) { fclose(stdout); fclose(stderr); for (;;) pause(); }
  for (int i = 1; i < argc; ++i) printf("<%s>", argv[i]);
  putchar('\n');
  return 0;
}
"""
PLACES = {"aws-lambda": "layer.zip", "aws-bootstrap": "function.zip", "azure-functions": "bundle.zip"}


class TemplateCase(FieldCase):
    def bundled(self, target="aws-lambda", *, name="tool", more=()):
        """A bundle of the program for the target; its path."""
        archive = self.scratch / PLACES[target]
        self.made(*more, self.compiled(name, PROGRAM), "--target", target, "-o", archive, "--force")
        return archive

    def project(self, kind, target="aws-lambda", **more):
        """The folder of a new project of that kind, nothing in it left to be filled in."""
        folder = self.scratch / kind
        done = bundle("init", kind, "-o", folder, "--layer", self.bundled(target, **more))
        self.assertEqual(done.status, 0, done)
        self.check_filled_in(folder)
        return folder

    def check_filled_in(self, folder):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".zip" and "tools" not in path.relative_to(folder).parts:
                self.assertEqual(re.findall(r"@[A-Z_]+@", path.read_text()), [], f"{path}: every value is filled in")

    def json_of(self, done):
        self.assertEqual(done.status, 0, done)
        return json.loads(done.out)
