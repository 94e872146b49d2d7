"""A made-up system for --sysroot of rpm's packages, built by rpmbuild and entered by rpm itself into a database of its own; the
same database in each of the containers that rpm has had."""

import contextlib
import shutil
import sqlite3
import struct
import zlib
from pathlib import Path

TRIPLET = "x86_64-linux-gnu"
SPEC = """
Name: {name}
Version: 1.2
Release: 3
Summary: {name}
License: MIT
{more}
%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%description
{name}
{parts}
"""
# What the maker's machine is called has no place in a file that is kept.
SETTINGS = {"_buildhost": "localhost", "use_source_date_epoch_as_buildtime": "1", "source_date_epoch_from_changelog": "0"}


class Rpms:
    """`case` runs the tools, in its scratch folder."""

    def __init__(self, case, root):
        self.case, self.root = case, Path(root)
        for folder in ("usr/bin", "usr/lib64", f"usr/lib/{TRIPLET}", "etc"):
            (self.root / folder).mkdir(parents=True)
        for link in ("lib", "lib64", "bin"):
            (self.root / link).symlink_to(f"usr/{link}")
        # As Fedora lists it: by a path that goes through a link.
        self.install("glibc", {"": {f"/usr/lib/{TRIPLET}/libc.so.6": Path(f"/lib/{TRIPLET}/libc.so.6"),
                                    "/lib64/ld-linux-x86-64.so.2": Path("/lib64/ld-linux-x86-64.so.2")}})

    @property
    def database(self):
        return self.root / "var/lib/rpm"

    def copy(self, case, root):
        """The same system for another case; a root takes seconds to make."""
        shutil.copytree(self.root, root, symlinks=True)
        other = object.__new__(Rpms)
        other.case, other.root = case, Path(root)
        return other

    def install(self, name, parts, more=""):
        """One source rpm: by sub-package ("" is the main one) its files (path: content, or a path to copy), which may have a word of
        %files ahead of them; `more` are lines of the main one. A part's own lines stand under the key "tags"."""
        work = self.case.scratch / f"rpmbuild-{name}"
        tree = work / "tree"
        text = []
        for part, files in parts.items():
            files = dict(files)
            tags = files.pop("tags", "")
            text.append(f"%package {part}\nSummary: {part}\n{tags}\n%description {part}\n{part}\n" if part else "")
            text.append(f"%files {part}\n")
            for line, content in files.items():
                path = line.split()[-1]
                text.append(line + "\n")
                there = tree / path.lstrip("/")
                if content is None:  # a ghost
                    continue
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_bytes(content.read_bytes() if isinstance(content, Path) else content.encode())
                there.chmod(0o755 if there.read_bytes()[:4] == b"\x7fELF" else 0o644)
        spec = work / f"{name}.spec"
        install = f"%install\nrm -rf %{{buildroot}}\ncp -a {tree} %{{buildroot}}\n"
        spec.write_text(SPEC.format(name=name, more=more, parts=install + "".join(text)))
        define = [word for key, value in {"_topdir": work, **SETTINGS}.items() for word in ("--define", f"{key} {value}")]
        self.case.tool("rpmbuild", "-bb", "--quiet", *define, spec)
        self.database.mkdir(parents=True, exist_ok=True)
        self.case.tool("rpm", "--dbpath", self.database, "--justdb", "--nodeps", "-i", *sorted(work.glob("RPMS/*/*.rpm")))
        # The links by build-id are rpmbuild's own.
        for path in sorted(tree.rglob("*")):
            there = self.root / path.relative_to(tree)
            if path.is_dir():
                there.mkdir(exist_ok=True)
            else:
                shutil.copy(path, there)

    def sql(self, path=None):
        """SQLite's own reader and writer."""
        return contextlib.closing(sqlite3.connect(path or self.database / "rpmdb.sqlite", isolation_level=None))

    def blobs(self):
        """The headers, by package number."""
        with self.sql() as connection:
            return dict(connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum"))

    def empty_database(self):
        blobs = self.blobs()
        shutil.rmtree(self.database)
        self.database.mkdir()
        return blobs

    def convert_to_bdb(self):
        """By Berkeley DB's own tool."""
        blobs = self.empty_database()
        pairs = [(0, struct.pack("<I", max(blobs))), *blobs.items()]
        text = "VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n"
        text += "".join(f" {struct.pack('<I', number).hex()}\n {blob.hex()}\n" for number, blob in pairs) + "DATA=END\n"
        self.case.tool("db5.3_load", self.database / "Packages", stdin=text.encode())

    def convert_to_ndb(self):
        """By the format's rules (rpm's lib/backend/ndb/rpmpkg.c)."""
        (self.database / "Packages.db").write_bytes(ndb_of(self.empty_database()))

    def convert_to_log(self, last):
        """SQLite's, with the last packages in its write-ahead log alone, as while rpm installs them."""
        blobs = list(self.blobs().items())[-last:]
        path = self.case.scratch / "log.sqlite"
        shutil.copy(self.database / "rpmdb.sqlite", path)
        with self.sql(path) as connection:
            for number, _ in blobs:
                connection.execute("DELETE FROM Packages WHERE hnum = ?", (number,))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            for row in blobs:
                connection.execute("INSERT INTO Packages VALUES (?, ?)", row)
            for end in ("", "-wal"):
                shutil.copy(f"{path}{end}", self.database / f"rpmdb.sqlite{end}")


def ndb_of(blobs):
    """Packages.db, one page of slots. The checksum is Adler-32 over head, blob and padding."""
    slots, data = b"", b""
    for number, blob in blobs.items():
        blocks = (16 + len(blob) + 12 + 15) // 16
        slots += struct.pack("<4sIII", b"Slot", number, (4096 + len(data)) // 16, blocks)
        body = struct.pack("<4sIII", b"BlbS", number, 1, len(blob)) + blob
        body = body.ljust(blocks * 16 - 12, b"\0")
        data += body + struct.pack("<II4s", zlib.adler32(body), len(blob), b"BlbE")
    head = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, max(blobs) + 1, 0, 0, 0) + slots
    while len(head) < 4096:
        head += struct.pack("<4sIII", b"Slot", 0, 0, 0)
    return head + data
