#!/usr/bin/python3
"""Plugins of other packages in a folder that a library reads: they go in by what they cost, or a hint tells of them.

A made-up library with a plugin each, of every sort; then programs of this machine: gdk-pixbuf, GStreamer, Qt.
"""

import os
import subprocess
from pathlib import Path

from field import LAMBDA, FieldCase, bundle, in_root, main
from packages import TRIPLET, System

PLACE = f"/usr/lib/{TRIPLET}/host-1.0/plugins"

# Loads every library of its folder, whose path it puts together, and what the texts of its modules' folder name.
HOST = r"""
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static const char *const parts[] = {"/usr/lib/x86_64-linux-gnu", "host-1.0", "plugins.cache"};
static const char *const modules = "/usr/share/host/modules", *const module_place = "/usr/lib/x86_64-linux-gnu/host-modules";
static void load(const char *path) {
  void *plugin = dlopen(path, RTLD_NOW);
  if (plugin == NULL) { printf("%s ", dlerror()); return; }
  printf("%s ", ((const char *(*)(void))dlsym(plugin, "word"))());
}
void host_run(void) {
  char path[300], name[100];
  snprintf(path, sizeof path, "%s/%s/%.7s", parts[0], parts[1], parts[2]);
  DIR *folder = opendir(path);
  struct dirent *entry;
  int cache = 0;
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    if (strstr(entry->d_name, ".so") == NULL) continue;
    snprintf(path, sizeof path, "%s/%s/plugins/%s", parts[0], parts[1], entry->d_name);
    load(path);
  }
  snprintf(path, sizeof path, "%s/%s/%s", parts[0], parts[1], parts[2]);
  FILE *file = fopen(path, "r");
  if (file != NULL) cache = fgetc(file);
  printf("%s ", cache == 'c' ? "cache" : "no-cache");
  folder = opendir(modules);
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    snprintf(path, sizeof path, "%s/%s", modules, entry->d_name);
    if (strstr(path, ".module") == NULL || (file = fopen(path, "r")) == NULL || fscanf(file, "module: %99s", name) != 1) continue;
    snprintf(path, sizeof path, "%s/%s", module_place, name);
    load(path);
  }
}
"""
USER = "void host_run(void); int main(void) { host_run(); return 0; }"


class MadeUp(FieldCase):
    def plugin(self, word, size=0):
        """A library that says its word; with so many bytes of data."""
        return self.compiled(f"lib{word}.so", f'const char *word(void) {{ return "{word}"; }}\n'
                             f'__attribute__((used)) const char filler[{size} + 1] = "{word}";', "-shared", "-fPIC")

    def setUp(self):
        super().setUp()
        self.system = System(self.scratch / "system")
        library = self.compiled("libhost.so.1", HOST, "-shared", "-fPIC", "-Wl,-soname,libhost.so.1")
        self.system.install("libhost1", {f"/usr/lib/{TRIPLET}/libhost.so.1": library, f"{PLACE}/libown.so": self.plugin("own")},
                            folders=[PLACE, "/usr/share/host/modules"], section="libs", depends="libc6")
        self.system.install("host-extra", {f"{PLACE}/libextra.so": self.plugin("extra")})
        self.system.put(f"{os.path.dirname(PLACE)}/plugins.cache", "cache of this machine\n")
        self.program = self.compiled("user", USER, library)

    def bundled(self, *arguments):
        self.layer_made = self.folder("--sysroot", self.system.root, self.program, *arguments)
        return self.layer_made

    def says(self, *words):
        """At the prefix and elsewhere, in whatever order the folder lists them."""
        for at in ("/opt", "/srv/a b"):
            said = in_root([f"{at}/bin/user"], self.layer_made, at=at)
            self.assertEqual((said.status, sorted(said.out.decode().split())), (0, sorted(words)), f"{said}\n{self.printed}")

    def test_small_ones_go_in_with_their_cache(self):
        self.bundled()
        self.says("cache", "extra", "own")

    def test_one_outsized_does_not_keep_out_the_others(self):
        self.system.install("host-huge", {f"{PLACE}/libhuge.so": self.plugin("huge", 20_000_000)})
        self.bundled()
        self.says("cache", "extra", "own")
        hints = [line for line in self.printed.splitlines() if line.startswith("hint: ") and PLACE in line]
        self.assertEqual(len(hints), 1, self.printed)
        for part in ("libhuge.so 20.0 MB", f"--plugins {PLACE}", "libhost.so.1"):
            self.assertIn(part, hints[0])

    def test_the_users_word_takes_them_all(self):
        self.system.install("host-huge", {f"{PLACE}/libhuge.so": self.plugin("huge", 20_000_000)})
        self.bundled("--plugins", PLACE)
        self.says("cache", "extra", "huge", "own")
        self.assertNotIn("hint: 1 plugin", self.printed)

    def test_a_text_stands_for_a_library(self):
        self.system.install("host-module", {"/usr/share/host/modules/x.module": "module: libmod.so\n",
                                            f"/usr/lib/{TRIPLET}/host-modules/libmod.so": self.plugin("mod")})
        self.bundled()
        self.says("cache", "extra", "mod", "own")

    def test_drivers_of_devices_are_left_to_the_target(self):
        """By the folder's name; a hint tells of them."""
        place = f"/usr/lib/{TRIPLET}/dri"
        source = HOST.replace("/usr/share/host/modules", place)
        library = self.compiled("libdriving.so.1", source, "-shared", "-fPIC", "-Wl,-soname,libdriving.so.1")
        self.system.install("libdriving1", {f"/usr/lib/{TRIPLET}/libdriving.so.1": library}, section="libs")
        self.system.install("drivers", {f"{place}/new_dri.so": self.plugin("new_dri")})
        self.program = self.compiled("user", USER, library)
        layer = self.bundled()
        self.assertEqual(list(layer.rglob("new_dri.so")), [])
        self.assertIn(f"--plugins {place}", self.printed)

    def test_what_cannot_be_meant_is_refused(self):
        (self.system.root / "srv/empty").mkdir(parents=True)
        self.system.put("/srv/texts/readme", "nothing to load\n")
        for folder, part in [("/srv/nowhere", "there is no such folder"), ("/usr/bin/user", "there is no such folder"),
                             (f"{PLACE}/libown.so", "is no folder. --plugin takes one library"),
                             (f"/usr/lib/{TRIPLET}", "is a folder of the whole system"),
                             ("/srv/empty", "holds no library"), ("/srv/texts", "holds no library")]:
            with self.subTest(folder):
                out = self.scratch / "none.zip"
                done = bundle("--sysroot", self.system.root, self.program, "--plugins", folder, "-o", out)
                self.assertEqual(done.status, 2, done)
                self.assertIn(part, done.text)
                self.assertFalse(out.exists())


