#!/usr/bin/python3
"""What a .note.dlopen names (fixtures/dlopen_note): bundled without a hint, and run in an empty root as on the host."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Case, bundle, in_root, run  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "dlopen_note"
ELSEWHERE = "/home/user/my tools"


class DlopenNote(Case):
    def setUp(self):
        super().setUp()
        self.built = self.scratch / "built"
        done = run(["sh", FIXTURES / "build", self.built], env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(done.status, 0, done)

    def check(self, program, names, *options):
        """The program opens `names` in the root as here."""
        here = run([self.built / program, *names])
        self.assertEqual(here.out.count(b" answers\n"), len(names), here)
        layer = self.layer(self.built / program, *options)
        for at in ("/opt", ELSEWHERE):
            with self.subTest(at=at):
                self.assert_same(here, in_root([f"{at}/bin/{program}", *names], layer, at=at))

    def refused(self, program):
        out = self.scratch / "none.zip"
        done = bundle(self.built / program, "-o", out)
        self.assertEqual(done.status, 1, done)
        self.assertFalse(out.exists())
        return done.text

    def test_required_and_recommended_are_there(self):
        self.check("program", ["libmust.so.1", "libgood.so.1"])

    def test_suggested_is_named_and_not_there(self):
        said = bundle(self.built / "program", "--dry-run").text
        nice = self.built / "lib" / "libnice.so.1"
        self.assertIn(f"hint: program can use libnice.so.1 for the suggested one: --plugin {nice} if it is wanted", said)
        layer = self.layer(self.built / "program")
        self.assertEqual(in_root(["/opt/bin/program", "libnice.so.1"], layer).out, b"libnice.so.1: not there\n")

    def test_suggested_is_there_by_the_flag_that_was_named(self):
        self.check("program", ["libmust.so.1", "libnice.so.1"], "--plugin", self.built / "lib" / "libnice.so.1")

    def test_a_note_of_a_library_and_its_own_run_path(self):
        self.check("through", ["libinmust.so.1", "libingood.so.1"])

    def test_a_required_one_that_is_missing(self):
        said = self.refused("lacking")
        self.assertIn("lacking: opens liblacking.so.3 for the required one, which is not on this machine", said)
        self.assertIn("-L DIR", said)

    def test_what_a_required_one_lacks_itself(self):
        self.assertIn("needy: opens libneedy.so.1 for the required one, and that needs libgone.so.1", self.refused("needy"))

    def test_a_note_that_is_malformed_is_said_to_be_ignored(self):
        for program, problem in (("broken", "is no JSON"), ("odd", "has an entry that names no library")):
            with self.subTest(program=program):
                said = bundle(self.built / program, "--dry-run")
                self.assertEqual(said.status, 0, said)
                self.assertIn(f"{program} {problem}, which is ignored", said.text)
        self.check("odd", ["libmust.so.1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
