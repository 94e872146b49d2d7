#!/usr/bin/python3
"""Programs of machines whose packages are pacman's, apk's or opkg's: what their packages tell is found by --sysroot. pacman's
database is made by pacman of packages as makepkg makes them (a list of their files by bsdtar); apk's and opkg's, for which there
are no tools here, are written by their formats."""

import base64
import hashlib
import json
import os
import shutil

from field import BUNDLE, FieldCase, main, run

# It names its folder of data, and a file of its own package, which only a package says is shipped with it.
TINY = r"""
#include <stdio.h>
int main(void) {
  char path[200], text[100] = "";
  snprintf(path, sizeof path, "%s/%s", "/usr/share/tiny", "words");
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(text, sizeof text, file) == NULL) return 1;
  fputs(text, stdout);
  return 0;
}
"""
LIBC, LOADER = "/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"
# name -> version, architecture, what it needs, what it provides
PACKAGES = {
    "libc": ("2.36-1", "x86_64", [], ["libc.so=6-64"]),
    "tiny": ("1:1.2-3", "x86_64", ["libc>=2", "tiny-data"], []),
    "tiny-data": ("1:1.2-3", "any", [], []),
    "other": ("7-1", "x86_64", ["libc"], []),
}


class OtherFamilies(FieldCase):
    def filled(self):
        """A folder a package, with what it ships."""
        tiny = self.compiled("tiny", TINY)
        absent = self.compiled("libpng16.so.16", "int png(void) { return 0; }", "-shared", "-fPIC", "-Wl,-soname,libpng16.so.16")
        other = self.compiled("other", "int png(void); int main(void) { return png(); }", absent)
        shipped = {"libc": {"usr/lib/libc.so.6": LIBC, "usr/lib/ld-linux-x86-64.so.2": LOADER},
                   "tiny": {"usr/bin/tiny": tiny, "usr/include/tiny.h": b"#error\n", "usr/share/man/man1/tiny.1": b".TH\n"},
                   "tiny-data": {"usr/share/tiny/words": b"words\n", "usr/share/tiny/more words": b"more\n"},
                   "other": {"usr/bin/other": other}}
        for name, files in shipped.items():
            for path, content in files.items():
                file = self.scratch / "packages" / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, bytes):
                    file.write_bytes(content)
                else:
                    shutil.copy(os.path.realpath(content), file)
                    file.chmod(0o755)
        return {name: self.scratch / "packages" / name for name in shipped}

    def root_of(self, packages):
        root = self.scratch / "root"
        for folder in packages.values():
            shutil.copytree(folder, root, dirs_exist_ok=True)
        return self.linked(root)

    def linked(self, root):
        for link, target in (("lib", "usr/lib"), ("lib64", "usr/lib"), ("bin", "usr/bin"), ("usr/lib64", "lib")):
            (root / link).symlink_to(target)
        return root

    def files(self, folder):
        return sorted(path for path in folder.rglob("*") if path.is_file())

    def brings_it_all(self, root, versions=None):
        layer = self.folder("--sysroot", root, "tiny")
        self.works(layer, "tiny", b"words")
        # All of its data package, not only what is named; what is for compilers and readers is not.
        self.assertTrue(list(layer.rglob("more words")))
        self.assertFalse(list(layer.rglob("tiny.h")) + list(layer.rglob("tiny.1")))
        manifest = json.loads((layer / "lib/tiny/manifest.json").read_text())
        named = {(entry["package"], entry["version"]) for entry in manifest["files"] if "package" in entry}
        self.assertLessEqual({(name, PACKAGES[name][0]) for name in ("libc", "tiny", "tiny-data")}, named)

    def says_where_to_get(self, root, words):
        done = run([BUNDLE, "--sysroot", root, "other", "-o", self.scratch / "x.zip"])
        self.assertEqual(done.status, 1, done)
        self.assertIn("libpng16.so.16", done.text)
        self.assertIn(words, done.text)

    def test_pacman(self):
        packages = self.filled()
        (self.scratch / "pacman.conf").write_text("[options]\nSigLevel = Never\nArchitecture = x86_64\n")
        built = []
        for name, folder in packages.items():
            version, architecture, needs, provides = PACKAGES[name]
            source = "tinies" if name.startswith("tiny") else name
            fields = [("pkgname", name), ("pkgbase", source), ("pkgver", version), ("pkgdesc", "made for a test"), ("url", ""),
                      ("builddate", "1"), ("packager", "nobody"), ("size", "1"), ("arch", architecture),
                      *(("depend", each) for each in needs), *(("provides", each) for each in provides)]
            (folder / ".PKGINFO").write_text("".join(f"{key} = {value}\n" for key, value in fields))
            tops = sorted(each.name for each in folder.iterdir())
            self.tool("bsdtar", "-czf", folder / ".MTREE", "--format=mtree",
                      "--options=!all,use-set,type,uid,gid,mode,time,size,md5,sha256,link", "-C", folder, *(f"./{top}" for top in tops))
            built.append(self.scratch / f"{name}-{version}-{architecture}.pkg.tar.gz")
            self.tool("bsdtar", "-czf", built[-1], "-C", folder, ".MTREE", *tops)
        root = self.scratch / "root"
        (root / "var/lib/pacman").mkdir(parents=True)
        self.tool("fakeroot", "pacman", "--config", self.scratch / "pacman.conf", "--root", root, "--dbpath", root / "var/lib/pacman",
                  "--cachedir", self.scratch / "cache", "--logfile", self.scratch / "log", "--noconfirm", "--noscriptlet", "-U", "-dd", *built)
        self.brings_it_all(self.linked(root))
        self.says_where_to_get(root, "pacman's list of files tells which package has it")

    def test_apk(self):
        packages = self.filled()
        root = self.root_of(packages)
        text = ""
        for name, folder in packages.items():
            version, architecture, needs, provides = PACKAGES[name]
            source = "tinies" if name.startswith("tiny") else name
            # As an index has it: the machine's architecture for all, and libraries by their names.
            text += f"P:{name}\nV:{version}\nA:x86_64\no:{source}\n"
            text += f"D:{' '.join(needs + (['so:libc.so.6'] if name != 'tiny-data' else []))}\n"
            text += f"p:{'so:libc.so.6=6' if name == 'libc' else ''}\n"
            for path in self.files(folder):
                digest = base64.b64encode(hashlib.sha1(path.read_bytes()).digest()).decode()
                text += f"F:{path.parent.relative_to(folder)}\nR:{path.name}\nZ:Q1{digest}\n"
            text += "\n"
        database = root / "usr/lib/apk/db/installed"
        database.parent.mkdir(parents=True)
        database.write_text(text)
        self.brings_it_all(root)
        self.says_where_to_get(root, "so:libpng16.so.16")

    def test_opkg(self):
        packages = self.filled()
        root = self.root_of(packages)
        folder = root / "usr/lib/opkg/info"
        folder.mkdir(parents=True)
        text = ""
        for name, files in packages.items():
            version, architecture, needs, _ = PACKAGES[name]
            architecture = "all" if architecture == "any" else architecture
            text += f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nStatus: install user installed\n" \
                    f"Depends: {', '.join(each.replace('>=2', ' (>= 2)') for each in needs)}\n\n"
            (folder / f"{name}.list").write_text("".join(f"/{path.relative_to(files)}\t0100644\n" for path in self.files(files)))
        (root / "usr/lib/opkg/status").write_text(text)
        self.brings_it_all(root)
        self.says_where_to_get(root, "like *png*")


if __name__ == "__main__":
    main()
