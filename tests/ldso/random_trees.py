#!/usr/bin/python3
"""random_trees.py glibc|musl FOLDER [FIRST COUNT]: trees of libraries drawn at random, each held against what that loader
loads.

Every rule of tests/ldso may meet every other here: copies of one name in several folders, links, SONAMEs of others, run
paths of both kinds and of neither, names with slashes and tokens, filters, files that are none. A tree is its seed's
alone: `random_trees.py glibc FOLDER 17 1` builds the one that failed again, and leaves it. ./dev test --all draws more.
"""
import json
import os
import random
import shutil
import struct
import subprocess
import sys

BUNDLE = os.environ["BUNDLE"]
LOADERS = {"glibc": "/lib64/ld-linux-x86-64.so.2", "musl": "/lib/ld-musl-x86_64.so.1"}
LIBC = sys.argv[1]
LOADER = os.fsencode(LOADERS[LIBC])
NEEDED, SONAME, RPATH, RUNPATH, STRTAB, STRSZ, SYMTAB, SYMENT, HASH = 1, 14, 15, 29, 5, 10, 6, 11, 4
FLAGS_1, AUXILIARY, FILTER = 0x6ffffffb, 0x7ffffffd, 0x7fffffff
NODEFLIB = 0x800


def write_elf(path, entries, program=False, elf_class=2):
    """The least that glibc's loader maps: `entries` are (tag, text) and (tag, number)."""
    names, dynamic = b"\0", []
    for tag, value in entries:
        if isinstance(value, str):
            dynamic.append((tag, len(names)))
            names += os.fsencode(value) + b"\0"
        else:
            dynamic.append((tag, value))
    count = 4 if program else 2
    dynamic_at = 64 + 56 * count
    symbols_at = dynamic_at + 16 * (len(dynamic) + 6)
    hash_at = symbols_at + 24
    names_at = hash_at + 16
    dynamic += [(STRTAB, names_at), (STRSZ, len(names)), (SYMTAB, symbols_at), (SYMENT, 24), (HASH, hash_at), (0, 0)]
    interpreter_at = names_at + len(names)
    size = interpreter_at + len(LOADER) + 1
    out = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF" + bytes([elf_class, 1, 1]), 3, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)

    def segment(kind, at, length, align):
        return struct.pack("<IIQQQQQQ", kind, 6, at, at, at, length, length, align)

    if program:  # PT_PHDR is how the loader learns where the program lies
        out += segment(6, 64, 56 * count, 8) + segment(3, interpreter_at, len(LOADER) + 1, 1)
    out += segment(1, 0, size, 4096) + segment(2, dynamic_at, 16 * len(dynamic), 8)
    out += b"".join(struct.pack("<QQ", tag, value) for tag, value in dynamic)
    out += bytes(24) + struct.pack("<IIII", 1, 1, 0, 0) + names + LOADER + b"\0"
    with open(path, "wb") as file:
        file.write(out)
    os.chmod(path, 0o755)


def missing_name(name):
    """The trace has the name after its tokens were expanded, inspect as the file has it."""
    return name.rpartition("/")[2]


class Tree:
    def __init__(self, folder, seed):
        self.folder, self.draw = folder, random.Random(seed)
        self.auxiliary = set()    # the trace says of these too that they are not found, which is allowed (rule 50)
        self.has_filters = False  # the trace has another order than the search (rules 48 to 51)
        self.names = [f"lib{i}.so" for i in range(self.draw.randint(3, 8))]
        self.folders = [f"d{i}" for i in range(self.draw.randint(1, 4))]
        self.folders += [f"{self.draw.choice(self.folders)}/sub" for _ in range(self.draw.randint(0, 1))]
        shutil.rmtree(folder, ignore_errors=True)
        for name in self.folders:
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        if self.draw.random() < 0.3:
            os.symlink(self.draw.choice(self.folders), f"{folder}/link")
            self.folders.append("link")
        for name in self.names:
            for _ in range(self.draw.choice([0, 1, 2, 2, 3, 4])):
                self.library(self.draw.choice(self.folders), name)
        # A trace leaves out what filters put ahead of the program, and all of it where the program needs nothing.
        entries = [(tag, value) for tag, value in self.entries(".") if tag not in (FILTER, AUXILIARY)]
        if self.chance(0.6):
            every = ":".join(f"{folder}/{name}" for name in self.folders)
            entries = [(tag, value) for tag, value in entries if tag not in (RPATH, RUNPATH)] + [(self.draw.choice([RPATH, RUNPATH]), every)]
        write_elf(f"{folder}/program", [(NEEDED, self.need(".")), (NEEDED, self.need(".")), *entries], program=True)

    def chance(self, probability):
        return self.draw.random() < probability

    def path(self, of):
        """One item of a run path of an object in the folder `of`."""
        target = self.draw.choice(self.folders)
        back = "/".join(".." for _ in of.split("/")) if of != "." else "."
        return self.draw.choice([f"{self.folder}/{target}", f"$ORIGIN/{back}/{target}", f"${{ORIGIN}}/{back}/{target}/", target,
                                 f"{self.folder}//{target}", "$ORIGIN", "/nowhere", "" if self.chance(0.3) else target])

    def run_path(self, of):
        return ":".join(self.path(of) for _ in range(self.draw.randint(1, 5)))

    def need(self, of):
        name = self.draw.choice(self.names)
        if self.chance(0.85):
            return name
        target = self.draw.choice(self.folders)
        return self.draw.choice([f"{self.folder}/{target}/{name}", f"{target}/{name}", f"$ORIGIN/{name}"])

    def entries(self, of):
        out = []
        for _ in range(self.draw.choice([0, 1, 2, 3, 4])):
            kind = self.draw.random()
            out.append((NEEDED if kind < 0.94 else FILTER if kind < 0.97 else AUXILIARY, self.need(of)))
            self.has_filters = self.has_filters or kind >= 0.94
            if kind >= 0.97:
                self.auxiliary.add(missing_name(out[-1][1]))
        kind = self.draw.random()
        if kind < 0.35 or kind > 0.95:
            out.append((RPATH, self.run_path(of)))
        if 0.35 <= kind < 0.6 or kind > 0.95:
            out.append((RUNPATH, self.run_path(of)))
        if self.chance(0.05):
            out.append((FLAGS_1, NODEFLIB))
        return out

    def library(self, folder, name):
        path = f"{self.folder}/{folder}/{name}"
        if os.path.lexists(path):
            return
        kind = self.draw.random()
        others = [os.path.join(at, file) for at, _, files in os.walk(self.folder) for file in files]
        if kind < 0.06 and others:
            os.symlink(self.draw.choice(sorted(others)), path)
        elif kind < 0.10 and others:
            os.link(self.draw.choice(sorted(others)), path, follow_symlinks=True)
        elif kind < 0.12:
            os.symlink("nowhere", path)
        elif kind < 0.15 and LIBC == "glibc":  # musl reads what it likes into such a file
            write_elf(path, [], elf_class=1)
        elif kind < 0.16:
            os.makedirs(path)
        elif kind < 0.17:
            with open(path, "w") as out:
                out.write("INPUT(libother.so)\n")
        else:
            soname = self.draw.choice([name, name, name, None, self.draw.choice(self.names)])
            write_elf(path, self.entries(folder) + ([(SONAME, soname)] if soname else []))

    def environment(self):
        out = {}
        if self.chance(0.4):
            out["LD_LIBRARY_PATH"] = self.draw.choice(":;").join(self.path(".").replace("$ORIGIN/./", "") for _ in range(2))
        if self.chance(0.15):
            out["LD_PRELOAD"] = self.need(".")
        return out


