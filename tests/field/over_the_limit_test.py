#!/usr/bin/python3
"""A bundle over the target's limit does without what is only likely: all begins anew with less, but not the traced run."""
from field import FieldCase, main


class OverTheLimit(FieldCase):
    def test_a_traced_program_runs_once(self):
        """clang with all that it may compile with is over the limit."""
        done = self.made("clang", "-n", "-v", "--trace", "--", "--version")
        self.assertIn("over the target's limit", done.text)
        self.assertEqual(done.text.count("clang version"), 1, done.text[:2000])
        self.assertEqual(done.text.count("the trace of clang ended with status 0"), 1)


if __name__ == "__main__":
    main()
