#!/usr/bin/env python3
"""A locale out of locale-archive, as Fedora, Arch and a Debian with locale-gen have them, lies in the bundle as a folder, and libc
takes it from there. The archives are localedef's own."""

import os
import shutil
import tempfile
from pathlib import Path

from field import ELSEWHERE, LAMBDA, PREFIX, TOOLS, FieldCase, bundle, in_root, main, run
from packages import System

SAYS = r"""
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char** argv) {
  const char* set = setlocale(LC_ALL, "");
  printf("%s %s %s %s %s", set ? "set" : "not set", nl_langinfo(CODESET), nl_langinfo(DAY_2), localeconv()->decimal_point,
         nl_langinfo(YESEXPR));
  printf(" %d\n", strcoll("Zebra", "\303\204pfel") > 0);
  return 0;
}
"""
GERMAN = b"set UTF-8 Montag , ^[+1jJyY] 1"


class LocaleArchive(FieldCase):
    @classmethod
    def setUpClass(cls):
        cls.made_once = tempfile.TemporaryDirectory(prefix="bundle-locales-")
        cls.addClassCleanup(cls.made_once.cleanup)
        prefix = Path(cls.made_once.name)
        (prefix / "usr/lib/locale").mkdir(parents=True)
        for arguments in (["-i", "de_DE", "-f", "UTF-8", "--prefix", prefix, "de_DE.UTF-8"],
                          ["--no-archive", "-i", "de_DE", "-f", "UTF-8", prefix / "folder"]):
            done = run(["localedef", *arguments], env=TOOLS)
            assert done.status == 0, done
        cls.archive, cls.reference = prefix / "usr/lib/locale/locale-archive", prefix / "folder"

    def system(self, name="system"):
        return System(self.scratch / name)

    def locales(self, system):
        folder = system.root / "usr/lib/locale"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def files(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def test_out_of_an_archive(self):
        system = self.system()
        shutil.copy(self.archive, self.locales(system))
        for wanted in ("de_DE.UTF-8", "de_DE.utf8"):
            with self.subTest(wanted):
                layer = self.folder("--sysroot", system.root, self.compiled("says", SAYS), "--locale", wanted, name=f"layer-{wanted}")
                home = layer / "lib/says/root/usr/lib/locale"
                self.assertEqual([path.name for path in home.iterdir()], ["de_DE.utf8"], "and no archive")
                self.assertEqual(self.files(home / "de_DE.utf8"), self.files(self.reference), "byte for byte as localedef's folder")
                for variable in ("LANG", "LC_ALL"):
                    for spelling in ("de_DE.UTF-8", "de_DE.utf8"):
                        self.works(layer, "says", GERMAN, env={**LAMBDA, variable: spelling})

    def test_real_locale_reads_it_back(self):
        """glibc's own program, bundled, lists it and tells its words."""
        system = self.system()
        shutil.copy(self.archive, self.locales(system))
        system.put("/usr/bin/locale", Path("/usr/bin/locale"))
        layer = self.folder("--sysroot", system.root, "locale", "--locale", "de_DE.UTF-8")
        for at in (PREFIX, ELSEWHERE):
            listed = in_root([f"{at}/bin/locale", "-a"], layer, at=at)
            self.assertIn(b"de_DE.utf8", listed.out.split(), listed)
            told = in_root([f"{at}/bin/locale", "day", "charmap"], layer, at=at, env={**LAMBDA, "LANG": "de_DE.UTF-8"})
            self.assertIn(b";Montag;", told.out, told)
            self.assertIn(b"UTF-8", told.out, told)

    def test_a_folder_beside_an_archive(self):
        system = self.system()
        shutil.copy(self.archive, self.locales(system))
        shutil.copytree(self.reference, self.locales(system) / "xx_XX.utf8")
        layer = self.folder("--sysroot", system.root, self.compiled("says", SAYS), "--locale", "de_DE.UTF-8", "--locale", "xx_XX.UTF-8")
        for name in ("de_DE.UTF-8", "xx_XX.UTF-8"):
            self.works(layer, "says", GERMAN, env={**LAMBDA, "LANG": name})

    def test_a_language_pack_of_hard_links(self):
        """Fedora's glibc-langpack-de: folders, in which what is the same is one file of many names."""
        system = self.system()
        home = self.locales(system)
        shutil.copytree(self.reference, home / "de_DE.utf8")
        shutil.copytree(self.reference, home / "de_AT.utf8", copy_function=lambda source, to: os.link(
            home / "de_DE.utf8" / Path(source).relative_to(self.reference), to))
        layer = self.folder("--sysroot", system.root, self.compiled("says", SAYS), "--locale", "de_AT.UTF-8", "--locale", "de_DE.UTF-8")
        for name in ("de_AT.UTF-8", "de_DE.UTF-8"):
            self.works(layer, "says", GERMAN, env={**LAMBDA, "LANG": name})

    def test_same_bytes_again_and_a_saved_case(self):
        system = self.system()
        shutil.copy(self.archive, self.locales(system))
        program = self.compiled("says", SAYS)
        archives = []
        for name in ("one", "two"):
            self.made("--sysroot", system.root, program, "--locale", "de_DE.UTF-8", "-o", self.scratch / f"{name}.zip", "-j", 1 + len(archives))
            archives.append((self.scratch / f"{name}.zip").read_bytes())
        self.assertEqual(archives[0], archives[1])
        self.made("--sysroot", system.root, program, "--locale", "de_DE.UTF-8", "-o", self.scratch / "three.zip", "--save-case", self.scratch / "case")
        again = run(["sh", self.scratch / "case/repeat"], env={**TOOLS, "BUNDLE": os.environ["BUNDLE"]}, cwd=self.scratch)
        self.assertEqual(again.status, 0, again)

    def test_a_damaged_archive(self):
        system = self.system()
        whole = self.archive.read_bytes()
        program = self.compiled("says", SAYS)
        for content, said in ((whole[:30], "fewer than its header"), (b"x" * 500, "begins with"), (whole[:4000], "its end")):
            with self.subTest(said):
                (self.locales(system) / "locale-archive").write_bytes(content)
                done = bundle("--sysroot", system.root, program, "--locale", "de_DE.UTF-8", "-o", self.scratch / "no.zip")
                self.assertEqual(done.status, 1, done)
                self.assertIn("locale-archive", done.text)
                self.assertIn(said, done.text)
                self.assertIn("--locale none", done.text)
                self.assertFalse((self.scratch / "no.zip").exists())
        (self.locales(system) / "locale-archive").write_bytes(b"")
        self.made("--sysroot", system.root, program, "-o", self.scratch / "empty.zip")


main()
