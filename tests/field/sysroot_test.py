#!/usr/bin/python3
"""A bundle from another root (--sysroot) holds nothing of this machine, whatever its programs name and its links say.

The trees are made up: a loader, a libc, a program that names everything that discovery knows, and data. The machine that
`bundle` runs on is this one with canaries in /opt and /srv, where it also has all that the sets would take.
"""

import json
import os
import shutil
from pathlib import Path

from field import BUNDLE, FieldCase, bundle, in_root, main, run, tree

CANARY = b"CANARY of the machine"
ARM = Path("/usr/aarch64-linux-gnu")

# Opens what argv names and tells its first line; imports and names what calls for data, sets, helpers and settings.
TELLER = r"""
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
const char *const names[] = {"/opt/teller/word", "/srv/teller", "/usr/share/rig/fnames.idx", "/usr/share/misc/magic.mgc",
  "/usr/share/zoneinfo", "/etc/ssl/certs/ca-certificates.crt", "/usr/lib/ssl/certs", "/bin/sh", "/usr/bin/env",
  "/usr/share/perl/5.36", "/usr/lib/locale/C.utf8", "/usr/share/terminfo", "/etc/fonts/fonts.conf", "libz.so.1",
  "/usr/share/teller/word", "/usr/share/perl5"};
int main(int argc, char **argv) {
  if (argc < 2) {
    setlocale(LC_ALL, ""); tzset(); iconv_open("UTF-8", "EUC-JP"); getpwnam("root"); getaddrinfo("localhost", 0, 0, 0);
    dlopen("libz.so.1", RTLD_NOW); system("/bin/sh -c true"); execl("/usr/bin/env", "env", (char *)0);
    return (int)(unsigned char)names[argc][1];
  }
  if (strncmp(argv[1], "plugin:", 7) == 0) {
    void *library = dlopen(argv[1] + 7, RTLD_NOW);
    if (library == NULL) { puts(dlerror()); return 1; }
    puts(((const char *(*)(void))dlsym(library, "word"))());
    return 0;
  }
  char line[100] = "nothing";
  FILE *file = fopen(argv[1], "r");
  if (file != NULL && fgets(line, sizeof line, file) == NULL) return 2;
  fputs(line, stdout);
  return 0;
}
"""
PLUGIN = 'const char *word(void) { return "of the tree"; }'
NEEDED = "int answer(void) { return 42; }"
NEEDS = '#include <stdio.h>\nint answer(void);\nint main(void) { printf("%d\\n", answer()); return 0; }'


