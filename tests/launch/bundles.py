"""Bundles laid out by hand, for the tests of the launchers alone.

Programs come from fixtures/launch, each built twice: once for the host, once with the interpreter and run path that the
rewriter would give it for the prefix. A bundle is run in an empty root (bubblewrap, unprivileged, read-only), which is
a decoy as well: every SONAME of the bundle lies in /lib64 and /usr/lib64 as a library that prints POISON and exits 66.
"""

import os
import shutil
import subprocess
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "launch"
LAMBDA_LIBRARY_PATH = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib"
LAMBDA_PATH = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"


class Variant:
    """A way to link a C program: compiler, loader and where its libraries lie."""

    def __init__(self, name, compiler, *flags, loader=None, folders=(), machine="x86_64", musl=False, run=()):
        self.name, self.compiler, self.flags = name, compiler, list(flags)
        self.loader, self.folders = loader, [Path(folder) for folder in folders]
        self.machine, self.musl, self.run = machine, musl, list(run)


GLIBC = dict(loader="/lib64/ld-linux-x86-64.so.2", folders=["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"])
VARIANTS = {
    variant.name: variant
    for variant in [
        Variant("pie", "gcc", "-fPIE", "-pie", **GLIBC),
        Variant("non-pie", "gcc", "-fno-pie", "-no-pie", **GLIBC),
        Variant("aligned", "gcc", "-fPIE", "-pie", "-Wl,-z,max-page-size=0x200000", **GLIBC),
        Variant("lld", "gcc", "-fPIE", "-pie", "-fuse-ld=lld", "-Wl,-z,rodynamic", **GLIBC),
        Variant("static-pie", "gcc", "-static-pie"),
        Variant("static", "gcc", "-static", "-no-pie"),
        Variant("musl", "musl-gcc", loader="/lib/ld-musl-x86_64.so.1", folders=["/lib/x86_64-linux-musl"], musl=True),
        Variant("musl-static", "musl-gcc", "-static"),
        Variant("aarch64", "aarch64-linux-gnu-gcc", loader="/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1",
                folders=["/usr/aarch64-linux-gnu/lib"], machine="aarch64",
                run=["/usr/bin/qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]),
    ]
}
PIE = VARIANTS["pie"]


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout


def needed(path):
    dynamic = run(["readelf", "-dW", str(path)], text=True)
    return [line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line]


def closure(program, folders):
    """Libraries by name, without the loader."""
    found, queue = {}, needed(program)
    while queue:
        name = queue.pop(0)
        if name in found or name.startswith("ld-"):
            continue
        found[name] = next(folder / name for folder in folders if (folder / name).exists())
        queue += needed(found[name])
    return found


class Workshop:
    """Builds programs and bundles in a folder of its own, each once."""

    def __init__(self, folder, make_launcher):
        self.folder, self.make_launcher = Path(folder), make_launcher
        self.made = {}

    def once(self, key, make):
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def library(self, name, source, compiler="gcc"):
        def make():
            path = self.folder / "libraries" / name
            path.parent.mkdir(exist_ok=True)
            run([compiler, "-O1", "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", path, FIXTURES / source])
            return path

        return self.once(("library", name), make)

    def program(self, source, variant=PIE, prefix=None, flags=(), compiler=None):
        """The fixture, for the host, or for a bundle at `prefix` when one is given."""

        def make():
            path = self.folder / "programs" / f"{variant.name}-{len(self.made)}" / Path(source).stem
            path.parent.mkdir(parents=True)
            extra = []
            if prefix is not None and variant.loader:
                extra = [f"-Wl,--dynamic-linker={prefix}/lib/t/ld.so", "-Wl,--disable-new-dtags",
                         "-Wl,-rpath,$ORIGIN/../../.."]
            elif variant.loader:
                extra = [f"-Wl,-rpath,{self.folder}/libraries"]
            run([compiler or variant.compiler, "-O1", *variant.flags, "-o", path, FIXTURES / source, "-pthread", *extra,
                 *flags])
            return path

        return self.once(("program", str(source), variant.name, str(prefix), tuple(map(str, flags))), make)

    def bundle(self, source, variant=PIE, prefix="/opt", flags=(), compiler=None, plugins=(), name=None, settings=(),
               program=None):
        """A folder with bin/NAME and lib/t."""

        def make():
            built = program or self.program(source, variant, prefix, flags, compiler)
            called = name or built.name
            root = self.folder / "bundles" / str(len(self.made))
            (root / "bin").mkdir(parents=True)
            place = root / "lib/t/root/usr/bin"
            place.mkdir(parents=True)
            shutil.copy(built, place / called)
            folders = [self.folder / "libraries", *variant.folders]
            arguments = [f"prefix={prefix}", f"program=lib/t/root/usr/bin/{called}", *settings]
            if variant.loader:
                libraries = closure(built, folders)
                for plugin in plugins:
                    libraries[Path(plugin).name] = plugin
                    libraries.update(closure(plugin, folders))
                for library, path in libraries.items():
                    if not (variant.musl and library.startswith("libc.")):  # the loader is libc
                        shutil.copy(path, root / "lib/t" / library)
                shutil.copy(variant.loader, root / "lib/t/ld.so")
                arguments += ["loader=lib/t/ld.so", "libraries=lib/t"] + (["musl=1"] if variant.musl else [])
            run([self.make_launcher, variant.machine, root / "bin" / called, *arguments])
            return root

        key = ("bundle", str(source), variant.name, prefix, tuple(map(str, flags)), name, tuple(settings), str(program))
        return self.once(key, make)

    def without_run_bits(self, root):
        """A copy in which only the launchers may be executed."""

        def make():
            copy = Path(f"{root}-bare")
            shutil.copytree(root, copy)
            for path in copy.rglob("*"):
                if path.is_file():
                    path.chmod(0o555 if path.parent.name == "bin" and path.parent.parent == copy else 0o444)
            return copy

        return self.once(("bare", str(root)), make)

    def decoy(self, root):
        """A folder that holds POISON under every library's name."""

        def make():
            poison = self.library("poison.so", "poison.c")
            folder = Path(f"{root}-decoy")
            folder.mkdir()
            for path in root.rglob("*.so*"):
                shutil.copy(poison, folder / path.name)
            for name in ("ld-linux-x86-64.so.2", "ld-musl-x86_64.so.1", "libc.so", "libc.musl-x86_64.so.1"):
                shutil.copy(poison, folder / name)
            return folder

        return self.once(("decoy", str(root)), make)


def sandbox(workshop, root, place, command, *, proc=True, decoy=True, env=None, binds=(), folder="/"):
    """The command line that runs `command` in an empty root with the bundle at `place`."""
    line = ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--die-with-parent", "--ro-bind", str(root), place,
            "--dev", "/dev", "--tmpfs", "/tmp"]
    if proc:
        line += ["--proc", "/proc"]
    if decoy:
        poison = str(workshop.decoy(root))
        line += ["--ro-bind", poison, "/lib64", "--ro-bind", poison, "/usr/lib64"]
    for source, target in binds:
        line += ["--ro-bind", str(source), str(target)]
    line += ["--clearenv"]
    variables = {"PATH": LAMBDA_PATH, "LD_LIBRARY_PATH": LAMBDA_LIBRARY_PATH} if env is None else env
    for key, value in variables.items():
        line += ["--setenv", key, value]
    return line + ["--chdir", folder, "--", *command]


def outcome(command, **options):
    """(exit status, stdout, stderr) as text."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **options)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
