#!/usr/bin/python3
"""Tools, media and documents, bundled without a hint or with the flag that a hint names, run in an empty root: status, stdout
and the files that are written as on the host, with the layer at the prefix and in another place.

The inputs are the working folder here and there.
"""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from jobs import CERTUTIL, INPUTS, TOOLS, UNAR, placed  # noqa: E402
from sandbox import LAMBDA, Case, bundle, in_root, run, tree  # noqa: E402

ELSEWHERE = "/home/user/my tools"


class Tools(Case):
    def setUp(self):
        super().setUp()
        self.put_inputs(INPUTS)

    def folder(self, name):
        path = self.scratch / name
        path.mkdir()
        os.chmod(path, 0o777)
        return path

    def check(self, program, job):
        path = self.installed(program)
        layer = self.layer(path, *job.flags)
        env = {"HOME": "/tmp", "TERM": "dumb", "SOURCE_DATE_EPOCH": "1700000000", **job.env}
        for number, (arguments, stdin, more) in enumerate(job.runs):
            env.update(more)
            out = self.folder(f"here{number}")
            here = run([path, *placed(arguments, self.inputs, out)], cwd=self.inputs, stdin=stdin,
                       env={"PATH": "/usr/bin:/bin", **env})
            self.assertEqual(here.status, 0, here)
            here.out = here.out.replace(str(out).encode(), b"/out").replace(str(self.inputs).encode(), b"/in")
            for at in ("/opt", ELSEWHERE):
                with self.subTest(arguments=arguments, at=at):
                    written = self.folder(f"there{number}{'elsewhere' if at != '/opt' else ''}")
                    there = in_root([f"{at}/bin/{os.path.basename(path)}", *placed(arguments, "/in", "/out")],
                                    layer, at=at, env={**LAMBDA, **env}, binds=[(self.inputs, "/in")], cwd="/in", stdin=stdin,
                                    options=["--bind", str(written), "/out"])
                    self.assert_same(here, there)
                    self.assertEqual({name: content for name, (_, content) in tree(out).items()},
                                     {name: content for name, (_, content) in tree(written).items()})

    def test_fonts_are_named_with_their_flag(self):
        said = bundle("/usr/bin/rsvg-convert", "--dry-run", "-v").text
        self.assertIn("hint: of the fonts of /usr/share/fonts only those are added that standard names lead to: --fonts all", said)
        self.assertIn("/etc/fonts", said)
        self.assertNotIn("/etc/fonts", bundle("/usr/bin/rsvg-convert", "--dry-run", "--fonts", "none").text)

    def test_a_converter_for_a_library_that_the_program_links(self):
        """GNUstep's base library converts for unar, and says so when it cannot."""
        there = in_root(["unar", *UNAR.runs[0].arguments], self.layer("unar"), binds=[(self.inputs, "/in")], cwd="/in")
        self.assertEqual((there.status, there.err), (0, b""), there)

    def test_a_library_opens_another_of_its_package(self):
        """libnss3 does nothing without libsoftokn3, which it opens by NSPR's name for dlopen."""
        made = in_root(["certutil", *CERTUTIL.runs[0].arguments], self.layer("certutil"))
        self.assertEqual((made.status, made.err), (0, b""), made)

    def test_a_large_file_of_several_names_is_stored_once(self):
        layer = self.layer("file")
        self.assertEqual(len(list(layer.rglob("magic.mgc"))), 1)
        files = json.loads((layer / "lib" / "file" / "manifest.json").read_text())["files"]
        stored = next(file for file in files if file["path"].endswith("magic.mgc"))
        names = [stored["source"], *stored["also"]]
        self.assertIn("/usr/share/misc/magic.mgc", names)
        for at in ("/opt", ELSEWHERE):
            # By its names, and as a program would call it that goes by its own place.
            for name in [*names, *(f"{at}/lib/file/root{name}" for name in names)]:
                with self.subTest(name=name, at=at):
                    there = in_root([f"{at}/bin/file", "-b", "-m", name, f"{at}/bin/file"], layer, at=at)
                    self.assertEqual(there.status, 0, there)
                    self.assertTrue(there.out.startswith(b"ELF 64-bit"), there)

    def test_a_shell_starts_what_lies_beside_the_program(self):
        """initdb and xelatex make a command of the folder of argv[0], where only their launcher is."""
        source = self.scratch / "asks.c"
        source.write_text('#include <libgen.h>\n#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char** v) {\n'
                          'char line[999];\nsnprintf(line, sizeof line, "\\"%s/sums\\" 6 7", dirname(v[0]));\n'
                          'return n > 9 || system(line) != 0;\n}\n')
        self.assertEqual(run(["gcc", source, "-o", self.scratch / "asks"]).status, 0)
        layer = self.layer(self.scratch / "asks", "--add", "/usr/bin/factor:/usr/bin/sums")
        for at in ("/opt", ELSEWHERE):
            with self.subTest(at=at):
                there = in_root([f"{at}/bin/asks"], layer, at=at)
                self.assertEqual((there.status, there.out), (0, b"6: 2 3\n7: 7\n"), there)

    def test_a_library_in_a_folder_of_its_package_stays_there(self):
        """Needed by the program or not: what looks beside itself finds its own folder."""
        layer = self.layer("java")
        self.assertEqual([path.parent.name for path in layer.rglob("libjli.so")], ["lib"])
        self.assertFalse((layer / "lib" / "java" / "libjli.so").exists())

    def test_a_link_to_a_folder_of_settings_is_named_with_its_flag(self):
        link = next(Path("/usr/share/ghostscript").glob("*/Resource/CMap"))
        said = bundle("gs", "--dry-run", "-v").text
        self.assertIn(f"hint: {link} leads to {link.resolve()}, which is not added: --add {link} if it is wanted", said)
        self.assertNotIn("/etc/ssl/private", said)
        root = self.layer("gs", "--add", link) / "lib" / "gs" / "root"
        for folder in (link, link.resolve()):
            self.assertTrue(any(Path(f"{root}{folder}").iterdir()), "what is named by the link may be named by what it leads to")


for name, job in TOOLS.items():
    test_name = "test_" + os.path.basename(name).replace(".", "_").replace("-", "_")
    setattr(Tools, test_name, lambda self, name=name, job=job: self.check(name, job))


if __name__ == "__main__":
    unittest.main(verbosity=2)