class Trees(FieldCase):
    compilers = {"x86_64": "gcc", "aarch64": "aarch64-linux-gnu-gcc"}

    def setUp(self):
        super().setUp()
        self.machine = self.scratch / "machine"  # what lies in /opt and /srv of the machine that bundle runs on
        self.put(self.machine / "opt/teller/word", CANARY)
        self.put(self.machine / "srv/teller/word", CANARY)
        self.put(self.machine / "srv/lone", CANARY)

    def put(self, path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def made_tree(self, architecture="x86_64", name="tree"):
        """A system with the folders merged by links, an absolute one among them."""
        root = self.scratch / name
        triplet = f"{architecture}-linux-gnu"
        libraries = root / "usr/lib" / triplet
        libraries.mkdir(parents=True)
        (root / "usr/bin").mkdir()
        for link, target in [("lib", "usr/lib"), ("bin", "/usr/bin")]:
            (root / link).symlink_to(target)
        if architecture == "x86_64":
            shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", libraries)
            self.put(root / "usr/lib64/ld-linux-x86-64.so.2", Path("/lib64/ld-linux-x86-64.so.2").read_bytes())
            (root / "lib64").symlink_to("usr/lib64")
        else:
            shutil.copy(ARM / "lib/libc.so.6", libraries)
            shutil.copy(ARM / "lib/ld-linux-aarch64.so.1", root / "usr/lib")
        for path in root.rglob("*.so*"):
            path.chmod(0o755)
        compiler = self.compilers[architecture]
        shutil.copy(self.compiled("teller", TELLER, compiler=compiler), root / "usr/bin/teller")
        shutil.copy(self.compiled("libword.so", PLUGIN, "-shared", "-fPIC", compiler=compiler), libraries)
        self.put(root / "usr/share/teller/word", "of the tree\n")
        self.put(root / "usr/share/rig/fnames.idx", "the tree's rig\n")
        return root

    def on_machine(self, *arguments, cwd=None):
        """`bundle` on this machine with the canaries."""
        return run(["bwrap", "--dev-bind", "/", "/", "--bind", self.machine / "opt", "/opt", "--bind", self.machine / "srv", "/srv",
                    "--chdir", cwd or self.scratch, BUNDLE, *arguments])

    def bundled(self, *arguments, cwd=None, name="layer"):
        out = self.scratch / name
        shutil.rmtree(out, ignore_errors=True)
        done = self.on_machine(*arguments, "-o", f"{out}/", cwd=cwd)
        self.assertEqual(done.status, 0, done)
        self.printed = done.text
        return out

    def assert_of_tree(self, layer, *trees):
        """Whatever was not made here has the bytes of a file of the trees (folders of the user's), or is an edit of one."""
        hashes = {content for root in trees for _, content in tree(root).values() if content}
        manifest = json.loads(next(layer.rglob("manifest.json")).read_text())
        made = {entry["path"] for entry in manifest["files"] if entry["kind"] in ("launcher", "redirect")}
        names = {path.name for root in trees for path in Path(root).rglob("*")}
        for path in layer.rglob("*"):
            relative = str(path.relative_to(layer))
            if not path.is_file() or path.name == "manifest.json" or relative in made or "libredirect" in path.name:
                continue
            self.assertNotIn(CANARY, path.read_bytes(), relative)
            entry = next(entry for entry in manifest["files"] if entry["path"] == relative)
            if entry.get("rewritten"):
                self.assertIn(path.name, names | {"ld.so"}, relative)
            else:
                self.assertIn(tree(path.parent)[path.name][1], hashes, f"{relative}: {entry}\n{self.printed}")


class NothingOfThisMachine(Trees):
    def test_what_comes_along_is_of_the_tree(self):
        for architecture in self.compilers:
            with self.subTest(architecture):
                root = self.made_tree(architecture, architecture)
                layer = self.bundled("--sysroot", root, "teller", name=f"layer-{architecture}")
                self.assert_of_tree(layer, root)
                self.assertIn("word", [path.name for path in layer.rglob("*") if "share" in path.parts], self.printed)
                self.assertNotIn("/bin/sh", self.printed)
                for path in layer.rglob("*"):
                    if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
                        want = {"x86_64": 62, "aarch64": 183}[architecture]
                        self.assertEqual(int.from_bytes(path.read_bytes()[18:20], "little"), want, path)

    def test_sets_and_variables_of_the_machine_say_nothing(self):
        root = self.made_tree()
        layer = self.bundled("--sysroot", root, "teller", "--gconv", "all", "--zoneinfo", "all", "--terminfo", "usual", "--fonts",
                             "all", "--ca-bundle", "usual", "--nss", "all", "--locale", "en_US.UTF-8", "--with-etc")
        self.assert_of_tree(layer, root)

    def test_what_is_added_is_the_trees(self):
        root = self.made_tree()
        layer = self.bundled("--sysroot", root, "teller", "--add", "/usr/share/rig", "--add", root / "usr/share/teller/word")
        self.assert_of_tree(layer, root)
        self.works(layer, "teller", b"the tree's rig", "/usr/share/rig/fnames.idx")
        self.works(layer, "teller", b"of the tree", "/usr/share/teller/word")

    def test_what_only_the_machine_has_is_not_there(self):
        root = self.made_tree()
        for named in ("/srv/lone", "/opt/teller", "/opt/teller/word:/usr/share/word", "/usr/share/misc/magic.mgc"):
            done = self.on_machine("--sysroot", root, "teller", "--add", named, "-o", self.scratch / "x.zip")
            self.assertEqual(done.status, 2, f"{named}: {done}")
            self.assertIn("sysroot", done.text)
            self.assertFalse((self.scratch / "x.zip").exists())
        done = self.on_machine("--sysroot", root, "teller", "--plugin", "/usr/lib/x86_64-linux-gnu/libz.so.1", "-n")
        self.assertEqual(done.status, 2, done)

    def test_links_are_followed_inside(self):
        root = self.made_tree()
        data = root / "usr/share/data"
        self.put(root / "etc/alternatives/word", "inside\n")
        self.put(root / "opt/teller/word", "inside\n")
        data.mkdir()
        for name, target in [("absolute", "/opt/teller/word"), ("up", "../../../../../../../../../../opt/teller/word"),
                             ("folder", "/opt/teller"), ("outside", f"{self.machine}/srv/lone"), ("gone", "/srv/lone"),
                             ("out", "/srv/teller"), ("loop", "loop")]:
            (data / name).symlink_to(target)
        layer = self.bundled("--sysroot", root, "teller", "--add", "/usr/share/data")
        self.assert_of_tree(layer, root)
        there = layer / "lib/teller/root/usr/share/data"
        self.assertEqual(sorted(str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()),
                         ["absolute", "folder/word", "up"])
        (data / "word").symlink_to("/etc/alternatives/word")
        self.works(self.bundled("--sysroot", root, "teller", "--add", "/usr/share/data/word"), "teller", b"inside",
                   "/usr/share/data/word")

    def test_a_place_is_judged_by_its_path_inside(self):
        """The tree lies in /tmp, its `magic` leads into /usr/lib; its /var is as private as any."""
        root = self.made_tree()
        self.put(root / "usr/lib/file/magic.mgc", "magic of the tree\n")
        self.put(root / "var/lib/teller/state", "state\n")
        self.put(root / "usr/share/set/plain", "plain\n")
        self.put(root / "usr/share/misc/other", "other\n")
        (root / "usr/share/misc/magic.mgc").symlink_to("../../lib/file/magic.mgc")
        (root / "usr/share/set/state").symlink_to("/var/lib/teller/state")
        os.chmod(self.scratch, 0o700)  # that not everybody may look into it says nothing of what is inside
        layer = self.bundled("--sysroot", root, "teller", "--add", "/usr/share/misc", "--add", "/usr/share/set")
        self.assert_of_tree(layer, root)
        self.works(layer, "teller", b"magic of the tree", "/usr/share/misc/magic.mgc")
        self.assertNotIn("state", [path.name for path in layer.rglob("*")])
        self.assertIn("/usr/share/set/state", self.printed)
        self.assertIn("lies in /var", self.printed)

    def test_a_plugin_is_the_trees_and_so_is_what_it_needs(self):
        root = self.made_tree()
        for spelled in ("/usr/lib/x86_64-linux-gnu/libword.so", f"{root}/lib/x86_64-linux-gnu/libword.so"):
            layer = self.bundled("--sysroot", root, "teller", "--plugin", spelled)
            self.assert_of_tree(layer, root)
            self.works(layer, "teller", b"of the tree", f"plugin:{spelled.removeprefix(str(root))}")

    def test_a_log_names_files_of_the_tree(self):
        root = self.made_tree()
        self.put(self.scratch / "log", '1 openat(AT_FDCWD, "/usr/share/teller/word", O_RDONLY) = 3\n'
                                       '1 openat(AT_FDCWD, "/srv/lone", O_RDONLY) = 3\n'
                                       '1 openat(AT_FDCWD, "/usr/share/misc/magic.mgc", O_RDONLY) = 3\n')
        layer = self.bundled("--sysroot", root, "teller", "--trace-input", self.scratch / "log")
        self.assert_of_tree(layer, root)
        self.works(layer, "teller", b"of the tree", "/usr/share/teller/word")
        done = self.on_machine("--sysroot", root, "teller", "--trace", "-o", self.scratch / "x.zip")
        self.assertEqual(done.status, 2, done)
        self.assertIn("--trace-input", done.text)

    def test_the_database_is_the_trees(self):
        """Through a link that leads out when the machine follows it."""
        root = self.made_tree()
        status = ("Package: teller\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7\nMaintainer: a\n"
                  "Description: a\n\n")
        self.put(root / "srv/dpkg/status", status)
        self.put(root / "srv/dpkg/info/teller.list", "/.\n/usr\n/usr/bin\n/usr/bin/teller\n")
        self.put(self.machine / "srv/dpkg/status", status.replace("teller", "canary"))
        self.put(self.machine / "srv/dpkg/info/canary.list", "/.\n/usr/bin/teller\n")
        (root / "var/lib").mkdir(parents=True)
        (root / "var/lib/dpkg").symlink_to("/srv/dpkg")
        layer = self.bundled("--sysroot", root, "teller")
        manifest = json.loads((layer / "lib/teller/manifest.json").read_text())
        self.assertEqual({entry.get("package") for entry in manifest["files"]} - {None}, {"teller"})

    def test_the_tree_lies_in_a_folder_of_the_systems(self):
        """/usr/aarch64-linux-gnu is a tree, too: the program keeps its own place, and the tree's is not told."""
        root = self.made_tree()
        (root / "usr/libexec").mkdir()
        shutil.move(root / "usr/bin/teller", root / "usr/libexec/teller")
        layer = self.bundled("--sysroot", root, "/usr/libexec/teller")
        self.assertTrue((layer / "lib/teller/root/usr/libexec/teller").is_file(), tree(layer).keys())
        for path in layer.rglob("*"):
            if path.is_file():
                self.assertNotIn(str(self.scratch).encode(), path.read_bytes(), path)


class BuiltOutside(Trees):
    """The usual cross build: the program lies in a build folder, the sysroot holds what it links."""

    def build(self, architecture):
        root = self.made_tree(architecture, architecture)
        compiler = self.compilers[architecture]
        libraries = root / "usr/lib" / f"{architecture}-linux-gnu"
        shutil.copy(self.compiled("libneeded.so", NEEDED, "-shared", "-fPIC", "-Wl,-soname,libneeded.so", compiler=compiler), libraries)
        return root, libraries, compiler

    def test_it_is_taken_and_its_libraries_looked_up_inside(self):
        for architecture in self.compilers:
            with self.subTest(architecture):
                root, libraries, compiler = self.build(architecture)
                self.compiled(f"out-{architecture}/needs", NEEDS, libraries / "libneeded.so", compiler=compiler)
                for named in (f"out-{architecture}/needs", f"./out-{architecture}/needs", self.scratch / f"out-{architecture}/needs"):
                    layer = self.bundled("--sysroot", root, named, name=f"layer-{architecture}")
                    self.assert_of_tree(layer, root, self.scratch / f"out-{architecture}")
                    self.assertTrue((layer / "lib/needs/root/usr/bin/needs").is_file())
                if architecture == "x86_64":
                    self.works(layer, "needs", b"42")
                else:
                    qemu = "/usr/bin/qemu-aarch64-static"
                    there = in_root(["/q", "/opt/bin/needs"], layer, binds=[(qemu, "/q")])
                    self.assertEqual((there.status, there.out), (0, b"42\n"), there)

    def test_its_own_libraries_lie_beside_it_or_where_L_says(self):
        root, libraries, compiler = self.build("x86_64")
        (self.scratch / "mine").mkdir()
        shutil.move(libraries / "libneeded.so", self.scratch / "mine/libneeded.so")
        needed = self.scratch / "mine/libneeded.so"
        self.compiled("out/needs", NEEDS, needed)
        self.compiled("out/beside/needs", NEEDS, needed, "-Wl,-rpath,$ORIGIN/lib")
        (self.scratch / "out/beside/lib").mkdir()
        shutil.copy(needed, self.scratch / "out/beside/lib")
        for arguments in (["out/needs", "-L", "mine"], ["out/needs", "-L", self.scratch / "mine"], ["out/beside/needs"]):
            layer = self.bundled("--sysroot", root, *arguments)
            self.assert_of_tree(layer, root, self.scratch / "mine", self.scratch / "out")
            self.works(layer, "needs", b"42")
        done = self.on_machine("--sysroot", root, "out/needs", "-n")
        self.assertEqual(done.status, 1, done)
        self.assertIn("libneeded.so", done.text)
        self.assertNotIn("apt-get", done.text)

    def test_a_link_beside_it_leads_into_the_tree(self):
        root, libraries, compiler = self.build("x86_64")
        (self.scratch / "out/lib").mkdir(parents=True)
        self.compiled("out/needs", NEEDS, libraries / "libneeded.so", "-Wl,-rpath,$ORIGIN/lib")
        shutil.move(libraries / "libneeded.so", root / "usr/libneeded.so")
        (self.scratch / "out/lib/libneeded.so").symlink_to("/usr/libneeded.so")
        layer = self.bundled("--sysroot", root, "out/needs")
        self.assert_of_tree(layer, root, self.scratch / "out")
        self.works(layer, "needs", b"42")

    def test_a_program_of_this_machine_is_none_of_the_sysroots(self):
        root = self.made_tree()
        for named in ("/usr/bin/env", "env", "usr/bin/env"):
            done = self.on_machine("--sysroot", root, named, "-n", cwd="/")
            self.assertEqual(done.status, 1, f"{named}: {done}")
            self.assertIn("sysroot", done.text)

    def test_inspect_says_the_same(self):
        root, libraries, compiler = self.build("x86_64")
        program = self.compiled("out/needs", NEEDS, libraries / "libneeded.so")
        done = bundle("inspect", "--list", "--sysroot", root, program)
        self.assertEqual(done.status, 0, done)
        for path in done.out.decode().split():
            self.assertTrue(path.startswith((f"{root}/", str(program))), path)


if __name__ == "__main__":
    main()
