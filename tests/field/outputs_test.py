"""An output of a kind that there is none of was a zip of that name; sizes had two spellings, and some were of 0 bytes."""

import re

from field import FieldCase, bundle, main


class Outputs(FieldCase):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("p", "int main(void) { return 0; }\n")

    def test_an_ending_that_is_not_known(self):
        for name in ("x.tar.xz", "x.tar.bz2", "x.7z", "x.rar", "x.deb", "x.zip.gz", "layer", "x.so", ".zi", "layer-1.0"):
            for more in ([], ["--dry-run"], ["--force"]):
                with self.subTest(name=name, more=more):
                    done = bundle(self.program, "-o", self.scratch / name, *more)
                    self.assertEqual(done.status, 2, done)
                    self.assertIn(".zip", done.text)
                    self.assertRegex(done.text, r"\S+/ for")
                    self.assertFalse((self.scratch / name).exists())

    def test_an_ending_in_capitals(self):
        for name in ("x.ZIP", "x.Tar.Gz", "x.SH", "x.TZST"):
            with self.subTest(name=name):
                done = bundle(self.program, "-o", self.scratch / name)
                self.assertEqual(done.status, 2, done)
                self.assertIn(f"{self.scratch}/x.zip for", done.text)

    def test_those_that_are(self):
        (self.scratch / "there.d").mkdir()
        for name in ("x.zip", "x.tar", "x.tgz", "x.sh", "x.tar.gz/", "y/", "there.d"):
            with self.subTest(name=name):
                self.made(self.program, "-o", f"{self.scratch}/{name}", "--force")

    def test_more_threads_than_work(self):
        for jobs in ("1", "256", "100000", "4294967295"):
            with self.subTest(jobs=jobs):
                self.made(self.program, "-o", self.scratch / "x.zip", "--force", "-j", jobs)

    def test_sizes(self):
        done = self.made("curl", "-v", "-o", self.scratch / "x.zip")
        found = [line for line in done.text.splitlines() if line.startswith("found ")]
        self.assertTrue(any("/etc/ssl/certs/ca-certificates.crt" in line for line in found), done)
        for line in found:
            self.assertNotIn(" 0 bytes", line)
        self.assertNotRegex(done.text, r"\d KB")
        self.assertRegex(done.text, r"\d kB")

    def test_a_dry_run_says_the_same_sizes(self):
        wet = self.made(self.program, "-v", "-o", self.scratch / "x.zip").text
        dry = self.made(self.program, "-v", "--dry-run").text
        rows = re.compile(r"^ +[\d,]+  .*$", re.M)
        self.assertEqual(rows.findall(wet), rows.findall(dry))


if __name__ == "__main__":
    main()
