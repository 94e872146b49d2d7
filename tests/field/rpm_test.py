#!/usr/bin/env python3
"""A root of rpm's packages as the source: what a program's packages bring goes in, from whichever container rpm has used; what is not
a database is said, and nothing is written there."""

import json
import os
import tempfile
from pathlib import Path

from field import FieldCase, bundle, in_root, main, tree
from rpms import Rpms

TINY = r"""
#include <stdio.h>
#include <string.h>
static int show(const char* folder, const char* name) {
  char path[200], line[200];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return 1;
  fputs(line, stdout);
  return 0;
}
int main(void) {
  return show("/usr/share/tiny", "words") + show("/usr/share/tiny-dictionary", "list") + show("/etc", "tiny.conf") +
         (fopen("/etc/tiny.conf", "r") == NULL);
}
"""
LACKS = "int absent(void); int main(void) { return absent(); }"


class Rpm(FieldCase):
    built = None

    def setUp(self):
        super().setUp()
        if Rpm.built is None:
            Rpm.built = self.system_of_packages(Path(self.enterClassContext(tempfile.TemporaryDirectory())) / "root")
        self.system = Rpm.built.copy(self, self.scratch / "root")
        self.root = self.system.root

    def system_of_packages(self, root):
        system = Rpms(self, root)
        system.install("tiny", {
            "": {"/usr/bin/tiny": self.compiled("tiny", TINY), "%config /etc/tiny.conf": "configured\n",
                 "%doc /usr/share/tiny/README": "read me\n", "%license /usr/share/tiny/COPYING": "copy me\n",
                 "%ghost /usr/share/tiny/cache": "made there\n"},
            "data": {"tags": "BuildArch: noarch", "/usr/share/tiny/words": "words of the data package\n",
                     "%lang(de) /usr/share/tiny/woerter": "Worte\n"},
            "devel": {"/usr/share/tiny/tiny.h": "int tiny;\n"}}, more="Requires: tiny-dictionary\nRecommends: tiny-data")
        system.install("dictionary", {"": {}, "list": {
            "tags": "BuildArch: noarch\nProvides: tiny-dictionary", "/usr/share/tiny-dictionary/list": "list of another source\n"}})
        return system

    def tiny(self, name):
        return self.layer("--sysroot", self.root, "/usr/bin/tiny", name=name)

    def test_each_container(self):
        before = tree(self.root)
        layer = self.tiny("sqlite")
        self.assertEqual(tree(self.root), before, "nothing is written where the packages are")
        inside = layer / "lib/tiny/root"
        data = {str(path.relative_to(inside)) for path in inside.rglob("*") if path.is_file()}
        # A ghost is made by a package's installation: it goes in as what lies in its folder and nobody ships.
        self.assertEqual(data, {"usr/bin/tiny", "etc/tiny.conf", "usr/share/tiny/words", "usr/share/tiny/woerter", "usr/share/tiny/cache",
                                "usr/share/tiny-dictionary/list"})
        done = in_root(["/opt/bin/tiny"], layer)
        self.assertEqual((done.status, done.out), (0, b"words of the data package\nlist of another source\nconfigured\n"), done)
        manifest = json.loads((layer / "lib/tiny/manifest.json").read_text())
        packages = {item["path"]: (item.get("package"), item.get("version")) for item in manifest["files"]}
        self.assertEqual(packages["lib/tiny/libc.so.6"], ("glibc", "1.2-3"))
        self.assertEqual(packages["lib/tiny/ld.so"], ("glibc", "1.2-3"), "listed as /lib64/…, which is a link")
        self.assertEqual(packages["lib/tiny/root/usr/share/tiny-dictionary/list"], ("dictionary-list", "1.2-3"))

        names = sorted(self.tool("rpm", "--dbpath", self.system.database, "-qa").out.split())
        self.system.convert_to_log(last=2)
        self.assertEqual(tree(self.tiny("log")), tree(layer))
        self.assertEqual(sorted(self.tool("rpm", "--dbpath", self.system.database, "-qa").out.split()), names, "rpm takes the log in")
        self.system.convert_to_bdb()
        theirs = self.tool("rpm", "--define", "_db_backend bdb_ro", "--dbpath", self.system.database, "-qa").out.split()
        self.assertEqual(sorted(theirs), names, "rpm itself reads what is made here")
        self.assertEqual(tree(self.tiny("bdb")), tree(layer))

    def test_ndb_by_a_link(self):
        layer = self.tiny("sqlite")
        self.system.convert_to_ndb()
        elsewhere = self.root / "usr/lib/sysimage/rpm"
        elsewhere.parent.mkdir(parents=True)
        os.rename(self.system.database, elsewhere)
        self.system.database.symlink_to("../../usr/lib/sysimage/rpm")
        self.assertEqual(tree(self.tiny("ndb")), tree(layer))

    def test_settings_that_were_changed_here(self):
        (self.root / "etc/tiny.conf").write_text("password = x\n")
        layer = self.tiny("changed")
        self.assertFalse((layer / "lib/tiny/root/etc/tiny.conf").exists())

    def test_who_has_a_library(self):
        library = self.compiled("libabsent.so.1", "int absent(void) { return 0; }", "-shared", "-fPIC", "-Wl,-soname,libabsent.so.1")
        program = self.compiled("lacks", LACKS, library)
        done = bundle("--sysroot", self.root, program, "--dry-run")
        self.assertEqual(done.status, 1, done)
        self.assertIn("a package that provides libabsent.so.1()(64bit) has it, which is not in the sysroot", done.text)

    def test_what_is_no_database(self):
        out = self.scratch / "no.zip"
        database = self.system.database / "rpmdb.sqlite"
        whole = database.read_bytes()
        number, header = list(self.system.blobs().items())[1]

        def poked(blob):
            with self.system.sql() as connection:
                connection.execute("UPDATE Packages SET blob = ? WHERE hnum = ?", (blob, number))

        for change, part in ((lambda: database.write_bytes(whole[:5000]), "rpm --rebuilddb"), (lambda: database.write_bytes(b"x" * 5000), "not a database"),
                             (lambda: database.write_bytes(b""), "no such table"), (lambda: poked(header[:-1]), "in header 2 of this package database"),
                             (lambda: poked(bytes(8) + header[8:]), "0 index entries"), (lambda: poked(header[:8] + b"\xff" * 16 + header[24:]), "tag 4294967295")):
            for end in ("-wal", "-shm"):
                (self.system.database / f"rpmdb.sqlite{end}").unlink(missing_ok=True)
            database.write_bytes(whole)
            change()
            done = bundle("--sysroot", self.root, "/usr/bin/tiny", "-o", out)
            with self.subTest(part=part):
                self.assertEqual(done.status, 1, done)
                self.assertIn(f"{database}: ", done.text)
                self.assertIn(part, done.text)
                self.assertEqual(len(done.text.splitlines()), 1, done)
                self.assertFalse(out.exists())


if __name__ == "__main__":
    main()
