#!/usr/bin/python3
"""Rewrites programs of shapes that the machine's own files lack, and runs them under the real kernel and loader.

Each shape is built from fixtures/shapes with the flags of a table, or changed after the link by a few lines here. Then,
for each: a longer interpreter with a new run path; libraries added, renamed; the edit and its reverse; the result stripped;
readelf and eu-elflint asked. What a shape may refuse stands in the table, everything else must be done.

Usage: shapes_test.py --edit BUNDLE --fixtures DIR [--only NAME] [--keep DIR]
"""
import argparse
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

# name: (packages it needs, compiler, its emulator and the root of its loader)
TOOLS = {
    "x86_64": ("gcc", "gcc", [], "strip"),
    "musl": ("musl-tools", "musl-gcc", [], "strip"),
    "aarch64": ("gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static", "aarch64-linux-gnu-gcc",
                ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"], "aarch64-linux-gnu-strip"),
    "i386": ("gcc-i686-linux-gnu libc6-dev-i386-cross qemu-user-static", "i686-linux-gnu-gcc",
             ["qemu-i386-static", "-L", "/usr/i686-linux-gnu"], "i686-linux-gnu-strip"),
    "armhf": ("gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user-static", "arm-linux-gnueabihf-gcc",
              ["qemu-arm-static", "-L", "/usr/arm-linux-gnueabihf"], "arm-linux-gnueabihf-strip"),
    "riscv64": ("gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user-static", "riscv64-linux-gnu-gcc",
                ["qemu-riscv64-static", "-L", "/usr/riscv64-linux-gnu"], "riscv64-linux-gnu-strip"),
}

LONG = "/a/run/path/that/leads/nowhere/and/is/long"


def payload(path):
    with open(path, "ab") as file:
        file.write(b"x" * 100 + b"PAYLOAD00000115")


def no_notes(path):
    check(["objcopy", "--remove-section=.note.*", path])


def headers_moved(path):
    """Puts a copy of the program headers behind the first segment's last byte, as some tools do, where the kernel's
    (first PT_LOAD's address - its offset) + e_phoff still finds them."""
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
        table = data[offset:offset + size * count]
        first = next(i for i in range(count) if struct.unpack_from("<I", table, i * size)[0] == 1)
        filesz, = struct.unpack_from("<Q", table, first * size + 32)
        place = (filesz + 63) // 64 * 64
        assert not any(data[place:place + len(table)]), "no padding behind the first segment"
        for i in range(count):
            kind, = struct.unpack_from("<I", table, i * size)
            if kind == 6:
                base = struct.unpack_from("<Q", table, first * size + 16)[0]
                struct.pack_into("<QQQ", table, i * size + 8, place, base + place, base + place)
            if i == first:
                struct.pack_into("<QQ", table, i * size + 32, place + len(table), place + len(table))
        data[place:place + len(table)] = table
        data[offset:offset + len(table)] = bytes(len(table))
        struct.pack_into("<Q", data, 32, place)
        file.seek(0)
        file.write(data)


def beyond_4_gib(path):
    """Moves the section headers behind 4 GiB of hole, so that all that is appended lies there too."""
    with open(path, "r+b") as file:
        head = bytearray(file.read(64))
        offset, = struct.unpack_from("<Q", head, 40)
        size, count = struct.unpack_from("<HH", head, 58)
        file.seek(offset)
        table = file.read(size * count)
        place = (4 << 30) + 4096
        file.seek(place)
        file.write(table)
        struct.pack_into("<Q", head, 40, place)
        file.seek(0)
        file.write(head)


def bss_in_file(path):
    """Nothing of the last segment is left to the kernel, as in a heap saved from memory, which this is not."""
    check(["objcopy", "--set-section-flags", ".bss=alloc,load,contents,data", path])


def no_sections(path):
    with open(path, "r+b") as file:
        file.seek(40)
        file.write(bytes(8))
        file.seek(58)
        file.write(bytes(6))


def empty_load(path):
    """An empty PT_LOAD behind the others, in place of PT_GNU_PROPERTY: strip makes one of a segment without sections."""
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
        headers = [data[offset + i * size:offset + (i + 1) * size] for i in range(count)]
        headers = [header for header in headers if struct.unpack_from("<I", header)[0] != 0x6474E553]
        last = max(i for i, header in enumerate(headers) if struct.unpack_from("<I", header)[0] == 1)
        headers.insert(last + 1, struct.pack("<IIQQQQQQ", 1, 4, 0x12D8, 0x7FA80, 0x7FA80, 0, 0, 4096))
        data[offset:offset + size * count] = b"".join(headers)
        file.seek(0)
        file.write(data)


def sections_in_front(path):
    """Puts the section headers right behind the program headers, where Go's own link editor has them, and makes of PT_GNU_PROPERTY, which would say that
    a PT_NOTE can be spared, a header of Go's."""
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        headers, old = struct.unpack_from("<QQ", data, 32)
        size, count, section_size, sections = struct.unpack_from("<HHHH", data, 54)
        for at in range(headers, headers + size * count, size):
            if struct.unpack_from("<I", data, at)[0] == 0x6474E553:
                struct.pack_into("<I", data, at, 0x65041580)
        place = headers + size * count
        table = data[old:old + section_size * sections]
        assert not any(data[place:place + len(table)]), "no room behind the program headers"
        data[place:place + len(table)] = table
        struct.pack_into("<Q", data, 40, place)
        file.seek(0)
        file.write(data[:old])
        file.truncate()


def many_symbols(folder):
    """A source of 4,000 exported functions of long names, which make a string table too large to copy for one string."""
    path = os.path.join(folder, "many.c")
    with open(path, "w", encoding="ascii") as file:
        for i in range(4000):
            file.write(f"int a_function_with_a_rather_long_name_that_is_number_{i}(void) {{ return {i}; }}\n")
    return path


class Shape:
    def __init__(self, name, flags=(), after=None, tools="x86_64", refused=(), environment=True, readers=True,
                 strips=True, sources=("program.c",), status=7, has_interpreter=True,
                 largest_growth=None):
        self.name, self.flags, self.after, self.tools, self.refused = name, list(flags), after, tools, refused
        self.environment, self.readers, self.strips = environment, readers, strips
        self.sources, self.status, self.has_interpreter = sources, status, has_interpreter
        self.largest_growth = largest_growth


LLD, GOLD = "-fuse-ld=lld", "-fuse-ld=gold"
SHAPES = [
    Shape("plain"),
    Shape("lld", [LLD]),
    Shape("lld without notes", [LLD, "-Wl,--build-id=none"], after=no_notes),
    Shape("gold", [GOLD]),
    # For a PIE, ld 2.40 counts one entry too few: with 0 there is no DT_NULL at all, with 1 exactly one.
    Shape("no spare DT_NULL", ["-Wl,--spare-dynamic-tags=1"]),
    Shape("no DT_NULL at all", ["-Wl,--spare-dynamic-tags=0"]),
    Shape("no DT_NULL at all, now", ["-Wl,--spare-dynamic-tags=0", "-Wl,-z,now"]),
    Shape("no spare DT_NULL, non-PIE", ["-no-pie", "-Wl,--spare-dynamic-tags=0"]),
    Shape("no PT_NOTE", ["-Wl,--build-id=none", "-fcf-protection=none"], after=no_notes),
    Shape("program headers moved", ["-Wl,-z,max-page-size=65536"], after=headers_moved, strips=False),
    Shape("64 KiB pages", ["-Wl,-z,max-page-size=65536"]),
    Shape("2 MiB pages", ["-Wl,-z,max-page-size=0x200000"]),
    Shape("2 MiB pages, no separate code", ["-Wl,-z,max-page-size=0x200000", "-Wl,-z,noseparate-code"]),
    Shape("no separate code", ["-Wl,-z,noseparate-code"]),
    Shape("huge .bss", ["-DBSS_SIZE=1500000000"]),
    Shape("huge .bss, non-PIE, no spare", ["-DBSS_SIZE=1500000000", "-no-pie", "-Wl,--spare-dynamic-tags=0"]),
    Shape("non-PIE", ["-no-pie"]),
    Shape("non-PIE, lld", ["-no-pie", LLD]),
    Shape("static-PIE", ["-static-pie"], has_interpreter=False, refused=("statically linked",)),
    Shape("RELR", ["-Wl,-z,pack-relative-relocs"]),
    Shape("sysv hash", ["-Wl,--hash-style=sysv"]),
    Shape("sysv hash, lld, no spare", [LLD, "-Wl,--hash-style=sysv", "-Wl,--build-id=sha1"]),
    Shape("read-only .dynamic", [LLD, "-Wl,-z,rodynamic"]),
    Shape("read-only .dynamic among code", [LLD, "-Wl,-z,rodynamic", "-Wl,--no-rosegment"]),
    Shape("now, no relro", ["-Wl,-z,now", "-Wl,-z,norelro"]),
    Shape("unstripped with symbols of .dynamic", ["-g", "-Wl,--spare-dynamic-tags=1", "-Wl,--export-dynamic"]),
    Shape("an old run path", ["-Wl,-rpath,/an/old/run/path", "-Wl,--enable-new-dtags"]),
    Shape("payload", after=payload, strips=False, refused=("payload",)),
    Shape("payload, lld", [LLD], after=payload, strips=False, refused=("payload",)),
    Shape("the .bss in the file", ["-no-pie", "-Wl,--spare-dynamic-tags=0"], after=bss_in_file),
    Shape("no section headers", after=no_sections, readers=False, strips=False, refused=("behind the end",)),
    Shape("section headers behind the program headers",
          ["-Wl,--section-start=.interp=0x1000", "-Wl,--spare-dynamic-tags=1"], after=sections_in_front),
    Shape("an empty PT_LOAD", ["-Wl,--spare-dynamic-tags=1"], after=empty_load, readers=False),
    Shape("over 4 GiB", after=beyond_4_gib, strips=False, readers=False),
    Shape("over 4 GiB, appended", ["-Wl,--spare-dynamic-tags=1"], after=beyond_4_gib, strips=False, readers=False),
    Shape("a library that runs", ["-shared", "-fPIC", "-Wl,-e,library_main"], sources=("both.c",), status=6),
    Shape("large string table", ["-Wl,--export-dynamic"], sources=("program.c", many_symbols), largest_growth=30000),
    Shape("large string table, gold", ["-Wl,--export-dynamic", GOLD], sources=("program.c", many_symbols),
          largest_growth=100000),
    Shape("large string table, sysv hash, no spare",
          ["-Wl,--export-dynamic", "-Wl,--hash-style=sysv", "-Wl,--spare-dynamic-tags=1"],
          sources=("program.c", many_symbols), largest_growth=30000),
    Shape("musl", tools="musl"),
    Shape("musl, no spare", ["-Wl,--spare-dynamic-tags=1"], tools="musl"),
    Shape("aarch64", tools="aarch64"),
    Shape("aarch64, no spare", ["-Wl,--spare-dynamic-tags=1"], tools="aarch64"),
    Shape("aarch64, no DT_NULL at all", ["-Wl,--spare-dynamic-tags=0"], tools="aarch64"),
    Shape("aarch64, lld", ["-Wl,--no-rosegment", LLD], tools="aarch64"),
    Shape("i386", tools="i386"),
    Shape("i386, no spare, non-PIE", ["-no-pie", "-Wl,--spare-dynamic-tags=0"], tools="i386"),
    Shape("armhf", tools="armhf"),
    Shape("armhf, no spare", ["-Wl,--spare-dynamic-tags=1"], tools="armhf"),
    Shape("riscv64", tools="riscv64"),
    Shape("riscv64, no spare", ["-Wl,--spare-dynamic-tags=1"], tools="riscv64"),
]


def run(arguments, environment=None, cwd=None):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, check=False, cwd=cwd, env={"PATH": os.environ["PATH"], **(environment or {})})
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def check(arguments):
    status, out, err = run(arguments)
    if status != 0:
        raise RuntimeError(f"{' '.join(arguments)} ends with {status}: {(out + err)[:1500]}")
    return out


