#!/usr/bin/python3
"""The zip as others read it, and that the same input gives the same bytes."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import sandbox
from sandbox import BUNDLE, Case, run


class Archive(Case):
    def test_other_readers_are_content(self):
        archive = self.scratch / "layer.zip"
        self.made("gdb", "-o", archive)
        tested = run(["unzip", "-t", archive])
        self.assertEqual(tested.status, 0, tested)
        self.assertIn("No errors detected", tested.text)
        listed = run(["zipinfo", "-v", archive])
        self.assertEqual(listed.status, 0, listed)
        self.assertNotRegex(listed.text.lower(), r"(?m)^\s*(zipinfo )?warning")
        with zipfile.ZipFile(archive) as opened:
            self.assertIsNone(opened.testzip())

    def test_entries_are_as_the_design_says(self):
        archive = self.scratch / "layer.zip"
        self.made("jq", "-o", archive)
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
        names = [entry.filename for entry in entries]
        self.assertEqual(names, sorted(names, key=os.fsencode))
        self.assertEqual(len(names), len(set(names)))
        for entry in entries:
            mode = entry.external_attr >> 16
            self.assertEqual(entry.create_system, 3, f"{entry.filename}: made by Unix")
            self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0), entry.filename)
            self.assertEqual(entry.flag_bits & 8, 0, f"{entry.filename}: sizes up front, no data descriptor")
            self.assertFalse(entry.filename.startswith("/") or ".." in entry.filename.split("/"), entry.filename)
            if entry.is_dir():
                self.assertEqual(mode, stat.S_IFDIR | 0o755, entry.filename)
            else:
                self.assertIn(mode, (stat.S_IFREG | 0o755, stat.S_IFREG | 0o644), entry.filename)
                self.assertLessEqual(entry.compress_size, max(entry.file_size, 1), entry.filename)
            if entry.filename in ("bin/jq", "lib/jq/ld.so", "lib/jq/root/usr/bin/jq"):
                self.assertEqual(mode, stat.S_IFREG | 0o755, entry.filename)

    def test_local_and_central_headers_agree(self):
        archive = self.scratch / "layer.zip"
        self.made("jq", "-o", archive)
        raw = archive.read_bytes()
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                signature, _, flags, method, _, _, crc, packed, size, length, _ = struct.unpack_from(
                    "<IHHHHHIIIHH", raw, entry.header_offset)
                self.assertEqual(signature, 0x04034B50)
                name = raw[entry.header_offset + 30:entry.header_offset + 30 + length].decode()
                self.assertEqual((name, flags, method, crc, packed, size),
                                 (entry.filename, entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size,
                                  entry.file_size))

    def test_two_runs_are_identical(self):
        """Whatever the number of jobs, the working folder, the umask, the time zone, the locale, the output's name."""
        self.made("gdb", "jq", "-j1", "-o", self.scratch / "one.zip", env={"PATH": "/usr/bin"})
        folder = self.scratch / "another folder"
        folder.mkdir()
        env = {"PATH": "/usr/bin:/bin", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "HOME": str(folder), "LANG": "C"}
        other = run(["sh", "-c", 'umask 077; exec "$0" /usr/bin/../bin/gdb jq -j 7 -o two.zip', BUNDLE], cwd=folder, env=env)
        self.assertEqual(other.status, 0, other)
        self.assertEqual((self.scratch / "one.zip").read_bytes(), (folder / "two.zip").read_bytes())

    def test_the_output_has_the_umasks_mode(self):
        done = run(["sh", "-c", 'umask 027; exec "$0" jq -o layer.zip', BUNDLE], cwd=self.scratch)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(stat.S_IMODE((self.scratch / "layer.zip").stat().st_mode), 0o640)

    def test_source_date_epoch(self):
        archive = self.scratch / "layer.zip"
        self.made("jq", "-o", archive, env={"PATH": "/usr/bin", "SOURCE_DATE_EPOCH": "1700000000", "TZ": "Asia/Tokyo"})
        with zipfile.ZipFile(archive) as opened:
            self.assertEqual({entry.date_time for entry in opened.infolist()}, {(2023, 11, 14, 22, 13, 20)})

    def test_levels(self):
        sizes = {}
        for level in (1, 6, 12):
            archive = self.scratch / f"{level}.zip"
            self.made("jq", "--level", str(level), "-o", archive)
            self.assertEqual(run(["unzip", "-tq", archive]).status, 0)
            sizes[level] = archive.stat().st_size
        self.assertGreater(sizes[1], sizes[6])
        self.assertGreater(sizes[6], sizes[12])


if __name__ == "__main__":
    sandbox.main()
