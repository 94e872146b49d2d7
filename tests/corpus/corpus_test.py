#!/usr/bin/python3
"""Rewrites the dynamic ELF files of this machine and holds each result against its original.

Ground truth is the real loader, the kernel, readelf, eu-elflint, LIEF and strip. An edited file stands exactly where its
original does (a bind mount in a sandbox with a read-only root and no network), so argv[0], /proc/self/exe and $ORIGIN are
the same in both runs, and so must the outcome be.

Usage: corpus_test.py --edit BUNDLE --load LOAD [--lief LIEF] [--all | --count N] [--file PATH …] [-j N] [--no-patchelf]
"""
import argparse
import concurrent.futures
import hashlib
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

FOLDERS = ["/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/games",
           "/usr/local/bin", "/usr/local/lib", "/usr/aarch64-linux-gnu", "/opt"]
# Hard ones that the sample always has, where the machine has them: huge, of other link editors, or known to be broken
# by other tools.
ALWAYS = re.compile(r"/(node|libLLVM[-.0-9]*\.so[.0-9]*|libjvm\.so|rig|bash|jq|gdb|ffmpeg|git|php[.0-9]*|"
                    r"ldconfig|libc\.so\.6|libstdc\+\+\.so\.6[.0-9]*)$")
X86_64, I386, AARCH64 = 62, 3, 183


class Elf:
    """The little that the test itself has to know of a file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            head = file.read(65536)
        if head[:4] != b"\x7fELF" or head[5] != 1 or head[4] not in (1, 2):
            raise ValueError("not a little-endian ELF file")
        self.is_64 = head[4] == 2
        self.type, self.machine = struct.unpack_from("<HH", head, 16)
        if self.is_64:
            offset, size, count = *struct.unpack_from("<Q", head, 32), *struct.unpack_from("<HH", head, 54)
        else:
            offset, size, count = *struct.unpack_from("<I", head, 28), *struct.unpack_from("<HH", head, 42)
        self.interpreter = None
        self.interpreter_addresses = range(0)
        self.is_dynamic = False
        file_size = os.path.getsize(path)
        for i in range(count):
            kind, = struct.unpack_from("<I", head, offset + i * size)
            at, length = (struct.unpack_from("<Q", head, offset + i * size + 8)[0],
                          struct.unpack_from("<Q", head, offset + i * size + 32)[0]) if self.is_64 else (
                              struct.unpack_from("<I", head, offset + i * size + 4)[0],
                              struct.unpack_from("<I", head, offset + i * size + 16)[0])
            if kind == 2:
                # A separated debug file has the headers of its program and not its bytes.
                self.is_dynamic = 0 < length and at + length <= file_size and self.has_strings(path, at, length)
            if kind == 3 and at + length <= file_size:
                start, = struct.unpack_from("<Q" if self.is_64 else "<I", head, offset + i * size + (16 if self.is_64 else 8))
                self.interpreter_addresses = range(start, start + length)
                with open(path, "rb") as file:
                    file.seek(at)
                    self.interpreter = file.read(length).split(b"\0")[0].decode("utf-8", "surrogateescape")
        if not self.is_dynamic or self.type not in (2, 3):
            raise ValueError("not dynamic")
        if self.is_static_pie():
            raise ValueError("statically linked")
        if not self.interpreter and re.match(r"ld(-linux|64)?[-.a-z0-9_]*\.so", os.path.basename(path)):
            raise ValueError("the loader itself, which stops when it has a run path")

    def has_strings(self, path, at, length):
        """Without DT_STRTAB it is not ld.so that loads the file (Guile's compiled modules)."""
        with open(path, "rb") as file:
            file.seek(at)
            entries = file.read(length)
        form = "<qQ" if self.is_64 else "<iI"
        whole = len(entries) // struct.calcsize(form) * struct.calcsize(form)
        self.dynamic = dict(struct.iter_unpack(form, entries[:whole]))
        return 5 in self.dynamic

    def is_static_pie(self):
        """It has a dynamic section to relocate itself by, and nobody who would read a run path: 1 is DT_NEEDED."""
        return not self.interpreter and 1 not in self.dynamic and self.dynamic.get(0x6FFFFFFB, 0) & 0x08000000


def corpus():
    """Every dynamic ELF file, once, by its real path."""
    found = {}
    for folder in FOLDERS:
        for root, folders, files in os.walk(os.path.realpath(folder)):
            folders[:] = [name for name in folders if name not in ("debug", ".build-id")]
            for name in files:
                path = os.path.join(root, name)
                if os.path.islink(path) or not os.path.isfile(path) or not os.access(path, os.R_OK):
                    continue
                status = os.stat(path)
                key = (status.st_dev, status.st_ino)
                if key in found:
                    continue
                try:
                    Elf(path)
                except (ValueError, struct.error, OSError):
                    continue
                found[key] = path
    return sorted(found.values())


def sample(paths, count):
    """The same files on every run: the hard ones, then those whose path hashes lowest."""
    hard = [path for path in paths if ALWAYS.search(path)]
    rest = sorted((path for path in paths if path not in set(hard)),
                  key=lambda path: hashlib.sha1(os.fsencode(path)).hexdigest())
    return (hard + rest)[:count]


def call(arguments, timeout=60, **more):
    return subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, check=False, **more)


