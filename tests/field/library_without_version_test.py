#!/usr/bin/python3
"""dlopen("libx.so"): a name without a version is what dlopen would find, too, where a folder of the user's has it."""

import os

from field import FieldCase, bundle, main

LIBRARY = ("-shared", "-fPIC")
HOST = """
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void* handle = dlopen("libx.so", RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return 1; }
  printf("%d\\n", ((int (*)(void))dlsym(handle, "value"))());
  return 0;
}
"""


class LibraryWithoutVersion(FieldCase):
    def setUp(self):
        super().setUp()
        self.host = self.compiled("host", HOST)
        self.libraries = self.compiled("lib/libx.so", "int value(void) { return 3; }", *LIBRARY).parent

    def test_in_a_folder_of_L(self):
        self.works(self.folder(self.host, "-L", self.libraries), "host", b"3")

    def test_in_LD_LIBRARY_PATH(self):
        env = {**os.environ, "LD_LIBRARY_PATH": str(self.libraries)}
        out = self.scratch / "layer"
        done = bundle(self.host, "-o", f"{out}/", env=env)
        self.assertEqual(done.status, 0, done)
        self.works(out, "host", b"3")

    def test_by_the_run_path(self):
        host = self.compiled("host", HOST, "-Wl,-rpath,$ORIGIN/lib")
        self.works(self.folder(host), "host", b"3")

    def test_a_link_to_a_library_with_a_version(self):
        (self.libraries / "libx.so").unlink()
        self.compiled("lib/libx.so.1", "int value(void) { return 4; }", *LIBRARY, "-Wl,-soname,libx.so.1")
        (self.libraries / "libx.so").symlink_to("libx.so.1")
        self.works(self.folder(self.host, "-L", self.libraries), "host", b"4")

    def test_not_found_is_a_hint(self):
        said = bundle(self.host, "--dry-run")
        self.assertEqual(said.status, 0, said)
        self.assertIn("hint: host opens libx.so, which is not on this machine", said.text)


if __name__ == "__main__":
    main()