def absolute(folder, path):
    return path if path.startswith("/") else f"{folder}/{path}"


def real(tree, environment):
    """Paths in order and names not found; None when the loader refuses the tree, "crashed" when it does not survive it."""
    if LIBC == "musl":
        command = [LOADER, "--list", tree.folder + "/program"]
    else:
        command, environment = [tree.folder + "/program"], {**environment, "LD_TRACE_LOADED_OBJECTS": "1"}
    # glibc 2.36 crashes, or goes on for ever, where objects are filters of each other.
    try:
        done = subprocess.run(command, cwd=tree.folder, env=environment, capture_output=True, text=True, timeout=10)
    except subprocess.TimeoutExpired:
        return "crashed", ""
    if done.returncode < 0:
        return "crashed", ""
    found, missing = [], set()
    if LIBC == "musl":
        prefix = "Error loading shared library "
        for line in done.stderr.splitlines():
            if line.startswith(prefix) and "(needed by " in line:
                missing.add(missing_name(line.removeprefix(prefix).partition(": ")[0]))
    elif done.returncode != 0:
        return None, done.stderr
    for line in done.stdout.splitlines():
        name, _, path = line.strip().partition(" => ")
        if path == "not found":
            missing.add(missing_name(name))
        else:
            found.append(absolute(tree.folder, (path or name).rsplit(" (0x", 1)[0]))
    return ([path for path in found if "linux-vdso" not in path and path != LOADER.decode()], missing), done.stderr


def ours(tree, environment):
    preload = [f"--preload={environment['LD_PRELOAD']}"] if "LD_PRELOAD" in environment else []
    variables = {key: value for key, value in environment.items() if key != "LD_PRELOAD"}
    done = subprocess.run([BUNDLE, "inspect", "--json", tree.folder + "/program", *preload], cwd=tree.folder, env=variables,
                          capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 1):
        return None, done.stderr, done.returncode
    answer = json.loads(done.stdout)
    found = [item["path"] for item in answer["objects"][1:] if item["path"] != LOADER.decode()]
    return (found, {missing_name(item["name"]) for item in answer["missing"]}), done.stderr, done.returncode


def main():
    folder = os.path.realpath(sys.argv[2])
    first, count = (int(text) for text in sys.argv[3:5]) if len(sys.argv) > 4 else (0, 20000 if os.environ.get("BUNDLE_TEST_ALL") else 1000)
    files = refused = crashed = 0
    wrong = []
    for seed in range(first, first + count):
        tree = Tree(folder, seed)
        environment = tree.environment()
        expected, said = real(tree, environment)
        got, message, code = ours(tree, environment)
        if expected == "crashed":
            crashed += 1
            continue
        if expected is None:
            refused += 1
            same = code != 0
        else:
            files += len(expected[0])
            in_order = sorted if tree.has_filters else list
            same = got is not None and in_order(got[0]) == in_order(expected[0])
            same = same and got[1] <= expected[1] <= got[1] | tree.auxiliary
        if not same:
            wrong.append(f"seed {seed}, {environment}:\n  real {expected} {said}  ours {got} exit {code} {message}")
    print("\n".join(wrong[:5]))
    print(f"{count} random trees for {LIBC}, {files} libraries, {refused} refused by the loader, which crashed at {crashed}, "
          f"{len(wrong)} differences")
    return 1 if wrong or files < 2 * count or crashed > count / 100 else 0


sys.exit(main())
