#!/usr/bin/python3
"""Paths that a program or a library puts together when it runs, from a prefix and a name: both are its own texts, and what they
lead to together is there. Without a package, and without a tree of the program's own."""

import subprocess
from pathlib import Path

from field import BUNDLE, LAMBDA, FieldCase, main, run

START = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void show(const char* path) {
  char text[100] = "";
  FILE* file = fopen(path, "r");
  if (file == NULL) { printf("no %s\\n", path); exit(1); }
  if (fgets(text, sizeof text, file) != NULL) printf("%s\\n", strtok(text, "\\n"));
  fclose(file);
}
"""


def joins(prefix, name, form="%s/%s", more=""):
    """A program that opens a file by a prefix and a name that are joined by `form`."""
    return START + f"""
const char* prefix = "{prefix}";
const char* name = "{name}";
const char* form = "{form}";
int main(int argc, char** argv) {{
  char path[4096];
  snprintf(path, sizeof path, form, prefix, name, argv[argc - 1]);
  show(path);{more}
  return 0;
}}"""


class Case(FieldCase):
    def data(self, path, text, size=0):
        file = self.scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() + b"\n" + bytes(size))
        file.chmod(0o644)
        for folder in file.relative_to(self.scratch).parents:
            (self.scratch / folder).chmod(0o755)
        return file

    def seen(self, at, program, *flags):
        """The layer of a program, made where folders of the scratch folder lie at other places; `at`: place -> folder."""
        tops = {"/" + place.split("/")[1] for place in at} - {"/usr"}
        out = self.scratch / "layer"
        done = run(["bwrap", "--dev-bind", "/", "/", *(part for top in tops for part in ("--tmpfs", top)),
                    *(part for place, folder in at.items() for part in ("--bind", self.scratch / folder, place)), "--",
                    BUNDLE, program, *flags, "-v", "-o", f"{out}/"])
        self.assertEqual(done.status, 0, done)
        self.printed = done.text
        return out

    def files(self, layer, below):
        top = next(layer.glob("lib/*/root")) / below.lstrip("/")
        return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}


class Joins(Case):
    def test_prefix_of_its_own(self):
        """A strange prefix, and a name as another text."""
        self.data("tool/share/tool/data.txt", "data")
        program = self.compiled("tool-1", joins("/srv/tool-1.0", "share/tool/data.txt"))
        self.works(self.seen({"/srv/tool-1.0": "tool"}, program), "tool-1", b"data")

    def test_everybodys_prefix(self):
        """/usr/local and /srv are everybody's: of them goes in what is put together, and nothing else."""
        self.data("local/share/tool/data.txt", "data")
        self.data("local/share/other/data.txt", "other")
        self.data("local/lib/tool/words", "words")
        for prefix, name, form in (("/usr/local", "share/tool/data.txt", "%s/%s"), ("/usr/local/", "share/tool/data.txt", "%s%s"),
                                   ("/usr/local", "/share/tool/data.txt", "%s%s"), ("/usr/local/share", "tool/data.txt", "%s/%s"),
                                   ("TOOL=/usr/local/share/tool", "data.txt", "%.0s/usr/local/share/tool/data.txt%.0s")):
            with self.subTest(prefix=prefix, name=name):
                program = self.compiled("tool-1", joins(prefix, name, form))
                layer = self.seen({"/usr/local": "local"}, program)
                self.works(layer, "tool-1", b"data")
                self.assertNotIn("share/other/data.txt", self.files(layer, "/usr/local"))
                self.tool("rm", "-r", layer)

    def test_usr(self):
        """/usr itself, and a file that a package ships."""
        with open("/usr/share/rig/fnames.idx", encoding="utf-8") as file:
            want = file.readline().strip().encode()
        program = self.compiled("tool-1", joins("/usr", "share/rig/fnames.idx"))
        self.works(self.folder(program), "tool-1", want)

    def test_format_with_the_name(self):
        """"%s/share/tool/%s.txt": the folder is what the text says."""
        self.data("local/share/tool/de.txt", "de")
        self.data("local/share/tool/en.dat", "en")
        program = self.compiled("tool-1", joins("/usr/local", "de", "%s/share/tool/%s.txt"))
        self.works(self.seen({"/usr/local": "local"}, program), "tool-1", b"de")

    def test_three_parts(self):
        """/usr/local, share and tool/words.txt."""
        self.data("local/share/tool/words.txt", "words")
        program = self.compiled("tool-1", START + """
const char* parts[] = {"/usr/local", "share", "tool/words.txt"};
int main(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s/%s", parts[0], parts[1], parts[2]);
  show(path);
  return 0;
}""")
        self.works(self.seen({"/usr/local": "local"}, program), "tool-1", b"words")

    def test_of_a_library(self):
        """Prefix and name lie in a library that no package owns."""
        self.data("local/share/tool/data.txt", "data")
        source = joins("/usr/local", "share/tool/data.txt").replace("int main", "int work")
        library = self.compiled("lib/libwork.so", source, "-shared", "-fPIC")
        program = self.compiled("tool-1", "int work(int, char**); int main(int c, char** v) { return work(c, v); }",
                                library, f"-Wl,-rpath,{library.parent}")
        self.works(self.seen({"/usr/local": "local"}, program), "tool-1", b"data")

    def test_of_a_large_prefix(self):
        """Where the prefix's folder is too large, what is put together goes in all the same."""
        self.data("tool/share/tool/data", "data")
        for number in range(3):
            self.data(f"tool/share/maps/{number}.map", "map", 90_000_000)
        program = self.compiled("tool-1", joins("/srv/tool-1.0", "share/tool/data"))
        layer = self.seen({"/srv/tool-1.0": "tool"}, program)
        self.works(layer, "tool-1", b"data")
        self.assertEqual(self.files(layer, "/srv/tool-1.0"), {"share/tool/data"})
        self.assertRegex(self.printed, "hint: /srv/tool-1.0 .*--data-limit")

    def test_words_are_no_path(self):
        """A prefix of everybody's and a word, or a program's folder, are no evidence."""
        self.data("local/share/doc/words", "doc")
        self.data("local/lib/tool/words", "lib")
        self.data("local/tool", "tool")
        program = self.compiled("tool-1", START + """
const char* parts[] = {"/usr/local", "lib", "tool", "doc", "share/doc", "bin", "include"};
int main(int argc, char** argv) { printf("%s\\n", argc > 5 ? parts[argc] : "none"); return 0; }""")
        layer = self.seen({"/usr/local": "local"}, program)
        self.works(layer, "tool-1", b"none")
        self.assertFalse(list(layer.glob("lib/*/root/usr/local")), self.printed)


