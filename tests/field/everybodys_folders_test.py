"""One bundled font took over the listing of the target's fonts: a folder of everybody's stays the target's."""

from field import FieldCase, in_root, main

LISTER = """#include <dirent.h>
#include <stdio.h>
#include <string.h>
int main(int n, char** v) {
  DIR* folder = opendir(v[1]);
  for (struct dirent* at; folder && (at = readdir(folder));)
    if (strcmp(at->d_name, ".") && strcmp(at->d_name, "..")) puts(at->d_name);
  FILE* file = n > 2 ? fopen(v[2], "r") : 0;
  if (n > 2) puts(file ? "opened" : "not there");
  return 0;
}
"""


class EverybodysFolders(FieldCase):
    def test_listing(self):
        program = self.compiled("lister", LISTER)
        target = self.scratch / "target"
        (target / "truetype").mkdir(parents=True)
        (target / "theirs").mkdir()
        ours = self.scratch / "ours"
        ours.mkdir()
        (ours / "one.ttf").write_text("font\n")
        for folder in ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/icons", "/usr/share/man", "/usr/share/dict", "/usr/lib/jvm",
                       "/usr/share/misc", "/usr/lib/python3", "/usr/share/java"):
            with self.subTest(folder=folder):
                layer = self.folder(program, "--add", f"{ours}/one.ttf:{folder}/truetype/mine/one.ttf", name=folder.replace("/", "_"))
                for at in ("/opt", "/srv/a b"):
                    there = in_root([f"{at}/bin/lister", folder, f"{folder}/truetype/mine/one.ttf"], layer, at=at, binds=[(target, folder)])
                    self.assertEqual(set(there.out.decode().split("\n")) - {""}, {"truetype", "theirs", "opened"}, there)
                    there = in_root([f"{at}/bin/lister", f"{folder}/truetype/mine"], layer, at=at, binds=[(target, folder)])
                    self.assertEqual(there.out, b"one.ttf\n", there)


if __name__ == "__main__":
    main()
