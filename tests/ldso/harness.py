"""Builds a small root file system for one loader rule, runs a program in it with the real loader, and holds what
`bundle inspect` says against that: once inside the root (bubblewrap), once from outside with --sysroot.

The linker is the real one. A DT_NEEDED of any text comes from linking to an empty library of that SONAME.
"""
import itertools
import json
import os
import shutil
import struct
import subprocess

import emulator

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLE = os.environ["BUNDLE"]
LOADER = "/lib64/ld-linux-x86-64.so.2"
LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
MUSL_LOADER = "/lib/ld-musl-x86_64.so.1"
PREFIX = {"aarch64": "aarch64-linux-gnu-"}
EMULATION = {"x86_64": "elf_x86_64", "i386": "elf_i386", "aarch64": "aarch64linux"}


class Failure(Exception):
    pass


class Case:
    def __init__(self, folder):
        self.root = os.path.join(folder, "root")
        self.work = os.path.join(folder, "work")
        for path in (self.root, self.work):
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
        self.numbers = itertools.count()
        self.env = {}
        self.cwd = "/"
        self.program_path = None
        self.interpreter = LOADER
        self.musl = False
        self.ordered = True  # the loader's order is compared too
        self.refused = False
        self.expected = []
        self.missing = []
        self.preferred = {}  # name: the copy for this processor that the loader takes where bundle takes the baseline
        self.in_sysroot = {}  # path: what stands for it with --sysroot, where the processor at hand does not count
        self.said = []
        self.machine = "x86_64"  # of the program
        self.traced = False  # ask the loader what it would load, for programs without a libc that could print it
        for path in ("tmp", "etc"):
            os.makedirs(os.path.join(self.root, path))

    # ------------------------------------------------------------------------------------------ building

    def at(self, inside):
        path = self.root + inside
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def run(self, *command, **options):
        done = subprocess.run(command, capture_output=True, text=True, **options)
        if done.returncode != 0:
            raise Failure(f"{' '.join(command)}\n{done.stderr}")
        return done.stdout

    def file(self, inside, content=""):
        with open(self.at(inside), "w") as out:
            out.write(content)

    def link(self, target, inside):
        os.symlink(target, self.at(inside))

    def hard_link(self, old, new):
        os.link(self.root + old, self.at(new))

    def install(self, source, inside):
        shutil.copy(os.path.realpath(source), self.at(inside))

    def use_glibc(self):
        self.install(LOADER, LOADER)
        self.install(LIBC, LIBC)

    def use_musl(self, loader=MUSL_LOADER, path_file=None):
        self.musl = True
        self.interpreter = loader
        self.install(MUSL_LOADER, loader)
        if path_file is not None:
            self.file("/etc/ld-musl-x86_64.path", path_file)

    def stub(self, name, machine):
        """An empty library of that SONAME to link to, wherever the real one will be."""
        out = os.path.join(self.work, f"stub{next(self.numbers)}.so")
        self.run("ld", "-m", EMULATION[machine], "-shared", "-soname", name, "-o", out, self.object(machine))
        return out

    def object(self, machine):
        out = os.path.join(self.work, f"empty.{machine}.o")
        if not os.path.exists(out):
            compiler = ["gcc", "-m32"] if machine == "i386" else [PREFIX.get(machine, "") + "gcc"]
            self.run(*compiler, "-x", "c", "-c", "-o", out, "/dev/null")
        return out

    def link_options(self, rpath, runpath, needs, filters, auxiliary, flags, machine):
        out = []
        if rpath is not None:
            out += ["--disable-new-dtags", "-rpath", rpath]
        if runpath is not None:
            out += ["--enable-new-dtags", "-rpath", runpath]
        for name in filters:
            out += ["-F", name]
        for name in auxiliary:
            out += ["-f", name]
        for flag in flags:
            out += ["-z", flag]
        out += ["--no-as-needed", "--allow-shlib-undefined"]
        return out + [self.stub(name, machine) for name in needs]

    def lib(self, inside, soname=None, needs=(), rpath=None, runpath=None, filters=(), auxiliary=(), flags=(),
            machine="x86_64"):
        """`soname` defaults to the file's name; "" is none."""
        out = self.at(inside)
        soname = os.path.basename(inside) if soname is None else soname
        options = self.link_options(rpath, runpath, needs, filters, auxiliary, flags, machine)
        self.run(PREFIX.get(machine, "") + "ld", "-m", EMULATION[machine], "-shared", *(["-soname", soname] if soname else []), "-o", out,
                 self.object(machine), *options)

    def c_lib(self, out, source, soname, *links, versions=None):
        """A library of C, with the symbol versions of a linker script; `out` and `links` are paths of this machine."""
        text = os.path.join(self.work, f"source{next(self.numbers)}.c")
        with open(text, "w") as file:
            file.write(source)
        options = [f"-Wl,-soname,{soname}"]
        if versions is not None:
            with open(text + ".map", "w") as file:
                file.write(versions)
            options.append(f"-Wl,--version-script={text}.map")
        self.run("gcc", "-shared", "-fPIC", "-nostdlib", *options, "-o", out, text, *links)
        return out

    def program(self, inside, needs=(), rpath=None, runpath=None, filters=(), auxiliary=(), flags=(), interpreter=None,
                soname=None, audit=()):
        self.program_path = inside
        self.interpreter = interpreter or self.interpreter
        options = self.link_options(rpath, runpath, needs, filters, auxiliary, flags, "x86_64")
        if soname:
            options += ["-soname", soname]
        for name in audit:
            options += ["--audit", name]
        compiler = "musl-gcc" if self.musl else "gcc"
        passed = [f"-Wl,{option}" for option in ["--dynamic-linker", self.interpreter]] if not self.musl else []
        for option in options:
            passed += ["-Xlinker", option]
        self.run(compiler, "-o", self.at(inside), os.path.join(HERE, "main.c"), *passed)
        if self.musl and self.interpreter != MUSL_LOADER:
            self.run("patchelf", "--set-interpreter", self.interpreter, self.root + inside)

    def set_needed(self, inside, old, new):
        """Writes a DT_NEEDED that no linker would: `new` is not longer than `old`, which is a text of its own."""
        with open(self.root + inside, "rb") as source:
            data = source.read()
        old, new = old.encode() + b"\0", new.encode() + b"\0"
        if data.count(old) != 1 or len(new) > len(old):
            raise Failure(f"{old!r} does not stand alone in {inside}")
        with open(self.root + inside, "wb") as out:
            out.write(data.replace(old, new.ljust(len(old), b"\0")))

    def point_needed(self, inside, name, skip):
        """The DT_NEEDED `name` becomes what stands `skip` characters on in it; what else names that text stays."""
        with open(self.root + inside, "rb") as source:
            data = bytearray(source.read())
        start, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
        headers = [struct.unpack_from("<IIQQQQQQ", data, start + 56 * i) for i in range(count)]
        offset, size = next((header[2], header[5]) for header in headers if header[0] == 2)
        entries = {at: struct.unpack_from("<qQ", data, at) for at in range(offset, offset + size, 16)}
        strings = next(value for tag, value in entries.values() if tag == 5)  # at its own offset: the first segment
        for at, (tag, value) in entries.items():
            if tag == 1 and data[strings + value:].startswith(name.encode() + b"\0"):
                struct.pack_into("<Q", data, at + 8, value + skip)
                break
        else:
            raise Failure(f"{inside} does not need {name}")
        with open(self.root + inside, "wb") as out:
            out.write(data)

    def ldconfig(self, *folders):
        """Writes the root's ld.so.cache, as ldconfig does from within."""
        self.file("/etc/ld.so.conf", "".join(folder + "\n" for folder in folders))
        self.install("/sbin/ldconfig", "/sbin/ldconfig")
        self.run(*self.sandbox(), "/sbin/ldconfig")

    # ------------------------------------------------------------------------------------------ expecting

    def expect(self, name, path, rule=None):
        """What must come out of both, so that a case cannot pass by testing nothing."""
        self.expected.append((name, path, rule))

    def expect_missing(self, name):
        self.missing.append(name)
        self.refused = True

    def expect_said(self, text):
        self.said.append(text)

    # ------------------------------------------------------------------------------------------ comparing

    def sandbox(self, env=()):
        command = ["bwrap", "--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev", "--clearenv", "--chdir", self.cwd]
        for key, value in dict(env).items():
            command += ["--setenv", key, value]
        return command

    def real(self):
        env = dict(self.env)
        if self.traced:
            env["LD_TRACE_LOADED_OBJECTS"] = "1"
        started = [self.program_path]
        if self.machine == "i386":
            for emulator_path in emulator.of_32_bit():
                self.install(emulator_path, "/emulator")
                started.insert(0, "/emulator")
        done = subprocess.run([*self.sandbox(env), *started], capture_output=True)
        paths = os.fsdecode(done.stdout)
        if self.traced:
            lines = [line.strip().rsplit(" (0x", 1)[0].split(" => ")[-1] for line in paths.split("\n") if line.strip()]
            return done.returncode, [line for line in lines if not line.startswith("linux-")], done.stderr.decode()
        # A newline in a path is followed by the rest of it; no line of ours begins otherwise than with / or a name.
        lines = paths.split("\n")[:-1]
        return done.returncode, lines, done.stderr.decode(errors="replace")

    def absolute(self, path):
        return path if path.startswith("/") else self.cwd.rstrip("/") + "/" + path

    def inspect(self, command, **options):
        done = subprocess.run(command + ["--json"], capture_output=True, text=True, **options)
        if not done.stdout:
            raise Failure(f"inspect: {done.stderr}")
        return done.returncode, json.loads(done.stdout), done.stderr

    def check(self):
        code, loaded, said = self.real()
        if (code != 0) != self.refused:
            raise Failure(f"the real loader: exit {code}, and {'refusal' if self.refused else 'success'} was expected\n{said}")
        os.makedirs(self.root + "/bundle", exist_ok=True)
        shutil.copy(BUNDLE, self.root + "/bundle/bundle")
        inside = [*self.sandbox(self.env), "/bundle/bundle", "inspect", self.program_path]
        outside = [BUNDLE, "inspect", "--sysroot", self.root, self.program_path]
        separators = ":" if self.musl else ":;"
        path = self.env.get("LD_LIBRARY_PATH", "")
        for separator in separators:
            path = path.replace(separator, "\n")
        for item in path.split("\n") if path else []:
            if self.musl and not item:
                continue
            outside.append("--library-path=" + (item or self.cwd))
        for item in self.env.get("LD_PRELOAD", "").split():
            inside.append("--preload=" + item)
            outside.append("--preload=" + item)
        here = self.root + self.cwd
        self.compare("inside the root", self.inspect(inside), loaded)
        plain = [self.in_sysroot.get(path, path) for path in loaded]
        self.compare("with --sysroot", self.inspect(outside, cwd=here), plain)

    def compare(self, where, answer, loaded):
        code, found, said = answer
        if self.refused:
            if code == 0:
                raise Failure(f"{where}: the real loader refuses, inspect does not")
            names = [item["name"] for item in found["missing"]]
            for name in self.missing:
                if name not in names:
                    raise Failure(f"{where}: {name} is not among the missing {names}")
        else:
            if code != 0:
                raise Failure(f"{where}: exit {code}: {said}")
            real = [self.absolute(path) for path in loaded]
            ours = [item["path"] for item in found["objects"][1:]]
            hwcaps = {need.get("hwcaps"): need["path"] for item in found["objects"] for need in item["needs"]}
            real = [hwcaps.get(path, path) for path in real]
            interpreter = found["interpreter"]
            # A trace leaves the interpreter out where nothing asks for it.
            if interpreter not in ours or (interpreter not in real and not self.traced):
                raise Failure(f"{where}: the interpreter {interpreter} is not in both {real} and {ours}")
            real, ours = ([path for path in paths if path != interpreter] for paths in (real, ours))
            if not self.ordered:
                real, ours = sorted(real), sorted(ours)
            if ours != real:
                raise Failure(f"{where}:\n  ours {ours}\n  real {real}")
        edges = [need for item in found["objects"] for need in item["needs"]]
        edges += [edge for item in found["objects"] for edge in item.get("filters", [])]
        edges += [{"name": item["name"], "path": item["path"], "rule": item["rule"]} for item in found["objects"]]
        for name, path, rule in self.expected:
            if not any(e["name"] == name and e["path"] == path and rule in (None, e.get("rule")) for e in edges):
                raise Failure(f"{where}: {name} => {path} by {rule} is not in\n{json.dumps(edges, indent=1)}")
        for name, path in self.preferred.items():
            if not any(e["name"] == name and e.get("hwcaps") == path for e in edges):
                raise Failure(f"{where}: no word that the loader takes {path} for {name}")
        text = json.dumps(found, ensure_ascii=False) + said
        for part in self.said:
            if part not in text:
                raise Failure(f"{where}: nothing says {part!r} in\n{text}")
