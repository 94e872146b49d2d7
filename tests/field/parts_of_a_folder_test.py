#!/usr/bin/env python3
"""A folder that a library names and that is too large: the file that it asks for by its name goes in, and its packages' small ones."""
from field import FieldCase, main
from packages import TRIPLET, System

FOLDER = "/usr/share/maps"
LIBRARY = r"""
#include <stdio.h>
const char *const place = "/usr/share/maps";
void maps_open(void) {
  char path[100];
  snprintf(path, sizeof path, "%s/maps.db", place);
  FILE *file = fopen(path, "r");
  printf("%s\n", file == NULL ? "Cannot find maps.db" : "found");
}
"""
USER = "void maps_open(void); int main(void) { maps_open(); return 0; }"


class PartsOfAFolder(FieldCase):
    def setUp(self):
        super().setUp()
        self.system = System(self.scratch / "system")
        self.library = self.compiled("libmaps.so.1", LIBRARY, "-shared", "-fPIC", "-Wl,-soname,libmaps.so.1")
        self.program = self.compiled("user", USER, self.library)

    def bundled(self, files, source=""):
        self.system.install("libmaps1", {f"/usr/lib/{TRIPLET}/libmaps.so.1": self.library}, section="libs", depends="libc6, maps-data",
                            source="maps")
        self.system.install("maps-data", {f"{FOLDER}/{name}": bytes(size) for name, size in files.items()}, source=source,
                            architecture="all")
        self.layer = self.folder("--sysroot", self.system.root, self.program)
        return {path.name for path in self.layer.rglob("*") if str(path.parent).endswith(f"/root{FOLDER}")}

    def test_the_essential_file_and_the_small_ones(self):
        there = self.bundled({"maps.db": 8_000_000, "grid.1": 3_000_000, "grid.2": 3_000_000, "world": 1000}, source="maps")
        self.assertEqual(there, {"maps.db", "world"})
        hint = next(line for line in self.printed.splitlines() if line.startswith("hint: ") and FOLDER in line)
        for word in ("6.0 MB", "grid.1 3.0 MB", "grid.2", f"--add {FOLDER}"):
            self.assertIn(word, hint)
        self.assertNotIn("maps.db", hint)
        self.works(self.layer, "user", b"found")

    def test_of_another_package_only_what_is_named(self):
        self.assertEqual(self.bundled({"maps.db": 5_000_000, "grid.1": 1_000_000, "world": 1000}), {"maps.db"})

    def test_what_is_named_has_a_limit_too(self):
        self.assertEqual(self.bundled({"maps.db": 20_000_000, "grid.1": 3_000_000, "world": 1000}, source="maps"), {"world"})
        self.assertIn("maps.db (20.0 MB", self.printed)

    def test_a_small_folder_is_taken_whole(self):
        files = {"maps.db": 1_000_000, "grid.1": 1_000_000, "world": 1000}
        self.assertEqual(self.bundled(files, source="maps"), set(files))


main()
