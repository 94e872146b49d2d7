#!/usr/bin/python3
"""A script that is named is a program: its launcher starts the interpreter of its first line with it, with its package
and what its text names, at the prefix and elsewhere."""

from field import ELSEWHERE, PREFIX, FieldCase, bundle, in_root, main


class Scripts(FieldCase):
    def script(self, path, text, mode=0o755):
        file = self.scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def test_of_a_package(self):
        layer = self.folder("/usr/games/cowsay")
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/cowsay", "-f", "tux", "moo"], layer, at=at, env={"LANG": "en_US.UTF-8"})
            self.assertEqual((there.status, there.err), (0, b""), there)
            self.assertIn(b"< moo >", there.out)

    def test_arguments_of_the_first_line(self):
        layer = self.folder(self.script("show", "#!/usr/bin/perl -w\nprint \"@ARGV $^W\\n\";\n"))
        self.works(layer, "show", b"a b 1", "a", "b")

    def test_by_env(self):
        layer = self.folder(self.script("show", "#!/usr/bin/env -S perl -w\nprint scalar(@ARGV), \" @ARGV $^W\\n\";\n"))
        self.works(layer, "show", b"1 x y 1", "x y")

    def test_a_version_managers_shim_stands_for_its_program(self):
        """pyenv's and rbenv's: ROOT/shims/NAME is a script that works here only."""
        self.script("env/shims/perl", "#!/usr/bin/env bash\nexec pyenv exec perl \"$@\"\n")
        self.script("env/shims/gone", "#!/usr/bin/env bash\nexec pyenv exec gone\n")
        (self.scratch / "env/version").write_text("1.0\n")
        (self.scratch / "env/versions/1.0/bin").mkdir(parents=True)
        (self.scratch / "env/versions/1.0/bin/perl").symlink_to("/usr/bin/perl")
        path = {"PATH": f"{self.scratch}/env/shims:/usr/bin:/bin"}
        layer = self.folder("perl", env=path)
        self.works(layer, "perl", b"3", "-e", "print 1 + 2")
        script = self.script("show", "#!/usr/bin/env perl\nprint 4;")
        self.works(self.folder(script, env=path, name="second"), "show", b"4")
        self.assertNotEqual(bundle("gone", "--dry-run", env=path).status, 0)

    def test_commands_of_a_shells_script(self):
        layer = self.folder(self.script("count", "#!/bin/sh -e\n# grep is only spoken of\nprintf 'b\\na\\n' | /usr/bin/sort | tr a-z A-Z\n"))
        self.works(layer, "count", b"A\nB")
        self.assertFalse([path for path in layer.rglob("grep")])

    def test_two_scripts_share_their_interpreter(self):
        one, two = self.script("one", "#!/usr/bin/perl\nprint 1;"), self.script("two", "#!/usr/bin/perl\nprint 2;")
        layer = self.folder(one, two)
        self.works(layer, "one", b"1")
        self.works(layer, "two", b"2")
        self.assertEqual(len([path for path in layer.rglob("perl") if path.is_file() and path.stat().st_size > 1_000_000]), 1)


if __name__ == "__main__":
    main()
