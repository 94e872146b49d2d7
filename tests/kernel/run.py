#!/usr/bin/python3
"""run.py BUNDLE MAKE_LAUNCHER CACHE: bundles on a kernel of Lambda's age.

Boots Debian 11's kernel (5.10) in qemu with an initramfs that holds a layer of real programs at /opt and again in a
home folder, and nothing else but a static init. Each program is run in both places, as an unprivileged user with
Lambda's LD_LIBRARY_PATH, and must print what it prints here. The kernel comes from Debian's archive through apt; if
bullseye is not to be had, the oldest kernel that the configured repositories offer is taken, and the output says so.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "launch"))
from bundles import VARIANTS, Workshop, outcome  # noqa: E402

WANTED = "5.10"
ARCHIVE = "deb http://deb.debian.org/debian bullseye main\n"
# Each prints the same on every machine.
PROGRAMS = [
    ["sqlite3", ":memory:", "select sqlite_version(), upper('abc'), 6*7"],
    ["jq", "-Mcn", '[range(5)] | add | {sum: .}'],
    ["xz", "--version"],
    ["bash", "-c", "echo $((6*7)) ${BASH_VERSION%%.*}; (exit 3); echo $?"],
    ["openssl", "dgst", "-sha256", "-r", "/data/fnames.idx"],
    ["rig", "-c", "1", "-d", "/data"],
]
# Of fixtures/launch: in every way of linking, in process where the layer is not at its prefix.
MODES = ["threads", "signals", "clocks", "heap", "memory", "again"]


def apt(folder, *arguments, private=True):
    """apt-get, away from the system's lists and sources."""
    options = []
    if private:
        (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(ARCHIVE)
        options = ["-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
                   "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User="]
    return subprocess.run([arguments[0], *options, *arguments[1:]], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def version_of(package):
    return [int(part) for part in re.findall(r"\d+", package)]


def fetch_kernel(folder, private):
    """The newest cloud kernel of bullseye, or the oldest of the configured repositories. None if there is none."""
    if private and apt(folder, "apt-get", "update").returncode != 0:
        return None
    found = apt(folder, "apt-cache", "search", "--names-only", r"^linux-image-[0-9.]+-[0-9]+-cloud-amd64$", private=private)
    packages = sorted((line.split()[0] for line in found.stdout.splitlines() if line.startswith("linux-image-")), key=version_of)
    if not packages:
        return None
    package = packages[-1] if private else packages[0]
    if apt(folder, "apt-get", "download", package, private=private).returncode != 0:
        return None
    archive = next(folder.glob(f"{package}_*.deb"))
    subprocess.run(["dpkg-deb", "-x", archive, folder / "unpacked"], check=True)
    return next((folder / "unpacked/boot").glob("vmlinuz-*"))


def kernel(cache):
    cache.mkdir(parents=True, exist_ok=True)
    there = sorted(cache.glob("unpacked/boot/vmlinuz-*"))
    if there:
        return there[0]
    image = fetch_kernel(cache, True) or fetch_kernel(cache, False)
    if image is None:
        sys.exit("kernel: no kernel package can be had: neither bullseye's nor any of the configured repositories")
    return image


def boot(image, initramfs):
    """All that the machine printed. Emulated: KVM inside a virtual machine is often there and does not work."""
    command = ["qemu-system-x86_64", "-kernel", str(image), "-initrd", str(initramfs), "-m", "2048", "-smp", "2",
               "-accel", "tcg", "-cpu", "max", "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio",
               "-append", "console=ttyS0 quiet panic=-1 rdinit=/init"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=800)
    return done.stdout.decode(errors="replace").replace("\r", "")


def build_root(folder, bundle, workshop):
    """The machine's files, and its commands with what each has to answer: (words, expected status, expected text)."""
    root = folder / "root"
    for sub in ("opt", "home", "data", "proc", "dev", "tmp"):
        (root / sub).mkdir(parents=True)
    subprocess.run(["cc", "-static", "-O1", "-o", root / "init", HERE / "init.c"], check=True)
    shutil.copytree("/usr/share/rig", root / "data", dirs_exist_ok=True)
    names = [program[0] for program in PROGRAMS]
    (root / "opt").rmdir()
    subprocess.run([bundle, *names, "--name", "tools", "-q", "-o", f"{root}/opt/"], check=True)
    shutil.copytree(root / "opt", root / "home/a layer")

    cases = []
    for place in ("/opt", "/home/a layer"):
        for name, *arguments in PROGRAMS:
            expected = None  # rig: a name and an address by chance
            if name == "openssl":
                digest = hashlib.sha256((root / arguments[-1][1:]).read_bytes()).hexdigest()
                expected = 0, f"{digest} *{arguments[-1]}\n"
            elif name != "rig":
                expected = outcome([name, *arguments], env={"PATH": os.environ["PATH"], "LC_ALL": "C"})[:2]
            cases.append(([f"{place}/bin/{name}", *arguments], expected))
    start = workshop.program("start.c", VARIANTS["static"])
    shutil.copy(start, root / "start")
    for name, variant in VARIANTS.items():
        if variant.machine != "x86_64":
            continue
        made = workshop.bundle("probe.c", variant, f"/fixtures/{name}")
        for place in (f"/fixtures/{name}", f"/other/{name}"):
            shutil.copytree(made, root / place[1:])
            for mode in MODES:
                expected = outcome([workshop.program("probe.c", variant), mode])[:2]
                cases.append(([f"{place}/bin/probe", mode], expected))
            # argc 0: one empty argument from 5.18 on and in Debian's 5.10; older ones let it be.
            cases.append((["/start", "none", f"{place}/bin/probe"], (0, "1  probe\n")))
    (root / "commands").write_text("".join("\t".join(words) + "\n" for words, _ in cases))
    return root, cases


def main():
    bundle, make_launcher, cache = sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve()
    image = kernel(cache)
    with tempfile.TemporaryDirectory(prefix="bundle-kernel-") as scratch:
        folder = Path(scratch)
        work = folder / "work"
        work.mkdir()
        root, cases = build_root(folder, bundle, Workshop(work, make_launcher))
        initramfs = folder / "initramfs"
        with open(initramfs, "wb") as archive:
            listing = subprocess.run(["find", ".", "-print0"], cwd=root, check=True, stdout=subprocess.PIPE).stdout
            subprocess.run(["cpio", "-0", "-o", "-H", "newc", "--quiet"], cwd=root, check=True, input=listing, stdout=archive)
        console = boot(image, initramfs)

    running = re.search(r"<<kernel (.*)>>", console)
    if running is None or "<<done>>" not in console:
        sys.exit(f"kernel: the machine did not come to its end:\n{console[-3000:]}")
    print(f"kernel {running[1]}" + ("" if running[1].startswith(WANTED) else f", not the wanted {WANTED}"))
    answers = re.findall(r"<<begin>>\n(.*?)\n<<end (\d+)>>", console, re.S)
    failed = 0
    for (words, expected), (text, status) in zip(cases, answers, strict=True):
        if expected is None:
            good = status == "0" and len(text.strip()) > 0
        else:
            good = (int(status), text) == (expected[0], expected[1])
        if not good:
            failed += 1
            print(f"FAILED {words}: {status} {text!r}, expected {expected}")
    print(f"{len(cases) - failed} of {len(cases)} commands answered as on this machine ({len(PROGRAMS)} programs and "
          f"{len(VARIANTS) - 1} ways of linking, each at its prefix and elsewhere)")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
