#!/usr/bin/python3
"""Own trees and --sysroot: a tree inside it is found there, and one that was cross-built beside it, P/bin with P/share, goes along."""

import shutil

from field import ELSEWHERE, PREFIX, in_root, main
from own_trees import reads
from sysroot_test import Trees

QEMU = "/usr/bin/qemu-aarch64-static"


class OwnTreeOfAnotherSystem(Trees):
    def says(self, layer, want):
        for at in (PREFIX, ELSEWHERE):
            with self.subTest(at=at):
                there = in_root(["/q", f"{at}/bin/app"], layer, at=at, binds=[(QEMU, "/q")])
                self.assertEqual((there.status, there.out), (0, want), there)

    def test_inside(self):
        root = self.made_tree("aarch64")
        app = self.compiled("app", reads("%s/../share/app/x.txt"), compiler=self.compilers["aarch64"])
        self.put(root / "opt/made/share/app/x.txt", "inside\n")
        self.put(self.machine / "opt/made/share/app/x.txt", "CANARY of the machine\n")
        (root / "opt/made/bin").mkdir()
        shutil.copy(app, root / "opt/made/bin/app")
        layer = self.bundled("--sysroot", root, "/opt/made/bin/app")
        self.assert_of_tree(layer, root)
        self.says(layer, b"inside\n")

    def test_cross_built_beside_it(self):
        root = self.made_tree("aarch64")
        self.compiled("out/bin/app", reads("%s/../share/app/x.txt", "%s/../lib/app/y.txt"), compiler=self.compilers["aarch64"])
        self.put(self.scratch / "out/share/app/x.txt", "built\n")
        self.put(self.scratch / "out/lib/app/y.txt", "too\n")
        layer = self.bundled("--sysroot", root, "out/bin/app")
        self.assert_of_tree(layer, root, self.scratch / "out")
        self.says(layer, b"built\ntoo\n")
        for path in layer.rglob("*"):
            if path.is_file():
                self.assertNotIn(str(self.scratch).encode(), path.read_bytes(), path)

    def test_a_machine_without_launcher(self):
        """armhf: the program starts at the prefix, and it is said that this is all."""
        self.compiled("app", '#include <stdio.h>\nint main(void) { FILE* file = fopen("/usr/share/app/x.txt", "r"); puts(file ? "x" : "plain"); '
                             'return 0; }', compiler="arm-linux-gnueabihf-gcc")
        self.put(self.scratch / "tree/usr/share/app/x.txt", "x\n")
        shutil.copytree("/usr/arm-linux-gnueabihf/lib", self.scratch / "tree/lib", symlinks=True)
        layer = self.bundled("--sysroot", self.scratch / "tree", "./app")
        for said in ("no launcher for its machine, so it starts at /opt only", "no redirect library for this machine"):
            self.assertIn(said, self.printed)
        there = in_root(["/q", "/opt/bin/app"], layer, binds=[("/usr/bin/qemu-arm-static", "/q")])
        self.assertEqual((there.status, there.out), (0, b"plain\n"), there)

    def test_what_it_links_is_not_asked_for(self):
        """A loader that nobody's package owns is in the bundle, and no file to be added."""
        root = self.made_tree("aarch64")
        self.compiled("app", "int main(void) { return 0; }", compiler=self.compilers["aarch64"])
        self.bundled("--sysroot", root, "./app")
        self.assertNotIn("ld-linux", self.printed)


if __name__ == "__main__":
    main()
