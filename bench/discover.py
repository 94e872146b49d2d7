#!/usr/bin/python3
"""discover.py [--runs N] [--against BUNDLE]: what it costs to find a program's data.

A dry run of gdb, ffmpeg and LibreOffice (over Lambda's limit, so that discovery goes twice) with and without discovery, by
turns in one run: seconds of the processor, user's and system's of all threads, the least of N each; and peak memory. With
--against the same of another bundle command, of an earlier commit most likely, and the ratio of the two.
"""
import argparse
import os
import subprocess

PROGRAMS = ["/usr/bin/gdb", "/usr/bin/ffmpeg", "/usr/lib/libreoffice/program/soffice.bin"]


def cost(command):
    """Seconds and bytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, usage = os.wait4(process.pid, 0)[1:]
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"discover.py: {' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", metavar="BUNDLE")
    arguments = parser.parse_args()
    bundle = os.environ.get("BUNDLE", "build/release/bundle")
    ways = {"discovery": [bundle, "-n"], "without": [bundle, "-n", "--no-discover"]}
    if arguments.against:
        ways["other"] = [arguments.against, "-n"]
    heads = [f"{name} s, MB" for name in ways] + (["to other"] if arguments.against else [])
    print(f"{'':14}" + "".join(f"{head:>20}" for head in heads))
    for program in PROGRAMS:
        least = {}
        for _ in range(arguments.runs):
            for name, command in ways.items():
                least[name] = min(least.get(name, (1e9, 1e9)), cost([*command, program]))
        row = [f"{seconds:.2f}, {memory / 1e6:.0f}" for seconds, memory in least.values()]
        if arguments.against:
            row.append(f"{least['discovery'][0] / least['other'][0]:.2f}")
        print(f"{os.path.basename(program):14}" + "".join(f"{cell:>20}" for cell in row), flush=True)


if __name__ == "__main__":
    main()
