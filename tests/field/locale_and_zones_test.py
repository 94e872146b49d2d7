#!/usr/bin/python3
"""The locale C.UTF-8 in either spelling, wherever it lies under one of them; time zones without this machine's own."""

import shutil
from pathlib import Path

from field import LAMBDA, FieldCase, in_root, main, tree
from packages import System

CODESET = r"""
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
int main(void) {
  printf("%s ", setlocale(LC_ALL, "") ? "set" : "not set");
  printf("%s\n", nl_langinfo(CODESET));
  return 0;
}
"""


class Locale(FieldCase):
    def check(self, layer):
        for spelling in ("C.UTF-8", "C.utf8"):
            for variable in ("LANG", "LC_ALL"):
                with self.subTest(spelling=spelling, variable=variable):
                    self.works(layer, "codeset", b"set UTF-8", env={**LAMBDA, variable: spelling})

    def test_of_this_machine(self):
        layer = self.folder(self.compiled("codeset", CODESET))
        self.check(layer)
        self.assertEqual(len(list(layer.rglob("LC_CTYPE"))), 1)

    def test_of_a_system_with_one_spelling(self):
        """Debian 11 has C.UTF-8, later ones C.utf8."""
        here = next(path for path in (Path("/usr/lib/locale/C.utf8"), Path("/usr/lib/locale/C.UTF-8")) if path.exists())
        for spelling in ("C.UTF-8", "C.utf8"):
            with self.subTest(spelling):
                system = System(self.scratch / spelling)
                shutil.copytree(here, system.root / "usr/lib/locale" / spelling)
                layer = self.folder("--sysroot", system.root, self.compiled("codeset", CODESET), name=f"layer-{spelling}")
                self.check(layer)
                self.assertEqual(len(list(layer.rglob("LC_CTYPE"))), 1)


class Zones(FieldCase):
    def test_old_names_and_no_zone_of_this_machine(self):
        layer = self.folder("/usr/bin/date")
        for zone, want in [("Europe/Berlin", b"CET"), ("US/Pacific", b"PST"), ("America/Los_Angeles", b"PST")]:
            self.works(layer, "date", want, "-d", "@1700000000", "+%Z", env={**LAMBDA, "TZ": zone})
        self.assertEqual(list(layer.rglob("zoneinfo/localtime")), [])
        self.assertTrue(tree(layer))


if __name__ == "__main__":
    main()