class Judge:
    def __init__(self, options, work):
        self.options = options
        self.work = work

    # ---------------------------------------------------------------- running

    def sandboxed(self, original, stand_in, command, timeout):
        """(status, output) of `command` with `stand_in` mounted over `original`."""
        arguments = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run", "--tmpfs", "/tmp",
                     "--bind", self.work, self.work, "--ro-bind", self.options.load, self.options.load,
                     "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
                     "--setenv", "PATH", "/usr/bin:/bin:/usr/sbin:/sbin", "--setenv", "HOME", "/nonexistent",
                     "--setenv", "LC_ALL", "C", "--chdir", "/"]
        if stand_in:
            arguments += ["--ro-bind", stand_in, original]
        try:
            done = call(arguments + command, timeout=timeout)
        except subprocess.TimeoutExpired:
            return "timeout", b""
        return done.returncode, done.stdout[:1 << 20] + done.stderr[:1 << 20]

    def command_for(self, path, elf):
        emulator = []
        if elf.machine == AARCH64:
            emulator = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]
        if elf.interpreter and not is_library_name(path):
            return emulator + [path, "--version"]
        if elf.machine == AARCH64:
            loader = "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"
            if os.path.basename(path).startswith("ld-linux"):
                return emulator + [path, "--version"]
            return emulator + [loader, "--library-path", "/usr/aarch64-linux-gnu/lib", self.options.load_aarch64,
                               path]
        if elf.machine == X86_64 and elf.is_64:
            return [self.options.load, path]
        return None

    def runs_alike(self, path, elf, reference, edited, timeout=5):
        """None when the edited file does what the reference does, else what is different."""
        command = self.command_for(path, elf)
        if command is None:
            return None
        before = self.sandboxed(path, reference, command, timeout)
        after = self.sandboxed(path, edited, command, timeout)
        if normal(before) == normal(after):
            return None
        # Programs that print the time, addresses, their process id, or what their children say in no order differ from
        # run to run. Any run of the one that is like a run of the other will do; else only the status can tell.
        befores, afters = [before], [after]
        for _ in range(3):
            befores.append(self.sandboxed(path, reference, command, 4 * timeout))
            afters.append(self.sandboxed(path, edited, command, 4 * timeout))
            if set(map(normal, befores)) & set(map(normal, afters)):
                return None
        if len(set(map(normal, befores))) > 1 and before[0] == after[0]:
            return None
        return f"{' '.join(command[:3])}: {show(before)}, but now {show(after)}"

    # ---------------------------------------------------------------- reading

    def complaints(self, arguments, path):
        """Lines of complaint, without what must differ: names of files, numbers of bytes and lines."""
        try:
            done = call(arguments + [path], timeout=600)
        except subprocess.TimeoutExpired:
            return {"timeout"}
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        if arguments[0] == "eu-elflint":
            lines += done.stdout.decode("utf-8", "replace").splitlines()
        return {re.sub(r"0x[0-9a-f]+|\b[0-9]+\b", "#", line.replace(path, "FILE")) for line in lines}

    def readelf_complaints(self, path):
        with open(os.devnull, "wb") as nowhere:
            try:
                done = subprocess.run(["readelf", "-aW", path], stdin=subprocess.DEVNULL, stdout=nowhere,
                                      stderr=subprocess.PIPE, timeout=600, check=False)
            except subprocess.TimeoutExpired:
                return {"timeout"}
        return {re.sub(r"0x[0-9a-f]+|\b[0-9]+\b", "#", line.replace(path, "FILE"))
                for line in done.stderr.decode("utf-8", "replace").splitlines()}

    def lief(self, path):
        done = call([self.options.lief, path], timeout=300)
        out = {"interpreter": [], "rpath": [], "runpath": [], "needed": [], "symbol": [], "not": []}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            kind, _, value = line.partition(" ")
            out.setdefault(kind, []).append(value)
        return done.returncode, out

    # ---------------------------------------------------------------- one file

    def wanted(self, path, elf):
        interpreter = None
        if elf.interpreter:
            folder, name = os.path.split(elf.interpreter)
            interpreter = folder + "/." * 12 + "/" + name
        shown = call([self.options.edit, "edit", "--print", path])
        old = [line.split(None, 1)[1] for line in shown.stdout.decode("utf-8", "surrogateescape").splitlines()
               if line.startswith(("rpath ", "runpath ")) and len(line.split(None, 1)) > 1]
        folders = ["/usr/aarch64-linux-gnu/lib"] if elf.machine == AARCH64 else [
            "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/over/a/long/way"]
        return interpreter, ":".join(old + folders)

    def examine(self, path):
        """(outcome, strategy, growth, reasons) for our edit of one file, and (outcome, reasons) for patchelf's."""
        elf = Elf(path)
        name = hashlib.sha1(os.fsencode(path)).hexdigest()
        ours = os.path.join(self.work, name)
        theirs = ours + ".patchelf"
        reference_strip = ours + ".reference"
        try:
            interpreter, run_path = self.wanted(path, elf)
            return self.our_verdict(path, elf, ours, reference_strip, interpreter, run_path), (
                self.patchelf_verdict(path, elf, theirs, reference_strip, interpreter, run_path)
                if not self.options.no_patchelf else ("skipped", 0, []))
        finally:
            for leftover in (ours, ours + ".strip", ours + ".twice", theirs, theirs + ".strip", reference_strip):
                if os.path.exists(leftover):
                    os.unlink(leftover)

    def our_verdict(self, path, elf, out, reference_strip, interpreter, run_path):
        change = ["--set-rpath", run_path] + (["--set-interpreter", interpreter] if interpreter else [])
        try:
            done = call([self.options.edit, "edit", path, "-o", out] + change, timeout=120)
        except subprocess.TimeoutExpired:
            return "broken", 0, ["bundle edit ran for over 120 s"]
        text = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode == 1 and not os.path.exists(out):
            return "refused", 0, [text]
        if done.returncode != 0:
            return "broken", 0, [f"bundle edit ends with {done.returncode}: {text}"]
        growth = os.path.getsize(out) - os.path.getsize(path)
        reasons = []

        call([self.options.edit, "edit", out, "-o", out + ".twice"] + change, timeout=120)
        if call(["cmp", out, out + ".twice"]).returncode != 0:
            reasons.append("the same edit again gives other bytes")
        if os.stat(out).st_mode != os.stat(path).st_mode & ~0o6000:  # a new file lends nobody's rights
            reasons.append("the mode changed")

        ran = self.runs_alike(path, elf, None, out)
        if ran:
            reasons.append(ran)
        new = self.readelf_complaints(out) - self.readelf_complaints(path)
        if new:
            reasons.append("readelf: " + "; ".join(sorted(new)[:3]))
        new = self.complaints(["eu-elflint", "--gnu-ld"], out) - self.complaints(["eu-elflint", "--gnu-ld"], path)
        if new:
            reasons.append("eu-elflint: " + "; ".join(sorted(new)[:3]))
        if self.options.lief:
            reasons += self.lief_reasons(path, elf, out, interpreter, run_path)
        reasons += self.strip_reasons(path, elf, out, reference_strip)
        return ("broken" if reasons else "done"), growth, reasons

    def lief_reasons(self, path, elf, out, interpreter, run_path):
        status, before = self.lief(path)
        if status != 0:
            return []  # LIEF 0.9.0 cannot read the original
        status, after = self.lief(out)
        if status != 0:
            return [f"LIEF: no longer reads it ({after['not']}, status {status})"]
        reasons = []
        for kind, expected in (("interpreter", [interpreter] if interpreter else []), ("rpath", [run_path]),
                               ("runpath", []), ("needed", before["needed"]), ("symbol", before["symbol"])):
            if kind == "symbol":
                # Symbols of .dynamic, and a string in .interp, move with them; nothing else may.
                moves = [symbol.startswith("_DYNAMIC ") or int(symbol.split()[-2], 16) in elf.interpreter_addresses
                         for symbol in expected]
                same = len(after[kind]) == len(expected) and all(
                    old == new or (may and old.split()[0] == new.split()[0])
                    for old, new, may in zip(expected, after[kind], moves))
            else:
                same = after[kind] == expected
            if not same:
                reasons.append(f"LIEF: reads {kind} {str(after[kind])[:200]}, not {str(expected)[:200]}")
        return reasons

    def strip_for(self, elf):
        return {AARCH64: "aarch64-linux-gnu-strip"}.get(elf.machine, "strip")

    def strip_reasons(self, path, elf, out, reference_strip):
        tool = self.strip_for(elf)
        if not shutil.which(tool):
            return []
        before = call([tool, "-o", reference_strip, path], timeout=300)
        after = call([tool, "-o", out + ".strip", out], timeout=300)
        if before.returncode != 0:
            return []  # not a file that strip can do anything with
        if after.returncode != 0:
            return [f"strip: {after.stderr.decode('utf-8', 'replace').strip()[:300]}"]
        if after.stderr and not before.stderr:
            return [f"strip says {after.stderr.decode('utf-8', 'replace').strip()[:300]}"]
        os.chmod(out + ".strip", 0o755)
        os.chmod(reference_strip, 0o755)
        ran = self.runs_alike(path, elf, reference_strip, out + ".strip")
        return [f"after strip: {ran}"] if ran else []

    def patchelf_verdict(self, path, elf, out, reference_strip, interpreter, run_path):
        shutil.copyfile(path, out)
        os.chmod(out, 0o755)
        change = ["--force-rpath", "--set-rpath", run_path] + (
            ["--set-interpreter", interpreter] if interpreter else [])
        try:
            done = call(["patchelf"] + change + [out], timeout=300)
        except subprocess.TimeoutExpired:
            return "broken", 0, ["patchelf ran for over 300 s"]
        if done.returncode != 0:
            return "refused", 0, [done.stderr.decode("utf-8", "replace").strip()[:300]]
        growth = os.path.getsize(out) - os.path.getsize(path)
        ran = self.runs_alike(path, elf, None, out)
        reasons = [ran] if ran else []
        if not reasons and os.path.exists(reference_strip):
            reasons = self.strip_reasons(path, elf, out, reference_strip)
        return ("broken" if reasons else "done"), growth, reasons


