#!/usr/bin/env python3
"""One bundle in every format: the same files, times and order in each, the same bytes however it is made, and by real tools."""

import io
import os
import subprocess
import tarfile
import zipfile

from field import BUNDLE, FieldCase, bundle, main, run

PROGRAM = r"""
#include <stdio.h>
int main(int argc, char** argv) { printf("runs %s\n", argc > 1 ? argv[1] : ""); return 0; }
"""
LONG = "/usr/share/tool/" + "d" * 150 + "/" + "ü" * 100
TARS = ("x.tar", "x.tar.gz", "x.tgz", "x.tar.zst")


class Formats(FieldCase):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("tool", PROGRAM)
        (self.scratch / "data").write_bytes(os.urandom(3_000_001))
        self.what = [self.program, "--add", f"{self.scratch}/data:/usr/share/tool/data", "--add", f"{self.scratch}/data:{LONG}"]

    def unpacked(self, path):
        data = path.read_bytes()
        if path.name.endswith(".zst"):
            data = self.tool("zstd", "-dc", path).out
        return tarfile.open(fileobj=io.BytesIO(data), mode="r:*")

    def test_tars_hold_what_the_zip_does(self):
        archive = self.scratch / "x.zip"
        env = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        self.made(*self.what, "-o", archive, env=env)
        with zipfile.ZipFile(archive) as packed:
            want = [(entry.filename, entry.external_attr >> 16 & 0o7777, b"" if entry.is_dir() else packed.read(entry))
                    for entry in packed.infolist()]
        for name in TARS:
            with self.subTest(name=name):
                path = self.scratch / name
                self.made(*self.what, "-o", path, env=env)
                with self.unpacked(path) as packed:
                    got = [(entry.name + ("/" if entry.isdir() else ""), entry.mode, b"" if entry.isdir() else packed.extractfile(entry).read())
                           for entry in packed]
                    self.assertEqual({entry.mtime for entry in packed}, {1_700_000_000})
                    self.assertEqual({(entry.uid, entry.gid, entry.uname) for entry in packed}, {(0, 0, "")})
                self.assertEqual([entry[:2] for entry in got], [entry[:2] for entry in want])
                self.assertEqual(got, want)

    def test_tar_itself_reads_them_and_they_run(self):
        for name in TARS:
            with self.subTest(name=name):
                self.made(*self.what, "-o", self.scratch / name)
                folder = self.scratch / f"of-{name}"
                folder.mkdir()
                done = run(["tar", "-xf", self.scratch / name, "-C", folder])
                self.assertEqual((done.status, done.text), (0, ""))
                self.works(folder, "tool", b"runs x", "x")
        self.assertEqual(run(["gzip", "-t", self.scratch / "x.tar.gz"]).status, 0)
        self.assertEqual(run(["/bin/busybox", "tar", "-tzf", self.scratch / "x.tar.gz"]).status, 0)

    def test_the_bytes_are_the_same_however_many_work(self):
        for name in ("x.tar.gz", "x.tar.zst", "x.sh", "x.tar"):
            first = None
            for number, jobs in enumerate(("1", "2", "7")):
                path = self.scratch / f"{number}-{name}"
                self.made(*self.what, "-o", path, "-j", jobs, env={**os.environ, "TZ": f"UTC{number}"})
                first = first or path.read_bytes()
                self.assertEqual(path.read_bytes(), first, (name, jobs))

    def test_to_a_pipe(self):
        for name, format in (("x.tar", "tar"), ("x.tar.gz", "tar.gz"), ("x.tar.zst", "tar.zst"), ("x.sh", "sh")):
            self.made(*self.what, "-o", self.scratch / name)
            done = bundle(*self.what, "-o", "-", "--format", format)
            self.assertEqual(done.status, 0, done)
            self.assertEqual(done.out, (self.scratch / name).read_bytes(), name)
            self.assertIn(b"bin/tool", done.err)
            self.assertEqual(bundle(*self.what, "-o", "-", "--format", format, "-q").err, b"")

    def test_a_pipe_that_is_full_or_gone(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BUNDLE, *map(str, self.what), "-o", "-", "--format", "tar"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 4, done)
        self.assertIn(b"standard output", done.stderr)
        gone = subprocess.Popen([BUNDLE, *map(str, self.what), "-o", "-", "--format", "tar"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        gone.stdout.close()
        self.assertNotEqual(gone.wait(), 0)
        gone.stderr.close()

    def test_what_does_not_go_together(self):
        (self.scratch / "there").mkdir()
        for arguments, says in (
            (["-o", "-"], "--format"), (["-o", "-", "--format", "zip"], "tar.gz"), (["-o", "-", "--format", "oci"], "tar.gz"),
            (["-o", "-", "--format", "dir"], "tar.gz"), (["-o", "x", "--format", "rar"], "tar.zst"),
            (["-o", "x.zip", "--format", "tar"], "--format"), (["-o", "x/", "--format", "tar"], "--format"),
            (["-o", "x.oci"], "x.oci/"), (["-o", "there", "--format", "tar", "--force"], "folder"),
            (["-o", "x.zip", "--image-user", "1"], ".oci/"), (["-o", "x.oci/", "--image-env", "A"], "KEY=VALUE"),
        ):
            with self.subTest(arguments=arguments):
                done = bundle(self.program, *arguments, cwd=self.scratch)
                self.assertEqual(done.status, 2, done)
                self.assertIn(says, done.text)
                self.assertEqual([path.name for path in self.scratch.glob("x*")], [])

    def test_a_format_without_an_ending(self):
        for format in ("zip", "tar", "tar.gz", "tar.zst", "sh"):
            path = self.scratch / f"layer-{format.replace('.', '')}"
            self.made(self.program, "-o", path, "--format", format)
            self.assertTrue(path.is_file())
        for format in ("dir", "oci"):
            path = self.scratch / f"f{format}"
            self.made(self.program, "-o", path, "--format", format)
            self.assertTrue(path.is_dir())
            self.made(self.program, "-o", path, "--format", format, "--force")


if __name__ == "__main__":
    main()