class RealPrograms(FieldCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.picture = self.scratch / "picture.svg"
        self.picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>')

    def test_gdk_pixbuf_reads_svg(self):
        """By librsvg2-common's loader, which a generated list names."""
        layer = self.folder("/usr/bin/gdk-pixbuf-thumbnailer")
        for at in ("/opt", "/srv/a b"):
            with self.subTest(at=at):
                script = in_root([f"{at}/bin/gdk-pixbuf-thumbnailer", "-s", "16", "/in.svg", "/dev/stdout"], layer, at=at,
                                 binds=[(self.picture, "/in.svg")])
                self.assertEqual((script.status, script.out[:8]), (0, b"\x89PNG\r\n\x1a\n"), script)

    def test_rsvg_convert_reads_a_picture_in_a_picture(self):
        """Its PNG and XPM by gdk-pixbuf's loaders."""
        layer = self.folder("/usr/bin/rsvg-convert")
        said = in_root(["/opt/bin/rsvg-convert", "/in.svg"], layer, binds=[(self.picture, "/in.svg")])
        self.assertEqual((said.status, said.out[:8]), (0, b"\x89PNG\r\n\x1a\n"), said)
        self.assertTrue(list(layer.rglob("loaders.cache")), self.printed)

    def test_gstreamer_has_the_elements_of_other_packages(self):
        layer = self.folder("/usr/bin/gst-launch-1.0")
        for at in ("/opt", "/srv/a b"):
            with self.subTest(at=at):
                said = in_root([f"{at}/bin/gst-launch-1.0", "-q", "audiotestsrc", "num-buffers=2", "!", "audioconvert", "!",
                                "fdsink"], layer, at=at, env={**LAMBDA, "HOME": "/tmp"})
                self.assertEqual((said.status, len(said.out) >= 4096), (0, True), said)

    def test_a_qt_program_of_nobodys_has_a_platform(self):
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "Qt5Gui"], capture_output=True, text=True,
                               check=True).stdout.split()
        source = self.scratch / "shown.cpp"
        source.write_text("#include <QGuiApplication>\n#include <QImage>\n#include <cstdio>\nint main(int argc, char **argv) {\n"
                          "  QGuiApplication app(argc, argv);\n  QImage image(argv[1]);\n"
                          '  std::printf("%s %d\\n", qPrintable(app.platformName()), image.width());\n}\n')
        program = self.scratch / "shown"
        self.tool("g++", "-fPIC", source, "-o", program, *flags)
        layer = self.folder(program)
        for at in ("/opt", "/srv/a b"):
            with self.subTest(at=at):
                said = in_root([f"{at}/bin/shown", "/in.svg"], layer, at=at, binds=[(self.picture, "/in.svg")],
                               env={**LAMBDA, "QT_QPA_PLATFORM": "offscreen", "HOME": "/tmp"})
                self.assertEqual((said.status, said.out.strip()), (0, b"offscreen 8"), f"{said}\n{self.printed}")


if __name__ == "__main__":
    main()
