#!/usr/bin/python3
"""run.py AGE BUNDLE MAKE_LAUNCHER CACHE: bundles, and bundle itself, on a kernel of Lambda's age or older.

Boots the kernel in qemu with an initramfs that holds a layer of real programs at /opt and again in a home folder, bundle,
a system to bundle from in /source, and nothing else but a static init. Each program is run in both places, as an unprivileged
user with Lambda's LD_LIBRARY_PATH, and must print what it prints here. bundle makes of /source the very bytes that it makes
here, and verify says the same of them. Kernels come from the archives of their distributions, by apt and checked.
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
sys.path[:0] = [str(HERE.parent / "launch"), str(HERE.parent / "systems")]
from archives import Archive  # noqa: E402
from bundles import VARIANTS, Workshop, outcome  # noqa: E402

# By age: whose it is, and the names of its packages; of several the newest is taken. 4.15 is for Lambda's 4.14.
KERNELS = {
    "5.10": ("Debian", "bullseye", r"^linux-image-5\.10\.0-[0-9]+-cloud-amd64$"),
    "4.15": ("Ubuntu", "bionic", r"^linux-image-unsigned-4\.15\.0-[0-9]+-generic$"),
}
# What a program with no argument at all (argc 0) sees: one empty argument from 5.18 on and in Debian's 5.10.
NO_ARGUMENT = {"5.10": "1  probe\n", "4.15": "0 (none) probe\n"}
# Each prints the same on every machine.
PROGRAMS = [
    ["sqlite3", ":memory:", "select sqlite_version(), upper('abc'), 6*7"],
    ["jq", "-Mcn", '[range(5)] | add | {sum: .}'],
    ["xz", "--version"],
    ["bash", "-c", "echo $((6*7)) ${BASH_VERSION%%.*}; (exit 3); echo $?"],
    ["openssl", "dgst", "-sha256", "-r", "/data/fnames.idx"],
    ["rig", "-c", "1", "-d", "/data"],
    ["unzip", "-hh"],
]
READ = "/usr/share/rig/fnames.idx"
INFO = Path("/var/lib/dpkg/info")
# What bundle is given there as a system.
PACKAGES = "rig jq libjq1 libonig5 libc6 libstdc++6 libgcc-s1".split()
# Of fixtures/launch: in every way of linking, in process where the layer is not at its prefix.
MODES = ["threads", "signals", "clocks", "heap", "memory", "again"]


def version_of(package):
    return [int(part) for part in re.findall(r"\d+", package)]


def kernel(age, cache):
    """The file of the kernel, fetched once."""
    unpacked = cache / age
    if not unpacked.exists():
        distribution, suite, pattern = KERNELS[age]
        archive = Archive(distribution, suite, cache)
        packages = sorted(archive.packages(pattern), key=version_of)
        if not packages:
            sys.exit(f"kernel: {archive.name} at {archive.mirror} has no package {pattern}; {archive.hint}")
        archive.unpack(packages[-1], unpacked)
    return next((unpacked / "boot").glob("vmlinuz-*"))


def boot(image, initramfs):
    """All that the machine printed. Emulated: KVM inside a virtual machine is often there and does not work."""
    command = ["qemu-system-x86_64", "-kernel", str(image), "-initrd", str(initramfs), "-m", "2048", "-smp", "2",
               "-accel", "tcg", "-cpu", "max", "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio",
               "-append", "console=ttyS0 quiet panic=-1 rdinit=/init"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=800)
    return done.stdout.decode(errors="replace").replace("\r", "")


def put_system(root):
    """PACKAGES as they are installed here, with dpkg's records of them."""
    info = root / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    for package in PACKAGES:
        said = subprocess.run(["dpkg-query", "-s", package], check=True, stdout=subprocess.PIPE).stdout
        with open(root / "var/lib/dpkg/status", "ab") as status:
            status.write(said + b"\n")
        for record in (*INFO.glob(f"{package}.*"), *INFO.glob(f"{package}:amd64.*")):
            shutil.copy(record, info)
        for name in subprocess.run(["dpkg-query", "-L", package], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
            path, there = Path(name), root / name[1:]
            if (path.is_symlink() or path.is_file()) and not there.is_symlink():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, there, follow_symlinks=False)


