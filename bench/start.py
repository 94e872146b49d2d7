#!/usr/bin/python3
"""What a start costs: native, from the bundle at its prefix and elsewhere, and the two ways that bundles are usually
started: `ld.so --library-path` and a shell script around it. All in one run, in turn; 500 starts each.

System calls are counted (strace) up to the program's own first one. BUNDLE is the bundle command.
Targets: at the prefix within 1.20 of native, elsewhere (in process) within 1.10.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BUNDLE = os.environ["BUNDLE"]
ROUNDS = int(os.environ.get("ROUNDS", "500"))
HERE = Path(__file__).resolve().parent
# From one library to many.
PROGRAMS = [["true"], ["rig", "-c", "1", "-d", "/usr/share/rig"], ["node", "--version"], ["gdb", "--version"]]


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options).stdout


def ways(folder, program, arguments):
    """name -> command, for one program."""
    native = shutil.which(program)
    prefix, elsewhere = folder / f"{program}-prefix", folder / f"{program}-elsewhere"
    # Without its data: what the launcher costs, not the redirect library.
    run([BUNDLE, native, "--no-discover", "--prefix", str(prefix), "-o", f"{prefix}/"])
    shutil.copytree(prefix, elsewhere)
    root = prefix / "lib" / program
    libraries = sorted({str(path.parent) for path in root.rglob("*.so*")})
    started = next((root / "root").rglob(program))
    by_loader = [str(root / "ld.so"), "--argv0", program, "--library-path", ":".join(libraries), str(started)]
    script = folder / f"{program}.sh"
    script.write_text('#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
                      f'exec "$here/{prefix.name}/lib/{program}/ld.so" --library-path "$here/{prefix.name}/lib/{program}" '
                      f'"$here/{started.relative_to(folder)}" "$@"\n')
    script.chmod(0o755)
    return {
        "native": [native, *arguments],
        "at the prefix": [str(prefix / "bin" / program), *arguments],
        "elsewhere": [str(elsewhere / "bin" / program), *arguments],
        "ld.so --library-path": [*by_loader, *arguments],
        "shell script": [str(script), *arguments],
    }


def calls_before_start(command, trace):
    """System calls from the start of the command until the last loader that runs in it is done (its last calls set up the
    main thread); a shell script's own and its helpers' count too.
    """
    subprocess.run(["strace", "-f", "-qq", "-o", trace, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)
    lines = [line for line in Path(trace).read_text().splitlines() if "resumed>" not in line and "+++" not in line]
    last = max(i for i, line in enumerate(lines) if "prlimit64(0, RLIMIT_STACK" in line or " arch_prctl(ARCH_SET_FS" in line)
    return last + 1


def main():
    with tempfile.TemporaryDirectory(prefix="bundle-bench-") as scratch:
        folder = Path(scratch)
        runner = folder / "runner"
        run(["cc", "-O2", "-o", runner, HERE / "start_runner.c"])
        for program, *arguments in PROGRAMS:
            commands = ways(folder, program, arguments)
            line = [str(runner), str(ROUNDS)]
            for name, command in commands.items():
                line += [name, *command, "--"]
            print(f"{program}: {ROUNDS} starts each")
            print(f"  {'':22}{'quartile':>10}{'median':>10}{'mean':>10}   of native   system calls before the program's own")
            native = None
            for row in run(line[:-1]).splitlines():
                name, quartile, median, mean = row.split("\t")
                native = native or float(median)
                calls = calls_before_start(commands[name], folder / "trace")
                print(f"  {name:22}{quartile:>7} us{median:>7} us{mean:>7} us{float(median) / native:>12.2f}{calls:>12}")


if __name__ == "__main__":
    main()
