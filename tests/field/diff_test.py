#!/usr/bin/python3
"""`bundle diff`: exit codes as diff(1) has them, what differs told by what a program could see of it."""

import json
import os
import shutil
import zipfile

from field import FieldCase, bundle, main

LIBRARY = ("-shared", "-fPIC", "-Wl,-soname,libown.so.1")


class Diff(FieldCase):
    def diff(self, before, after, status):
        done = bundle("diff", before, after)
        self.assertEqual((done.status, done.err), (status, b""), done)
        told = bundle("diff", before, after, "--json")
        self.assertEqual(told.status, status, told)
        self.told = json.loads(told.out)
        self.assertEqual(self.told["same"], status == 0)
        return done.out.decode()

    def zipped(self, name, files, method=zipfile.ZIP_DEFLATED, year=2000):
        archive = self.scratch / name
        with zipfile.ZipFile(archive, "w") as out:
            for path, content in files:
                entry = zipfile.ZipInfo(path, (year, 1, 1, 0, 0, 0))
                entry.external_attr, entry.compress_type = 0o100644 << 16, method
                out.writestr(entry, content)
        return archive

    def test_a_zip_and_its_folder_are_the_same(self):
        archive = self.scratch / "layer.zip"
        self.made("jq", "-o", archive)
        folder = self.folder("jq", name="unpacked")
        self.assertRegex(self.diff(archive, folder, 0), r"\Athe same \d+ files, [\d.]+ MB\n\Z")
        self.assertRegex(self.diff(archive, archive, 0), r"\Athe same \d+ files, [\d.]+ MB\n\Z")

    def test_an_archive_that_only_says_other_things_of_itself(self):
        files = [("a", "one"), ("b", "x" * 1000)]
        one = self.zipped("one.zip", files)
        for name, archive in (("times", self.zipped("times.zip", files, year=2001)),
                              ("stored", self.zipped("stored.zip", files, method=zipfile.ZIP_STORED)),
                              ("order", self.zipped("order.zip", files[::-1]))):
            with self.subTest(name):
                self.assertEqual(self.diff(one, archive, 0),
                                 "the same 2 files, 1.0 kB; only the archives differ, in what they say of times, compression or order\n")
                self.assertTrue(self.told["archives_differ"])

    def test_each_kind_of_change(self):
        source = "int value(void) { return %s; }\n"
        library = self.compiled("lib/libown.so.1", source % 1, *LIBRARY, "-Wl,--default-symver")
        program = self.compiled("prog", "int value(void); int main(void) { return value(); }", library, "-Wl,-rpath,$ORIGIN/lib")
        before = self.folder(program, name="before")
        after = self.scratch / "after"
        shutil.copytree(before, after)
        inside = after / "lib/prog/libown.so.1"
        self.tool("patchelf", "--set-soname", "libother.so.2", inside)
        self.tool("patchelf", "--add-needed", "libm.so.6", inside)
        (after / "lib/prog/libc.so.6").rename(after / "lib/libc.so.6")
        (after / "lib/new.txt").write_text("new\n")
        (after / "lib/empty").mkdir()
        os.chmod(after / "bin/prog", 0o700)
        os.remove(after / "lib/prog/manifest.json")
        text = self.diff(before, after, 1)
        for line in (r"  > lib/libc\.so\.6  was lib/prog/libc\.so\.6\n", r"  \+ lib/new\.txt  4 bytes\n", r"  \+ lib/empty  an empty folder\n",
                     r"  ~ bin/prog  mode 0755 -> 0700\n", r"  - lib/prog/manifest\.json  ", r"  - libc6 ",
                     r"  ~ lib/prog/libown\.so\.1  soname libown\.so\.1 -> libother\.so\.2; needs \+libm\.so\.6; content; \+[\d.]+ kB\n",
                     r"\n2 added, 1 gone, 2 changed, 1 moved; [\d.]+ MB -> [\d.]+ MB unpacked, [+-][\d.]+ kB\n\Z"):
            self.assertRegex(text, line)
        self.assertEqual(self.told["counts"], {"added": 2, "gone": 1, "changed": 2, "moved": 1})
        back = self.diff(after, before, 1)
        self.assertIn("  > lib/prog/libc.so.6  was lib/libc.so.6\n", back)
        self.assertIn("soname libother.so.2 -> libown.so.1", back)

    def test_a_newer_library_of_others(self):
        """Under a name of its own version, as hand-made layers have it: known by its SONAME."""
        (self.scratch / "1.map").write_text("OWN_1 { global: value; };\n")
        (self.scratch / "2.map").write_text("OWN_1 { global: value; };\nOWN_2 { global: more; } OWN_1;\n")
        old = self.compiled("old.so", "int value(void) { return 1; }", *LIBRARY, "-Wl,--version-script=1.map")
        new = self.compiled("new.so", "int value(void) { return 2; } int more(void) { return 3; }", *LIBRARY,
                            "-Wl,--version-script=2.map")
        text = self.diff(self.zipped("a.zip", [("lib/libown.so.1.0", old.read_bytes())]),
                         self.zipped("b.zip", [("lib/libown.so.1.1", new.read_bytes())]), 1)
        self.assertRegex(text, r"  > lib/libown\.so\.1\.1  was lib/libown\.so\.1\.0; defines \+OWN_2; content")

    def test_a_package_of_another_version(self):
        before = self.folder("jq", name="before")
        after = self.scratch / "after"
        shutil.copytree(before, after)
        manifest = after / "lib/jq/manifest.json"
        told = json.loads(manifest.read_text())
        (changed,) = (file for file in told["files"] if file["path"].endswith("libonig.so.5"))
        old, changed["version"] = changed["version"], "99.1-1"
        manifest.write_text(json.dumps(told))
        self.assertIn(f"  ~ libonig5 {old} -> 99.1-1\n", self.diff(before, after, 1))
        with open(after / "lib/jq/libonig.so.5", "ab") as library:
            library.write(b"more")
        self.assertIn(f"  ~ lib/jq/libonig.so.5  version {old} -> 99.1-1; content; +4 bytes\n", self.diff(before, after, 1))

    def test_trouble_is_neither_same_nor_different(self):
        good = self.zipped("good.zip", [("a", "one" * 1000)], method=zipfile.ZIP_STORED)
        cut, bad = self.scratch / "cut.zip", self.scratch / "bad.zip"
        cut.write_bytes(good.read_bytes()[:-30])
        bad.write_bytes(good.read_bytes().replace(b"oneone", b"oneonE", 1))
        for other in (cut, bad, "/etc/passwd", self.scratch / "absent"):
            for pair in ((good, other), (other, good)):
                done = bundle("diff", *pair)
                self.assertEqual((done.status, done.out), (2, b""), done)
                self.assertIn(str(other), done.text)
        self.assertEqual(bundle("diff", good).status, 2)
        self.assertEqual(bundle("list", cut).status, 1, "which is what 1 says elsewhere")
        help_page = bundle("diff", "--help").text
        self.assertIn("0 the same, 1 they differ, 2 one cannot be read", help_page)


if __name__ == "__main__":
    main()
