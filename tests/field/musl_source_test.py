#!/usr/bin/env python3
"""Programs of an Alpine-like system: what they name is found as on Debian, their zones and locales too, at the prefix and elsewhere,
and this machine, of another libc, has no part in it."""

import shutil

from alpine import Alpine
from field import ELSEWHERE, LAMBDA, PREFIX, FieldCase, in_root, main

DATA = r"""
#include <stdio.h>
int main(void) {
  char line[64] = "none";
  FILE* file = fopen("/usr/share/teller/words", "r");
  if (file) fgets(line, sizeof line, file);
  puts(line);
  return file == NULL;
}
"""
LIBRARY = 'const char* word(void) { return "of the library"; }\n'
LOADS = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void* plugin = dlopen("/usr/lib/loads/plugin.so", RTLD_NOW);
  if (!plugin) return puts(dlerror()), 1;
  puts(((const char* (*)(void))dlsym(plugin, "word"))());
}
"""
CLOCK = r"""
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(void) {
  const time_t noon = 1700000000;
  struct tm tm;
  char text[64];
  strftime(text, sizeof text, "%H %Z", localtime(&noon));
  printf("%s ", text);
  localtime_r(&noon, &tm);
  printf("%d %s %s\n", tm.tm_hour, tm.tm_zone, getenv("TZ") ? getenv("TZ") : "none");
  return 0;
}
"""
SAYS = r"""
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
int main(void) {
  const char* set = setlocale(LC_ALL, "");
  printf("%s %s %s\n", set ? "set" : "not set", nl_langinfo(CODESET), nl_langinfo(DAY_2));
}
"""


def catalogue(pairs):
    """A .mo file without a hash table, as msgfmt writes it; musl's locales are such (src/locale/__mo_lookup.c)."""
    pairs = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    count, tables, at, text = len(pairs), [], 28 + 16 * len(pairs), b""
    for strings in ([key for key, _ in pairs], [value for _, value in pairs]):
        for string in strings:
            tables += [len(string), at + len(text)]
            text += string + b"\0"
    numbers = [0x950412de, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count, *tables]
    return b"".join(number.to_bytes(4, "little") for number in numbers) + text


class MuslSource(FieldCase):
    def setUp(self):
        super().setUp()
        self.system = Alpine(self, self.scratch / "alpine")

    def bundled(self, *arguments, **more):
        return self.folder("--sysroot", self.system.root, *arguments, **more)

    def test_data_libraries_and_plugins(self):
        self.system.program("/usr/bin/teller", DATA)
        self.system.put("/usr/share/teller/words", "words of its own")
        self.works(self.bundled("teller", name="data"), "teller", b"words of its own")
        self.system.program("/usr/bin/loads", LOADS)
        self.system.program("/usr/lib/loads/plugin.so", LIBRARY, "-shared", "-fPIC")
        self.works(self.bundled("loads", name="plugin"), "loads", b"of the library")

    def test_zones(self):
        """musl knows no TZDIR: TZ leads it there for as long as it looks, and stays what it was for all others."""
        self.system.program("/usr/bin/clock", CLOCK)
        for folder in ("/usr/share/zoneinfo", "/etc/zoneinfo"):
            home = self.system.root / folder.lstrip("/")
            for zone in ("Europe/Berlin", "America/New_York", "CET"):
                (home / zone).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(f"/usr/share/zoneinfo/{zone}", home / zone)
            layer = self.bundled("clock", name=f"layer-{folder.split('/')[1]}")
            for zone, want in (("Europe/Berlin", "23 CET 23 CET"), (":America/New_York", "17 EST 17 EST"), ("CET", "23 CET 23 CET"),
                               ("XYZ-5", "03 XYZ 3 XYZ"), ("UTC", "22 UTC 22 UTC")):
                with self.subTest(zone, folder=folder):
                    self.works(layer, "clock", f"{want} {zone}".encode(), env={**LAMBDA, "TZ": zone})
            shutil.rmtree(home)

    def test_locales(self):
        self.system.program("/usr/bin/says", SAYS)
        self.system.put("/usr/share/i18n/locales/musl/de_DE.UTF-8", catalogue({"Monday": "Montag", "": "Content-Type: text/plain; charset=UTF-8\n"}))
        layer = self.bundled("says", "--locale", "de_DE.UTF-8", "--locale", "fr_FR.UTF-8")
        self.assertIn("there is no /usr/share/i18n/locales/musl/fr_FR.UTF-8", self.printed)
        self.works(layer, "says", b"set UTF-8 Montag", env={**LAMBDA, "LANG": "de_DE.UTF-8"})
        self.works(layer, "says", b"set UTF-8 Monday", env={**LAMBDA, "LANG": "fr_FR.UTF-8"})
        plain = self.bundled("says", name="plain")
        self.assertFalse(list(plain.rglob("*.UTF-8")), "unasked it is C.UTF-8, which is built in")

    def test_certificates(self):
        self.system.program("/usr/bin/asks", '#include <stdio.h>\nint main(void) { char b[9] = ""; FILE* f = fopen("/etc/ssl/cert.pem", "r"); '
                                             'if (f) fgets(b, 9, f); return puts(b) < 0; }')
        self.system.put("/etc/ssl/certs/ca-certificates.crt", "bundle\n")
        (self.system.root / "etc/ssl/cert.pem").symlink_to("certs/ca-certificates.crt")
        self.works(self.bundled("asks", "--ca-bundle", "usual"), "asks", b"bundle")

    def test_a_shell_and_what_it_starts(self):
        self.system.program("/bin/box", DATA.replace("/usr/share/teller", "/usr/share/box"))
        self.system.put("/usr/share/box/words", "words of box")
        self.system.put("/usr/bin/wrapped", "#!/bin/run\n").chmod(0o755)
        self.system.links("/bin/box", "/bin/run")
        layer = self.bundled("wrapped")
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/wrapped"], layer, at=at)
            self.assertEqual(there.out.strip(), b"words of box", there)


main()
