#!/usr/bin/python3
"""What a user types and what he reads: help, version, the report, the plan that writes nothing, the limit."""

import os
import pty
import re
import subprocess

import sandbox
from sandbox import BUNDLE, Case, bundle, run, tree

LAMBDA_LIMIT = 262_144_000


class CommandLine(Case):
    def test_help_and_version(self):
        self.assertRegex(bundle("--version").out.decode(), r"^bundle \d+\.\d+\.\d+\n$")
        shown = bundle("--help")
        self.assertEqual((shown.status, shown.err), (0, b""))
        for word in ("inspect", "init", "--library-path", "--rename", "--dry-run", "--prefix", "xamples", "xit"):
            self.assertIn(word, shown.out.decode())

    def test_help_fits_a_terminal(self):
        for command in ([], ["inspect"], ["edit"], ["init"]):
            for line in bundle(*command, "--help").out.decode().splitlines():
                self.assertLessEqual(len(line), 110, line)

    def test_an_option_that_is_given_wrong(self):
        """Each says what to type instead, and in which help the rest stands."""
        for arguments, says in (
            (["jq", "-o"], "--output needs a value behind it, FILE"), (["jq", "-o", "x.zip", "--target"], "--target needs a value behind it, NAME"),
            (["jq", "-o", "x.zip", "-o", "y.zip"], "--output is given more than once. Give it once"),
            (["jq", "-o", "x.zip", "-j", "many"], "--jobs takes a number, and 'many' is none"),
            (["jq", "-o", "x.zip", "--force=maybe"], "--force takes no value, and 'maybe' is one"),
            (["init", "aws-sam", "-o"], "--output needs a value behind it, DIR. 'bundle init --help'"),
            (["inspect", "jq", "--sysroot"], "--sysroot needs a value behind it, DIR. 'bundle inspect --help'"),
        ):
            with self.subTest(arguments=arguments):
                done = bundle(*arguments, cwd=self.scratch)
                self.assertEqual(done.status, 2, done)
                self.assertIn(says, done.text)
                self.assertIn(" --help' lists what there is", done.text)
                self.assertEqual(os.listdir(self.scratch), [])

    def test_the_report(self):
        done = self.made("jq", "-o", self.scratch / "layer.zip")
        text = done.text
        self.assertIn("bin/jq", text)
        self.assertRegex(text, r"\d+ libraries")
        self.assertRegex(text, r"\d(\.\d+)? ?%")
        self.assertRegex(text, r"\d(\.\d+)? ?s\b")
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\r", text, "no progress bar in a pipe")

    def test_quiet_says_nothing(self):
        done = self.made("jq", "-q", "-o", self.scratch / "layer.zip")
        self.assertEqual(done.text, "")

    def test_dry_run_writes_nothing_and_shows_the_plan(self):
        before = tree(self.scratch)
        done = self.made("jq", "--dry-run", "-o", self.scratch / "layer.zip", cwd=self.scratch)
        self.assertEqual(tree(self.scratch), before)
        for word in ("bin/jq", "lib/jq/ld.so", "lib/jq/libc.so.6", "lib/jq/root/usr/bin/jq"):
            self.assertIn(word, done.text)
        self.made("jq", "-o", self.scratch / "layer.zip")
        layer = sandbox.unzip(self.scratch / "layer.zip", self.scratch / "layer")
        for path in layer.rglob("*"):
            if path.is_file():
                self.assertIn(str(path.relative_to(layer)), done.text)

    def test_over_the_limit(self):
        """A program with 280 MB of noise: refused with exit 3 and the ten largest files, made with --force."""
        source = self.scratch / "large.c"
        source.write_text("static const char noise[280u << 20] = {1}; const char* volatile keep = noise;\n"
                          "int main(void) { return keep[0] - 1; }\n")
        self.assertEqual(run(["gcc", source, "-o", self.scratch / "large"]).status, 0)
        done = bundle(self.scratch / "large", "-o", self.scratch / "layer.zip", "--level", "1")
        self.assertEqual(done.status, 3, done)
        for word in ("262,144,000", "--force", "usr/bin/large", "libc.so.6"):
            self.assertIn(word, done.text)
        self.assertFalse((self.scratch / "layer.zip").exists())
        self.made(self.scratch / "large", "-o", self.scratch / "layer.zip", "--level", "1", "--force")
        self.assertEqual(run(["unzip", "-tq", self.scratch / "layer.zip"]).status, 0)

    def test_progress_on_a_terminal_only(self):
        leader, follower = pty.openpty()
        done = subprocess.Popen([BUNDLE, "gdb", "-o", str(self.scratch / "layer.zip")], stdout=follower, stderr=follower,
                                env={"PATH": "/usr/bin", "TERM": "xterm"})
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:
            pass  # a terminal whose other end is closed reads as EIO
        os.close(leader)
        self.assertEqual(done.wait(), 0, seen)
        self.assertRegex(seen.replace(b"\r\n", b"\n"), rb"\r", "a progress line is drawn over itself")

    def test_a_program_called_inspect_is_bundled_by_its_path(self):
        os.link("/usr/bin/jq", self.scratch / "inspect") if os.stat("/usr/bin").st_dev == os.stat(self.scratch).st_dev else \
            run(["cp", "/usr/bin/jq", self.scratch / "inspect"])
        layer = self.layer(self.scratch / "inspect")
        self.assertEqual(sandbox.in_root(["inspect", "-n", "6*7"], layer).out, b"42\n")

    def test_inspect(self):
        done = bundle("inspect", "jq")
        self.assertEqual(done.status, 0, done)
        for name in sandbox.host_libraries("/usr/bin/jq"):
            if not name.startswith(("linux-vdso", "ld-linux")):
                self.assertIn(name, done.text)
        self.assertTrue(re.search(r"/usr/lib|/lib", done.text))

    def test_it_needs_no_library_of_the_machine(self):
        """`bundle` is one static file: it runs in a root that has nothing, and says what it misses there."""
        (self.scratch / "root").mkdir()
        done = sandbox.in_root(["/mnt/bundle", "--version"], self.scratch / "root", binds=[(BUNDLE, "/mnt/bundle")])
        self.assertEqual(done.status, 0, done)


if __name__ == "__main__":
    sandbox.main()