def is_library_name(path):
    return re.search(r"\.so(\.|$)|-[0-9.]+\.so$", os.path.basename(path)) is not None


def normal(result):
    status, output = result
    return status, re.sub(rb"0x[0-9a-f]+|\b[0-9]+(\.[0-9]+)?\s?(s|ms|seconds)\b", b"#", output)


def show(result):
    status, output = result
    return f"status {status}, {output[:150]!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edit", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--lief")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--no-patchelf", action="store_true")
    parser.add_argument("-j", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    for tool in ("bwrap", "readelf", "strip", "eu-elflint", "aarch64-linux-gnu-gcc", "qemu-aarch64-static") + (() if options.no_patchelf else ("patchelf",)):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed (packages: bubblewrap binutils elfutils patchelf gcc-aarch64-linux-gnu"
                     " libc6-dev-arm64-cross qemu-user-static)")
    options.edit, options.load = map(os.path.abspath, (options.edit, options.load))
    if options.lief:
        options.lief = os.path.abspath(options.lief)
    else:
        print("without LIEF, which this distribution has no package of (liblief-dev): readelf, eu-elflint and strip judge alone")

    paths = options.file or corpus()
    total = len(paths)
    if not (options.all or os.environ.get("BUNDLE_TEST_ALL")) and not options.file:
        paths = sample(paths, options.count)
    started = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory(prefix="bundle-corpus-") as work:
        # For the files of a cross toolchain, run by qemu-user.
        options.load_aarch64 = os.path.join(work, "load_aarch64")
        built = call(["aarch64-linux-gnu-gcc", "-o", options.load_aarch64,
                      os.path.join(os.path.dirname(os.path.abspath(__file__)), "load_library.c")])
        if built.returncode != 0:
            sys.exit(f"load_library.c for aarch64: {built.stderr.decode()}")
        judge = Judge(options, work)
        with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
            for path, (ours, theirs) in zip(paths, pool.map(judge.examine, paths)):
                rows.append((path, ours, theirs))
                if ours[0] != "done":
                    print(f"{ours[0]}: {path}", *(f"    {reason}" for reason in ours[2]), sep="\n", flush=True)

    def table_row(name, verdicts):
        growths = [verdict[1] for verdict in verdicts if verdict[0] == "done"]
        count = {kind: sum(verdict[0] == kind for verdict in verdicts) for kind in ("done", "refused", "broken")}
        print(f"{name:<10}{count['done']:>7}{count['refused']:>9}{count['broken']:>8}"
              f"{int(statistics.median(growths)) if growths else 0:>15,}{max(growths, default=0):>15,}")

    print(f"\n{len(paths)} of {total} dynamic ELF files, {time.monotonic() - started:.0f} s")
    print(f"{'':<10}{'done':>7}{'refused':>9}{'broken':>8}{'growth median':>15}{'growth max':>15}")
    table_row("bundle", [ours for _, ours, _ in rows])
    if not options.no_patchelf:
        table_row("patchelf", [theirs for _, _, theirs in rows])
    bad = [path for path, ours, _ in rows if ours[0] != "done"]
    sys.exit(1 if bad or not rows else 0)


if __name__ == "__main__":
    main()
