#!/usr/bin/python3
"""Good bundles pass without a word: one line, exit 0. Of many programs of this machine and of each option that changes a layout.

By default a few of them; with BUNDLE_VERIFY_ALL=N in the environment N programs of /usr/bin more, spread over the alphabet.
"""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from zips import BUNDLE, run, verify  # noqa: E402

# Arguments of bundle, but the output; then verify's own. The last of the first is the output's ending.
LAYOUTS = [
    (["jq"], []), (["file"], []), (["git", "--no-discover"], []), (["jq", "sqlite3", "--name", "tools"], []),
    (["jq", "--flat"], []), (["file", "--flat", "--prefix", "/srv/x"], []), (["jq", "--launcher", "none"], []),
    (["file", "--target", "aws-bootstrap"], []), (["jq", "--target", "aws-bootstrap", "--handler", "jq"], []),
    (["file", "--target", "azure-functions"], []), (["jq", "--target", "plain"], []), (["file", "--target", "plain"], []),
    (["file", "--prefer-target"], []), (["file", "--env", "A=B"], []), (["jq", "--target-has", "libonig.so.5"], []),
    (["jq", "--rename", "jq=query"], []), (["perl", "--no-discover", "--prefix", "/srv/a/b"], []),
    (["bash", "--no-discover", "--level", "1"], []), (["python3", "--no-discover"], []), (["java", "--level", "1"], []),
]


def programs(count):
    """So many ELF programs of /usr/bin, always the same ones."""
    found = []
    for path in sorted(Path("/usr/bin").iterdir()):
        try:
            with path.open("rb") as file:
                if path.is_file() and file.read(4) == b"\x7fELF":
                    found.append(path.name)
        except OSError:
            continue
    return found[::max(1, len(found) // count)][:count] if count else []


class Good(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="bundle-good-"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def passes(self, arguments, options=(), output="good.zip", may_fail=False):
        path = self.folder / output
        shutil.rmtree(path, ignore_errors=True)
        made = run([BUNDLE, *arguments, "-q", "-f", "-o", f"{path}/" if "." not in output else path])
        if made.status != 0 and may_fail:
            return False
        self.assertEqual(made.status, 0, made)
        done = run([BUNDLE, "verify", path, *options])
        # One over the limit was made by --force, and is none of the good ones.
        if b"[limits]" in done.out:
            return False
        self.assertEqual((done.status, done.text.count("\n")), (0, 1), f"{arguments}\n{done}")
        self.assertIn("in order", done.text)
        return True

    def test_layouts(self):
        for arguments, options in LAYOUTS:
            with self.subTest(arguments):
                self.passes(arguments, options)

    def test_folder(self):
        self.passes(["file"], output="good")

    def test_folder_that_a_zip_is_unpacked_in(self):
        self.passes(["jq"])
        unpacked = self.folder / "unpacked"
        self.assertEqual(run(["unzip", "-q", self.folder / "good.zip", "-d", unpacked]).status, 0)
        done, findings, text = verify(unpacked)
        self.assertEqual((done, findings), (0, []), text)

    def test_two_layers_over_one_another(self):
        both = self.folder / "both"
        for name in ("jq", "file"):
            self.passes([name], output=f"{name}.zip")
            self.assertEqual(run(["unzip", "-q", "-o", self.folder / f"{name}.zip", "-d", both]).status, 0)
        done, findings, text = verify(both)
        self.assertEqual((done, findings), (0, []), text)

    def test_elsewhere_than_it_was_made_for(self):
        """The launcher starts it in its own process there."""
        self.passes(["file"])
        done, findings, text = verify(self.folder / "good.zip", "--prefix", "/somewhere/else")
        self.assertEqual((done, findings), (0, []), text)

    def test_programs_of_this_machine(self):
        wanted = int(os.environ.get("BUNDLE_VERIFY_ALL", "0"))
        passed = 0
        for name in programs(wanted):
            with self.subTest(name):
                passed += self.passes([f"/usr/bin/{name}"], may_fail=True)
        print(f"{passed} programs of /usr/bin passed", file=sys.stderr) if wanted else None


if __name__ == "__main__":
    unittest.main(verbosity=1)
