#!/usr/bin/python3
"""redirect.py MAKE_REDIRECT: what the redirect library costs a call, and what it costs a start.

One program is run with the library and without, in one run on one machine: access() on paths that are none of the
bundle's, and on the bundled ones beside the same files by their true place. Then the time from exec to exit. Needs gcc;
MAKE_REDIRECT is build/…/tests/redirect/make_redirect.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    top = tempfile.mkdtemp(prefix="bundle-bench-")
    try:
        home = os.path.join(top, "lib/t")
        root = os.path.join(home, "root")
        os.makedirs(os.path.join(root, "usr/share/redirect.test"))
        os.makedirs(os.path.join(top, "lib/u"))
        for name in ("a", "usr/share/redirect.test/file"):
            with open(os.path.join(root, name), "w", encoding="utf-8") as out:
                out.write("x")
        # As many entries as a large bundle has, none of which any path below is under but the first.
        lines = ["folder /usr/share/redirect.test"] + [f"file /usr/lib/redirect.test.{i:04}/data" for i in range(2000)]
        subprocess.run([sys.argv[1], home, "x86_64", home, *lines], check=True)
        # An access() that does nothing, behind the library: what is left is the library's own part of a call.
        nothing = f"{home}/libnothing.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", nothing], check=True, text=True,
                       input="int access(const char* path, int mode) { (void)path; return mode & 0; }")
        redirect = f"{home}/libredirect.so"
        programs = {}
        for name, libraries in (("without", []), ("with", [redirect]), ("nothing", [nothing]),
                                ("with, nothing", [redirect, nothing])):
            programs[name] = os.path.join(top, name)
            subprocess.run(["gcc", "-O2", "-o", programs[name], f"{HERE}/redirect_calls.c", "-Wl,--no-as-needed", *libraries,
                            f"-Wl,-rpath,{home}"], check=True)

        bundled = "/usr/share/redirect.test/file"
        rows = [("not there, other beginning", "/etc/no.such.file", "/etc/no.such.file"),
                ("there, other beginning", "/etc/passwd", "/etc/passwd"),
                ("there, same beginning", "/usr/bin/env", "/usr/bin/env"),
                ("there, same folder", "/usr/share/dpkg", "/usr/share/dpkg"),
                ("relative", ".", "."),
                ("bundled, beside its true place", bundled, root + bundled)]
        measured = {}
        for name in programs:
            column = 1 if name.startswith("with") and name != "without" else 2
            output = subprocess.run([programs[name], *(row[column] for row in rows)], check=True, capture_output=True, text=True)
            measured[name] = [float(line) for line in output.stdout.split()]
        print(f"{'access(), one call':32}{'without':>11}{'with':>11}{'of which the library, system calls apart':>44}")
        for row, (what, *_) in enumerate(rows):
            own = measured["with, nothing"][row] - measured["nothing"][row]
            print(f"{what:32}{measured['without'][row]:8.0f} ns{measured['with'][row]:8.0f} ns{own:41.1f} ns")

        # The functions that libc reads variables in: with a table that has some, in an environment of 40.
        subprocess.run([sys.argv[1], os.path.join(top, "lib/u"), "x86_64", os.path.join(top, "lib/u"),
                        "env TZDIR=/usr/share/zoneinfo", "env LOCPATH=/usr/lib/locale"], check=True)
        variables = {**{f"VARIABLE_{i}": "value" for i in range(40)}, "TZ": "Europe/Paris"}
        times = {}
        for name, libraries in (("without", []), ("with", [f"{top}/lib/u/libredirect.so"])):
            program = os.path.join(top, "times " + name)
            subprocess.run(["gcc", "-O2", "-o", program, f"{HERE}/redirect_times.c", "-Wl,--no-as-needed", *libraries,
                            f"-Wl,-rpath,{top}/lib/u"], check=True)
            times[name] = subprocess.run([program], check=True, capture_output=True, text=True, env=variables).stdout.split()
        for row, what in enumerate(("localtime()", "localtime_r()", "setlocale(), C and C.UTF-8 in turn")):
            print(f"{what:32}{float(times['without'][row]):8.0f} ns{float(times['with'][row]):8.0f} ns")

        best = {}
        for _ in range(5):  # alternating, so that both see the same machine
            for name in ("without", "with"):
                program = programs[name]
                start = time.perf_counter()
                for _ in range(200):
                    subprocess.run([program], check=True)
                best[name] = min(best.get(name, 1e9), (time.perf_counter() - start) / 200 * 1e6)
        print(f"a start to its exit: {best['without']:.0f} us without, {best['with']:.0f} us with, "
              f"{best['with'] - best['without']:+.0f} us for a table of {len(lines)} entries")
    finally:
        shutil.rmtree(top)


main()
