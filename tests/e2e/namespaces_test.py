"""Three libraries of one SONAME in one process: the runner's own, and one in each of two namespaces (dlmopen)."""

import re
from pathlib import Path

from sandbox import Case, in_root, main, run, unzip

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "namespaces"


class Namespaces(Case):
    def compile(self, folder, *arguments):
        """Private folders, as a developer's tree has them, each object linked to its own base by run path."""
        built = run(["gcc", "-g0", "-O1", *arguments], cwd=folder)
        self.assertEqual(built.status, 0, built)

    def setUp(self):
        super().setUp()
        self.tree = self.scratch / "private-tree"
        for version in (0, 1, 2):
            base = self.tree / f"base-{version}"
            base.mkdir(parents=True)
            self.compile(base, "-shared", "-fPIC", f"-DVERSION={version}", "-Wl,-soname,libbase.so", "-o", "libbase.so",
                         FIXTURES / "base.c")
        for user in (1, 2):
            folder = self.tree / f"user-{user}"
            folder.mkdir()
            base = self.tree / f"base-{user}"
            self.compile(folder, "-shared", "-fPIC", f"-DUSER={user}", "-o", "libuser.so", FIXTURES / "user.c",
                         f"-L{base}", "-lbase", f"-Wl,--enable-new-dtags,-rpath,{base}")
        base = self.tree / "base-0"
        self.compile(self.tree, "-o", "runner", FIXTURES / "runner.c", f"-L{base}", "-lbase",
                     f"-Wl,--enable-new-dtags,-rpath,{base}")
        self.plugins = [self.tree / f"user-{user}" / "libuser.so" for user in (1, 2)]
        self.here = run([self.tree / "runner", *self.plugins])
        self.assertIn(b"after: user 2 has base 2 with value 220", self.here.out, self.here)

    def test_three_bases_side_by_side(self):
        archive = self.scratch / "layer.zip"
        done = self.made(self.tree / "runner", "--plugin", self.plugins[0], "--plugin", self.plugins[1], "-o", archive)
        places = re.findall(r"the plugin libuser\.so lies at (/opt/\S+)", done.out.decode())
        self.assertEqual(len(places), 2, done)
        layer = unzip(archive, self.scratch / "layer")
        for at in ("/opt", "/home/some one/bundle"):
            moved = [place.replace("/opt", at, 1) for place in places]
            self.assert_same(self.here, in_root([f"{at}/bin/runner", *moved], layer, at=at))
        for path in layer.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"private-tree", path.read_bytes(), f"{path} tells where it was made")


if __name__ == "__main__":
    main()
