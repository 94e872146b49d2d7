"""Archives of Debian and Ubuntu: where they are, the keys that sign them, and single packages out of any of their suites.

The mirror is the one that this machine's own apt uses, else the distribution's own; BUNDLE_DEBIAN_MIRROR and
BUNDLE_UBUNTU_MIRROR name others. apt reads lists and sources of its own here, never the system's, with the system's proxies
(apt.conf(5)), and takes nothing that is not signed by keys that came with a package of this machine or of Debian's archive.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

MIRRORS = {"Debian": "http://deb.debian.org/debian", "Ubuntu": "http://archive.ubuntu.com/ubuntu"}
KEYS = {"Debian": ("debian-archive-keyring", "/usr/share/keyrings/debian-archive-keyring.gpg"),
        "Ubuntu": ("ubuntu-keyring", "/usr/share/keyrings/ubuntu-archive-keyring.gpg")}
KEYS_ARE_IN = "trixie"  # the suite of Debian that has both packages


def mirror(distribution="Debian"):
    """Where this machine's apt has the distribution's packages from, else where everybody has."""
    if named := os.environ.get(f"BUNDLE_{distribution.upper()}_MIRROR"):
        return named
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"],
                            capture_output=True, text=True, check=True).stdout
    places = [line.split()[1] for line in listed.splitlines() if len(line.split()) == 2 and line.startswith(f"{distribution} ")]
    # Security updates have an archive of their own, without the system.
    places = [place for place in places if place.rstrip("/").endswith(f"/{distribution.lower()}")]
    return places[0] if places else MIRRORS[distribution]


def proxies():
    """What this machine's apt needs to reach the mirror, in the syntax of apt.conf."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return "".join(f"{line}\n" for line in dump.splitlines()
                   if line.lower().startswith(("acquire::http", "acquire::check-")) and '""' not in line)


def keyring(distribution, folder):
    """The file with the keys of the distribution's archive: this machine's, else one unpacked into the folder out of a
    package that Debian's archive has."""
    package, path = KEYS[distribution]
    if Path(path).exists():
        return Path(path)
    own = Path(folder) / "keyrings" / package
    if not own.exists():
        if distribution == "Debian":
            sys.exit(f"{path} is not here: install the package {package}")
        Archive("Debian", KEYS_ARE_IN, folder).unpack(package, own)
    return own / path[1:]


class Archive:
    """One suite of a distribution, for single packages. `folder` keeps keys that had to be fetched."""

    def __init__(self, distribution, suite, folder):
        self.name = f"{distribution} {suite}"
        self.mirror = mirror(distribution)
        self.hint = f"another mirror is named by BUNDLE_{distribution.upper()}_MIRROR=URL"
        self.line = f"deb [signed-by={keyring(distribution, folder).resolve()}] {self.mirror} {suite} main\n"
        self.scratch = tempfile.TemporaryDirectory(prefix="bundle-archive-")
        self.listed = False

    def apt(self, tool, *arguments):
        """The text that apt-get or apt-cache prints; what it cannot do ends the test."""
        folder = Path(self.scratch.name)
        (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(self.line)
        if not self.listed:
            self.listed = True
            self.apt("apt-get", "--error-on=any", "update")
        done = subprocess.run([tool, "-q", "-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
                               "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User=",
                               *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{self.name} at {self.mirror}: {tool} {' '.join(arguments)} failed; {self.hint}\n{done.stdout[-2000:]}")
        return done.stdout

    def packages(self, pattern):
        """The names of those that the pattern of apt-cache(8) matches."""
        return [line.split()[0] for line in self.apt("apt-cache", "search", "--names-only", pattern).splitlines() if line]

    def unpack(self, package, folder):
        """The package's files below the folder, all of them or no folder."""
        self.apt("apt-get", "download", package)
        archive = next(Path(self.scratch.name).glob(f"{package}_*.deb"))
        folder = Path(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as half:
            subprocess.run(["dpkg-deb", "-x", archive, Path(half) / "files"], check=True)
            (Path(half) / "files").rename(folder)
