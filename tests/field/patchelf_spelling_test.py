#!/usr/bin/python3
"""`bundle edit` for who knows patchelf: its options, their order, what is printed, several files in one call."""

import json
import shutil
import struct

from field import FieldCase, bundle, main, run

LIBRARY = "int {0}(void) {{ return 1; }}\n"
STACK, NOTE = 0x6474E551, 4


class PatchelfSpelling(FieldCase):
    def setUp(self):
        super().setUp()
        self.folders = {}
        for name in ("one", "two"):
            self.folders[name] = self.compiled(f"{name}/lib{name}.so", LIBRARY.format(name), "-shared", "-fPIC",
                                               f"-Wl,-soname,lib{name}.so").parent
        self.app = self.compiled("app", "int one(void); int two(void); int main(void) { return one() + two() - 2; }\n",
                                 *(f"-L{folder}" for folder in self.folders.values()), "-lone", "-ltwo",
                                 "-Wl,--enable-new-dtags,-rpath," + ":".join(
                                     ["/nowhere", "$ORIGIN", str(self.folders["one"]), "/usr", str(self.folders["two"]),
                                      str(self.folders["one"])]))
        self.static = self.compiled("static", "int main(void) { return 0; }\n", "-static")

    def edit(self, *arguments, status=0):
        done = bundle("edit", *arguments, cwd=self.scratch)
        self.assertEqual(done.status, status, done)
        return done

    def shown(self, option, file):
        return self.edit(option, file).out.decode()

    def copy(self, name="copy", of=None):
        return shutil.copy(of or self.app, self.scratch / name)

    def test_what_is_printed_is_what_patchelf_prints(self):
        library = self.folders["one"] / "libone.so"
        for file in (self.app, library, self.static):
            for option in ("--print-interpreter", "--print-soname", "--print-rpath", "--print-needed"):
                with self.subTest(file=file.name, option=option):
                    theirs = run(["patchelf", option, file])
                    ours = bundle("edit", option, file)
                    self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out))
        both = self.edit(self.app, "--print-needed", "--print-rpath").out.decode().splitlines()
        self.assertEqual(both[1:], ["libone.so", "libtwo.so", "libc.so.6"])

    def test_shrink_keeps_what_patchelf_keeps(self):
        for more in ([], ["--allowed-rpath-prefixes", f"/usr:{self.folders['two']}"]):
            ours, theirs = self.copy("ours"), self.copy("theirs")
            self.edit("--shrink-rpath", *more, ours)
            self.tool("patchelf", "--shrink-rpath", *more, theirs)
            want = self.tool("patchelf", "--print-rpath", theirs).out.decode()
            self.assertEqual(self.shown("--print-rpath", ours), want)
            self.assertEqual(want.startswith("$ORIGIN:"), True, want)
        self.assertIn("RUNPATH", self.tool("readelf", "-d", ours).text, "the tag stays")

    def test_a_library_of_another_machine_keeps_no_folder(self):
        broken = self.folders["one"] / "libone.so"
        data = bytearray(broken.read_bytes())
        struct.pack_into("<H", data, 18, 183)
        broken.write_bytes(data)
        self.edit("--shrink-rpath", self.app)
        self.assertEqual(self.shown("--print-rpath", self.app), f"$ORIGIN:{self.folders['two']}\n")

    def test_add_and_remove(self):
        copy = self.copy()
        self.edit("--set-rpath", "/a", copy)
        self.edit("--add-rpath", "/b:/a", "--add-rpath", "/c", copy)
        self.assertEqual(self.shown("--print-rpath", copy), "/a:/b:/c\n")
        before = (self.scratch / "copy").read_bytes()
        self.edit(copy, "--add-rpath", "/c")
        self.assertEqual((self.scratch / "copy").read_bytes(), before)
        self.edit("--add-rpath", "/d", "--runpath", copy)
        self.assertIn("(RUNPATH)", self.tool("readelf", "-d", copy).text)
        self.edit("--add-rpath", "/e", "--force-rpath", copy)
        tags = self.tool("readelf", "-d", copy).text
        self.assertIn("(RPATH)", tags)
        self.assertNotIn("(RUNPATH)", tags)
        self.edit("--remove-rpath", copy)
        self.assertEqual(self.shown("--print-rpath", copy), "\n")
        self.edit("--remove-rpath", copy)

    def test_replace_needed_takes_two_words_and_may_be_given_again(self):
        copy = self.copy()
        self.edit("--replace-needed", "libone.so", "libuno.so", "--replace-needed", "libtwo.so", "libdue.so", copy)
        self.assertEqual(self.shown("--print-needed", copy).split(), ["libuno.so", "libdue.so", "libc.so.6"])
        self.edit(copy, "--rename-needed", "libuno.so=libone.so", "--add-needed", "libzero.so", "--remove-needed", "libdue.so")
        self.assertEqual(self.shown("--print-needed", copy).split(), ["libzero.so", "libone.so", "libc.so.6"])

    def test_a_name_that_is_not_there_is_said(self):
        before = self.app.read_bytes()
        for options in (["--remove-needed", "libnope.so"], ["--replace-needed", "libnope.so", "x"],
                        ["--rename-needed", "libnope.so=x", "--set-rpath", "/x"]):
            said = self.edit(*options, self.app, status=1).text
            for word in ("libnope.so", "libone.so", "app"):
                self.assertIn(word, said)
            self.assertEqual(self.app.read_bytes(), before)

    def test_several_files_each_whole_or_not_at_all(self):
        first, last = self.copy("first"), self.copy("last")
        (self.scratch / "text").write_text("no program")
        done = self.edit("--set-rpath", "/x", first, "text", "missing", last, status=1)
        for name in (first, last):
            self.assertEqual(self.shown("--print-rpath", name), "/x\n")
        for word in ("text: ", "missing: ", "2 of 4"):
            self.assertIn(word, done.text)
        self.assertEqual((self.scratch / "text").read_text(), "no program")
        self.assertEqual(self.edit("--print-soname", *(folder / f"lib{name}.so" for name, folder in self.folders.items())).out,
                         b"libone.so\nlibtwo.so\n")
        self.edit("--set-rpath", "/y", first, last, "-o", "out", status=2)
        self.assertFalse((self.scratch / "out").exists())

    def test_values_from_files_and_options_that_change_nothing(self):
        (self.scratch / "path").write_text("/from/a/file\n")
        self.edit("--page-size", "65536", "--debug", "--no-sort", "--set-rpath", "@path", "--output", "out", self.app)
        self.assertEqual(self.shown("--print-rpath", "out"), "/from/a/file\n")
        self.assertIn("patchelf", self.edit("--clear-symbol-version", "x", self.app, status=2).text)
        self.assertIn("'--print-rpath'", self.edit("--print-rpaht", self.app, status=2).text)

    def test_contradictions(self):
        for options in (["--set-rpath", "/a", "--add-rpath", "/b"], ["--remove-rpath", "--shrink-rpath"], ["--force-rpath"],
                        ["--set-execstack", "--clear-execstack"], ["--print-rpath", "--remove-rpath"], [],
                        ["--set-rpath", "/a", "--runpath", "--force-rpath"], ["--allowed-rpath-prefixes", "/x"]):
            with self.subTest(options):
                self.edit(*options, self.app, status=2)

    def test_no_default_lib(self):
        copy = self.copy()
        self.edit("--no-default-lib", copy)
        self.assertRegex(self.tool("readelf", "-d", copy).text, r"FLAGS_1.*NODEFLIB")
        before = (self.scratch / "copy").read_bytes()
        self.edit("--no-default-lib", copy)
        self.assertEqual((self.scratch / "copy").read_bytes(), before)
        self.tool("patchelf", "--print-needed", copy)

    def stack_of(self, file):
        lines = [line for line in self.tool("readelf", "-lW", file).text.splitlines() if "GNU_STACK" in line]
        return lines[0].split()[6:-1] if lines else None

    def test_execstack(self):
        copy = self.copy()
        size = self.app.stat().st_size
        self.assertEqual(self.shown("--print-execstack", copy), "execstack: -\n")
        self.edit("--set-execstack", copy)
        self.assertEqual(self.shown("--print-execstack", copy), "execstack: X\n")
        self.assertEqual(self.stack_of(copy), ["RWE"])
        self.edit("--clear-execstack", copy)
        self.assertEqual((self.scratch / "copy").read_bytes(), self.app.read_bytes())
        self.assertEqual((self.scratch / "copy").stat().st_size, size)
        self.assertEqual(run([copy]).status, 0)

    def test_execstack_of_a_file_that_does_not_say(self):
        data = bytearray(self.app.read_bytes())
        start, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
        for at in range(start, start + 56 * count, 56):
            if struct.unpack_from("<I", data, at)[0] == STACK:
                struct.pack_into("<I", data, at, NOTE)  # of no bytes
        copy = self.copy()
        (self.scratch / "copy").write_bytes(data)
        self.assertEqual(self.shown("--print-execstack", copy), "execstack: ?\n")
        self.edit("--clear-execstack", "--set-rpath", "/nowhere" * 400 + f":{self.folders['one']}:{self.folders['two']}", copy)
        self.assertEqual(self.shown("--print-execstack", copy), "execstack: -\n")
        self.assertEqual(self.stack_of(copy), ["RW"])
        self.assertEqual(run([copy]).status, 0)
        self.assertEqual(run(["eu-elflint", "--gnu-ld", copy]).text.count("GNU_STACK"), 0)

    def test_several_programs_inspected(self):
        done = bundle("inspect", "--list", "jq", self.app, "jq")
        paths = done.out.decode().splitlines()
        self.assertEqual((done.status, len(paths)), (0, len(set(paths))), done)
        self.assertIn(str(self.folders["one"] / "libone.so"), paths)
        self.assertTrue(any("libjq" in path for path in paths), paths)
        shown = bundle("inspect", "--json", "jq", self.app)
        programs = [item["program"] for item in json.loads(shown.out)]
        self.assertEqual(programs, ["/usr/bin/jq", str(self.app)])
        self.assertEqual(json.loads(bundle("inspect", "--json", "jq").out)["program"], "/usr/bin/jq")
        text = bundle("inspect", "jq", self.app).out.decode()
        self.assertIn("libjq", text)
        self.assertIn("libone.so", text)
        self.assertIn(f"{self.app}:", bundle("inspect", "--needs", "libone.so", "jq", self.app).out.decode())
        self.assertEqual(bundle("inspect", "--needs", "libnope.so", "jq", self.app).status, 2)

    def test_several_programs_of_which_one_is_broken(self):
        (self.folders["one"] / "libone.so").unlink()
        for option in ([], ["--list"], ["--json"]):
            done = bundle("inspect", *option, self.app, "missing", "jq", cwd=self.scratch)
            self.assertEqual(done.status, 1, done)
            for word in ("libone.so", "missing: ", "2 of 3"):
                self.assertIn(word, done.err.decode())
            self.assertIn("libjq", done.out.decode(), option)


if __name__ == "__main__":
    main()
