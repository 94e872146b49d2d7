#!/usr/bin/python3
"""`bundle list`: what is in a bundle, ours and others', zip and folder; what it says adds up to the files."""

import json
import os
import pty
import subprocess
import zipfile

from field import BUNDLE, FieldCase, bundle, main


WAYS = ("package", "why", "kind", "folder", "file")


class List(FieldCase):
    def listed(self, *arguments):
        done = bundle("list", *arguments)
        self.assertEqual((done.status, done.err), (0, b""), done)
        return done.out.decode()

    def layer(self):
        archive = self.scratch / "layer.zip"
        self.made("jq", "-o", archive)
        return archive

    def test_every_way_adds_up_to_the_files(self):
        archive = self.layer()
        with zipfile.ZipFile(archive) as opened:
            files = [entry for entry in opened.infolist() if not entry.is_dir()]
        want = {"count": len(files), "size": sum(entry.file_size for entry in files),
                "packed": sum(entry.compress_size for entry in files)}
        for way in WAYS:
            with self.subTest(way):
                told = json.loads(self.listed(archive, "--by", way, "--json"))
                self.assertEqual((told["by"], told["total"]), (way, want))
                if way == "file":
                    self.assertEqual({file["path"]: file["size"] for file in told["files"]},
                                     {entry.filename: entry.file_size for entry in files})
                else:
                    for key in want:
                        self.assertEqual(sum(group[key] for group in told["groups"]), want[key], key)
                    self.assertEqual(sorted(path for group in told["groups"] for path in group["paths"]),
                                     sorted(entry.filename for entry in files))
                rows = [line.split() for line in self.listed(archive, "--by", way).splitlines()]
                self.assertEqual(rows[0][:2], ["bytes", "packed"])
                sizes = [int(row[0].replace(",", "")) for row in rows[1:]]
                self.assertEqual((sum(sizes[:-1]), sizes[-1]), (want["size"], want["size"]))
                self.assertEqual(sizes[:-1], sorted(sizes[:-1], reverse=True))

    def test_packages_and_reasons_are_the_manifests(self):
        archive = self.layer()
        version = self.tool("dpkg-query", "-W", "-f", "${Version}", "libonig5").out.decode()
        self.assertIn(f"  libonig5 {version}\n", self.listed(archive))
        self.assertIn("  needed by jq\n", self.listed(archive, "--by", "why"))
        self.assertEqual([file["elf"]["soname"] for file in json.loads(self.listed(archive, "--by", "file", "--json"))["files"]
                          if file["path"].endswith("libonig.so.5")], ["libonig.so.5"])

    def test_a_folder_says_the_same_less_what_it_does_not_know(self):
        archive, folder = self.layer(), self.folder("jq", name="unpacked")
        one, other = (json.loads(self.listed(path, "--json")) for path in (archive, folder))
        for part in one["groups"] + [one["total"]]:
            del part["packed"]
        self.assertEqual(one, other)
        self.assertNotIn("packed", self.listed(folder))

    def test_what_others_made_is_told_by_the_files_themselves(self):
        (self.scratch / "own.map").write_text("OWN_1.2 { global: value; local: *; };\nOWN_1.10 { global: other; } OWN_1.2;\n")
        library = self.compiled("libown.so.1.2", "int value(void) { return 1; }", "-shared", "-fPIC", "-Wl,-soname,libown.so.1",
                                "-Wl,--version-script=own.map")
        program = self.compiled("prog", "int main(void) { return 0; }")
        archive = self.scratch / "theirs.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.write(library, "lib/libown.so.1.2")
            out.write(program, "bin/prog")
            out.writestr("bin/start.sh", "#!/bin/sh\n")
            out.writestr("notes.txt", "text\n")
        by_file = self.listed(archive, "--by", "file")
        self.assertIn("  lib/libown.so.1.2  (libown.so.1, OWN_1.10)\n", by_file)
        kinds = {group["kind"]: group["paths"] for group in json.loads(self.listed(archive, "--by", "kind", "--json"))["groups"]}
        self.assertEqual(kinds, {"library": ["lib/libown.so.1.2"], "program": ["bin/prog"], "script": ["bin/start.sh"],
                                 "data": ["notes.txt"]})
        self.assertIn("  library, of no package\n", self.listed(archive))

    def test_a_terminal_is_given_the_first_lines(self):
        folder = self.scratch / "many"
        folder.mkdir()
        for number in range(100):
            (folder / f"f{number:03}").write_bytes(b"x" * (number + 1))

        def shown(*arguments):
            reader, writer = pty.openpty()
            with subprocess.Popen([BUNDLE, "list", folder, "--by", "file", *arguments], stdout=writer) as started:
                os.close(writer)
                text = b""
                try:
                    while part := os.read(reader, 65536):
                        text += part
                except OSError:  # the other end is closed
                    pass
            os.close(reader)
            self.assertEqual(started.returncode, 0)
            return text.decode().splitlines()

        self.assertEqual(len(shown()), 1 + 40 + 1 + 1)
        self.assertIn("1,830  and 60 more: -v", shown()[-2])
        self.assertEqual(len(shown("-v")), 1 + 100 + 1)
        self.assertEqual(len(self.listed(folder, "--by", "file").splitlines()), 1 + 100 + 1)

    def test_what_is_no_bundle_is_an_error(self):
        for path, status in (("/etc/passwd", 1), (self.scratch / "absent", 1)):
            done = bundle("list", path)
            self.assertEqual((done.status, done.out), (status, b""), done)
            self.assertIn("Give a zip", done.text)
        self.assertEqual(bundle("list").status, 2)
        self.assertEqual(bundle("list", self.scratch, "--by", "size").status, 2)


if __name__ == "__main__":
    main()
