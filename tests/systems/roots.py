"""Whole Debian systems to bundle in: made once by debootstrap, then entered by bubblewrap.

A root lies in BUILD/systems/SUITE, with its packages, and is used by each later run; what is asked of it later is
installed then. It is entered as a machine is, with a pivoted root (no chroot: the kernel makes no user namespace
in one), so that sandboxes work inside. The mirror is the one that this machine's own apt uses;
BUNDLE_DEBIAN_MIRROR names another. Needs root, or sudo that asks nothing.
"""

import os
import subprocess
import sys
from pathlib import Path

AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games"


def mirror():
    """Where this machine's apt has Debian's packages from."""
    if named := os.environ.get("BUNDLE_DEBIAN_MIRROR"):
        return named
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"],
                            capture_output=True, text=True, check=True).stdout
    places = [line.split()[1] for line in listed.splitlines() if len(line.split()) == 2]
    debian = [line.split()[1] for line in listed.splitlines() if line.startswith("Debian ")] or places
    # Security updates have an archive of their own, without the system.
    debian = [place for place in debian if place.rstrip("/").endswith("/debian")]
    if not debian:
        sys.exit("this machine's apt names no mirror of Debian: name one with BUNDLE_DEBIAN_MIRROR=URL")
    return debian[0]


def proxies():
    """What this machine's apt needs to reach the mirror, in the syntax of apt.conf."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return "".join(f"{line}\n" for line in dump.splitlines()
                   if line.lower().startswith(("acquire::http", "acquire::check-")) and '""' not in line)


def enter(root, argv, binds=(), env=None, cwd="/tmp", **more):
    """Runs argv in the root, as its root user; binds are (path here, path there). The finished process."""
    command = [*AS_ROOT, "bwrap", "--bind", root, "/", "--dev", "/dev", "--bind", "/proc", "/proc", "--die-with-parent",
               "--cap-add", "ALL", "--uid", "0", "--gid", "0", "--clearenv", "--setenv", "PATH", PATH]
    for here, there in binds:
        command += ["--bind", here, there]
    for key, value in (env or {}).items():
        command += ["--setenv", key, value]
    return subprocess.run([str(part) for part in [*command, "--chdir", cwd, "--", *argv]], **more)


def do(argv, **more):
    print("+", *argv, flush=True)
    subprocess.run([str(part) for part in argv], check=True, **more)


def make(suite, packages, folder):
    """The root of the suite with these packages in it; its path."""
    root = Path(folder) / suite
    done = root / "var/lib/bundle-systems"  # the packages that are in
    if not done.exists():
        print(f"making a Debian {suite} in {root}: some 400 MB, and a few minutes", flush=True)
        do([*AS_ROOT, "rm", "-rf", root])
        root.parent.mkdir(parents=True, exist_ok=True)
        do([*AS_ROOT, "debootstrap", "--variant=minbase", suite, root, mirror()], stdout=subprocess.DEVNULL)
        do([*AS_ROOT, "tee", root / "etc/apt/apt.conf.d/00host"], input=proxies().encode(), stdout=subprocess.DEVNULL)
        do([*AS_ROOT, "tee", done], input=b"", stdout=subprocess.DEVNULL)
    missing = sorted(set(packages) - set(done.read_text().split()))
    if not missing:
        return root
    binds = [("/etc/resolv.conf", "/etc/resolv.conf")]
    for arguments in (["update"], ["install", "--no-install-recommends", "-y", *missing]):
        print("+ in the root: apt-get", *arguments, flush=True)
        enter(root, ["apt-get", "-q", *arguments], binds, {"DEBIAN_FRONTEND": "noninteractive"}, check=True)
    do([*AS_ROOT, "tee", "-a", done], input="".join(f"{name}\n" for name in missing).encode(), stdout=subprocess.DEVNULL)
    return root
