#!/usr/bin/python3
"""--plugin with a full path: the program opens it at that very path. A path of the builder's own stays out, unless the
program has it in its bytes."""

import shutil
from pathlib import Path

from field import FieldCase, main

LIBRARY = ("-shared", "-fPIC")
HOST = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* handle = dlopen(argc > 1 ? argv[1] : PLUGIN, RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return 1; }
  printf("%d\\n", ((int (*)(void))dlsym(handle, "value"))());
  return 0;
}
"""
PLACE = Path("/srv/bundle-place-of-a-plugin")


class PlaceOfAPlugin(FieldCase):
    def setUp(self):
        super().setUp()
        PLACE.mkdir()
        self.addCleanup(shutil.rmtree, PLACE)
        self.plugin = self.compiled("own/plugin.so", "int value(void) { return 6; }", *LIBRARY)
        shutil.copy(self.plugin, PLACE / "lib.so")

    def host(self, path):
        return self.compiled("host", HOST, f'-DPLUGIN="{path}"')

    def tells(self, layer, text):
        return [path for path in layer.rglob("*") if path.is_file() and str(text).encode() in path.read_bytes()]

    def test_at_its_full_path(self):
        layer = self.folder(self.host("none"), "--plugin", PLACE / "lib.so")
        self.works(layer, "host", b"6", str(PLACE / "lib.so"))
        self.works(layer, "host", b"6", f"/srv/../{PLACE}//lib.so")

    def test_at_DEST(self):
        layer = self.folder(self.host("none"), "--plugin", f"{PLACE}/lib.so:/usr/lib/host/p.so")
        self.works(layer, "host", b"6", "/usr/lib/host/p.so")

    def test_a_path_of_the_builders_own_stays_out(self):
        layer = self.folder(self.host("none"), "--plugin", self.plugin)
        self.assertEqual(self.tells(layer, self.scratch), [])
        self.works(layer, "host", b"6", "/usr/lib/plugins/plugin.so")

    def test_unless_the_program_names_it(self):
        layer = self.folder(self.host(self.plugin), "--plugin", self.plugin)
        self.works(layer, "host", b"6")

    def test_a_relative_path(self):
        layer = self.scratch / "layer"
        self.made(self.host("none"), "--plugin", "own/plugin.so", "-o", f"{layer}/", cwd=self.scratch)
        self.assertEqual(self.tells(layer, self.scratch), [])
        self.works(layer, "host", b"6", "/usr/lib/plugins/plugin.so")


if __name__ == "__main__":
    main()
