#!/usr/bin/python3
"""--why PATH: what brought a file, or which rule saw it and left it, what it would cost and the option that adds it."""

import re

from field import FieldCase, bundle, main, tree

READER = '#include <stdio.h>\nint main(void) { return fopen("%s", "r") == 0; }\n'


class Why(FieldCase):
    def why(self, program, *paths, more=(), **options):
        """The answers' text, of a run that writes nothing."""
        before = tree(self.scratch)
        asked = [part for path in paths for part in ("--why", path)]
        done = bundle(program, *asked, *more, cwd=self.scratch, **options)
        self.assertEqual((done.status, done.err), (0, b""), done)
        self.assertEqual(tree(self.scratch), before)
        return done.text

    def test_data_that_the_program_names(self):
        text = self.why("rig", "/usr/share/rig/fnames.idx")
        self.assertIn("/usr/share/rig/fnames.idx: in the bundle\n", text)
        self.assertRegex(text, r"as +lib/rig/root/usr/share/rig/fnames\.idx, [\d.]+ (kB|bytes)\n")
        self.assertRegex(text, r'because +named by rig \(rule named-path: rig holds "/usr/share/rig')
        self.assertRegex(text, r"package +rig \d")

    def test_the_names_of_a_library(self):
        """By its bare name, by its path in the bundle or at the prefix, by a link of this machine: one answer."""
        for name in ("libz.so.1", "lib/git/libz.so.1", "/opt/lib/git/libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"):
            with self.subTest(name):
                text = self.why("git", name)
                self.assertRegex(text, r"as +lib/git/libz\.so\.1, ")
                self.assertRegex(text, r"because +needed by git \(rule loader\)\n +which is named on the command line\n")
                self.assertRegex(text, r"package +zlib1g ")

    def test_the_chain_of_a_library_of_a_helper(self):
        text = self.why("git", "libcurl-gnutls.so.4")
        self.assertRegex(text, r"because +needed by git-\S+ \(rule loader\)\n +which is here by rule [a-z-]+: .*git")
        deep = self.why("git", "libgnutls.so.30")
        self.assertRegex(deep, r"needed by libcurl-gnutls\S* \(rule loader\)\n +which is needed by git-\S+\n +which is here by rule")

    def test_what_is_refused(self):
        text = self.why("git", "/etc/passwd")
        self.assertIn("/etc/passwd: not in the bundle\n", text)
        self.assertRegex(text, r"because +lies in /etc, and is taken only where it is named \(rule refusal\)")
        self.assertIn("--add /etc/passwd\n", text)

    def test_what_is_left_out_by_its_kind(self):
        text = self.why("git", "/usr/share/doc/git/copyright")
        self.assertRegex(text, r"because +lies in /usr/share/doc: documentation, .* \(rule left-out\)")
        self.assertRegex(text, r"package +git 1?:?\d")

    def test_what_nobody_names(self):
        text = self.why("git", "/usr/share/rig/fnames.idx")
        self.assertRegex(text, r"because +no rule saw it: nothing of the bundle names it\n +package +rig \d")
        self.assertIn("--add /usr/share/rig/fnames.idx\n", text)
        self.assertRegex(text, r"would cost +\d")
        text = self.why("jq", "/usr/lib/x86_64-linux-gnu/libcurl-gnutls.so.4")
        self.assertRegex(text, r"to add it +--plugin /usr/lib/x86_64-linux-gnu/libcurl-gnutls\.so\.4\n +would cost [\d.]+ MB, [\d.]+ MB of it for what it needs")

    def test_what_little_speaks_for(self):
        """PostgreSQL's server folder, which psql's libpq only names, with the compiler in it."""
        text = self.why("/usr/lib/postgresql/15/bin/psql", "/usr/lib/postgresql/15/lib/llvmjit.so")
        self.assertIn("llvmjit.so: not in the bundle\n", text)
        self.assertRegex(text, r"because +/usr/lib/postgresql/15/lib\S* .*is not added.*\(rule named-path: psql holds ")
        self.assertRegex(text, r"to add it +--plugin /usr/lib/postgresql/15/lib/llvmjit\.so\n +would cost 1\d\d\.\d MB, ")

    def test_what_an_option_leaves_out(self):
        text = self.why("rig", "/usr/share/rig/fnames.idx", more=["--exclude", "/usr/share/rig/f*"])
        self.assertRegex(text, r"because +is left out by --exclude '/usr/share/rig/f\*'\n")
        self.assertIn("leave out --exclude '/usr/share/rig/f*'\n", text)
        text = self.why("jq", "libjq.so.1", more=["--target-has", "libjq.so.1"])
        self.assertRegex(text, r"because +is left to the target: needed by jq\n")
        text = self.why("rig", "/usr/share/rig/fnames.idx", more=["--no-discover"])
        self.assertIn("--no-discover was given", text)

    def test_what_is_over_a_limit(self):
        text = self.why("date", "/usr/share/zoneinfo/Japan", more=["--data-limit", "100kB"])
        self.assertRegex(text, r"because +/usr/share/zoneinfo \(.*\) is not added: the data would be over the limit .*--data-limit")

    def test_what_is_not_there(self):
        text = self.why("rig", "/usr/share/rig/nothing")
        self.assertIn("/usr/share/rig/nothing: not in the bundle, and there is no such file\n", text)
        self.assertIn("libnothing.so.7: not in the bundle, and there is no such file\n", self.why("rig", "libnothing.so.7"))

    def test_a_folder(self):
        text = self.why("git", "/usr/lib/git-core")
        self.assertRegex(text, r"/usr/lib/git-core: in the bundle( in part)?\n +in it +\d+ files, [\d.]+ MB: ")
        text = self.why("rig", "/usr/share/doc/rig")
        self.assertRegex(text, r"/usr/share/doc/rig: not in the bundle\n +left out +\d+ files?, .*documentation")
        self.assertRegex(self.why("rig", "lib/rig/root"), r"lib/rig/root: in the bundle\n +in it ")

    def test_a_private_file_by_where_one_is(self):
        (self.scratch / "data.txt").write_text("x\n")
        program = self.compiled("app/reader", READER % (self.scratch / "data.txt"))
        text = self.why(program, "data.txt", "./app/reader")
        self.assertIn(f"data.txt ({self.scratch}/data.txt): not in the bundle\n", text)
        self.assertIn(f"--add {self.scratch}/data.txt\n", text)
        self.assertRegex(text, r"reader \(.*\): in the bundle\n +as +lib/reader/root/\S*/reader, ")
        text = self.why(program, "data.txt", more=["--add", "data.txt"])
        self.assertRegex(text, r"because +--add \(rule named-by-user\)")

    def test_each_file_has_its_rule(self):
        text = self.made("rig", "-v", "--dry-run").text
        self.assertRegex(text, r"lib/rig/root/usr/share/rig/fnames\.idx  \(named by rig; rule named-path: rig holds ")
        self.assertRegex(text, r"lib/rig/libc\.so\.6  \(needed by \S+; rule loader\)")

    def test_wrong_usage(self):
        for more in (["-q"], ["--why", ""]):
            done = bundle("rig", "--why", "/usr/share/rig", *more)
            self.assertEqual(done.status, 2, done)

    def test_a_short_report(self):
        """At most twelve lines of what was found and eight hints; -v has them all, in their order."""
        program = self.compiled("p", "int main(void) { return 0; }\n")
        data, mine = self.scratch / "data", self.scratch / "mine"
        additions = ["--add", mine]
        for folder in (data, mine):
            folder.mkdir()
        for n in range(20):
            (data / str(n)).write_bytes(b"x" * (100 + n))
            additions += ["--add", f"{data}/{n}:/usr/share/field.short/{n}"]
        for n in range(12):
            (mine / str(n)).write_text("x")
            (mine / str(n)).chmod(0o600)

        def said(*more):
            return self.made(program, *additions, "--dry-run", *more).text.splitlines()

        def starting(lines, start):
            return [line for line in lines if line.startswith(start)]

        short, full = said(), said("-v")
        found = starting(short, "found ")
        self.assertEqual((len(found), len(starting(short, "hint: "))), (12, 8), short)
        self.assertEqual((len(starting(full, "found ")), len(starting(full, "hint: "))), (20, 12), full)
        self.assertIn("119 bytes", found[0], "the largest first")
        self.assertIn("and 8 more (828 bytes): -v", short)
        self.assertIn("and 4 more hints: -v", short)
        self.assertFalse(starting(full, "and "))


if __name__ == "__main__":
    main()
