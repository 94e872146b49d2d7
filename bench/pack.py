#!/usr/bin/python3
"""pack.py [--bundle build/release/bundle] [PROGRAM…]: how long a bundle takes and how large it is, beside zip.

For each program (rig, gdb and node unless named) one line a tool: `bundle PROGRAM -o` from argv to the finished archive
(the closure, the rewriting and all), then `zip -6` and `zip -9` of the very files that are in that archive, in one run
on one machine, the best of --runs each. Peak memory is what the kernel counts as resident, mapped input files
included. With --driver PATH it is pack_driver that packs the program and its libraries as ldd lists them: the
archive alone. Needs the packages zip and unzip.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time


def timed(command, runs, fresh=None, **more):
    """The best wall time in seconds, and the peak memory in MB, of `runs` runs; `fresh` is removed before each."""
    best, peak = float("inf"), 0.0
    for _ in range(runs):
        if fresh and os.path.exists(fresh):
            os.unlink(fresh)
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **more)
            _, status, usage = os.wait4(child.pid, 0)
            best = min(best, time.perf_counter() - start)
            peak = max(peak, usage.ru_maxrss / 1024)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                output.seek(0)
                sys.exit(f"pack.py: {' '.join(command)[:200]} exits {child.returncode}:\n"
                         f"{output.read().decode(errors='replace')[-2000:]}")
    return best, peak


def closure(program):
    """The program and its libraries, as the loader itself lists them."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return sorted({program} | {word for word in listed.split() if word.startswith("/")})


def measure(program, options, folder):
    archive = os.path.join(folder, "out.zip")
    if options.driver:
        command = [options.driver, archive, str(options.level), str(os.cpu_count()), *closure(program)]
    else:
        command = [options.bundle, program, "-o", archive, "--force", "-q", "--level", str(options.level)]
    rows = [("bundle", *timed(command, options.runs, archive), os.path.getsize(archive))]
    files = os.path.join(folder, "files")
    subprocess.run(["unzip", "-q", archive, "-d", files], check=True)
    total = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(files) for name in names)
    for level in (6, 9):
        other = os.path.join(folder, "other.zip")
        seconds, peak = timed(["zip", "-q", "-r", f"-{level}", other, "."], options.runs, other, cwd=files)
        rows.append((f"zip -{level}", seconds, peak, os.path.getsize(other)))

    print(f"{os.path.basename(program)}: {total:,} bytes unpacked")
    _, own_time, _, own_size = rows[0]
    for name, seconds, peak, size in rows:
        print(f"  {name:8}{seconds:8.2f} s  {seconds / own_time:5.1f} x the time {size:13,} bytes  "
              f"{size / own_size:6.4f} x the size  {peak:6.0f} MB peak", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--bundle", default=os.path.join(root, "build/release/bundle"))
    parser.add_argument("--driver", help="measure the archive alone, with this pack_driver")
    parser.add_argument("--level", type=int, default=6)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("programs", nargs="*", default=["rig", "gdb", "node"])
    options = parser.parse_args()
    for tool in ("zip", "unzip", options.driver or options.bundle):
        if not shutil.which(tool):
            sys.exit(f"pack.py: {tool} is missing (the package of that name, or ./dev build)")
    print(f"# {os.cpu_count()} processors, level {options.level}, best of {options.runs}")
    for name in options.programs:
        program = shutil.which(name)
        if not program:
            sys.exit(f"pack.py: {name} is missing: apt-get install {'nodejs' if name == 'node' else name}")
        with tempfile.TemporaryDirectory(prefix="bundle-bench-") as folder:
            measure(os.path.realpath(program), options, folder)


main()
