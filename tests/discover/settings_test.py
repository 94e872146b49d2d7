#!/usr/bin/python3
"""Settings in /etc: what is as its package ships it goes in unasked and is found; what was changed here is one hint a folder.

Real programs of this machine, and a made-up system in which every case is one file.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "field"))
from field import ELSEWHERE, LAMBDA, PREFIX, FieldCase, bundle, in_root, main, run, tree  # noqa: E402
from packages import System  # noqa: E402

# The first line of the file that argv names; names its own settings, and another package's.
READER = r"""
#include <stdio.h>
const char *const names[] = {"/etc/reader", "/etc/reader/conf.d", "/etc/others/others.conf"};
int main(int argc, char **argv) {
  char line[100] = "nothing";
  FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (file != NULL && fgets(line, sizeof line, file) == NULL) return (int)names[argc][1];
  fputs(line, stdout);
  return 0;
}
"""


def is_as_shipped(path):
    """By dpkg's word, and not by ours."""
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Conffiles}\n"], capture_output=True, text=True, check=True).stdout
    sum_of_file = subprocess.run(["md5sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    return f" {path} {sum_of_file}" in listed


class RealPrograms(FieldCase):
    def same_as_here(self, program, arguments, want, **more):
        layer = self.folder(program)
        name = Path(program).name
        here = run([self.installed(program), *arguments], env={"PATH": "/usr/bin:/bin"}, cwd="/")
        self.assertEqual(here.status, 0, here)
        self.assertIn(want, here.out)
        for at in (PREFIX, ELSEWHERE):
            with self.subTest(at=at):
                there = in_root([f"{at}/bin/{name}", *arguments], layer, at=at, **more)
                self.assertEqual((there.status, there.out), (0, here.out), there)
        return layer

    def test_php_has_its_extensions(self):
        """Its settings are links to copies, both made as it was installed, of files in /usr: in no package's list."""
        layer = self.same_as_here("php", ["-r", 'var_dump(ctype_alpha("abc"), json_encode([1]), xml_parser_create() !== null);'],
                                  b"bool(true)")
        self.assertNotIn("hint: php8.2 names /etc", self.printed)
        modules = ["-r", "echo implode(' ', get_loaded_extensions());"]
        here = run([self.installed("php"), *modules], env={"PATH": "/usr/bin:/bin"})
        there = in_root([f"{PREFIX}/bin/php", *modules], layer)
        self.assertEqual((there.status, there.out), (0, here.out), there)
        # Both names of a link answer.
        for each in sorted(Path("/etc/php").glob("*/cli/conf.d/20-ctype.ini")):
            names = [each, each.resolve()]
            said = in_root([f"{PREFIX}/bin/php", "-r", "".join(f"echo file_get_contents('{name}');" for name in names)], layer)
            self.assertEqual(said.out, each.read_bytes() * 2, said)

    def test_imagemagick_has_its_policy(self):
        listing = ["-list", "policy"]
        layer = self.same_as_here("/usr/bin/convert", listing, b"Policy: Coder")
        self.assertEqual({path.name for path in layer.glob("lib/*/root/etc/ImageMagick-*/*")},
                         {path.name for path in next(Path("/etc").glob("ImageMagick-*")).iterdir()})

    def test_lynx_finds_its_settings(self):
        page = self.scratch / "page.html"
        page.write_text("<p>hello</p>")
        page.chmod(0o644)
        layer = self.folder("/usr/bin/lynx")
        said = in_root([f"{PREFIX}/bin/lynx", "-dump", "/in/page.html"], layer, binds=[(page, "/in/page.html")],
                       env={**LAMBDA, "HOME": "/tmp", "TERM": "dumb"})
        self.assertEqual((said.status, said.out.strip(), b"lynx.cfg" in said.err), (0, b"hello", False), said)

    def test_settings_lie_at_their_places(self):
        for program, name in [("/usr/bin/mc", "/etc/mc/mc.default.keymap"), ("/usr/bin/nano", "/etc/nanorc"),
                              ("vim.basic", "/etc/vim/vimrc"), ("openssl", "/etc/ssl/openssl.cnf")]:
            with self.subTest(program):
                self.assertTrue(is_as_shipped(name), f"{name} was changed on this machine")
                layer = self.folder(program, name=Path(program).name)
                found = list(layer.glob(f"lib/*/root{name}"))
                self.assertEqual([path.read_bytes() for path in found], [Path(name).resolve().read_bytes()], self.printed)

    def test_what_is_the_systems_stays_out(self):
        """git's package has a file for the shell's prompt, gpg's one for the session of X."""
        for program in ("git", "gpg", "/usr/bin/curl"):
            with self.subTest(program):
                said = bundle(program, "--dry-run").text
                outside = [line for line in said.splitlines() if "root/etc/" in line and "/root/etc/ssl/" not in line]
                self.assertEqual(outside, [])


class MadeUp(FieldCase):
    def setUp(self):
        super().setUp()
        self.system = System(self.scratch / "system")
        self.system.install("reader", {
            "/usr/bin/reader": self.compiled("reader", READER),
            "/etc/reader/reader.conf": "as shipped\n",
            "/etc/reader/sample.pem": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n",
            "/etc/reader/changed.conf": "as it was\n",
            "/etc/reader/changed.too": "as it was\n",
            "/etc/bash_completion.d/reader": "complete\n",
            "/usr/share/reader/samples/copied.ini": "copied\n"}, folders=["/etc/reader/conf.d", "/etc/reader/available"])
        self.system.install("others", {"/etc/others/others.conf": "of others\n"})
        self.system.put("/etc/reader/changed.conf", "password = hunter2hunter2\n")
        self.system.put("/etc/reader/changed.too", "changed\n")
        self.system.put("/etc/reader/available/copied.ini", "copied\n")
        (self.system.root / "etc/reader/conf.d/20-copied.ini").symlink_to("/etc/reader/available/copied.ini")
        self.system.put("/etc/reader/available/closed.ini", "copied\n", mode=0o600)
        self.system.put("/etc/reader/conf.d/mine.ini", "mine\n")

    def bundled(self, *arguments):
        layer = self.folder("--sysroot", self.system.root, "reader", *arguments)
        return layer, {str(path.relative_to(layer / "lib/reader/root")) for path in layer.glob("lib/reader/root/etc/**/*")
                       if path.is_file()}

    def test_as_shipped_goes_in(self):
        layer, names = self.bundled()
        self.assertEqual(names, {"etc/reader/reader.conf", "etc/reader/sample.pem", "etc/reader/available/copied.ini",
                                 "etc/reader/conf.d/20-copied.ini"}, self.printed)
        self.works(layer, "reader", b"as shipped", "/etc/reader/reader.conf")
        self.works(layer, "reader", b"copied", "/etc/reader/conf.d/20-copied.ini")
        self.works(layer, "reader", b"copied", "/etc/reader/available/copied.ini")

    def test_changed_is_one_hint_a_folder(self):
        self.bundled()
        hints = [line for line in self.printed.splitlines() if line.startswith("hint: ") and "/etc/" in line]
        self.assertEqual(len([line for line in hints if "2 files of /etc/reader " in line]), 1, self.printed)
        self.assertEqual(len([line for line in hints if "/etc/reader/conf.d/mine.ini" in line]), 1, self.printed)
        self.assertEqual(len([line for line in hints if "closed.ini" in line and "mode" in line]), 1, self.printed)
        self.assertEqual(len([line for line in hints if "reader names /etc/others/others.conf" in line]), 1, self.printed)
        self.assertEqual(len(hints), 4, hints)

    def test_with_etc_takes_what_was_changed_and_no_secret(self):
        layer, names = self.bundled("--with-etc")
        self.assertLessEqual({"etc/reader/changed.too", "etc/reader/conf.d/mine.ini", "etc/reader/reader.conf"}, names)
        self.assertNotIn("etc/reader/changed.conf", names)
        self.assertNotIn("etc/bash_completion.d/reader", names)
        self.assertNotIn(b"hunter2", b"".join(path.read_bytes() for path in layer.rglob("*") if path.is_file()))
        self.works(layer, "reader", b"changed", "/etc/reader/changed.too")
        self.assertTrue(tree(layer))

    def test_what_an_installation_made_up(self):
        """R's Renviron has the paper size in it, which its package asked for: ucf knows its sum. It may hold anything that
        was asked, and goes in only where a link of the package leads to it, and no secret."""
        for name in ("made", "asked", "edited"):
            link = self.system.root / f"usr/share/reader/{name}"
            link.symlink_to(f"/etc/reader/{name}.ini")
            with open(self.system.root / "var/lib/dpkg/info/reader.list", "a", encoding="utf-8") as listed:
                listed.write(f"/usr/share/reader/{name}\n")
        made = {"/etc/reader/made.ini": "paper a4\n", "/etc/reader/asked.ini": "password = hunter2hunter2\n",
                "/etc/reader/edited.ini": "paper a4\n", "/etc/reader/unasked.ini": "admin root@here\n"}
        lines = ""
        for path, content in made.items():
            self.system.put(path, content)
            lines += f"{hashlib.md5(content.encode()).hexdigest()}  {path}\n"
        self.system.put("/var/lib/ucf/hashfile", lines)
        self.system.put("/etc/reader/edited.ini", "paper letter\n")
        layer, names = self.bundled()
        self.assertIn("etc/reader/made.ini", names)
        self.assertFalse({"etc/reader/asked.ini", "etc/reader/edited.ini", "etc/reader/unasked.ini"} & names)
        self.assertIn("/etc/reader/asked.ini is not added", self.printed)
        self.works(layer, "reader", b"paper a4", "/etc/reader/made.ini")

    def test_a_packages_link_to_its_settings(self):
        """LibreOffice's and R's own folders hold links into /etc: to a folder, and to a file that was copied there."""
        self.system.install("linked", {"/usr/bin/linked": self.compiled("linked", READER.replace("/etc/", "/usr/")),
                                       "/etc/linked/registry/main.xcd": "registry\n", "/usr/lib/linked/x.ucf": "copied\n"},
                            folders=["/usr/lib/linked"])
        self.system.put("/etc/linked/copied", "copied\n")
        for name, target in [("share", "/etc/linked/registry"), ("copied", "/etc/linked/copied")]:
            (self.system.root / "usr/lib/linked" / name).symlink_to(target)
            with open(self.system.root / "var/lib/dpkg/info/linked.list", "a", encoding="utf-8") as listed:
                listed.write(f"/usr/lib/linked/{name}\n")
        layer = self.folder("--sysroot", self.system.root, "linked")
        for path, want in [("/usr/lib/linked/share/main.xcd", b"registry"), ("/usr/lib/linked/copied", b"copied"),
                           ("/etc/linked/registry/main.xcd", b"registry")]:
            with self.subTest(path):
                self.works(layer, "linked", want, path)


if __name__ == "__main__":
    main()
