#!/usr/bin/env python3
"""No data that the program cannot reach: a static one is answered by nobody."""
from field import FieldCase, main

SOURCE = r"""
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <time.h>
int main(void) {
  const time_t noon = 1704110400;
  setlocale(LC_ALL, "C");
  printf("%d\n", localtime(&noon)->tm_year + (iconv_open("UTF-8", "UTF-8") == (iconv_t)-1));
  return 0;
}
"""


def data(layer):
    return [path for path in layer.rglob("*") if path.is_file() and "/root/" in str(path) and "/root/usr/bin/" not in str(path)]


class UnreachableData(FieldCase):
    def test_of_a_static_program(self):
        for flag in ("-static", "-static-pie"):
            name = "fixed" + flag
            layer = self.folder(self.compiled(name, SOURCE, flag), name=name + ".layer")
            self.assertEqual([path.name for path in (layer / "bin").iterdir()], [name])
            self.assertEqual(data(layer), [])
            self.assertNotIn("no redirect library", self.printed)
            self.assertLessEqual(self.printed.count("is static"), 1, self.printed)
            self.works(layer, name, b"124")

    def test_added_data_is_the_users_choice(self):
        (self.scratch / "data").write_text("data\n")
        program = self.compiled("told", SOURCE, "-static")
        layer = self.folder(program, "--add", f"{self.scratch}/data:/usr/share/field.told/data")
        self.assertEqual([path.name for path in data(layer)], ["data"])
        self.assertNotIn("no redirect library", self.printed)
        self.assertIn("told: is static", self.printed)

    def test_beside_a_dynamic_program(self):
        fixed, dynamic = self.compiled("fixed", SOURCE, "-static"), self.compiled("dynamic", SOURCE)
        layer = self.folder(dynamic, fixed, name="beside")
        self.assertTrue((layer / "lib/dynamic/root/usr/share/zoneinfo/Europe/Paris").is_file(), "the dynamic one's zones are there")
        self.works(layer, "fixed", b"124")


main()
