"""A Debian of another architecture, to bundle from by --sysroot: unpacked, recorded, and hardly any of it ever run.

debootstrap --foreign fetches and checks the packages and their dependencies; they are unpacked here and written into dpkg's
records (deb-control(5), the files of /var/lib/dpkg/info) as dpkg would. Scripts of packages are not run: of what
they make, only `dot -c` is done, by qemu's user mode, as graphviz's own installation does: a tree without it is one
in which dot itself answers nothing. Lies in BUILD/systems/SUITE-ARCHITECTURE and is used by each later run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from roots import AS_ROOT, do, mirror

QEMU = {"arm64": "/usr/bin/qemu-aarch64-static", "armhf": "/usr/bin/qemu-arm-static"}


def control_of(deb):
    """The fields of the package, name to text as it stands behind the colon."""
    fields = {}
    for line in subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True, text=True).stdout.splitlines():
        if line[:1].isspace():
            fields[name] += "\n" + line  # noqa: F821 (of the line before)
        else:
            name, _, text = line.partition(":")
            fields[name] = text.strip()
    return fields


def unpack(deb, root):
    """Its files into the root; their paths as dpkg lists them."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archive:
        done = subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=archive.stdout, check=False)
    if done.returncode or archive.returncode:
        sys.exit(f"{deb} cannot be unpacked into {root}")
    listed = subprocess.run(f"dpkg-deb --fsys-tarfile '{deb}' | tar -t", shell=True, check=True, capture_output=True, text=True)
    return [name.removeprefix(".").rstrip("/") or "/." for name in listed.stdout.splitlines()]


def record(deb, root, names):
    """Its paragraph of dpkg's status file; its lists go into the folder of them."""
    fields = control_of(deb)
    package = fields["Package"]
    info = root / "var/lib/dpkg/info"
    base = f"{package}:{fields['Architecture']}" if fields.get("Multi-Arch") == "same" else package
    (info / f"{base}.list").write_text("".join(f"{name}\n" for name in names))
    conffiles = ""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-e", deb, folder], check=True)
        for name in ("md5sums", "conffiles"):
            if (Path(folder) / name).exists():
                (info / f"{base}.{name}").write_text((Path(folder) / name).read_text())
        if (info / f"{base}.conffiles").exists():
            for path in (info / f"{base}.conffiles").read_text().split():
                done = subprocess.run(["md5sum", f"{root}/{path}"], capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    conffiles += f"\n {path} {done.stdout.split()[0]}"
    text = f"Package: {package}\nStatus: install ok installed\n"
    text += "".join(f"{name}: {value}\n" for name, value in fields.items() if name != "Package")
    return text + (f"Conffiles:{conffiles}\n" if conffiles else "") + "\n"


def fill(root):
    debs = sorted((root / "var/cache/apt/archives").glob("*.deb"))
    status = ""
    for deb in debs:
        status += record(deb, root, unpack(deb, root))
    if (root / "proc").is_symlink():  # debootstrap's, where it runs in a container
        (root / "proc").unlink()
        (root / "proc").mkdir()
    (root / "var/lib/dpkg/status").write_text(status)


def enter(root, architecture, argv, **more):
    """Runs argv in the root by qemu; what it starts itself is not run by qemu, and so not at all."""
    return subprocess.run([*AS_ROOT, "bwrap", "--bind", root, "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", QEMU[architecture],
                           "/run/qemu", "--unshare-user", "--uid", "0", "--gid", "0", "--clearenv", "--", "/run/qemu", *argv], **more)


def make(suite, architecture, packages, folder):
    """The root with these packages and what they depend on; its path."""
    root = Path(folder) / f"{suite}-{architecture}"
    done = root / "var/lib/bundle-systems"
    if done.exists() and done.read_text().split() == sorted(packages):
        return root
    print(f"making a Debian {suite} for {architecture} in {root}: some 700 MB, and a few minutes", flush=True)
    do([*AS_ROOT, "rm", "-rf", root])
    root.parent.mkdir(parents=True, exist_ok=True)
    do([*AS_ROOT, "debootstrap", "--foreign", "--variant=minbase", f"--arch={architecture}", f"--include={','.join(packages)}", suite, root,
        mirror()], stdout=subprocess.DEVNULL)
    do([*AS_ROOT, sys.executable, "-B", Path(__file__).resolve(), root])
    enter(root, architecture, ["/usr/bin/dot", "-c"], check=True)
    do([*AS_ROOT, "tee", done], input="\n".join(sorted(packages)).encode(), stdout=subprocess.DEVNULL)
    return root


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
    os.sync()
