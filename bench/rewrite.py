#!/usr/bin/python3
"""rewrite.py [--bundle build/release/bundle] [FILE…]: how long an edit takes, beside cp and patchelf in one run.

For each file (node, the largest libLLVM and libjvm unless named) a line a tool: a longer interpreter where there is one and
a new run path, written to a new file. `cp` copies the file; `cp, synced` also waits for the disk, as bundle does when
its output replaces a file, which a new one does not. The best of --runs each, in turns, so that all see the same machine; the ratio is to
`cp`, and to `cp, synced` as well. Memory is the most anonymous memory seen (sampled from /proc): the mapped file itself
is the kernel's, to keep or drop. patchelf needs the package of that name.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time


def anonymous_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("RssAnon:")), 0)
    except OSError:
        return 0


def timed(command, target, watch):
    """(seconds, KiB of anonymous memory) of one run that writes `target`. Watching costs time, so it is a run of its own."""
    if os.path.exists(target):
        os.unlink(target)
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        peak = 0
        while watch and child.poll() is None:
            peak = max(peak, anonymous_kib(child.pid))
        status = child.wait()
    seconds = time.perf_counter() - start
    return seconds, peak, status


def has_interpreter(path):
    return "interpreter" in subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True).stdout


def measure(path, options, folder):
    target = os.path.join(folder, "out")
    run_path, interpreter = "$ORIGIN/../../../lib/of/some/length", "/lib64/././././././././ld-linux-x86-64.so.2"
    program = has_interpreter(path)
    change = ["--set-rpath", run_path] + (["--set-interpreter", interpreter] if program else [])
    tools = {
        "cp": ["cp", path, target],
        "cp, synced": ["sh", "-c", f"cp '{path}' '{target}' && sync '{target}'"],
        "bundle edit": [options.bundle, "edit", path, "-o", target] + change,
        "patchelf": ["patchelf", "--force-rpath"] + change + ["--output", target, path],
    }
    best = {name: [float("inf"), 0, 0] for name in tools}
    for turn in range(options.runs + 1):
        for name, command in tools.items():
            watch = turn == options.runs
            seconds, peak, status = timed(command, target, watch)
            if status != 0 and name != "patchelf":
                sys.exit(f"rewrite.py: {' '.join(command)} ends with {status}")
            best[name][2] = os.path.getsize(target) - os.path.getsize(path) if os.path.exists(target) else 0
            if watch:
                best[name][1] = peak
            else:
                best[name][0] = min(best[name][0], seconds)
    print(f"\n{path}: {os.path.getsize(path):,} bytes")
    print(f"{'':<14}{'seconds':>9}{'of cp':>8}{'of cp, synced':>15}{'anonymous MB':>14}{'growth':>13}")
    for name, (seconds, peak, growth) in best.items():
        print(f"{name:<14}{seconds:>9.3f}{seconds / best['cp'][0]:>8.2f}{seconds / best['cp, synced'][0]:>15.2f}"
              f"{peak / 1024:>14.1f}{growth:>13,}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=os.path.join(os.path.dirname(__file__), "../build/release/bundle"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    options.bundle = os.path.abspath(options.bundle)
    if not shutil.which("patchelf"):
        sys.exit("rewrite.py: patchelf is not installed (package patchelf)")
    files = options.files
    if not files:
        node = shutil.which("node")
        for found in ([node] if node else [], glob.glob("/usr/lib/*/libLLVM*.so*"),
                      glob.glob("/usr/lib/jvm/*/lib/server/libjvm.so")):
            real = [path for path in map(os.path.realpath, found) if os.path.isfile(path)]
            files += sorted(real, key=os.path.getsize)[-1:]
    if not files:
        sys.exit("rewrite.py: none of node, libLLVM and libjvm is here. Name files to measure")
    # A disk's file system has its own ways of copying a file; in memory there are none.
    for place in (None, "/dev/shm"):
        with tempfile.TemporaryDirectory(prefix="bundle-bench-", dir=place) as folder:
            print(f"\noutputs in {'memory' if place else 'the folder for temporary files'}")
            for path in files:
                measure(os.path.realpath(path), options, folder)


if __name__ == "__main__":
    main()
