#!/usr/bin/python3
"""Small roots of other families, recorded by their own tools: rig and file are bundled from each as from one with dpkg's records.

What the records have to tell: rig's words and file's magic are known by their packages alone, the latter by one that the
library's depends on. The whole roots, with ten more programs, are tests/systems/families_test.py.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures/families"))
import debian  # noqa: E402
import families  # noqa: E402
from field import FieldCase, main, run  # noqa: E402

NAMES = ("rig", "file")


class Families(FieldCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Path(tempfile.mkdtemp(prefix="bundle-families-"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        machine = debian.Machine()
        packages = machine.closure(NAMES)
        debian.copy(packages, cls.place / "files")
        for family in ("none", "dpkg", "rpm", "apk", "pacman"):
            families.make(family, cls.place / family, packages, machine, cls.place / "files")
        families.derive("rpm-bdb", cls.place / "rpm", cls.place / "rpm-bdb")
        families.derive("rpm-ndb", cls.place / "rpm", cls.place / "rpm-ndb")

    def bundled(self, family, program):
        """The bundle, and the files of it with their packages, as the manifest has them."""
        layer = self.folder("--sysroot", self.place / family, program, name=f"{family} {program}")
        manifest = json.loads((layer / f"lib/{program}/manifest.json").read_text())
        return layer, {entry["path"]: entry.get("package") for entry in manifest["files"]}

    def check(self, family):
        (self.scratch / "text").write_text("%!PS-Adobe-3.0\n")
        want = run(["file", "-b", self.scratch / "text"]).out.strip()
        layer, files = self.bundled(family, "file")
        self.works(layer, "file", want, "-b", "/in", binds=[(self.scratch / "text", "/in")])
        # The same packages' names, for these are Debian's packages; only what is nobody's has none.
        self.assertEqual(files, self.bundled("dpkg", "file")[1])
        layer, files = self.bundled(family, "rig")
        self.assertEqual(files, self.bundled("dpkg", "rig")[1])
        self.assertTrue((layer / "lib/rig/root/usr/share/rig/locdata.idx").is_file())

    def test_rpm_in_sqlite(self):
        self.check("rpm")

    def test_rpm_in_berkeleys(self):
        self.check("rpm-bdb")

    def test_rpm_in_ndb(self):
        self.check("rpm-ndb")

    def test_apk(self):
        self.check("apk")

    def test_pacman(self):
        self.check("pacman")

    def test_without_records_the_magic_is_lost(self):
        """So that the others show something."""
        _, files = self.bundled("none", "file")
        self.assertFalse([path for path in files if path.endswith("magic.mgc")])
        self.assertEqual(set(files.values()), {None})


if __name__ == "__main__":
    main()
