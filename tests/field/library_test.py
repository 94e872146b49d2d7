#!/usr/bin/python3
"""--library: what opens a library by its bare name finds it, whoever asks and whatever LD_LIBRARY_PATH the target has."""

from field import FieldCase, bundle, main

SHARED = ("-shared", "-fPIC")
# Not the program opens it, but a library with a run path of its own, as libffi does for Python.
CALLER = """
#include <dlfcn.h>
#include <stdio.h>
int value_of(const char* name) {
  void* handle = dlopen(name, RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return -1; }
  return ((int (*)(void))dlsym(handle, "value"))();
}
"""
HOST = """
#include <stdio.h>
int value_of(const char* name);
int main(int argc, char** argv) { printf("%d\\n", value_of(argv[argc - 1])); return 0; }
"""


class Library(FieldCase):
    def setUp(self):
        super().setUp()
        below = self.compiled("own/libbelow.so.1", "int below(void) { return 7; }", *SHARED, "-Wl,-soname,libbelow.so.1")
        self.library = self.compiled("own/odd-name.so", "int below(void); int value(void) { return below(); }", *SHARED, below,
                                     "-Wl,-soname,libodd.so.3", "-Wl,-rpath,$ORIGIN")
        self.caller = self.compiled("lib/libcaller.so", CALLER, *SHARED, "-Wl,-rpath,/nowhere", "-Wl,--enable-new-dtags")
        self.host = self.compiled("host", HOST, self.caller, "-Wl,-rpath,$ORIGIN/lib")

    def refused(self, status, *arguments):
        done = bundle(self.host, *arguments, "-o", self.scratch / "no.zip")
        self.assertEqual(done.status, status, done)
        self.assertFalse((self.scratch / "no.zip").exists())
        return done.text

    def test_by_its_path(self):
        for more in ([], ["--no-discover"]):
            layer = self.folder(self.host, "--library", self.library, *more, name=f"layer{len(more)}")
            self.works(layer, "host", b"7", "libodd.so.3")
            self.assertIn('"--library"', (layer / "lib/host/manifest.json").read_text())

    def test_by_its_name(self):
        """As the loader here finds it, and in a bundle without the redirect library, too."""
        (self.scratch / "own/libodd.so.3").symlink_to("odd-name.so")
        layer = self.folder(self.host, "--library", "libodd.so.3", "-L", self.scratch / "own", "--no-discover")
        self.works(layer, "host", b"7", "libodd.so.3")

    def test_twice_and_beside_a_discovery(self):
        layer = self.folder(self.host, "--library", "libz.so.1", "--library", self.library)
        self.works(layer, "host", b"7", "libodd.so.3")
        self.assertTrue((layer / "lib/host/libz.so.1").is_file())

    def test_what_cannot_be_had(self):
        text = self.refused(1, "--library", "libnowhere.so.9")
        self.assertIn("libnowhere.so.9: was named by --library, and a loader finds no library of that name for host", text)
        self.assertIn("or name its file by its path", text)
        self.assertIn("there is no such file", self.refused(2, "--library", "./libnowhere.so.9"))
        self.assertIn("--add puts it in as it is", self.refused(2, "--library", f"{self.scratch}/host.c"))
        (self.scratch / "own/libbelow.so.1").unlink()
        self.assertIn("libbelow.so.1", self.refused(1, "--library", self.library))


if __name__ == "__main__":
    main()
