#!/usr/bin/env python3
"""LANG=en_US.UTF-8, as AWS Lambda sets it, where the bundle has C.UTF-8 alone: every program is one of UTF-8, none warns, all see
the name that was set. What has another codeset stays what it is."""
from field import ELSEWHERE, LAMBDA, PREFIX, FieldCase, bundle, in_root, main

NAMES = ("en_US.UTF-8", "de_DE.UTF-8")
SAYING = r"""
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
int main(void) {
  const char* said = setlocale(LC_ALL, "");
  wchar_t wide[8];
  printf("%s %s %d %ls %s\n", said ? said : "none", nl_langinfo(CODESET), (int)mbstowcs(wide, "\xc3\xa4\xe2\x82\xac", 8), L"\u20ac",
         getenv("LANG"));
}
"""
STREAMS = r"""
#include <iostream>
#include <locale>
int main() {
  const std::locale own("");
  std::locale::global(own);
  std::wcout.imbue(own);
  std::wcout << own.name().c_str() << L" \u00e4\u20ac " << std::use_facet<std::ctype<wchar_t>>(own).toupper(L'\u00e4') << std::endl;
  try {
    std::locale other("de_DE.ISO-8859-1");
  } catch (const std::exception&) {
    std::wcout << L"not answered" << std::endl;
  }
}
"""
JAVA = r"""
public class Said {
  public static void main(String[] arguments) {
    System.out.println(System.getProperty("sun.jnu.encoding") + " " + java.nio.charset.Charset.defaultCharset() + " " +
        System.getProperty("user.language") + "_" + System.getProperty("user.country") + " \u00e4\u20ac " + arguments[0].length());
  }
}
"""


class TargetLocale(FieldCase):
    def bundled(self, *arguments):
        done = bundle(*arguments, "-o", f"{self.scratch}/layer/", timeout=600)
        self.assertEqual(done.status, 0, done)
        return self.scratch / "layer"

    def says(self, layer, program, want, *arguments, binds=(), stdin=b"", **variables):
        """With each name the program says `want` (bytes, %s is the name) and nothing on stderr, at the prefix and elsewhere."""
        for name in NAMES:
            for at in (PREFIX, ELSEWHERE):
                environment = {**LAMBDA, "HOME": "/home/sbx_user1051", "LANG": name, **variables}
                there = in_root([f"{at}/bin/{program}", *arguments], layer, at=at, env=environment, binds=binds, stdin=stdin)
                with self.subTest(name=name, at=at):
                    self.assertEqual((there.status, there.out.strip(), there.err), (0, want.replace(b"%s", name.encode()), b""), there)

    def test_c(self):
        layer = self.bundled(self.compiled("saying", SAYING))
        self.says(layer, "saying", "%s UTF-8 2 € %s".encode())
        at = f"{PREFIX}/bin/saying"
        for name, want in (("en_US.ISO-8859-1", b"none ANSI_X3.4-1968 "), ("en_US", b"none ANSI_X3.4-1968 "), ("C", b"C ANSI_X3.4-1968 "),
                           ("C.UTF-8", b"C.UTF-8 UTF-8 2 ")):
            there = in_root([at], layer, env={"LANG": name})
            self.assertTrue(there.out.startswith(want), (name, there))
        mixed = in_root([at], layer, env={"LANG": "en_US.UTF-8", "LC_NUMERIC": "C", "LC_TIME": "de_DE.utf8"}).out
        self.assertTrue(mixed.startswith(b"LC_CTYPE=en_US.UTF-8;LC_NUMERIC=C;LC_TIME=de_DE.utf8;"), mixed)

    def test_without_locale_files_nothing_is_answered(self):
        layer = self.bundled(self.compiled("saying", SAYING), "--locale", "none")
        there = in_root([f"{PREFIX}/bin/saying"], layer, env={"LANG": "en_US.UTF-8"})
        self.assertTrue(there.out.startswith(b"none ANSI_X3.4-1968"), there)

    def test_streams(self):
        layer = self.bundled(self.compiled("streams", STREAMS, "-x", "c++", compiler="g++"))
        self.says(layer, "streams", "%s ä€ Ä\nnot answered".encode())

    def test_python(self):
        layer = self.bundled("/usr/bin/python3")
        script = "import locale, os, sys; print(locale.setlocale(locale.LC_ALL, ''), sys.stdout.encoding, locale.getpreferredencoding(), " \
                 "sys.getfilesystemencoding(), sys.flags.utf8_mode, os.environ.get('LC_CTYPE'), '\\u00e4\\u20ac', len(sys.argv[1]))"
        self.says(layer, "python3", "%s utf-8 UTF-8 utf-8 0 None ä€ 2".encode(), "-c", script, "ä€")

    def test_perl(self):
        layer = self.bundled("/usr/bin/perl")
        script = "use POSIX; use I18N::Langinfo qw(langinfo CODESET); use utf8; use open qw(:std :locale); " \
                 "my $kept = setlocale(LC_ALL, ''); setlocale(LC_ALL, 'C'); setlocale(LC_ALL, $kept); " \
                 "print setlocale(LC_CTYPE), ' ', langinfo(CODESET), ' ', uc('ä'), '€'"
        self.says(layer, "perl", "%s UTF-8 Ä€".encode(), "-e", script)

    def test_bash(self):
        layer = self.bundled("/bin/bash")
        script = "x=ä€; echo ${#x} $LANG; LC_ALL=fr_FR.UTF-8; echo ${#x}; LC_ALL=C; echo ${#x}; LC_ALL=; echo ${x^}"
        self.says(layer, "bash", "2 %s\n2\n5\nÄ€".encode(), "-c", script)

    def test_r(self):
        """R itself: its scripts are another matter. What it says of its settings and packages is, too."""
        layer = self.bundled("/usr/lib/R/bin/exec/R")
        script = 'cat(Sys.getlocale("LC_CTYPE"), l10n_info()$`UTF-8`, nchar("ä€"), toupper("ä"), "\\u20ac\\n")\n'
        for name in NAMES:
            for at in (PREFIX, ELSEWHERE):
                environment = {**LAMBDA, "LANG": name, "R_HOME": "/usr/lib/R", "R_DEFAULT_PACKAGES": "NULL"}
                there = in_root([f"{at}/bin/R", "--no-save", "--no-environ", "--slave"], layer, at=at, env=environment, stdin=script.encode())
                with self.subTest(name=name, at=at):
                    self.assertEqual(there.out.decode().splitlines()[-1].strip(), f"{name} TRUE 2 Ä €", there)
                    self.assertNotIn("LC_", there.text)

    def test_java(self):
        (self.scratch / "Said.java").write_text(JAVA)
        self.tool("javac", "-d", self.scratch / "classes", self.scratch / "Said.java")
        layer = self.bundled("/usr/bin/java")
        for name in NAMES:
            for at in (PREFIX, ELSEWHERE):
                there = in_root([f"{at}/bin/java", "-Xshare:auto", "-cp", "/classes", "Said", "ä€"], layer, at=at, env={**LAMBDA, "LANG": name},
                                binds=[(self.scratch / "classes", "/classes")])
                with self.subTest(name=name, at=at):
                    self.assertEqual((there.status, there.out.decode().strip(), there.err), (0, f"UTF-8 UTF-8 {name[:5]} ä€ 2", b""), there)


main()
