"""A made-up system for --sysroot: a loader, a libc, and packages in dpkg's database with whatever files a case needs."""

import hashlib
import shutil
from pathlib import Path

TRIPLET = "x86_64-linux-gnu"


class System:
    def __init__(self, root):
        self.root = Path(root)
        self.libraries = self.root / "usr/lib" / TRIPLET
        self.libraries.mkdir(parents=True)
        for folder in ("usr/bin", "usr/lib64", "etc", "var/lib/dpkg/info"):
            (self.root / folder).mkdir(parents=True)
        for link in ("lib", "lib64", "bin"):
            (self.root / link).symlink_to(f"usr/{link}")
        self.status = self.root / "var/lib/dpkg/status"
        self.install("libc6", {f"/usr/lib/{TRIPLET}/libc.so.6": Path(f"/lib/{TRIPLET}/libc.so.6").read_bytes(),
                               "/usr/lib64/ld-linux-x86-64.so.2": Path("/lib64/ld-linux-x86-64.so.2").read_bytes()},
                     section="libs")

    def put(self, path, content, mode=0o644):
        """A file that no package knows; of a Path its bytes."""
        there = self.root / path.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content.read_bytes() if isinstance(content, Path) else
                          content if isinstance(content, bytes) else content.encode())
        there.chmod(0o755 if there.read_bytes()[:4] == b"\x7fELF" else mode)

    def install(self, name, files, folders=(), depends="", source="", section="utils",
                architecture="amd64"):
        """A package with the files (path: content); those in /etc are its conffiles. Folders are shipped empty."""
        listed, sums, conffiles = {"/."}, [], []
        for path, content in files.items():
            self.put(path, content)
            digest = hashlib.md5((self.root / path.lstrip("/")).read_bytes()).hexdigest()
            (conffiles if path.startswith("/etc/") else sums).append((path, digest))
        for folder in folders:
            (self.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        for path in [*files, *folders]:
            listed.update(str(part) for part in [Path(path), *Path(path).parents] if str(part) != "/")
        info = self.root / "var/lib/dpkg/info" / name
        Path(f"{info}.list").write_text("".join(f"{path}\n" for path in sorted(listed)))
        Path(f"{info}.md5sums").write_text("".join(f"{digest}  {path.lstrip('/')}\n" for path, digest in sums))
        stanza = f"Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: 1\nSection: {section}\n"
        stanza += f"Source: {source}\n" if source else ""
        stanza += f"Depends: {depends}\n" if depends else ""
        if conffiles:
            stanza += "Conffiles:\n" + "".join(f" {path} {digest}\n" for path, digest in conffiles)
        with open(self.status, "a", encoding="utf-8") as status:
            status.write(stanza + "Maintainer: a\nDescription: a\n\n")

    def add_library(self, name):
        """One of this machine, unowned there."""
        shutil.copy(f"/lib/{TRIPLET}/{name}", self.libraries)
