#!/usr/bin/python3
"""bundle on a system of musl alone: its loader, a program with a library and data, and busybox. No glibc, no package database.

The static bundle is run in there, by name from PATH as a user would; what it makes is then started in an empty root.
"""

import shutil
from pathlib import Path

from field import BUNDLE, FieldCase, in_root, main

LOADER = Path("/lib/ld-musl-x86_64.so.1")
LIBRARY = 'const char* greeting(void) { return "hello"; }\n'
PROGRAM = r"""
#include <stdio.h>
const char* greeting(void);
int main(void) {
  char word[32] = "";
  FILE* const file = fopen("/usr/share/greet/word", "r");
  if (file == NULL || fgets(word, sizeof word, file) == NULL) return 3;
  printf("%s %s\n", greeting(), word);
  return 0;
}
"""


class MuslHost(FieldCase):
    def setUp(self):
        super().setUp()
        self.system = self.scratch / "system"
        self.compiled("system/usr/lib/libgreet.so", LIBRARY, "-shared", "-fPIC", "-Wl,-soname,libgreet.so", compiler="musl-gcc")
        self.compiled("system/usr/bin/greet", PROGRAM, "-L", self.system / "usr/lib", "-lgreet", compiler="musl-gcc")
        for folder in ("lib", "bin", "usr/share/greet"):
            (self.system / folder).mkdir(parents=True)
        (self.system / "usr/share/greet/word").write_text("world")
        shutil.copy(LOADER, self.system / "lib" / LOADER.name)
        shutil.copy("/bin/busybox", self.system / "bin/busybox")
        (self.system / "bin/sh").symlink_to("busybox")
        self.out = self.scratch / "out"
        self.out.mkdir(mode=0o777)
        self.tools = self.scratch / "tools"
        self.tools.mkdir()
        shutil.copy(BUNDLE, self.tools / "bundle")  # without bundle-lief, which is no static program

    def here(self, *argv):
        """In that system."""
        binds = [(self.system / folder, f"/{folder}") for folder in ("lib", "usr", "bin")]
        return in_root(argv, self.tools, at="/tools", binds=binds, env={"PATH": "/tools:/usr/bin:/bin"},
                       options=["--bind", self.out, "/out"])

    def test_what_is_made_there_works_in_an_empty_root(self):
        self.assertEqual(self.here("greet").out, b"hello world\n")
        done = self.here("sh", "-c", "bundle greet -o /out/layer/ && bundle greet -o /out/layer.zip && bundle verify /out/layer.zip")
        self.assertEqual(done.status, 0, done)
        self.assertIn("in order for aws-lambda", done.text)
        self.works(self.out / "layer", "greet", b"hello world")

    def test_inspect(self):
        done = self.here("bundle", "inspect", "greet")
        self.assertEqual(done.status, 0, done)
        for line in ("libgreet.so => /usr/lib/libgreet.so", f"libc.so => {LOADER} [the interpreter]", "musl"):
            self.assertIn(line, done.text)

    def test_run_says_what_it_lacks(self):
        self.assertEqual(self.here("bundle", "greet", "-q", "-o", "/out/layer.zip").status, 0)
        done = self.here("bundle", "run", "/out/layer.zip", "--", "greet")
        self.assertEqual(done.status, 4, done)
        self.assertIn("apk add bubblewrap", done.text)

    def test_a_bundle_that_verify_sees_through(self):
        """The loader's name in a bundle is not musl's; verify knows it all the same, and a library that is not there."""
        self.assertEqual(self.here("bundle", "greet", "-q", "-o", "/out/layer/").status, 0)
        (self.out / "layer/lib/greet/libgreet.so").unlink()
        done = self.here("bundle", "verify", "/out/layer/")
        self.assertEqual(done.status, 3, done)
        self.assertIn("libgreet.so", done.text)
        self.assertNotIn("needs libc.so", done.text)


if __name__ == "__main__":
    main()