class Bench:
    """One shape's folder, and what is tried in it."""

    def __init__(self, options, shape, folder):
        self.options, self.shape, self.folder = options, shape, folder
        self.faults = []
        _, self.compiler, self.emulator, self.strip = TOOLS[shape.tools]
        self.program = os.path.join(folder, "program")
        self.libraries = os.path.join(folder, "libraries")

    def source(self, name):
        return os.path.join(self.options.fixtures, name)

    def build(self):
        os.makedirs(self.libraries)
        static = "-static-pie" in self.shape.flags
        for name in ("shape", "extra"):
            arguments = [self.compiler, "-O1", "-fPIC", "-shared", "-o", f"{self.libraries}/lib{name}.so.1",
                         f"-Wl,-soname,lib{name}.so.1", f"-Wl,--version-script={self.source('library.map')}",
                         self.source("library.c")]
            check(arguments if name == "shape" else arguments[:-2] + [self.source("library.c"), "-Dshape_name=extra_name",
                                                                     "-Dshape_counter=extra_counter"])
        os.symlink("libshape.so.1", f"{self.libraries}/libshape.so")
        interpreter = "/lib64/ld-linux-x86-64.so.2"
        linked = [self.source("library.c")] if static else [f"-L{self.libraries}", "-lshape"]
        if "program.c" not in self.shape.sources:
            linked = []
        if LLD in self.shape.flags and self.shape.tools != "x86_64":
            # A cross gcc looks for its own ld.lld, which Debian has none of; lld takes any machine.
            os.makedirs(os.path.join(self.folder, "lld"))
            os.symlink(shutil.which("ld.lld"), os.path.join(self.folder, "lld", "ld"))
            self.shape.flags[self.shape.flags.index(LLD)] = "-B" + os.path.join(self.folder, "lld")
        check([self.compiler, "-O1", f'-DINTERPRETER="{interpreter}"', "-o", self.program]
              + [name(self.folder) if callable(name) else self.source(name) for name in self.shape.sources] + self.shape.flags + linked)
        if self.shape.after:
            self.shape.after(self.program)
        self.expected = self.start(self.program, with_environment=True)
        if self.expected[0] != self.shape.status:
            raise RuntimeError(f"the original does not run: {self.expected}")

    def start(self, path, with_environment=False):
        """In its own place under its own name, which "program" is for all of them."""
        place = os.path.join(self.folder, "run")
        os.makedirs(place, exist_ok=True)
        target = os.path.join(place, "program")
        if os.path.exists(target):
            os.unlink(target)
        os.link(path, target)
        environment = {"LD_LIBRARY_PATH": self.libraries} if with_environment else {}
        emulator = list(self.emulator)
        if emulator and with_environment:
            emulator += ["-E", f"LD_LIBRARY_PATH={self.libraries}"]
            environment = {}
        return run(emulator + [target, "argument"], environment)

    def edit(self, source, target, *changes):
        """True when it was done; a refusal that the table allows is False, another a fault."""
        status, _, err = run([self.options.edit, "edit", source, "-o", target, *changes])
        if status == 0:
            return True
        if status == 1 and any(word in err for word in self.shape.refused):
            if os.path.exists(target):
                self.faults.append("a refusal left a file behind")
            return False
        self.faults.append(f"edit {' '.join(changes)[:200]} ends with {status}: {err.strip()[-300:]}")
        return False

    def same(self, path, what, with_environment=False):
        got = self.start(path, with_environment)
        if got != self.expected:
            self.faults.append(f"{what}: {got}, not {self.expected}")

    def shown(self, path):
        return check([self.options.edit, "edit", "--print", path])

    def complaints(self, arguments, path):
        # readelf -a prints megabytes that nobody reads here.
        quiet = arguments[0] == "readelf"
        done = subprocess.run(arguments + [path], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                              stdout=subprocess.DEVNULL if quiet else subprocess.PIPE)
        text = done.stderr + (done.stdout or b"")
        return {re.sub(r"0x[0-9a-f]+|\b[0-9]+\b", "#", line.replace(path, "FILE"))
                for line in text.decode("utf-8", "replace").splitlines()}

    def read_by_others(self, before, after):
        if not self.shape.readers:
            return
        for arguments in (["readelf", "-aW"], ["eu-elflint", "--gnu-ld"]):
            new = self.complaints(arguments, after) - self.complaints(arguments, before)
            if new:
                self.faults.append(f"{arguments[0]}: {'; '.join(sorted(new)[:3])}")

    def stripped(self, path, what):
        if not self.shape.strips:
            return
        status, _, err = run([self.strip, "-o", path + ".strip", path])
        if status != 0 or err:
            self.faults.append(f"strip of {what}: {status} {err[:300]}")
        else:
            self.same(path + ".strip", f"{what}, stripped")

    def try_all(self):
        self.build()
        start = os.path.join(self.folder, "file")
        run_path = f"{LONG}:{self.libraries}"
        old = dict(line.split(None, 1) for line in self.shown(self.program).splitlines()
                   if not line.startswith("needed"))
        change = ["--set-rpath", run_path]
        if self.shape.has_interpreter:
            folder, name = os.path.split(old["interpreter"])
            change += ["--set-interpreter", folder + "/." * 12 + "/" + name]
        if self.edit(self.program, start + ".1", *change):
            self.same(start + ".1", "edited")
            growth = os.path.getsize(start + ".1") - os.path.getsize(self.program)
            if self.shape.largest_growth and growth > self.shape.largest_growth:
                self.faults.append(f"grew by {growth} bytes, over {self.shape.largest_growth}")
            if self.edit(start + ".1", start + ".2", *change) and not same_bytes(start + ".1", start + ".2"):
                self.faults.append("the same edit again gives other bytes")
            self.read_by_others(self.program, start + ".1")
            self.stripped(start + ".1", "edited")
            back = ["--set-rpath", old.get("runpath", old.get("rpath", ""))] + (["--runpath"] if "runpath" in old else [])
            if self.shape.has_interpreter:
                back += ["--set-interpreter", old["interpreter"]]
            if self.edit(start + ".1", start + ".3", *back):
                self.same(start + ".3", "edited and back", with_environment=True)
                if self.shown(start + ".3") != self.shown(self.program):
                    self.faults.append(f"edited and back: {self.shown(start + '.3')}")
        if "program.c" not in self.shape.sources or not self.shape.has_interpreter:
            return
        shutil.copy(f"{self.libraries}/libshape.so.1", f"{self.libraries}/a_copy_under_another_name.so")
        if self.edit(self.program, start + ".4", "--add-needed", "libextra.so.1", "--rename-needed",
                     "libshape.so.1=a_copy_under_another_name.so", "--set-rpath", run_path, "--set-soname", "program.so"):
            self.same(start + ".4", "with an added and a renamed library")
            self.read_by_others(self.program, start + ".4")
            self.stripped(start + ".4", "with an added and a renamed library")
            needed = [line.split()[1] for line in self.shown(start + ".4").splitlines() if line.startswith("needed")]
            if needed[0] != "libextra.so.1" or "a_copy_under_another_name.so" not in needed:
                self.faults.append(f"needed is {needed}")
            # Another longer edit of what has been edited already.
            if self.edit(start + ".4", start + ".5", "--remove-needed", "libextra.so.1", "--set-rpath",
                         LONG + "/" + "x" * 20000 + ":" + self.libraries):
                self.same(start + ".5", "edited twice over")
                self.stripped(start + ".5", "edited twice over")


