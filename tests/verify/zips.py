"""Archives to verify: good bundles, taken apart and written again with one thing changed, or poked byte by byte.

What is written here is written by Python's zipfile, so that the writer, too, is another one than bundle's.
"""

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from sandbox import BUNDLE, run  # noqa: E402


class Zip:
    """The files of a bundle in memory: name -> (mode, bytes); folders' names end in a slash."""

    def __init__(self, path):
        self.files = {}
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                self.files[info.filename] = [info.external_attr >> 16, archive.read(info)]

    def copy(self):
        other = Zip.__new__(Zip)
        other.files = {name: list(entry) for name, entry in self.files.items()}
        return other

    def add(self, name, content, mode=0o100755):
        self.files[name] = [mode, content]

    def manifest_path(self):
        return next(name for name in self.files if name.endswith("manifest.json"))

    def manifest(self):
        return json.loads(self.files[self.manifest_path()][1])

    def set_manifest(self, manifest):
        self.files[self.manifest_path()][1] = (json.dumps(manifest, indent=1) + "\n").encode()

    def tell_truth(self):
        """The manifest as it would be for what is here now: what is changed is then for the other checks to find."""
        manifest = self.manifest()
        listed = []
        for entry in manifest["files"]:
            if entry["path"] in self.files:
                content = self.files[entry["path"]][1]
                entry.update(size=len(content), sha256=hashlib.sha256(content).hexdigest())
                listed.append(entry)
        known = {entry["path"] for entry in listed} | {self.manifest_path()}
        for name, (_, content) in self.files.items():
            if name not in known and not name.endswith("/"):
                listed.append({"path": name, "kind": "library", "size": len(content), "why": "put there",
                               "sha256": hashlib.sha256(content).hexdigest()})
        manifest["files"] = listed
        self.set_manifest(manifest)
        return self

    def write(self, path, extra=()):
        """`extra`: more (name, mode, bytes), which may be there already."""
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that are there twice
            with zipfile.ZipFile(path, "w") as archive:
                entries = [(name, mode, content) for name, (mode, content) in sorted(self.files.items())]
                for name, mode, content in entries + list(extra):
                    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                    info.create_system = 3
                    info.external_attr = mode << 16
                    info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
                    archive.writestr(info, content, compresslevel=1)
        return path


def records(data):
    """Where the directory's entries begin: name -> (place in the directory, place of the local header)."""
    end = data.rindex(b"PK\5\6")
    count, size, offset = struct.unpack_from("<HII", data, end + 10)
    out, at = {}, offset
    for _ in range(count):
        name_length, extra_length, comment_length = struct.unpack_from("<HHH", data, at + 28)
        name = bytes(data[at + 46:at + 46 + name_length]).decode()
        out[name] = (at, struct.unpack_from("<I", data, at + 42)[0])
        at += 46 + name_length + extra_length + comment_length
    return out


def poke(data, place, form, *values):
    data = bytearray(data)
    struct.pack_into(form, data, place, *values)
    return bytes(data)


def verify(path, *options):
    """(exit status, findings, the lines that people would read)."""
    told = run([BUNDLE, "verify", path, "--json", *options])
    if not told.out.strip().startswith(b"{"):
        return told.status, [], told.text
    findings = json.loads(told.out)["findings"]
    return told.status, findings, "\n".join(f"{one['severity']}: {one['path']}: {one['what']} [{one['check']}]" for one in findings)
