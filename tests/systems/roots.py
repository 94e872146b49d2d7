"""Whole systems of Debian and Ubuntu to bundle in: made once by debootstrap, then entered by bubblewrap.

A root lies in BUILD/systems/SUITE, with its packages, and is used by each later run; what is asked of it later is
installed then. It is entered as a machine is, with a pivoted root (no chroot: the kernel makes no user namespace
in one), so that sandboxes work inside. Mirrors and keys: archives.py. Needs root, or sudo that asks nothing.
"""

import os
import subprocess
from pathlib import Path

from archives import keyring, mirror, proxies

AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games"
# Where their packages are: Debian's in one part of the archive, half of Ubuntu's in another than the system.
COMPONENTS = {"Debian": "main", "Ubuntu": "main,universe"}


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


def make(suite, packages, folder, distribution="Debian"):
    """The root of the suite with these packages in it; its path."""
    root = Path(folder) / suite
    done = root / "var/lib/bundle-systems"  # the packages that are in
    if not done.exists():
        print(f"making {distribution} {suite} in {root}: some 400 MB, and a few minutes", flush=True)
        do([*AS_ROOT, "rm", "-rf", root])
        root.parent.mkdir(parents=True, exist_ok=True)
        # The rules for all of Ubuntu's suites are one script of debootstrap; an older one has no link of a newer suite's name.
        rules = [] if Path(f"/usr/share/debootstrap/scripts/{suite}").exists() else [{"Debian": "sid", "Ubuntu": "gutsy"}[distribution]]
        do([*AS_ROOT, "debootstrap", "--variant=minbase", f"--components={COMPONENTS[distribution]}",
            f"--keyring={keyring(distribution, folder)}", suite, root, mirror(distribution), *rules], stdout=subprocess.DEVNULL)
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
