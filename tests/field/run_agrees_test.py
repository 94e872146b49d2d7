#!/usr/bin/env python3
"""`bundle run` does what bubblewrap by hand does, for a handful of the jobs that bench/run_command.py tries all of; seen or unseen."""

import sys
from pathlib import Path

from field import BUNDLE, FieldCase, main, run

BENCH = Path(__file__).resolve().parents[2] / "bench" / "run_command.py"


class Agrees(FieldCase):
    def test_a_handful(self):
        for options in ([], ["--missing"]):
            done = run([sys.executable, "-B", BENCH, "--bundle", BUNDLE, *options, "file", "xz"])
            self.assertEqual(done.status, 0, done)
            self.assertIn("2 of 2 agree", done.text)


main()