def bundled_there(folder, root, bundle):
    """bundle in the machine: the cases of what it does, each of which rests on those before it."""
    shutil.copy(bundle, root / "bundle")
    shutil.copy("/bin/busybox", root / "busybox")
    read = Path(READ).read_bytes()
    (root / READ[1:]).parent.mkdir(parents=True)
    (root / READ[1:]).write_bytes(read)
    put_system(root / "source")
    made = folder / "made.zip"
    names = ["rig", "jq", "--name", "made", "-q"]
    subprocess.run([bundle, "--sysroot", root / "source", *names, "-o", made], check=True)
    status, said, left_out = outcome([root / "bundle", "verify", made])  # which has no bundle-lief beside it there either
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    return [
        (["/bundle", "--sysroot", "/source", *names, "-o", "/tmp/made.zip"], (0, "")),
        (["/opt/bin/openssl", "dgst", "-sha256", "-r", "/tmp/made.zip"], (0, f"{digest} */tmp/made.zip\n")),
        (["/bundle", "verify", "/tmp/made.zip"], (status, (left_out + said).replace(str(made), "/tmp/made.zip"))),
        (["/opt/bin/unzip", "-q", "/tmp/made.zip", "-d", "/tmp/unzipped"], (0, "")),
        (["/tmp/unzipped/bin/jq", "-Mn", "6*7"], (0, "42\n")),
        # Twice: what is there is replaced whole, by names that change places.
        (["/bundle", "--sysroot", "/source", *names, "-o", "/tmp/made/"], (0, "")),
        (["/bundle", "--sysroot", "/source", *names, "--force", "-o", "/tmp/made/"], (0, "")),
        (["/tmp/made/bin/rig", "-c", "1"], None),
        (["/bundle", "diff", "/tmp/made.zip", "/tmp/made/"], outcome([bundle, "diff", made, made])[:2]),
        # A run is followed, and what it reads comes with it.
        (["/bundle", "/busybox", "--trace", "-q", "-o", "/tmp/traced/", "--", "wc", "-c", READ], (0, f"{len(read)} {READ}\n")),
        (["/opt/bin/openssl", "dgst", "-sha256", "-r", f"/tmp/traced/lib/busybox/root{READ}"],
         (0, f"{hashlib.sha256(read).hexdigest()} */tmp/traced/lib/busybox/root{READ}\n")),
    ]


def build_root(folder, bundle, workshop, age):
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
            cases.append((["/start", "none", f"{place}/bin/probe"], (0, NO_ARGUMENT[age])))
    cases += bundled_there(folder, root, bundle)
    (root / "commands").write_text("".join("\t".join(words) + "\n" for words, _ in cases))
    return root, cases


def main():
    age, bundle, make_launcher, cache = *sys.argv[1:4], Path(sys.argv[4]).resolve()
    image = kernel(age, cache)
    with tempfile.TemporaryDirectory(prefix="bundle-kernel-") as scratch:
        folder = Path(scratch)
        work = folder / "work"
        work.mkdir()
        root, cases = build_root(folder, bundle, Workshop(work, make_launcher), age)
        initramfs = folder / "initramfs"
        with open(initramfs, "wb") as archive:
            listing = subprocess.run(["find", ".", "-print0"], cwd=root, check=True, stdout=subprocess.PIPE).stdout
            subprocess.run(["cpio", "-0", "-o", "-H", "newc", "--quiet"], cwd=root, check=True, input=listing, stdout=archive)
        console = boot(image, initramfs)

    running = re.search(r"<<kernel (.*)>>", console)
    if running is None or "<<done>>" not in console:
        sys.exit(f"kernel: the machine did not come to its end:\n{console[-3000:]}")
    print(f"kernel {running[1]}")
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
          f"{len(VARIANTS) - 1} ways of linking, each at its prefix and elsewhere; bundle itself)")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
