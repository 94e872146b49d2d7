"""Names that a loader takes for something else: ':' parts run paths, '$' begins a token, ';' parts LD_LIBRARY_PATH. A bundle
that cannot start was made, with exit 0."""

import shutil

from field import FieldCase, bundle, in_root, main

MUSL = "musl-gcc"
GOOD = ["a:b", "a$b", "$ORIGIN", "a;b", "a b", "it's", 'say "x"', "größe", "100%s", "@root@", "${LIB}", "-x", "~x", "*", "back\\slash", "#x"]
PROGRAM = '#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char** v) { printf("%.0f\\n", floor(atof(v[1]))); return 0; }\n'


class OddNames(FieldCase):
    def program(self, name, compiler="gcc"):
        plain = self.compiled("plain", PROGRAM, "-Wl,--no-as-needed", "-lm", compiler=compiler)
        there = self.scratch / "in" / name
        there.parent.mkdir(exist_ok=True)
        shutil.copy(plain, there)
        return there

    def test_names_of_programs(self):
        for number, name in enumerate(GOOD):
            with self.subTest(name=name):
                layer = self.folder(f"./{name}", name=f"layer{number}", cwd=self.program(name).parent)
                self.works(layer, name, b"7", "7.5")

    def test_names_of_programs_for_musl(self):
        for number, name in enumerate(["a:b", "a$b", "a;b", "a\tb"[:1] + " b"]):
            with self.subTest(name=name):
                layer = self.folder(f"./{name}", name=f"layer{number}", cwd=self.program(name, MUSL).parent)
                self.works(layer, name, b"7", "7.5")

    def test_a_name_that_is_none(self):
        for name in ("a\nb", "a\033b", "x" * 201):
            with self.subTest(name=ascii(name)):
                done = bundle(self.program(name), "--dry-run")
                self.assertEqual(done.status, 2, done)
                self.assertIn("--rename", done.text)

    def test_names_and_prefixes_of_the_bundle(self):
        """Either it starts, at the prefix and elsewhere, or it is not made."""
        program = self.program("p")
        for number, name in enumerate([*GOOD, "a\nb", "", "a/b", "..", "x\x7f"]):
            for what, option, at in (("name", ["--name", name], "/opt"), ("prefix", ["--prefix", f"/opt/{name}"], f"/opt/{name}")):
                with self.subTest(name=ascii(name), what=what):
                    out = self.scratch / f"layer-{what}-{number}"
                    done = bundle(program, *option, "-o", f"{out}/")
                    if done.status == 0 and name not in ("", ".."):
                        self.assertNotRegex(name, "[:;$\n\x7f]")
                        for place in (at, "/srv/a b"):
                            there = in_root([f"{place}/bin/p", "7.5"], out, at=place)
                            self.assertEqual((there.status, there.out), (0, b"7\n"), there)
                    elif done.status != 0:
                        self.assertEqual(done.status, 2, done)
                        self.assertFalse(out.exists())

    def test_folders_of_the_target(self):
        """The bundle is unpacked in a folder of such a name, and its helpers start there, too."""
        program = self.program("p")
        layer = self.folder(program)
        helper = self.folder("git", name="git")
        musl = self.folder(self.program("m", MUSL), name="musl")
        for name in ("a:b", "a$b", "a$ORIGIN", "${LIB}x", "a;b", "a:b$c;d", "@root@", "a b", "it's", "100%s", "größe"):
            at = f"/srv/{name}/x"
            with self.subTest(name=name):
                there = in_root([f"{at}/bin/p", "7.5"], layer, at=at)
                self.assertEqual((there.status, there.out), (0, b"7\n"), there)
                there = in_root([f"{at}/bin/git", "ls-remote", "http://127.0.0.1:9/none"], helper, at=at)
                self.assertIn(b"127.0.0.1", there.err, there)  # git-remote-http ran, and found its libraries
                self.assertNotIn(b"shared librar", there.err, there)
                # By a launcher that lies elsewhere, so that $ORIGIN does not lead to the bundle.
                there = in_root(["/usr/bin/p", "7.5"], layer, at=at, binds=[(layer / "bin/p", "/usr/bin/p")],
                                env={"BUNDLE_ROOT": at})
                if there.status != 0:
                    self.assertIn(b"unpack the bundle elsewhere", there.err)
                there = in_root([f"{at}/bin/m", "7.5"], musl, at=at)
                if there.status != 0:
                    self.assertIn(b"unpack the bundle elsewhere", there.err)

    def test_a_library_in_a_folder_of_such_a_name(self):
        folder = self.scratch / "li:b$x"
        folder.mkdir()
        library = self.compiled("li:b$x/libodd.so.1", "int odd(void) { return 3; }\n", "-shared", "-fPIC", "-Wl,-soname,libodd.so.1")
        (folder / "libodd.so").symlink_to("libodd.so.1")
        program = self.compiled("user", '#include <stdio.h>\nint odd(void);\nint main(void) { printf("%d\\n", odd()); }\n', f"-L{folder}", "-lodd")
        layer = self.folder(program, "-L", folder, "--plugin", f"{library}:/usr/lib/od:d$x/libodd.so.1")
        self.works(layer, "user", b"3")


if __name__ == "__main__":
    main()
