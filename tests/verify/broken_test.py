#!/usr/bin/python3
"""Archives that are each broken in one way, and each is found with its own sentence: by the id of the check and words of it."""

import os
import shutil
import struct
import sys
import tempfile
import unittest
import zipfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from zips import BUNDLE, Zip, poke, records, run, verify  # noqa: E402

HOME = "lib/jq/"
PROGRAM = HOME + "root/usr/bin/jq"


def edit(content, *options):
    """An ELF file as `bundle edit` changes it."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        done = run([BUNDLE, "edit", *options, file.name])
        assert done.status == 0, done
        return Path(file.name).read_bytes()


def build(folder, name, source, *options):
    """A library or program made by this machine's compiler."""
    path = Path(folder) / name
    done = run(["cc", "-x", "c", "-", "-o", path, *options], stdin=source.encode())
    assert done.status == 0, done
    return path.read_bytes()


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bundle-broken-")
        for name, program, options in (("jq", "jq", []), ("file", "file", []),
                                       ("flat", "jq", ["--flat"]), ("azure", "jq", ["--target", "azure-functions"])):
            done = run([BUNDLE, program, "-q", "-o", f"{cls.folder}/{name}.zip", *options])
            assert done.status == 0, done
        cls.jq, cls.file = Zip(f"{cls.folder}/jq.zip"), Zip(f"{cls.folder}/file.zip")
        cls.data = Path(f"{cls.folder}/jq.zip").read_bytes()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.path = f"{self.folder}/broken.zip"

    def finds(self, check, words, *options, path=None, status=3):
        """The archive at `path` has a finding of that check with those words; each says what to do."""
        done, findings, text = verify(path or self.path, *options)
        said = [f"{one['path']}: {one['what']}" for one in findings if one["check"] == check]
        self.assertTrue(any(words in one for one in said), f"{words!r} of {check} in:\n{text}")
        self.assertEqual(done, status, text)
        for one in findings:
            self.assertTrue(one["to_do"], one)

    def changed(self, change, base=None, true=True):
        """Written again with what `change` does to it, its manifest true or as it was."""
        archive = (base or self.jq).copy()
        change(archive.files)
        if true:
            archive.tell_truth()
        archive.write(self.path)

    def poked(self, place, form, *values):
        Path(self.path).write_bytes(poke(self.data, place, form, *values))

    def test_00_what_is_not_broken_is_in_order(self):
        self.jq.write(self.path)
        for path in (self.path, f"{self.folder}/jq.zip", f"{self.folder}/file.zip", f"{self.folder}/flat.zip",
                     f"{self.folder}/azure.zip"):
            done, findings, text = verify(path)
            self.assertEqual((done, findings), (0, []), text)
        done = run([BUNDLE, "verify", self.path])
        self.assertEqual((done.status, done.text.count("\n")), (0, 1), done)
        self.assertIn("in order for aws-lambda at /opt", done.text)

    def test_01_what_people_read(self):
        """All findings, not the first, each in a line; then one that sums up, and on standard error that it failed."""
        self.changed(lambda files: (files[PROGRAM].__setitem__(0, 0o100644), files.pop(HOME + "libonig.so.5")))
        done = run([BUNDLE, "verify", self.path])
        self.assertEqual(done.status, 3, done)
        lines = done.out.decode().splitlines()
        self.assertEqual(len(lines), 3, done)
        self.assertRegex(lines[0], r"^error: lib/jq/root/usr/bin/jq: has mode 0644.*chmod 755 it.* \[modes\]$")
        self.assertRegex(lines[1], r"^error: lib/jq/libjq.so.1: needs libonig.so.5.* \[needed\]$")
        self.assertIn(": 2 errors for aws-lambda at /opt", lines[2])
        self.assertIn("will not work as it is", done.err.decode())

    # ------------------------------------------------------------------------------------------ the archive

    def test_truncated(self):
        Path(self.path).write_bytes(self.data[:len(self.data) // 2])
        self.finds("zip", "a part of it is missing")

    def test_truncated_by_one_byte(self):
        Path(self.path).write_bytes(self.data[:-1])
        self.finds("zip", "no end of central directory")

    def test_first_half_missing(self):
        Path(self.path).write_bytes(self.data[100:])
        self.finds("zip", "a part of it is missing or damaged")

    def test_wrong_crc(self):
        directory, local = records(self.data)[PROGRAM]
        data = poke(self.data, directory + 16, "<I", 1)
        Path(self.path).write_bytes(poke(data, local + 14, "<I", 1))
        self.finds("contents", "its CRC is wrong")

    def test_bit_flipped_in_packed_content(self):
        _, local = records(self.data)[HOME + "libc.so.6"]
        place = local + 30 + len(HOME + "libc.so.6") + 5000
        self.poked(place, "<B", self.data[place] ^ 1)
        self.finds("contents", "cannot be read")

    def test_local_header_of_another_name(self):
        _, local = records(self.data)[PROGRAM]
        self.poked(local + 30, "<B", ord("L"))
        self.finds("zip", "is called Lib/jq/root/usr/bin/jq in its local header")

    def test_local_header_of_another_size(self):
        _, local = records(self.data)[PROGRAM]
        self.poked(local + 22, "<I", 5)
        self.finds("zip", "has other sizes in its local header")

    def test_local_header_of_another_crc(self):
        _, local = records(self.data)[PROGRAM]
        self.poked(local + 14, "<I", 5)
        self.finds("zip", "has another CRC in its local header")

    def test_encrypted(self):
        directory, local = records(self.data)[PROGRAM]
        data = poke(self.data, directory + 8, "<H", 1)
        Path(self.path).write_bytes(poke(data, local + 6, "<H", 1))
        self.finds("zip", "is encrypted")

    def test_packed_by_another_method(self):
        directory, local = records(self.data)[PROGRAM]
        data = poke(self.data, directory + 10, "<H", zipfile.ZIP_LZMA)
        Path(self.path).write_bytes(poke(data, local + 8, "<H", zipfile.ZIP_LZMA))
        self.finds("zip", "is packed by LZMA")

    def test_data_descriptor(self):
        directory, local = records(self.data)[PROGRAM]
        data = poke(self.data, directory + 8, "<H", 8)
        Path(self.path).write_bytes(poke(data, local + 6, "<H", 8))
        self.finds("zip", "data descriptor")

    def test_bytes_between(self):
        directory_at = struct.unpack_from("<I", self.data, self.data.rindex(b"PK\5\6") + 16)[0]
        data = self.data[:directory_at] + b"something" + self.data[directory_at:]
        Path(self.path).write_bytes(poke(data, data.rindex(b"PK\5\6") + 16, "<I", directory_at + 9))
        self.finds("zip", "9 bytes before its directory")

    def test_bytes_ahead(self):
        Path(self.path).write_bytes(b"#!/bin/sh\n" + self.data)
        self.finds("zip", "its central directory is damaged")

    def test_files_over_one_another(self):
        places = records(self.data)
        self.poked(places[HOME + "libm.so.6"][0] + 42, "<I", places[HOME + "libc.so.6"][1])
        self.finds("zip", "lies over another file")

    def test_directory_of_another_length(self):
        end = self.data.rindex(b"PK\5\6")
        count = struct.unpack_from("<H", self.data, end + 10)[0]
        self.poked(end + 8, "<HH", count - 1, count - 1)
        self.finds("zip", "not as long as it says")

    def test_two_end_records(self):
        end = self.data.rindex(b"PK\5\6")
        data = poke(self.data, end + 20, "<H", 22) + self.data[end:]
        # The last one is an archive of nothing by itself; the first one's comment holds it.
        data = poke(data, len(data) - 22 + 20, "<H", 7)
        Path(self.path).write_bytes(data)
        self.finds("zip", "two end records")

    # ------------------------------------------------------------------------------------------ names and modes

    def test_name_twice(self):
        archive = self.jq.copy()
        archive.write(self.path, extra=[(PROGRAM, 0o100755, archive.files[PROGRAM][1])])
        self.finds("names", "is there twice")

    def test_name_that_leads_out(self):
        self.changed(lambda files: files.update({"lib/jq/../../../etc/cron.d/x": [0o100644, b"x"]}))
        self.finds("names", "has '..' in its name")

    def test_absolute_name(self):
        self.changed(lambda files: files.update({"/etc/passwd": [0o100644, b"x"]}))
        self.finds("names", "has an absolute name")

    def test_backslash(self):
        self.changed(lambda files: files.update({"bin\\jq": files["bin/jq"]}), true=False)
        self.finds("names", "backslash")

    def test_file_that_is_a_folder_too(self):
        self.changed(lambda files: files.update({"bin/jq/more": [0o100644, b"x"]}))
        self.finds("names", "is no folder, and bin/jq/more lies in it")

    def test_symlink(self):
        self.changed(lambda files: files.update({HOME + "libz.so": [0o120777, b"libc.so.6"]}))
        self.finds("links", "is a symlink to libc.so.6")

    def test_symlink_that_leads_out(self):
        self.changed(lambda files: files.update({HOME + "shadow": [0o120777, b"/etc/shadow"]}))
        self.finds("links", "leads out of the bundle, to /etc/shadow")

    def test_symlink_to_nothing(self):
        self.changed(lambda files: files.update({HOME + "libq.so": [0o120777, b"libq.so.1"]}))
        self.finds("links", "which is not there")

    def test_device(self):
        self.changed(lambda files: files.update({HOME + "null": [0o020666, b""]}))
        self.finds("links", "neither a file nor a folder")

    def test_mode_0600(self):
        self.changed(lambda files: files[HOME + "libc.so.6"].__setitem__(0, 0o100600))
        self.finds("modes", "may not read it")

    def test_program_without_run_bit(self):
        self.changed(lambda files: files[PROGRAM].__setitem__(0, 0o100644))
        self.finds("modes", "without a run bit")

    def test_loader_without_run_bit(self):
        self.changed(lambda files: files[HOME + "ld.so"].__setitem__(0, 0o100644))
        self.finds("modes", "lib/jq/ld.so: has mode 0644")

    def test_launcher_without_run_bit(self):
        self.changed(lambda files: files["bin/jq"].__setitem__(0, 0o100644))
        self.finds("modes", "bin/jq: has mode 0644")

    def test_folder_that_is_closed(self):
        self.changed(lambda files: files[HOME].__setitem__(0, 0o040700))
        self.finds("modes", "which others may not enter")

    # ------------------------------------------------------------------------------------------ the manifest

    def test_bit_flipped_in_a_library(self):
        def flip(files):
            content = bytearray(files[HOME + "libonig.so.5"][1])
            content[len(content) // 2] ^= 1
            files[HOME + "libonig.so.5"][1] = bytes(content)
        self.changed(flip, true=False)
        self.finds("manifest", "lib/jq/libonig.so.5: holds something else")

    def test_manifest_that_lies_about_a_size(self):
        archive = self.jq.copy()
        manifest = archive.manifest()
        manifest["files"][2]["size"] += 1
        archive.set_manifest(manifest)
        archive.write(self.path)
        self.finds("manifest", "bytes, and lib/jq/manifest.json lists")

    def test_file_that_is_listed_and_gone(self):
        self.changed(lambda files: files.pop(HOME + "libonig.so.5"), true=False)
        self.finds("manifest", "is listed in lib/jq/manifest.json and not there")

    def test_file_that_is_not_listed(self):
        self.changed(lambda files: files.update({"lib/libz.so.1": [0o100755, b"\0"]}), true=False)
        self.finds("manifest", "is listed in no manifest")

    def test_manifest_that_is_none(self):
        self.changed(lambda files: files[HOME + "manifest.json"].__setitem__(1, b"{"), true=False)
        self.finds("manifest", "cannot be read as the manifest")

    def test_manifest_of_another_program(self):
        archive = self.jq.copy()
        manifest = archive.manifest()
        manifest["programs"][0]["program"] = "lib/jq/root/usr/bin/yq"
        archive.set_manifest(manifest)
        archive.write(self.path)
        self.finds("manifest", "lists no such file")

    # ------------------------------------------------------------------------------------------ programs

    def test_missing_soname(self):
        self.changed(lambda files: files.pop(HOME + "libonig.so.5"))
        self.finds("needed", "lib/jq/libjq.so.1: needs libonig.so.5, which is not in the archive")

    def test_library_under_another_name(self):
        self.changed(lambda files: files.update({HOME + "libonig.so.6": files.pop(HOME + "libonig.so.5")}))
        self.finds("needed", "needs libonig.so.5")

    def test_library_where_no_run_path_leads(self):
        self.changed(lambda files: files.update({HOME + "more/libonig.so.5": files.pop(HOME + "libonig.so.5")}))
        self.finds("needed", "no run path or LD_LIBRARY_PATH leads to the folder")

    def test_text_in_place_of_a_library(self):
        self.changed(lambda files: files[HOME + "libonig.so.5"].__setitem__(1, b"libonig.so.5.3.0\n"))
        self.finds("needed", "needs libonig.so.5")

    def test_library_of_another_machine(self):
        def other(files):
            files[HOME + "libonig.so.5"][1] = poke(files[HOME + "libonig.so.5"][1], 18, "<H", 183)
        self.changed(other)
        self.finds("needed", "is for aarch64")

    def test_loader_missing(self):
        self.changed(lambda files: files.pop(HOME + "ld.so"))
        self.finds("interpreters", "has the interpreter /opt/lib/jq/ld.so, which is not in the archive")

    def test_loader_of_the_target(self):
        def other(files):
            files[PROGRAM][1] = edit(files[PROGRAM][1], "--set-interpreter", "/lib64/ld-linux-x86-64.so.2")
        self.changed(other)
        self.finds("interpreters", "the target's own and not the bundle's")

    def test_lowered_version(self):
        def lower(files):
            content = files[HOME + "libm.so.6"][1]
            files[HOME + "libm.so.6"][1] = content.replace(b"\0GLIBC_2.35\0", b"\0GLIBC_2.05\0")
        self.changed(lower)
        self.finds("versions", "of libm.so.6")

    def test_older_library(self):
        old = build(self.folder, "libonig.so.5", "int onig_old;", "-shared", "-Wl,-soname,libonig.so.5", "-nostdlib")
        self.changed(lambda files: files[HOME + "libonig.so.5"].__setitem__(1, old))
        self.finds("symbols", "asks for the symbol onig_")

    def test_absolute_run_path(self):
        def other(files):
            files[HOME + "libjq.so.1"][1] = edit(files[HOME + "libjq.so.1"][1], "--force-rpath", "--set-rpath",
                                                 "/home/builder/lib")
        self.changed(other)
        self.finds("run-paths", "has the absolute folder /home/builder/lib in its run path")

    def test_run_path_that_leads_out(self):
        def other(files):
            files[HOME + "libjq.so.1"][1] = edit(files[HOME + "libjq.so.1"][1], "--set-rpath",
                                                 "$ORIGIN/../../../usr/lib:$ORIGIN")
        self.changed(other)
        self.finds("run-paths", "leads out of the bundle, to /usr/lib")

    def test_empty_folder_in_a_run_path(self):
        def other(files):
            files[HOME + "libjq.so.1"][1] = edit(files[HOME + "libjq.so.1"][1], "--set-rpath", "$ORIGIN:")
        self.changed(other)
        self.finds("run-paths", "an empty folder in its run path")

    def test_runpath_in_place_of_rpath(self):
        self.assertEqual(run([BUNDLE, "jq", "-q", "--runpath", "-fo", self.path]).status, 0)
        self.finds("runtime", "libc.so.6 would come from the runtime's /lib64")

    def test_library_cut_short(self):
        def cut(files):
            files[HOME + "libonig.so.5"][1] = files[HOME + "libonig.so.5"][1][:3000]
        self.changed(cut)
        self.finds("contents", "no loader can take")

    # ------------------------------------------------------------------------------------------ launchers, data, limits

    def test_launcher_for_another_root(self):
        self.changed(lambda files: files["bin/jq"].__setitem__(1, files["bin/jq"][1].replace(b"\0/opt\0", b"\0/usr\0")))
        self.finds("launchers", "is made for another root: for /usr")

    def test_launcher_of_a_program_that_is_gone(self):
        def other(files):
            files["bin/jq"][1] = files["bin/jq"][1].replace(b"root/usr/bin/jq\0", b"root/usr/bin/yq\0")
        self.changed(other)
        self.finds("launchers", "starts lib/jq/root/usr/bin/yq, which is not there")

    def test_launcher_of_another_machine(self):
        self.changed(lambda files: files["bin/jq"].__setitem__(1, poke(files["bin/jq"][1], 18, "<H", 183)))
        self.finds("launchers", "is for aarch64, and the program that it starts for x86_64")

    def test_launcher_that_is_a_text(self):
        self.changed(lambda files: files["bin/jq"].__setitem__(1, b"#!/bin/sh\nexec jq\n"))
        self.finds("launchers", "is no launcher")

    def test_launcher_of_another_version(self):
        def other(files):
            content = files["bin/jq"][1]
            files["bin/jq"][1] = poke(content, content.index(b"bundle-launcher\0") + 16, "<I", 2)
        self.changed(other)
        self.finds("launchers", "of another version")

    def data_of(self, archive):
        return next(name for name in archive.files if name.endswith("magic.mgc"))

    def table_of(self, archive):
        return next(name for name in archive.files if name.endswith("redirect.tab"))

    def test_redirected_data_missing(self):
        self.changed(lambda files: files.pop(self.data_of(self.file)), base=self.file)
        self.finds("redirects", "magic.mgc, which is not there")

    def test_redirect_table_missing(self):
        self.changed(lambda files: files.pop(self.table_of(self.file)), base=self.file)
        self.finds("redirects", "has no redirect table beside it")

    def test_redirect_table_for_another_root(self):
        table = self.table_of(self.file)
        self.changed(lambda files: files[table].__setitem__(1, files[table][1].replace(b"/opt/", b"/usr/")),
                     base=self.file)
        self.finds("redirects", "is made for /usr/lib/file")

    def test_redirect_table_cut_short(self):
        table = self.table_of(self.file)
        self.changed(lambda files: files[table].__setitem__(1, files[table][1][:-20]), base=self.file)
        self.finds("redirects", "not all of one")

    def test_over_the_limit(self):
        self.changed(lambda files: files.update({"lib/jq/large": [0o100644, bytes(300_000_000)]}))
        self.finds("limits", "over the 262144000 that Lambda allows")

    def test_archive_that_bursts(self):
        """One stored byte, and a directory that says 4 GB."""
        data = Path(self.jq.write(self.path)).read_bytes()
        directory, local = records(data)[HOME + "libc.so.6"]
        data = poke(data, directory + 24, "<I", 0xfffffffe)
        Path(self.path).write_bytes(poke(data, local + 22, "<I", 0xfffffffe))
        self.finds("limits", "4.30 GB unpacked")


if __name__ == "__main__":
    unittest.main(verbosity=1)
