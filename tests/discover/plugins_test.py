#!/usr/bin/python3
"""Hosts and their plugins (fixtures/plugins), bundled with --plugin and run in an empty root, as on the host."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import LAMBDA, WORLD, Case, in_root, run  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "plugins"
ELSEWHERE = "/home/user/my tools"
TOOLS = {"PATH": "/usr/bin:/bin"}
FOLDER = "/usr/lib/host"  # where the layer has the plugins


class Plugins(Case):
    def setUp(self):
        super().setUp()
        self.built = self.scratch / "built"
        done = run(["sh", FIXTURES / "build", self.built], env={**TOOLS, "HOME": str(self.scratch)})
        self.assertEqual(done.status, 0, done)

    def check(self, host, plugins, *more):
        """The host with its plugins, by their own paths here and by FOLDER's in the root."""
        paths = [self.built / "plugins" / f"{name}.so" for name in plugins]
        here = run([self.built / host, *paths])
        self.assertEqual(here.status, 0, here)
        options = [part for path in paths for part in ("--plugin", f"{path}:{FOLDER}/{path.name}")]
        layer = self.layer(self.built / host, *options, *more)
        for at in ("/opt", ELSEWHERE):
            with self.subTest(at=at):
                there = in_root([f"{at}/bin/{host}", *(f"{FOLDER}/{path.name}" for path in paths)], layer, at=at)
                self.assert_same(here, there)

    def test_c_two_plugins_with_libraries_of_one_soname(self):
        self.check("host", ["one", "two"])

    def test_a_plugin_that_is_also_a_program(self):
        self.check("host", ["both", "one"])

    def test_that_program_by_itself(self):
        layer = self.layer(self.built / "plugins" / "both.so")
        there = in_root(["both.so"], layer)
        self.assert_same(run([self.built / "plugins" / "both.so"]), there)

    def test_cpp_classes_and_exceptions_across(self):
        self.check("shapes", ["square"])

    def test_rust_with_the_standard_library_as_dylib(self):
        sysroot = run(["/usr/bin/rustc", "--print", "sysroot"]).out.decode().strip()
        self.check("rusty", ["rust", "one"], "-L", f"{sysroot}/lib")

    def test_a_missing_plugin_is_said_before_anything_is_written(self):
        out = self.scratch / "none.zip"
        done = run([os.environ["BUNDLE"], self.built / "host", "--plugin", self.built / "no.so", "-o", out])
        self.assertNotEqual(done.status, 0)
        self.assertIn("no.so", done.text)
        self.assertFalse(out.exists())

    def test_a_plugin_of_another_machine_is_refused(self):
        out = self.scratch / "none.zip"
        done = run([os.environ["BUNDLE"], self.built / "host", "--plugin", "/usr/aarch64-linux-gnu/lib/libm.so.6", "-o", out])
        self.assertNotEqual(done.status, 0)
        self.assertIn("is for aarch64", done.text)
        self.assertFalse(out.exists())

    def test_a_reload_loop_sees_the_new_file(self):
        """The plugin is the user's own, outside of the bundle, and is replaced while the host runs."""
        layer = self.layer(self.built / "reload")
        current = self.built / "plugins" / "current.so"

        def install(name):
            fresh = self.built / "plugins" / "fresh.so"
            fresh.write_bytes((self.built / "plugins" / f"{name}.so").read_bytes())
            os.chmod(fresh, 0o755)
            fresh.rename(current)
        install("one")
        command = ["bwrap", *WORLD, "--die-with-parent", "--ro-bind", layer, "/opt", "--dev", "/dev",
                   "--tmpfs", "/tmp", "--ro-bind", self.built, "/in", "--clearenv"]
        for key, value in LAMBDA.items():
            command += ["--setenv", key, value]
        host = subprocess.Popen([*map(str, command), "/opt/bin/reload", "/in/plugins/current.so"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True, bufsize=1)
        answers = []
        for name in ("one", "two", "one"):
            install(name)
            host.stdin.write("again\n")
            host.stdin.flush()
            answers.append((host.stdout.readline().strip(), host.stdout.readline().strip()))
        host.stdin.close()
        host.stdout.close()
        self.assertEqual(host.wait(60), 0)
        self.assertEqual(answers, [("plugin one", "102"), ("plugin two", "204"), ("plugin one", "102")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
