#!/usr/bin/python3
"""inspect_command.py [--runs N]: how long `bundle inspect` takes beside libtree and lddtree, and how its cost grows.

gdb, node and a program with 300 libraries, in one run on one machine, the best of N each, the tools by turns. `libtree -vv` walks
the whole closure as bundle does (plain libtree leaves the common libraries and what they need out; it is shown for
comparison), as does `lddtree`. Then a chain and a fan of generated libraries, 1,250 to 5,000: microseconds for each
library, which stay the same when the cost is linear. Needs the packages libtree and pax-utils.
"""
import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

BUNDLE = os.environ.get("BUNDLE", "build/release/bundle")
LOADER = b"/lib64/ld-linux-x86-64.so.2"


def write_elf(path, needed, soname=b"", interpreter=b"", rpath=b""):
    """The least that a loader reads: headers, PT_LOAD, PT_DYNAMIC. No linker would do 5,000 in a second."""
    names, dynamic = b"\0", []
    for tag, texts in ((1, needed), (14, [soname]), (15, [rpath])):
        for text in filter(None, texts):
            dynamic.append((tag, len(names)))
            names += text + b"\0"
    count = 3 if interpreter else 2
    dynamic_at = 64 + 56 * count
    names_at = dynamic_at + 16 * (len(dynamic) + 3)
    dynamic += [(5, names_at), (10, len(names)), (0, 0)]
    interpreter_at = names_at + len(names)
    size = interpreter_at + len(interpreter) + 1
    out = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)

    def segment(kind, at, length):
        return struct.pack("<IIQQQQQQ", kind, 4, at, at, at, length, length, 8)

    if interpreter:
        out += segment(3, interpreter_at, len(interpreter) + 1)
    out += segment(1, 0, size) + segment(2, dynamic_at, 16 * len(dynamic))
    out += b"".join(struct.pack("<QQ", *entry) for entry in dynamic) + names + interpreter + b"\0"
    with open(path, "wb") as file:
        file.write(out)


def generate(folder, count, chain):
    os.makedirs(folder)
    names = [b"libgenerated%d.so" % i for i in range(count)]
    for i, name in enumerate(names):
        write_elf(os.fsencode(folder) + b"/" + name, names[i + 1:i + 2] if chain else [], name)
    program = os.path.join(folder, "program")
    write_elf(program, names[:1] if chain else names, interpreter=LOADER, rpath=os.fsencode(folder))
    os.chmod(program, 0o755)
    return program


def program_of_300(folder):
    """Real libraries of the real linker; each needs the next two, and libc."""
    os.makedirs(folder)
    empty = os.path.join(folder, "empty.o")
    subprocess.run(["gcc", "-x", "c", "-c", "-o", empty, "/dev/null"], check=True)
    libraries = []
    for i in range(300):
        path = os.path.join(folder, f"libmany{i}.so")
        subprocess.run(["ld", "-shared", "-soname", os.path.basename(path), "-o", path, empty, *libraries[-2:], "-l:libc.so.6",
                        "-L/lib/x86_64-linux-gnu", "--no-as-needed", "--allow-shlib-undefined"], check=True)
        libraries.append(path)
    source, program = os.path.join(folder, "main.c"), os.path.join(folder, "many")
    with open(source, "w") as out:
        out.write("int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-o", program, source, "-Wl,--no-as-needed,--disable-new-dtags,-rpath," + folder,
                    "-Wl,--allow-shlib-undefined", *libraries], check=True)
    return program


def measure(commands, runs):
    """The best wall time of each, in ms, by turns, so that a busy moment does not hit one alone. A command that fails ends it."""
    best = [float("inf")] * len(commands)
    away = os.open(os.devnull, os.O_WRONLY)
    for _ in range(runs):
        for i, command in enumerate(commands):
            start = time.perf_counter()
            child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, away, 1)])
            _, status = os.waitpid(child, 0)
            best[i] = min(best[i], (time.perf_counter() - start) * 1000)
            if status != 0:
                sys.exit(f"inspect_command.py: {' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
    os.close(away)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    for tool in ("libtree", "lddtree"):
        if not shutil.which(tool):
            sys.exit(f"inspect_command.py: {tool} is not there. Install the packages libtree and pax-utils")
    # A script for env's python3, which may be one without the distribution's modules.
    lddtree = ["/usr/bin/python3", shutil.which("lddtree")]
    with tempfile.TemporaryDirectory() as folder:
        # As an installation leaves it. The linker writes its output in small pieces, which the page cache keeps as such, and
        # to map those takes 5 % of a short run.
        installed = shutil.copy(BUNDLE, folder)
        programs = [shutil.which("gdb"), shutil.which("node"), program_of_300(os.path.join(folder, "many"))]
        print(f"{'':10} {'libraries':>9} {'bundle':>9} {'libtree -vv':>12} {'ratio':>6} {'libtree':>9} {'lddtree':>9}   ms")
        for program in filter(None, programs):
            program = os.path.realpath(program)
            listed = subprocess.run([installed, "inspect", "--list", program], capture_output=True, text=True, check=True).stdout
            bundle, full, plain = measure([[installed, "inspect", program], ["libtree", "-vv", program], ["libtree", program]], runs)
            slowest = measure([[*lddtree, program]], 2)[0]
            print(f"{os.path.basename(program):10} {len(listed.splitlines()):9} {bundle:9.2f} {full:12.2f} {bundle / full:6.2f} "
                  f"{plain:9.2f} {slowest:9.1f}")
        for shape in ("chain", "fan"):
            each = []
            for count in (1250, 2500, 5000):
                program = generate(os.path.join(folder, f"{shape}{count}"), count, shape == "chain")
                spent = measure([[installed, "inspect", "--list", program]], max(3, runs // 40))[0]
                each.append(f"{count}: {spent:.0f} ms, {spent * 1000 / count:.0f} us each")
            print(f"{shape:10} " + "   ".join(each))


main()
