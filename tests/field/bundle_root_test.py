#!/usr/bin/env python3
"""BUNDLE_ROOT that names no bundle: the program is started from where it lies, and @root@ in its variables is that place."""
from field import ELSEWHERE, FieldCase, LAMBDA, PREFIX, in_root, main

SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
int main(void) { puts(getenv("FIELD_HOME") ? getenv("FIELD_HOME") : "unset"); return 0; }
"""


class BundleRoot(FieldCase):
    def test_that_names_nothing(self):
        layer = self.folder(self.compiled("where", SOURCE), "--env", "FIELD_HOME=@root@/home")
        for at in (PREFIX, ELSEWHERE):
            for asked in (PREFIX, "/nowhere", "/tmp", "relative", ""):
                for options in (("--proc", "/proc"), ()):
                    with self.subTest(at=at, asked=asked, options=options):
                        there = in_root([f"{at}/bin/where"], layer, at=at, env={**LAMBDA, "BUNDLE_ROOT": asked}, options=options)
                        self.assertEqual((there.status, there.out), (0, f"{at}/home\n".encode()), there)

    def test_that_is_set_wins(self):
        layer = self.folder(self.compiled("where", SOURCE), "--env", "FIELD_HOME=@root@/home")
        there = in_root([f"{PREFIX}/bin/where"], layer, env={**LAMBDA, "FIELD_HOME": "mine", "BUNDLE_ROOT": "/nowhere"})
        self.assertEqual((there.status, there.out), (0, b"mine\n"), there)


main()