def same_bytes(a, b):
    return run(["cmp", "-s", a, b])[0] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edit", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--keep", help="work in this folder and leave it")
    options = parser.parse_args()
    options.edit, options.fixtures = os.path.abspath(options.edit), os.path.abspath(options.fixtures)
    missing = sorted({TOOLS[shape.tools][0] for shape in SHAPES
                      if not all(shutil.which(tool) for tool in
                                 [TOOLS[shape.tools][1], TOOLS[shape.tools][3], *TOOLS[shape.tools][2][:1]])})
    if missing:
        sys.exit(f"not installed, and needed: {' '.join(missing)}")
    failed = 0
    work = options.keep or tempfile.mkdtemp(prefix="bundle-shapes-")
    try:
        for shape in SHAPES:
            if options.only and shape.name not in options.only:
                continue
            folder = os.path.join(work, re.sub(r"[^a-zA-Z0-9]+", "_", shape.name))
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            bench = Bench(options, shape, folder)
            try:
                bench.try_all()
            except RuntimeError as error:
                bench.faults.append(str(error))
            if not options.keep:
                shutil.rmtree(folder)
            failed += bool(bench.faults)
            print(f"{'FAILED' if bench.faults else 'ok':<7} {shape.name}", *(f"    {fault}" for fault in bench.faults),
                  sep="\n" if bench.faults else "", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{len(options.only) or len(SHAPES)} shapes, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
