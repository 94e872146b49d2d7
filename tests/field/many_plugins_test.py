#!/usr/bin/env python3
"""A program that opens 5,000 plugins by their paths, all of which stay open."""
import shutil

from field import FieldCase, main

COUNT = 5000
PROGRAM = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  int opened = 0;
  for (int i = 0; i < %d; ++i) {
    char path[99];
    snprintf(path, sizeof path, "/usr/lib/field.many/a.plugin.with.a.long.name.%%d.so", i);
    opened += dlopen(path, RTLD_NOW) != NULL;
  }
  printf("%%d\n", opened);
  return 0;
}
""" % COUNT


class ManyPlugins(FieldCase):
    def test_all_are_opened(self):
        plugin = self.compiled("p.so", "int v(void) { return 1; }\n", "-shared", "-fPIC", "-nostdlib")
        self.scratch.chmod(0o755)  # what others may not read is not added with its folder
        folder = self.scratch / "plugins"
        folder.mkdir()
        for i in range(COUNT):
            shutil.copy(plugin, folder / f"a.plugin.with.a.long.name.{i}.so")
        layer = self.folder(self.compiled("host", PROGRAM), "--add", f"{folder}:/usr/lib/field.many")
        self.works(layer, "host", str(COUNT).encode())


main()