PICTURE = """
#include <QtGui/QGuiApplication>
#include <QtGui/QImage>
#include <cstdio>
int main(int argc, char** argv) {
  QGuiApplication app(argc, argv);
  QImage image(4, 4, QImage::Format_RGB32);
  std::printf("%s %d", qPrintable(QGuiApplication::platformName()), int(image.save("/tmp/a.jpg")));
}
"""
TLS = """
#include <QtCore/QCoreApplication>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslSocket>
#include <cstdio>
int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  std::printf("%d %d", int(QSslSocket::supportsSsl()), int(QSslConfiguration::systemCaCertificates().size() > 50));
}
"""
PLUGINS = Path("/usr/lib/x86_64-linux-gnu/qt5/plugins")
WANTED = ("platforms/libqoffscreen.so", "platforms/libqminimal.so", "imageformats/libqjpeg.so")


class Qt(Case):
    def qt_program(self, name, source, modules, *flags):
        text = self.scratch / f"{Path(name).name}.cpp"
        text.write_text(source)
        wanted = subprocess.run(["pkg-config", "--cflags", "--libs", *modules.split()], capture_output=True, check=True).stdout.decode().split()
        (self.scratch / name).parent.mkdir(parents=True, exist_ok=True)
        self.tool("g++", "-std=c++17", "-fPIC", text, "-o", self.scratch / name, *wanted, *flags)
        return self.scratch / name

    def put_plugins(self, folder):
        for name in WANTED:
            self.data(f"{folder}/{name}", "").write_bytes((PLUGINS / name).read_bytes())

    def draws(self, layer, program):
        for platform in ("offscreen", "minimal"):
            self.works(layer, program, f"{platform} 1".encode(), env={**LAMBDA, "QT_QPA_PLATFORM": platform})

    def test_settings_beside_the_program(self):
        """qt.conf leads to plugins of its own beside the program's folder; these are in, and stay where it says."""
        self.put_plugins("there/parts")
        program = self.qt_program("app/picture", PICTURE, "Qt5Gui")
        self.data("app/qt.conf", "[Paths]\nPrefix = ../there\nPlugins = parts")
        self.draws(self.folder(program), "picture")

    def test_settings_with_an_absolute_path(self):
        self.put_plugins("kit/plugins")
        program = self.qt_program("app/picture", PICTURE, "Qt5Gui")
        self.data("app/qt.conf", "[Paths]\nPrefix=/srv/kit")
        self.draws(self.seen({"/srv/kit": "kit"}, program), "picture")

    def test_qt_of_no_package(self):
        """A Qt with a prefix of its own: what its library puts together of the two is where the plugins are."""
        library = Path("/usr/lib/x86_64-linux-gnu/libQt5Core.so.5").read_bytes()
        # The compiler has counted its letters.
        built_in = b"qt_prfxpath=/usr\0"
        self.assertIn(built_in, library)
        self.data("kit/lib/libQt5Core.so.5", "").write_bytes(library.replace(built_in, b"qt_prfxpath=/srv\0", 1))
        self.put_plugins("kit/lib/x86_64-linux-gnu/qt5/plugins")
        self.data("kit/lib/x86_64-linux-gnu/qt5/plugins/designer/libform.so", "no plugin for programs")
        program = self.qt_program("picture", PICTURE, "Qt5Gui", "-Wl,--disable-new-dtags,-rpath,/srv/lib")
        layer = self.seen({"/srv": "kit"}, program)
        self.draws(layer, "picture")
        self.assertFalse(list(layer.rglob("libform.so")))

    def test_qt_beside_its_library(self):
        """A Qt that was moved finds its plugins from where libQt6Core lies: a stand-in that does as Qt does."""
        self.data("kit/plugins/platforms/words", "words")
        self.compiled("kit/plugins/platforms/libqoffscreen.so", "int answer(void) { return 42; }", "-shared", "-fPIC")
        library = self.compiled("kit/lib/libQt6Core.so.6", """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
const char* up = ".."; const char* plugins = "plugins"; const char* kind = "platforms"; const char* name = "libqoffscreen.so";
int work(void) {
  Dl_info info;
  char own[4096], path[9000];
  dladdr(&up, &info);
  strcpy(own, info.dli_fname);
  snprintf(path, sizeof path, "%s/%s/%s/%s/%s", dirname(own), up, plugins, kind, name);
  void* plugin = dlopen(path, RTLD_NOW);
  if (plugin == NULL) { printf("%s", dlerror()); return 1; }
  printf("%d", ((int (*)(void))dlsym(plugin, "answer"))());
  return 0;
}""", "-shared", "-fPIC", "-Wl,-soname,libQt6Core.so.6")
        program = self.compiled("app/prog", "int work(void); int main(void) { return work(); }", library, f"-Wl,-rpath,{library.parent}")
        self.works(self.folder(program), "prog", b"42")

    def test_tls(self):
        """libssl and libcrypto, whose versions Qt looks for, the backend that is its plugin, and the certificates."""
        for version in (5, 6):
            with self.subTest(qt=version):
                program = self.qt_program(f"tls{version}", TLS, f"Qt{version}Network")
                self.works(self.folder(program, name=f"layer{version}"), f"tls{version}", b"1 1")


if __name__ == "__main__":
    main()
