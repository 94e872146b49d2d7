#!/usr/bin/env python3
"""Programs that are links to one file of many, which goes by the name that it is called by: busybox, toybox, coreutils in one file."""

import shutil
from pathlib import Path

from alpine import APPLETS, Alpine
from field import ELSEWHERE, PREFIX, FieldCase, bundle, in_root, main


class Multicall(FieldCase):
    def alpine(self, *flags):
        system = Alpine(self, self.scratch / "alpine")
        system.program("/bin/busybox", APPLETS, *flags)
        system.links("/bin/busybox", "/bin/greet", "/bin/sh", "/usr/bin/bye", "/usr/bin/chain")
        return system.root

    def applets(self, layer):
        self.works(layer, "greet", b"greet you", "you")
        self.works(layer, "bye", b"bye you", "you")

    def test_several_of_one_file(self):
        """They start one another by a name in PATH, by a path that the system has, by the file itself."""
        layer = self.folder("--sysroot", self.alpine(), "greet", "bye", "chain")
        self.applets(layer)
        for command, want in (("greet you", b"greet you"), ("/bin/greet you", b"greet you"), ("/usr/bin/bye you", b"bye you"),
                              ("self you", b"bye you")):
            for at in (PREFIX, ELSEWHERE):
                with self.subTest(command, at=at):
                    there = in_root([f"{at}/bin/chain", command], layer, at=at, env={"PATH": f"{at}/bin"})
                    self.assertEqual((there.status, there.out.strip()), (0, want), there)
        self.assertEqual(len(list(layer.rglob("busybox"))), 1, "the file itself is there once")

    def test_under_a_name_of_the_users(self):
        """bin/hi is still greet, and what it starts by itself is not."""
        layer = self.folder("--sysroot", self.alpine(), "greet", "chain", "--rename", "greet=hi", "--rename", "chain=link")
        self.works(layer, "hi", b"greet you", "you")
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/link", "self you"], layer, at=at)
            self.assertEqual((there.status, there.out.strip()), (0, b"bye you"), there)

    def test_as_a_bootstrap(self):
        done = bundle("--sysroot", self.alpine(), "greet", "--target", "aws-bootstrap", "-o", f"{self.scratch}/function/")
        self.assertEqual(done.status, 0, done)
        for at in ("/var/task", ELSEWHERE):
            there = in_root([f"{at}/bootstrap", "you"], self.scratch / "function", at=at)
            self.assertEqual((there.status, there.out.strip()), (0, b"greet you"), there)

    def test_static(self):
        root = self.alpine("-static")
        layer = self.folder("--sysroot", root, "greet", "bye")
        self.applets(layer)
        self.assertEqual(len(list(layer.rglob("busybox"))), 1, "the file itself is there once")
        renamed = self.folder("--sysroot", root, "greet", "--rename", "greet=hi", name="renamed")
        self.works(renamed, "hi", b"greet you", "you")
        alone = self.folder("--sysroot", root, "greet", name="alone")
        self.works(alone, "greet", b"greet you", "you")
        self.assertFalse((alone / "lib/greet/root").exists(), "one alone is its own launcher")

    def test_helpers_of_a_static_one(self):
        """Debian's busybox-static under a dynamic program: each of its names is a few KB."""
        system = Alpine(self, self.scratch / "alpine")
        box = Path(shutil.copy("/bin/busybox", system.root / "bin/busybox"))
        system.links("busybox", *(f"/bin/{name}" for name in ("sh", "rev", "tr")))
        system.program("/usr/bin/caller", '#include <unistd.h>\nint main(int n, char** v) { return execv(v[1], v + 1); }')
        layer = self.folder("--sysroot", system.root, "caller", "--add", "/bin/rev", "--add", "/bin/tr", "--add", "/bin/sh")
        self.works(layer, "caller", b"olleh", "/bin/rev", stdin=b"hello\n")
        self.works(layer, "caller", b"HELLO", "/bin/tr", "a-z", "A-Z", stdin=b"hello\n")
        self.works(layer, "caller", b"hello", "/bin/sh", "-c", "echo hello")
        self.assertLess(sum(path.stat().st_size for path in layer.rglob("*") if path.is_file()), 2 * box.stat().st_size)

    def test_a_file_that_names_itself_in_scripts(self):
        """coreutils --enable-single-binary=shebangs: /usr/bin/ls is "#!/usr/bin/coreutils --coreutils-prog-shebang=ls"."""
        system = Alpine(self, self.scratch / "alpine")
        system.program("/usr/bin/one", '#include <stdio.h>\n#include <string.h>\nint main(int n, char** v) '
                                       '{ return n < 3 || strncmp(v[1], "--as=", 5) || printf("%s %s\\n", v[1] + 5, v[3]) < 0; }')
        for name in ("greet", "bye"):
            system.put(f"/usr/bin/{name}", f"#!/usr/bin/one --as={name}\n").chmod(0o755)
        layer = self.folder("--sysroot", system.root, "greet", "bye")
        self.applets(layer)

    def test_verify(self):
        archive = self.scratch / "layer.zip"
        self.made("--sysroot", self.alpine("-static"), "greet", "bye", "-o", archive)
        checked = bundle("verify", archive)
        self.assertEqual(checked.status, 0, checked)


main()
