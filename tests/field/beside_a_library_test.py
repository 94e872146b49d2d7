#!/usr/bin/python3
"""A library that finds things beside itself (dladdr): it finds them in the bundle, too, and nothing else of the folder is taken."""

import os
import shutil

from field import FieldCase, in_root, main

LIBRARY = ("-shared", "-fPIC")
START = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int number(const char* path) {
  FILE* file = fopen(path, "r");
  int value = -1;
  if (file == NULL || fscanf(file, "%d", &value) != 1) printf("no %s\\n", path);
  return value;
}
static char* own_folder(void) {
  static char path[4096];
  Dl_info info;
  dladdr((void*)own_folder, &info);
  strcpy(path, info.dli_fname);
  return dirname(path);
}
"""
FORMAT = START + 'int val(void) { char p[8192]; snprintf(p, sizeof p, "%s/foo/data.txt", own_folder()); return number(p); }'
MAIN = '#include <stdio.h>\nint val(void);\nint main(void) { printf("%d\\n", val()); return 0; }'


class BesideALibrary(FieldCase):
    def library(self, source, *flags, folder="u/lib", name="libf.so"):
        return self.compiled(f"{folder}/{name}", source, *LIBRARY, *flags)

    def data(self, path, text):
        file = self.scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def program(self, *flags, name="m", folder="u", origin="$ORIGIN/../lib"):
        return self.compiled(f"{folder}/bin/{name}", MAIN, f"-L{self.scratch}/{folder}/lib", "-lf", f"-Wl,-rpath,{origin}", *flags)

    def check(self, want=b"4", *arguments):
        layer = self.folder(self.program(), *arguments)
        self.works(layer, "m", want)
        for path in layer.rglob("*"):
            self.assertNotIn("secret", str(path))
            if path.is_file():
                self.assertNotIn(str(self.scratch).encode(), path.read_bytes(), path)
        return layer

    def test_by_a_format(self):
        self.library(FORMAT)
        self.data("u/lib/foo/data.txt", "4")
        self.data("u/lib/other/secret.txt", "no")
        self.data("u/lib/foo/secret.txt", "no")
        self.check()

    def test_by_a_string_that_is_appended(self):
        """Which the compiler puts into the code, whole or in parts."""
        self.data("u/lib/foo/data.txt", "4")
        for level in ("-O0", "-O2", "-Os"):
            with self.subTest(level=level):
                self.library(START + "int val(void) { char p[8192]; strcpy(p, own_folder());"
                             'strcat(p, "/foo/data.txt"); return number(p); }', level)
                self.check()
                shutil.rmtree(self.scratch / "layer")

    def test_a_program_beside(self):
        self.library(START + """
            #include <unistd.h>
            int val(void) {
              char p[8192];
              snprintf(p, sizeof p, "%s/tool/helper", own_folder());
              return execl(p, "helper", (char*)0);
            }""")
        self.compiled("u/lib/tool/helper", "#include <stdio.h>\nint main(void) { puts(\"4\"); return 0; }")
        self.check()

    def test_through_a_link(self):
        self.library(FORMAT, "-Wl,-soname,libf.so.1", folder="store", name="libf.so.1.2")
        self.data("u/lib/foo/data.txt", "4")
        (self.scratch / "u/lib/libf.so.1").symlink_to("../../store/libf.so.1.2")
        (self.scratch / "u/lib/libf.so").symlink_to("libf.so.1")
        self.check()

    def test_by_words(self):
        self.library(START + 'int val(void) { char p[8192]; const char* w[] = {"foodata", "data.txt"};'
                     'snprintf(p, sizeof p, "%s/%s/%s", own_folder(), w[0], w[1]); return number(p); }')
        self.data("u/lib/foodata/data.txt", "4")
        self.check()

    def test_a_folder_up(self):
        self.library(START + 'int val(void) { char p[8192]; snprintf(p, sizeof p, "%s/../share/f/data.txt", own_folder());'
                     'return number(p); }')
        self.data("u/share/f/data.txt", "4")
        self.check()

    def test_a_listed_folder_of_plugins(self):
        self.library(START + """
            int val(void) {
              char p[8192], q[9000]; int sum = 0; struct dirent* e;
              snprintf(p, sizeof p, "%s/plugins", own_folder());
              DIR* d = opendir(p);
              while (d && (e = readdir(d))) if (strstr(e->d_name, ".so")) {
                snprintf(q, sizeof q, "%s/%s", p, e->d_name);
                void* h = dlopen(q, RTLD_NOW);
                if (!h) puts(dlerror()); else sum += ((int (*)(void))dlsym(h, "plugged"))();
              }
              return sum;
            }""")
        inner = self.compiled("elsewhere/libinner.so", "int inner(void) { return 2; }", *LIBRARY)
        for name in ("a", "b"):
            self.compiled(f"u/lib/plugins/{name}.so", "int inner(void); int plugged(void) { return inner(); }", *LIBRARY,
                          f"-L{inner.parent}", "-linner", f"-Wl,-rpath,{inner.parent}")
        self.check()

    def test_of_L(self):
        self.library(FORMAT, folder="apart")
        self.data("apart/foo/data.txt", "4")
        program = self.compiled("m", MAIN, f"-L{self.scratch}/apart", "-lf")
        self.works(self.folder(program, "-L", self.scratch / "apart"), "m", b"4")

    def test_two_trees_of_the_same_names(self):
        programs = []
        for folder, value in (("u", "4"), ("v", "5")):
            self.library(FORMAT, folder=f"{folder}/lib")
            self.data(f"{folder}/lib/foo/data.txt", value)
            programs.append(self.program(name=f"m{folder}", folder=folder))
        layer = self.folder(*programs)
        self.works(layer, "mu", b"4")
        self.works(layer, "mv", b"5")

    def test_opened_by_name(self):
        self.library(FORMAT)
        self.data("u/lib/foo/data.txt", "4")
        opener = self.compiled("m", """
            #include <dlfcn.h>
            #include <stdio.h>
            int main(void) {
              void* h = dlopen("libf.so", RTLD_NOW);
              if (!h) { puts(dlerror()); return 1; }
              printf("%d\\n", ((int (*)(void))dlsym(h, "val"))());
              return 0;
            }""", f"-Wl,-rpath,{self.scratch}/u/lib")
        self.works(self.folder(opener), "m", b"4")

    def test_a_plugin(self):
        self.library(FORMAT)
        self.data("u/lib/foo/data.txt", "4")
        host = self.compiled("m", """
            #include <dlfcn.h>
            #include <stdio.h>
            int main(int n, char** v) {
              void* h = dlopen(v[1], RTLD_NOW);
              if (!h) { puts(dlerror()); return 1; }
              printf("%d\\n", ((int (*)(void))dlsym(h, "val"))());
              return 0;
            }""")
        layer = self.folder(host, "--plugin", f"{self.scratch}/u/lib/libf.so:/usr/lib/m/libf.so")
        self.works(layer, "m", b"4", "/usr/lib/m/libf.so")

    def test_secrets_stay_out(self):
        self.library(START + 'int val(void) { char p[8192]; snprintf(p, sizeof p, "%s/foo", own_folder());'
                     'strcat(p, "/data.txt"); return number(p); }')
        self.data("u/lib/foo/data.txt", "4")
        self.data("u/lib/foo/.netrc", "secret")
        os.chmod(self.data("u/lib/foo/mine.secret", "secret"), 0o600)
        layer = self.check()
        self.assertFalse(list(layer.rglob(".netrc")))
        self.assertIn(".netrc is not added", self.printed)

    def test_a_library_that_asks_and_looks_for_nothing_lies_with_the_others(self):
        self.library(START + "int val(void) { return own_folder()[0] == '/' ? 4 : 3; }")
        self.data("u/lib/foo/data.txt", "4")
        layer = self.check()
        self.assertTrue((layer / "lib/m/libf.so").is_file())
        self.assertFalse(list(layer.rglob("data.txt")))

    def test_gstreamer(self):
        pipeline = ["fakesrc", "num-buffers=3", "!", "fakesink"]
        layer = self.folder(self.installed("gst-launch-1.0"))
        for at in ("/opt", "/srv/a b"):
            with self.subTest(at=at):
                there = in_root([f"{at}/bin/gst-launch-1.0", *pipeline], layer, at=at)
                self.assertEqual(there.status, 0, there)
                self.assertIn(b"Got EOS from element", there.out)
                self.assertNotIn(b"plugin loader failed", there.out + there.err)


if __name__ == "__main__":
    main()
