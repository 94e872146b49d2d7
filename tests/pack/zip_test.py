#!/usr/bin/python3
"""zip_test.py DRIVER: the archive as unzip, zipinfo, zip -T and Python see it, Zip64 and all.

DRIVER is build/.../pack_driver (bench/pack_driver.cpp). Needs the packages unzip and zip.
"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import zipfile

DRIVER = sys.argv.pop(1)


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} exits {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


class Archive(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bundle-zip-")
        self.zip = os.path.join(self.folder, "out.zip")
        for tool in ("unzip", "zipinfo", "zip"):
            self.assertTrue(shutil.which(tool), f"{tool} is missing: apt-get install zip unzip")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def file(self, name, content, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        os.chmod(path, mode)
        return path

    def pack(self, lines, level=6, jobs=2, **environment):
        run(DRIVER, self.zip, str(level), str(jobs), "-", input="\n".join(lines),
            env={**os.environ, **environment})
        with open(self.zip, "rb") as archive:
            return archive.read()

    def accepted(self, by_all=True):
        self.assertIn("No errors detected", run("unzip", "-tq", self.zip))
        if not by_all:
            return
        run("zip", "-T", self.zip)
        with zipfile.ZipFile(self.zip) as archive:
            self.assertIsNone(archive.testzip())

    def test_real_files(self):
        program = os.path.realpath(sys.executable)
        with open(program, "rb") as content:
            program_copy = self.file("python", content.read(), 0o755)
        noise = self.file("noise", os.urandom(3 << 20))
        empty = self.file("empty", b"")
        lines = [f"bin/python={program_copy}", f"lib/x/noise={noise}", f"lib/x/empty={empty}", "lib/x/folder/",
                 f"lib/x/\u00fcber={empty}"]
        first = self.pack(lines, jobs=1)
        self.accepted()
        for jobs in (2, 7):
            self.assertEqual(first, self.pack(lines, jobs=jobs, TZ="Asia/Tokyo"))
        self.assertEqual(first, self.pack(reversed(lines)))

        with zipfile.ZipFile(self.zip) as archive:
            names = archive.namelist()
            self.assertEqual(names, sorted(names))
            self.assertEqual(names, ["bin/", "bin/python", "lib/", "lib/x/", "lib/x/empty", "lib/x/folder/",
                                     "lib/x/noise", "lib/x/\u00fcber"])
            for entry in archive.infolist():
                self.assertEqual(entry.create_system, 3, "not made by Unix")
                self.assertEqual(entry.flag_bits & 8, 0, "a data descriptor")
                self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0))
            self.assertEqual(archive.getinfo("bin/python").external_attr >> 16, stat.S_IFREG | 0o755)
            self.assertEqual(archive.getinfo("lib/x/empty").external_attr >> 16, stat.S_IFREG | 0o644)
            self.assertEqual(archive.getinfo("lib/x/").external_attr >> 16, stat.S_IFDIR | 0o755)
            self.assertEqual(archive.getinfo("lib/x/noise").compress_type, zipfile.ZIP_STORED)
            self.assertEqual(archive.getinfo("bin/python").compress_type, zipfile.ZIP_DEFLATED)
            self.assertLess(archive.getinfo("bin/python").compress_size, os.path.getsize(program) / 2)

        out = os.path.join(self.folder, "unpacked")
        run("unzip", "-q", self.zip, "-d", out)
        for line in lines:
            name, _, source = line.partition("=")
            if source:
                with open(os.path.join(out, name), "rb") as got, open(source, "rb") as want:
                    self.assertEqual(got.read(), want.read(), name)
        self.assertEqual(os.stat(os.path.join(out, "bin/python")).st_mode & 0o777, 0o755)
        listing = run("zipinfo", self.zip)
        self.assertIn("-rwxr-xr-x", listing)
        self.assertIn("80-Jan-01 00:00", listing)

    def test_time_from_source_date_epoch(self):
        lines = [f"a={self.file('a', b'a')}"]
        for epoch, shown in (("1709210097", (2024, 2, 29, 12, 34, 56)), ("0", (1980, 1, 1, 0, 0, 0)),
                             ("99999999999", (2107, 12, 31, 23, 59, 58))):
            self.pack(lines, SOURCE_DATE_EPOCH=epoch)
            with zipfile.ZipFile(self.zip) as archive:
                self.assertEqual(archive.getinfo("a").date_time, shown)

    def test_more_entries_than_16_bits_count(self):
        source = self.file("one", b"one")
        self.pack([f"many/{i:05}={source}" for i in range(65534)])  # 65,535 with the folder: the first that needs Zip64
        self.accepted(by_all=False)
        self.pack([f"many/{i:05}={source}" for i in range(70000)])
        self.accepted(by_all=False)
        with zipfile.ZipFile(self.zip) as archive:
            self.assertEqual(len(archive.namelist()), 70001)

    def test_larger_than_32_bits(self):
        huge = os.path.join(self.folder, "huge")
        with open(huge, "wb") as out:  # sparse: 4 GiB and a bit of zeros with something at both ends
            out.write(b"begin")
            out.seek((4 << 30) + 12345)
            out.write(b"end")
        after = self.file("after", b"the entry behind it")
        self.pack([f"huge={huge}", f"z={after}"], level=1)
        self.accepted(by_all=False)
        with zipfile.ZipFile(self.zip) as archive:
            self.assertEqual(archive.getinfo("huge").file_size, (4 << 30) + 12348)
            self.assertEqual(archive.read("z"), b"the entry behind it")

    def test_bad_input(self):
        source = self.file("one", b"one")
        for lines in ([f"a={source}", f"a={source}"], [f"../a={source}"], [f"/a={source}"]):
            with self.assertRaisesRegex(AssertionError, "exits 1:\npack_driver: .* cannot be put into the output"):
                self.pack(lines)
            self.assertEqual(sorted(os.listdir(self.folder)), ["one"], "something was left behind")


unittest.main(verbosity=2)
