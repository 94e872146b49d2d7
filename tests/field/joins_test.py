#!/usr/bin/python3
"""Paths that a program or a library puts together when it runs, from a prefix and a name: both are its own texts, and what they
lead to together is there. Without a package, and without a tree of the program's own."""

from field import BUNDLE, FieldCase, main, run

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


class Joins(FieldCase):
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


if __name__ == "__main__":
    main()
