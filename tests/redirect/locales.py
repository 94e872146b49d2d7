"""Locales that are nowhere, in every kind of program that run.py makes: what calls_locale.h says of them."""
import os
import shutil


class WithLocales:
    """Of glibc: each NAME.UTF-8 that is lacking is answered with C.UTF-8's files."""

    def locales(self, variables, *calls):
        """What the calls say, of calls_locale.h, with xx_YY.UTF-8 and C.UTF-8 in the bundle alone."""
        kept = self.files()
        shutil.copytree("/usr/lib/locale/C.utf8", self.bundle.root + "/locale/C.utf8")
        environment = {"PATH": kept["PATH"], **variables}
        return self.bundle.run(*self.arguments("locales", "0", *calls), env=environment).splitlines()

    def test_a_locale_of_utf_8_that_is_nowhere(self):
        us = {"LANG": "en_US.UTF-8"}
        self.assertEqual(self.locales(us, "ALL=", "CTYPE?", "ALL?", "CTYPE!", "codeset", "wide", "TIME="),
                         ["en_US.UTF-8", "en_US.UTF-8", "en_US.UTF-8", "C.UTF-8", "UTF-8", "\u20ac 2", "en_US.UTF-8"])
        self.assertEqual(self.locales(us, "new=", "new-ctype=", "new=de_DE.UTF-8", "new-ctype=ja_JP.utf8"), ["UTF-8 2"] * 4)
        for name in ("de_DE.UTF-8", "de_DE.utf8", "de_DE.Utf-8", "de_DE.UTF-8@euro", "xx.UTF8"):
            self.assertEqual(self.locales({}, "ALL=" + name, "CTYPE=" + name, "codeset", "new=" + name),
                             [name, name, "UTF-8", "UTF-8 2"])
        # The bundle's own is what it is, and its name in libc, too.
        self.assertEqual(self.locales({"LC_ALL": "xx_YY.UTF-8"}, "ALL=", "CTYPE!", "ALL=C.UTF-8", "ALL?"),
                         ["xx_YY.UTF-8", "xx_YY.UTF-8", "C.UTF-8", "C.UTF-8"])

    def test_another_codeset_is_not_answered(self):
        for name in ("en_US", "en_US.ISO-8859-1", "de_DE@euro", "UTF-8", ".UTF-8", "ja_JP.eucJP", "en_US.UTF-16", "en_US.UTF-80",
                     "../xx_YY.UTF-8", "a/b.UTF-8", "LC_CTYPE=de_DE.UTF-8"):
            self.assertEqual(self.locales({"LANG": name}, "ALL=", "CTYPE=" + name, "ALL=" + name, "new=", "new=" + name, "CTYPE?", "codeset"),
                             ["(none)"] * 5 + ["C", "ANSI_X3.4-1968"], name)

    def test_each_variable_keeps_its_meaning(self):
        def whole(**names):
            return ";".join(f"LC_{key}={names.get(key, names['rest'])}" for key in
                            ("CTYPE", "NUMERIC", "TIME", "COLLATE", "MONETARY", "MESSAGES", "PAPER", "NAME", "ADDRESS", "TELEPHONE",
                             "MEASUREMENT", "IDENTIFICATION"))
        mixed = {"LANG": "en_US.UTF-8", "LC_NUMERIC": "C", "LC_TIME": "xx_YY.UTF-8", "LC_MESSAGES": ""}
        self.assertEqual(self.locales(mixed, "ALL=", "NUMERIC?", "NUMERIC!", "TIME?", "TIME!", "MESSAGES?", "CTYPE!", "new="),
                         [whole(rest="en_US.UTF-8", NUMERIC="C", TIME="xx_YY.UTF-8"), "C", "C", "xx_YY.UTF-8", "xx_YY.UTF-8", "en_US.UTF-8",
                          "C.UTF-8", "UTF-8 2"])
        self.assertEqual(self.locales({**mixed, "LC_ALL": "de_DE.UTF-8"}, "ALL=", "NUMERIC!"), ["de_DE.UTF-8", "C.UTF-8"])
        self.assertEqual(self.locales({"LC_CTYPE": "de_DE.UTF-8"}, "ALL=", "codeset"), [whole(rest="C", CTYPE="de_DE.UTF-8"), "UTF-8"])
        self.assertEqual(self.locales({"LC_CTYPE": "C", "LANG": "de_DE.UTF-8"}, "ALL=", "codeset"),
                         [whole(rest="de_DE.UTF-8", CTYPE="C"), "ANSI_X3.4-1968"])
        # One that nobody can answer fails all, as with libc alone, and nothing has changed.
        self.assertEqual(self.locales({**mixed, "LC_TIME": "de_DE.ISO-8859-1"}, "CTYPE=", "ALL=", "ALL?", "new=", "new-ctype="),
                         ["en_US.UTF-8", "(none)", whole(rest="C", CTYPE="en_US.UTF-8"), "(none)", "UTF-8 2"])

    def test_a_program_restores_what_it_was_told(self):
        self.assertEqual(self.locales({"LANG": "en_US.UTF-8"}, "ALL=", "keep", "ALL=C", "ALL?", "restore", "CTYPE!"),
                         ["en_US.UTF-8", "C", "C", "restored", "C.UTF-8"])
        said = self.locales({"LANG": "en_US.UTF-8", "LC_TIME": "xx_YY.UTF-8"}, "ALL=", "NUMERIC=C", "keep", "ALL=C", "restore", "NUMERIC?",
                            "CTYPE?", "TIME!", "ALL=C.UTF-8", "CTYPE?", "restore", "CTYPE=C.UTF-8", "CTYPE?", "TIME=fr_FR.UTF-8", "TIME!")
        self.assertEqual(said[1:], ["C", "C", "restored", "C", "en_US.UTF-8", "xx_YY.UTF-8", "C.UTF-8", "C.UTF-8", "restored", "C.UTF-8",
                                    "C.UTF-8", "fr_FR.UTF-8", "C.UTF-8"])

    def test_children_have_the_callers_names(self):
        variables = {"LANG": "en_US.UTF-8", "LC_TIME": "de_DE.UTF-8"}
        said = self.locales(variables, "ALL=", "new=", "child")
        self.assertEqual({line for line in said[2:] if not line.startswith(("PATH=", "_="))},
                         {f"{key}={value}" for key, value in variables.items()})

    def test_without_files_in_the_bundle_libc_has_the_last_word(self):
        """Nothing is bundled: C.UTF-8 is what libc has of its own or finds on the target, or nothing."""
        environment = {"PATH": os.environ["PATH"], "LANG": "xx_ZZ.UTF-8"}
        self.bundle.table(self.bundle.home, "folder /redirect.test/share")
        own = self.bundle.run(*self.arguments("locales", "0", "ALL=C.UTF-8", "codeset"), env=environment).splitlines()
        said = self.bundle.run(*self.arguments("locales", "0", "ALL=", "codeset"), env=environment).splitlines()
        self.assertEqual(said, ["xx_ZZ.UTF-8" if own[0] == "C.UTF-8" else "(none)", own[1]])
        os.unlink(self.bundle.home + "/redirect.tab")
        said = self.bundle.run(*self.arguments("locales", "0", "ALL=", "codeset"), env=environment).splitlines()
        self.assertEqual(said, ["(none)", "ANSI_X3.4-1968"], "without a table nothing changes")
        self.bundle.table(self.bundle.home)

    def test_threads_and_a_locale_that_is_nowhere(self):
        self.files()
        shutil.copytree("/usr/lib/locale/C.utf8", self.bundle.root + "/locale/C.utf8")
        environment = {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"}
        self.assertEqual(self.bundle.run(*self.arguments("locale_threads"), env=environment), "0 failures\n")


class AnyLocale:
    """Of musl, which takes any name for one of UTF-8."""

    def test_any_name_is_a_locale(self):
        environment = {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"}
        said = self.bundle.run(*self.arguments("locales", "0", "ALL=", "CTYPE?", "codeset", "new=", "keep", "ALL=C", "restore"), env=environment)
        self.assertEqual(said.splitlines()[1:4], ["en_US.UTF-8", "UTF-8", "UTF-8 2"])
        self.assertEqual(said.splitlines()[-1], "restored")
