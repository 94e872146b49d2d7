#!/usr/bin/python3
"""image.py [--bundle build/release/bundle] [--size MB] [PROGRAM]: what it costs to bundle from an image (--image).

A tar of this machine's /usr, as much of it as makes the size (500 MB), with the program (jq) and what it loads first, as it is
and compressed.

read     seconds to read the file once, or for a compressed one to decode it by its own tool, to nowhere
bundle   seconds of `bundle --image FILE PROGRAM -o x.zip`, all of it
ratio    bundle / read; the goal for a tar as it is is 1.30 at most
memory   the most that the process had resident, in MB; the goal is 96 at most
sysroot  for comparison, the same from the folder

Each is the best of three, with the file in the page cache. Always ends with 0: this is a measurement.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def measured(argv, **more):
    """Seconds and MB of a command, the best of each."""
    seconds, memory = [], []
    for _ in range(ROUNDS):
        start = time.monotonic()
        process = subprocess.Popen([str(part) for part in argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{argv}: {said.decode(errors='replace')}")
        seconds.append(time.monotonic() - start)
        memory.append(usage.ru_maxrss / 1024)
    return min(seconds), min(memory)


def files_of(program, size):
    """Paths for tar, links as they are: the program's own, then of /usr until they have the size."""
    path = os.path.realpath(subprocess.run(["which", program], capture_output=True, text=True, check=True).stdout.strip())
    # Each as it lies, /lib being a link.
    loaded = [word for word in subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout.split()
              if word.startswith("/")]
    names, total = ["/lib", "/lib64", "/bin", path], 0
    for word in loaded:
        names += [os.path.join(os.path.realpath(os.path.dirname(word)), os.path.basename(word)), os.path.realpath(word)]
    for folder, folders, files in os.walk("/usr"):
        folders.sort()
        for name in sorted(files):
            whole = os.path.join(folder, name)
            try:
                total += os.lstat(whole).st_size
            except OSError:
                continue
            names.append(whole)
            if total > size:
                return path, list(dict.fromkeys(names))
    return path, list(dict.fromkeys(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", default="build/release/bundle")
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("program", nargs="?", default="jq")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        path, names = files_of(given.program, given.size << 20)
        tar = scratch / "root.tar"
        (scratch / "names").write_text("\n".join(name[1:] for name in names if os.path.lexists(name)))
        subprocess.run(["tar", "-C", "/", "--no-recursion", "-cf", tar, "-T", scratch / "names"], check=True)
        root = scratch / "root"
        root.mkdir()
        subprocess.run(["tar", "-C", root, "-xf", tar], check=True)
        print(f"{len(names)} files, {tar.stat().st_size / 1e6:.0f} MB; bundled is {path}\n")
        print(f"{'':12} {'size MB':>8} {'read':>7} {'bundle':>7} {'ratio':>6} {'memory':>7}")
        out = scratch / "x.zip"
        seconds, memory = measured([given.bundle, "--sysroot", root, path, "-f", "-q", "-o", out])
        print(f"{'sysroot':12} {'':8} {'':7} {seconds:7.2f} {'':6} {memory:7.0f}", flush=True)
        want = out.read_bytes()
        kinds = [("tar", None, ["cat"]), ("tar.zst", ["zstd", "-3", "-q", "-T0"], ["zstd", "-dcq"]), ("tar.gz", ["gzip", "-1"], ["gzip", "-dc"]),
                 ("tar.xz", ["xz", "-0", "-T0"], ["xz", "-dc"])]
        for kind, pack, reader in kinds:
            image = scratch / f"root.{kind}"
            if pack:
                with open(tar, "rb") as source, open(image, "wb") as target:
                    subprocess.run([*pack, "-c"], stdin=source, stdout=target, check=True)
            read, _ = measured([*reader, image])
            seconds, memory = measured([given.bundle, "--image", image, path, "-f", "-q", "-o", out])
            same = "" if out.read_bytes() == want else "  OTHER BYTES than from --sysroot"
            print(f"{kind:12} {image.stat().st_size / 1e6:8.0f} {read:7.2f} {seconds:7.2f} {seconds / read:6.2f} {memory:7.0f}{same}", flush=True)


if __name__ == "__main__":
    main()
