#!/usr/bin/python3
"""Programs of a store: one that Nix built and registered, bundled as another system's tree, run in an empty root.

Every path that the programs name is one of the store, which the empty root has not."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from field import FieldCase, bundle, in_root, main, run
from stores import NixRoot

SAID = b"guten tag loud message of the day TZif in a voice "


class Store(FieldCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="bundle-store-")
        cls.addClassCleanup(lambda: (run(["chmod", "-R", "u+w", cls.place]), shutil.rmtree(cls.place, ignore_errors=True)))
        cls.store = NixRoot(cls.place)
        cls.path = cls.store.path

    def bundled(self, program, *arguments, root=None, name="layer"):
        return self.folder("--sysroot", root or self.store.root, program, *arguments, name=name)

    def files(self, layer):
        """What is in it, by the names behind the hashes: "app-1.0/share/app/motd"."""
        inside = layer / "lib" / os.listdir(layer / "lib")[0] / "root/nix/store"
        return {str(path.relative_to(inside))[33:] for path in inside.rglob("*") if path.is_file()}

    def test_a_program_with_all_that_it_names(self):
        layer = self.bundled(self.path["app-1.0"] + "/bin/.app-wrapped", "--name", "app")
        self.works(layer, ".app-wrapped", b"plain " + SAID + b"tooled")
        files = self.files(layer)
        self.assertIn("app-1.0/bin/.app-wrapped", files)  # its own path: what is compiled in says it anyway
        self.assertIn("greet.conf", files)
        for left_out in ("app-1.0/share/man/man1/app.1", "app-1.0/nix-support/propagated-build-inputs", "greet-words-1.0/share/doc/README",
                         "greet-1.0-lib/lib/pkgconfig/greet.pc", "tzdata-2024b/share/zoneinfo/Europe/Paris"):
            self.assertNotIn(left_out, files)
        self.assertEqual((layer / "lib/app/manifest.json").read_text().count(str(self.store.root)), 0)

    def test_a_store_beside_the_packages_of_a_system(self):
        """As on a Debian on which Nix was installed: dpkg knows nothing of the store."""
        copy = self.scratch / "debian"
        shutil.copytree(self.store.root, copy, symlinks=True)
        folder = copy / "var/lib/dpkg"
        (folder / "info").mkdir(parents=True)
        (folder / "status").write_text("Package: rig\nStatus: install ok installed\nVersion: 1.11-1\nArchitecture: amd64\n\n")
        (folder / "info/rig.list").write_text("/usr/games/rig\n")
        alone = self.bundled(self.path["app-1.0"] + "/bin/app", name="alone")
        beside = self.bundled(self.path["app-1.0"] + "/bin/app", root=copy, name="beside")
        self.assertEqual(self.files(alone), self.files(beside))
        self.works(beside, "app", b"by shell " + SAID + b"tooled\nhelped")
        run(["chmod", "-R", "u+w", copy])

    # Wrappers set a PATH, by which the program finds what it starts by its name.
    def test_a_shells_wrapper_is_there_for_the_program(self):
        layer = self.bundled(self.path["app-1.0"] + "/bin/app")
        self.works(layer, "app", b"by shell " + SAID + b"tooled\nhelped")

    def test_so_is_one_that_was_compiled(self):
        layer = self.bundled(self.path["wrapped-1.0"] + "/bin/wrapped")
        self.works(layer, "wrapped", b"by wrapper " + SAID + b"tooled\nhelped")
        self.assertNotIn("glibc-2.36-8/lib/ld-linux-x86-64.so.2", self.files(layer))

    def test_what_is_wrapped_may_be_a_script(self):
        layer = self.bundled(self.path["scripted-1.0"] + "/bin/scripted")
        self.works(layer, "scripted", b"scripted by wrapper one two", "one", "two")

    def test_a_profiles_links_lead_to_it_and_status_and_arguments_pass(self):
        for program in ("app", "wrapped"):
            with self.subTest(program):
                layer = self.bundled(f"/run/current-system/sw/bin/{program}", name=program)
                there = in_root([f"/opt/bin/{program}", "7"], layer)
                self.assertEqual((there.status, there.out.split(b" ", 2)[2]), (7, SAID + b"tooled\nhelped\n"), there)

    def test_a_copied_store_without_a_database_gives_the_same_bytes(self):
        copy = self.store.without_database(self.scratch)
        with_it = self.bundled("/run/current-system/sw/bin/wrapped", name="with")
        without = self.bundled("/run/current-system/sw/bin/wrapped", root=copy, name="without")
        self.assertEqual(run(["diff", "-r", with_it, without]).text, "")

    def test_what_the_database_says_and_what_the_bytes_say(self):
        """The two sources of references agree with nix, seen by what --why calls the package."""
        self.assertEqual(self.store.references("lonely-1.0"), ["greet-words-1.0"])
        self.assertIn("voice-2.0", self.store.references("app-1.0"))
        why = bundle("--sysroot", self.store.root, self.path["app-1.0"] + "/bin/.app-wrapped", "--dry-run", "--why",
                     self.path["greet-words-1.0"] + "/share/greet/words")
        self.assertIn("package    greet-words 1.0", why.text)

    def test_a_database_whose_last_word_is_in_its_log(self):
        """As it lies when it is copied while nix runs: the log is read, and nothing is written."""
        copy = self.scratch / "open"
        shutil.copytree(self.store.root, copy, symlinks=True)
        database = copy / "nix/var/nix/db/db.sqlite"
        database.chmod(0o644)
        writer = sqlite3.connect(database)
        self.addCleanup(writer.close)
        writer.execute("pragma journal_mode=wal")
        writer.execute("pragma wal_autocheckpoint=0")
        writer.execute("delete from Refs")
        writer.commit()
        before = {path.name: path.read_bytes() for path in database.parent.iterdir() if path.name != "db.sqlite-shm"}
        self.assertGreater(len(before["db.sqlite-wal"]), 0)
        frozen = self.scratch / "frozen"
        shutil.copytree(copy, frozen, symlinks=True, ignore=shutil.ignore_patterns("db.sqlite-shm"))
        # Nothing refers to anything any more, so that what is named is of no relation.
        layer = self.bundled(self.path["app-1.0"] + "/bin/.app-wrapped", root=frozen)
        self.assertNotIn("tzdata-2024b/share/zoneinfo/Europe/Berlin", self.files(layer))
        after = {path.name: path.read_bytes() for path in (frozen / "nix/var/nix/db").iterdir()}
        self.assertEqual(after, before)

    def test_a_damaged_database_is_an_error_that_names_it(self):
        copy = self.scratch / "damaged"
        shutil.copytree(self.store.root, copy, symlinks=True)
        database = copy / "nix/var/nix/db/db.sqlite"
        database.chmod(0o644)
        for content, said in ((b"x" * 5000, "file is not a database"), (b"", "no such table"), (database.read_bytes()[:9000], "malformed")):
            with self.subTest(said):
                database.write_bytes(content)
                done = bundle("--sysroot", copy, self.path["app-1.0"] + "/bin/.app-wrapped", "--dry-run")
                self.assertEqual(done.status, 1, done)
                self.assertIn("nix/var/nix/db/db.sqlite: is a package database that sqlite3 cannot read", done.text)
                self.assertIn(said, done.text)
        database.write_bytes((self.store.root / "nix/var/nix/db/db.sqlite").read_bytes())
        (database.parent / "db.sqlite-journal").write_bytes(b"\xd9\xd5\x05\xf9 half")
        done = bundle("--sysroot", copy, self.path["app-1.0"] + "/bin/.app-wrapped", "--dry-run")
        self.assertEqual(done.status, 1, done)
        self.assertIn("middle of a change", done.text)

    def test_zones_and_certificates_of_the_store_stand_in(self):
        layer = self.bundled(self.path["app-1.0"] + "/bin/.app-wrapped", "--zoneinfo", "usual", "--ca-bundle", "usual", "--name", "app")
        root = layer / "lib/app/root"
        self.assertEqual((root / "etc/ssl/certs/ca-certificates.crt").read_bytes(), Path("/etc/ssl/certs/ca-certificates.crt").read_bytes())
        self.assertEqual((root / "usr/share/zoneinfo/Europe/Paris").read_bytes(), Path("/usr/share/zoneinfo/Europe/Paris").read_bytes())

    def test_what_a_library_lacks_is_told_in_nixs_words(self):
        copy = self.scratch / "lacking"
        shutil.copytree(self.store.root, copy, symlinks=True)
        greet = copy / self.path["greet-1.0-lib"][1:]
        run(["chmod", "-R", "u+w", greet])
        shutil.rmtree(greet / "lib")
        done = bundle("--sysroot", copy, self.path["app-1.0"] + "/bin/.app-wrapped", "--dry-run")
        self.assertEqual(done.status, 1, done)
        self.assertIn("would bring it into /nix/store", done.text)


if __name__ == "__main__":
    main()
