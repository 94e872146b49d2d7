#!/usr/bin/python3
"""One-field corruptions of ELF files: field, poke, and what must come of it.

A row either names the words of the error that is expected, or says that the file is as good as before for what is asked of
it (those rows keep the reader honest: not everything odd is corrupt). Whatever the row, no crash, no half-written
output, and what is written under the program's name still starts where it did before.

A second part pokes every byte of the headers and of the dynamic section in turn with several values and asks for the same.

Usage: malformed_test.py --bundle BUNDLE --fixtures DIR [-j N]
"""
import argparse
import concurrent.futures
import os
import struct
import subprocess
import sys
import tempfile

EDIT = ["--set-interpreter", "/lib64/./././././././././././././ld-linux-x86-64.so.2", "--set-rpath", "/lib:/usr/lib/of/some/length"]
OK = None


class File:
    """A 64-bit program's bytes with named places to poke."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.phoff, self.shoff = struct.unpack_from("<QQ", data, 32)
        self.phentsize, self.phnum, self.shentsize, self.shnum = struct.unpack_from("<HHHH", data, 54)
        self.headers = [struct.unpack_from("<IIQQQQQQ", data, self.phoff + i * 56) for i in range(self.phnum)]

    def header(self, kind, number=0):
        """The offset of the program header."""
        return self.phoff + 56 * [i for i, header in enumerate(self.headers) if header[0] == kind][number]

    def entry(self, tag):
        """The offset of the dynamic entry."""
        _, _, offset, _, _, size, _, _ = next(header for header in self.headers if header[0] == 2)
        return next(at for at in range(offset, offset + size, 16) if struct.unpack_from("<q", self.data, at)[0] == tag)

    def address_to_offset(self, address):
        for kind, _, offset, start, _, size, _, _ in self.headers:
            if kind == 1 and start <= address < start + size:
                return offset + address - start
        raise KeyError(hex(address))

    def value(self, tag):
        return struct.unpack_from("<Q", self.data, self.entry(tag) + 8)[0]

    def poke(self, form, at, *values):
        struct.pack_into("<" + form, self.data, at, *values)


LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
NEEDED, STRTAB, SYMTAB, STRSZ, VERNEED, VERNEEDNUM = 1, 5, 6, 10, 0x6FFFFFFE, 0x6FFFFFFF

# (what, how, words of the error or OK)
ROWS = [
    ("nothing", lambda f: None, OK),
    ("e_ident magic", lambda f: f.poke("B", 0, 0x7E), "not an ELF file"),
    ("EI_CLASS 0", lambda f: f.poke("B", 4, 0), "EI_CLASS is 0"),
    ("EI_CLASS 3", lambda f: f.poke("B", 4, 3), "EI_CLASS is 3"),
    ("EI_CLASS 32 on a 64-bit file", lambda f: f.poke("B", 4, 1), "no interpreter"),
    ("EI_DATA big-endian", lambda f: f.poke("B", 5, 2), "not little-endian"),
    ("EI_VERSION 9", lambda f: f.poke("B", 6, 9), "EI_VERSION is 9"),
    ("e_type of an object file", lambda f: f.poke("H", 16, 1), "neither a program nor a shared library"),
    ("e_machine of MIPS", lambda f: f.poke("H", 18, 8), "e_machine 8"),
    ("e_phoff past the end", lambda f: f.poke("Q", 32, len(f.data) - 8), "program headers"),
    ("e_phoff that wraps", lambda f: f.poke("Q", 32, 2**64 - 56), "program headers"),
    ("e_phentsize 32", lambda f: f.poke("H", 54, 32), "e_phentsize is 32"),
    ("e_phnum PN_XNUM", lambda f: f.poke("H", 56, 0xFFFF), "65,534"),
    ("e_phnum 0", lambda f: f.poke("H", 56, 0), "no interpreter"),
    ("e_shoff past the end", lambda f: f.poke("Q", 40, 2**63), OK),
    ("e_shentsize 7", lambda f: f.poke("H", 58, 7), OK),
    ("e_shnum too many", lambda f: f.poke("H", 60, 0xFEFF), OK),
    ("e_shstrndx nowhere", lambda f: f.poke("H", 62, 999), OK),
    ("PT_LOAD p_filesz past the end", lambda f: f.poke("QQ", f.header(LOAD, 3) + 32, 2**40, 2**41), "past its end"),
    ("PT_LOAD p_filesz over p_memsz", lambda f: f.poke("Q", f.header(LOAD) + 40, 1), "more than its p_memsz"),
    ("PT_LOAD p_memsz that wraps", lambda f: f.poke("Q", f.header(LOAD, 3) + 40, 2**64 - 1), "wraps"),
    ("PT_LOADs out of order", lambda f: f.poke("Q", f.header(LOAD) + 16, 0x100000), "ascending order"),
    ("PT_LOAD p_offset that wraps", lambda f: f.poke("Q", f.header(LOAD, 1) + 8, 2**64 - 4096), "past its end"),
    ("PT_INTERP past the end", lambda f: f.poke("Q", f.header(INTERP) + 8, len(f.data)), "past its end"),
    ("PT_INTERP without NUL", lambda f: f.poke("Q", f.header(INTERP) + 32, 5), "NUL"),
    ("PT_INTERP empty string", lambda f: f.poke("B", struct.unpack_from("<Q", f.data, f.header(INTERP) + 8)[0], 0),
     "PT_INTERP is empty"),
    ("PT_DYNAMIC p_vaddr elsewhere", lambda f: f.poke("Q", f.header(DYNAMIC) + 16, 0x10), "PT_DYNAMIC"),
    ("PT_DYNAMIC p_offset elsewhere", lambda f: f.poke("Q", f.header(DYNAMIC) + 8, 0x10), "PT_DYNAMIC"),
    ("PT_DYNAMIC of 3 bytes", lambda f: f.poke("Q", f.header(DYNAMIC) + 32, 3), "DT_NULL"),
    ("PT_DYNAMIC without DT_NULL", lambda f: f.poke("Q", f.header(DYNAMIC) + 32, 64), "DT_NULL"),
    ("PT_NOTE past the end", lambda f: f.poke("Q", f.header(NOTE) + 32, 2**40), "past its end"),
    ("n_namesz huge", lambda f: f.poke("I", struct.unpack_from("<Q", f.data, f.header(NOTE) + 8)[0], 2**32 - 1), OK),
    ("n_descsz huge", lambda f: f.poke("I", struct.unpack_from("<Q", f.data, f.header(NOTE) + 8)[0] + 4, 2**32 - 1), OK),
    ("DT_STRTAB not mapped", lambda f: f.poke("Q", f.entry(STRTAB) + 8, 2**40), "DT_STRTAB"),
    ("DT_STRTAB that wraps", lambda f: f.poke("Q", f.entry(STRTAB) + 8, 2**64 - 1), "DT_STRTAB"),
    ("DT_STRSZ past its segment", lambda f: f.poke("Q", f.entry(STRSZ) + 8, 2**30), "DT_STRSZ"),
    ("DT_STRSZ 0", lambda f: f.poke("Q", f.entry(STRSZ) + 8, 0), "DT_STRSZ is 0x0"),
    ("DT_STRTAB gone", lambda f: f.poke("q", f.entry(STRTAB), 0x6FFFFEF0), "names a string"),
    ("DT_NEEDED past DT_STRSZ", lambda f: f.poke("Q", f.entry(NEEDED) + 8, 2**20), "names a string at 0x100000"),
    ("DT_NEEDED that wraps", lambda f: f.poke("Q", f.entry(NEEDED) + 8, 2**64 - 1), "names a string"),
    ("DT_SYMTAB nowhere", lambda f: f.poke("Q", f.entry(SYMTAB) + 8, 2**50), OK),
    ("DT_VERNEEDNUM huge", lambda f: f.poke("Q", f.entry(VERNEEDNUM) + 8, 2**60), OK),
    ("vn_aux outside", lambda f: f.poke("I", f.address_to_offset(f.value(VERNEED)) + 8, 2**31), "corrupt"),
    ("vn_next in a circle", lambda f: (f.poke("I", f.address_to_offset(f.value(VERNEED)) + 12, 0),
                                       f.poke("Q", f.entry(VERNEEDNUM) + 8, 5)), OK),
    ("sh_size of .dynstr huge", lambda f: poke_section(f, 3, "Q", 32, 2**62), OK),
    ("sh_offset of .dynsym huge", lambda f: poke_section(f, 11, "Q", 24, 2**62), "corrupt"),
    ("sh_link of .dynsym elsewhere", lambda f: poke_section(f, 11, "I", 40, 0xFFFF), OK),
    ("the file cut at its half", lambda f: f.data.__delitem__(slice(len(f.data) // 2, None)), "past its end"),
    ("the file cut in its header", lambda f: f.data.__delitem__(slice(20, None)), "corrupt"),
    ("only the debug information", lambda f: only_debug(f), "holds only the debug information"),
    ("only the magic", lambda f: f.data.__delitem__(slice(4, None)), "corrupt"),
]


def only_debug(file):
    with tempfile.NamedTemporaryFile() as work:
        work.write(file.data)
        work.flush()
        subprocess.run(["objcopy", "--only-keep-debug", work.name], check=True)
        with open(work.name, "rb") as changed:
            file.data = bytearray(changed.read())


def poke_section(file, kind, form, field, value):
    for i in range(file.shnum):
        at = file.shoff + i * 64
        sh_type, flags = struct.unpack_from("<IQ", file.data, at + 4)
        if sh_type == kind and flags & 2:
            file.poke(form, at + field, value)
            return
    raise KeyError("no such section")


def run(arguments):
    return subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False)


class Test:
    def __init__(self, options, work, original):
        self.options, self.work, self.original = options, work, original

    def outcome(self, data, name):
        """(status, message, what is wrong whatever was expected)."""
        source, target = os.path.join(self.work, name), os.path.join(self.work, name + ".out")
        with open(source, "wb") as file:
            file.write(data)
        done = run([self.options.bundle, "edit", source, "-o", target, *EDIT])
        message = done.stderr.decode("utf-8", "replace").strip()
        wrong = None
        if done.returncode not in (0, 1):
            wrong = f"ends with {done.returncode}: {message}"
        elif (done.returncode == 0) != os.path.exists(target):
            wrong = f"ends with {done.returncode}, but the output is {'there' if os.path.exists(target) else 'not there'}"
        elif done.returncode == 1 and (name not in message or "\n" in message):
            wrong = f"not one line that names the file: {message}"
        elif done.returncode == 0 and run([self.options.bundle, "edit", "--print", target]).returncode != 0:
            wrong = "what was written cannot be read again"
        for path in (source, target):
            if os.path.exists(path):
                os.unlink(path)
        return done.returncode, message, wrong

    def row(self, number):
        what, poke, expected = ROWS[number]
        file = File(self.original)
        poke(file)
        status, message, wrong = self.outcome(file.data, f"row{number}")
        if wrong is None and expected is OK and status != 0:
            wrong = f"is to be as good as before, but: {message}"
        if wrong is None and expected is not OK and (status != 1 or expected not in message):
            wrong = f"the message is to say {expected!r}, but status {status}: {message}"
        return f"{what}: {wrong}" if wrong else None

    def bytes_poked(self, span):
        """Every byte of a span of the file in turn, one bit and all bits."""
        faults = []
        for at in range(*span):
            for value in {0xFF, self.original[at] ^ 1} - {self.original[at]}:
                data = bytearray(self.original)
                data[at] = value
                _, _, wrong = self.outcome(data, f"byte{at:x}_{value:x}")
                if wrong:
                    faults.append(f"byte {at:#x} set to {value:#x}: {wrong}")
        return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--fixtures", required=True)
    parser.add_argument("-j", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    options.bundle = os.path.abspath(options.bundle)
    with tempfile.TemporaryDirectory(prefix="bundle-malformed-") as work:
        library, program = os.path.join(work, "libshape.so"), os.path.join(work, "program")
        source = os.path.join(options.fixtures, "")
        for command in (["gcc", "-shared", "-fPIC", f"-Wl,--version-script={source}library.map", "-o", library,
                         f"{source}library.c"],
                        ["gcc", "-s", "-o", program, f"{source}program.c", library]):
            done = run(command)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
        with open(program, "rb") as file:
            original = file.read()
        test = Test(options, work, original)
        parsed = File(original)
        dynamic = next(header for header in parsed.headers if header[0] == DYNAMIC)
        spans = [(0, parsed.phoff + parsed.phnum * 56), (dynamic[2], dynamic[2] + dynamic[5])]
        chunks = [(at, min(at + 32, end)) for start, end in spans for at in range(start, end, 32)]
        with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
            faults = [fault for fault in pool.map(test.row, range(len(ROWS))) if fault]
            for more in pool.map(test.bytes_poked, chunks):
                faults += more
        leftovers = [name for name in os.listdir(work) if name not in ("libshape.so", "program")]
        if leftovers:
            faults.append(f"left behind: {leftovers}")
    print(*faults, sep="\n")
    print(f"{len(ROWS)} rows and {sum(end - start for start, end in spans)} bytes poked, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
