#!/usr/bin/python3
"""run.py MAKE_LAUNCHER [TEST…]: the launchers against the real kernel, real loaders and an empty root."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bundles import GLIBC, PIE, VARIANTS, Variant, Workshop, outcome, run, sandbox  # noqa: E402

QEMU = "/usr/bin/qemu-aarch64-static"
HOME, SPACES, LINES, BARE = "/home/user/app", "/srv/a place/ with  spaces", "/srv/a\nplace", "/data"

workshop = None


def places(variant):
    """Where a bundle is tried, and whether all run bits but the launcher's are gone there."""
    yield "/opt", False
    yield HOME, False
    yield SPACES, False
    if not variant.musl:
        yield LINES, False
    yield BARE, True


def in_place(root, place, bare, variant, arguments, **options):
    name = next((root / "bin").iterdir()).name
    emulator = [QEMU] if variant.machine == "aarch64" else []
    binds = [(QEMU, QEMU)] if emulator else []
    command = sandbox(workshop, workshop.without_run_bits(root) if bare else root, place,
                      [*emulator, f"{place}/bin/{name}", *arguments], binds=binds, **options)
    return outcome(command)


class EveryWayOfLinking(unittest.TestCase):
    """The same program, linked in every way, in every place, does what it does on the host."""

    def check(self, variant_name, modes):
        variant = VARIANTS[variant_name]
        host = workshop.program("probe.c", variant)
        root = workshop.bundle("probe.c", variant)
        for mode in modes:
            expected = outcome([*variant.run, host, *mode])
            self.assertEqual(expected[0], 0, expected)
            for place, bare in places(variant):
                with self.subTest(mode=mode, place=place):
                    self.assertEqual(in_place(root, place, bare, variant, mode), expected)

    modes = [["threads"], ["signals"], ["clocks"], ["heap"], ["again"], ["again", "once"], ["memory"]]

    def test_pie(self):
        self.check("pie", self.modes)

    def test_non_pie(self):
        self.check("non-pie", self.modes)

    def test_segments_aligned_to_2_mib(self):
        self.check("aligned", self.modes)

    def test_lld_with_a_read_only_dynamic_section(self):
        self.check("lld", self.modes)

    def test_static_pie(self):
        self.check("static-pie", self.modes)

    def test_static(self):
        self.check("static", self.modes)

    def test_musl(self):
        self.check("musl", self.modes)

    def test_musl_static(self):
        self.check("musl-static", self.modes)

    def test_aarch64_under_qemu(self):
        # qemu's /proc/self/exe, when executed, is qemu itself; its maps are its own.
        self.check("aarch64", [["threads"], ["signals"], ["clocks"], ["heap"]])


class Libraries(unittest.TestCase):
    def check(self, source, expected_start, **options):
        host = workshop.program(source, PIE, None, options.get("flags", ()), options.get("compiler"))
        expected = outcome([host])
        self.assertEqual(expected[0], 0, expected)
        self.assertTrue(expected[1].startswith(expected_start), expected)
        root = workshop.bundle(source, PIE, **options)
        for place, bare in places(PIE):
            with self.subTest(place=place):
                self.assertEqual(in_place(root, place, bare, PIE, []), expected)

    def test_exceptions_and_thread_variables_across_libraries_and_dlopen(self):
        library = workshop.library("libthrower.so", "thrower.cpp", "g++")
        plugin = workshop.library("libplugin.so", "plugin.c")
        self.check("catcher.cpp", "odd: 1", compiler="g++", flags=(library,), plugins=(plugin,))

    def test_a_gigabyte_of_bss(self):
        self.check("bss.c", "bss 0 3 5")

    def test_code_on_the_page_of_the_dynamic_section(self):
        self.check("bss.c", "bss 0 3 5", flags=("-fuse-ld=lld", "-Wl,-z,rodynamic", "-Wl,--no-rosegment"))

    def test_code_on_the_stack(self):
        self.check("execstack.c", "stack 42", flags=("-Wl,-z,execstack",))


class Decoys(unittest.TestCase):
    def test_the_decoy_root_is_one(self):
        """A program that searches as LD_LIBRARY_PATH says is poisoned, or these tests prove nothing."""
        root = workshop.bundle("probe.c", settings=("runpath=1",), flags=("-Wl,--enable-new-dtags",))
        for place in ("/opt", HOME):
            status, text, errors = in_place(root, place, False, PIE, ["names"])
            self.assertNotEqual(status, 0)
            self.assertIn("/lib64/libc.so.6", errors)  # it lacks glibc's versions, and glibc says so

    def test_a_program_that_was_not_rewritten_starts_in_process(self):
        """Its own DT_RUNPATH, or none, gives way in memory; at the prefix, too, it is not exec'ed."""
        for flags in ((), ("-Wl,--enable-new-dtags", "-Wl,-rpath,/lib64"), ("-Wl,-z,norelro", "-s")):
            program = workshop.program("probe.c", PIE, None, flags)
            root = workshop.bundle("probe.c", program=program, settings=("never_exec=1",))
            for place, bare in places(PIE):
                with self.subTest(flags=flags, place=place):
                    self.assertEqual(in_place(root, place, bare, PIE, ["again"])[:2], (0, "again\n"))

    def test_musl_gives_the_program_its_library_path_back(self):
        root = workshop.bundle("probe.c", VARIANTS["musl"])
        for place in ("/opt", HOME):
            status, text, _ = in_place(root, place, False, VARIANTS["musl"], ["report"])
            self.assertEqual(status, 0)
            self.assertIn("env LD_LIBRARY_PATH=/var/lang/lib:/lib64", text)


class HandedOver(unittest.TestCase):
    """Arguments, environment, limits, descriptors, signals: the program sees what the caller gave."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(dir=workshop.folder))

    def roots(self, variant=PIE):
        """The bundle at its prefix, and elsewhere."""
        prefix = self.folder / "prefix"
        root = workshop.bundle("probe.c", variant, str(prefix))
        shutil.copytree(root, prefix)
        shutil.copytree(root, self.folder / "else where")
        return prefix, self.folder / "else where"

    def test_all_is_equal(self):
        def prepare():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGCHLD])
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_NOFILE, (777, 888))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        variables = {"A": "1", "EMPTY": "", "LINES": "a\nb", "BYTES": "\udcff\x01", "A.B": "odd", "HOME": "/nowhere"}
        for name in VARIANTS:
            variant = VARIANTS[name]
            if variant.machine != "x86_64":
                continue
            host = workshop.program("probe.c", variant)
            for argv0 in ("probe", "/usr/bin/other", "-probe", ""):
                arguments = [argv0, "report", "", "two words", "x" * 5000, "\udcfe\n"]
                extra = os.dup2(0, 50)
                options = dict(env=variables, preexec_fn=prepare, cwd="/usr", pass_fds=[extra], stdin=subprocess.DEVNULL)
                expected = outcome(arguments, executable=host, **options)
                self.assertEqual(expected[0], 0)
                self.assertGreater(len(expected[1]), 5000)
                for root in self.roots(variant) if argv0 == "probe" else (self.folder / "prefix", self.folder / "else where"):
                    with self.subTest(variant=name, argv0=argv0, root=root):
                        self.assertEqual(outcome(arguments, executable=root / "bin/probe", **options), expected)
            shutil.rmtree(self.folder / "prefix")
            shutil.rmtree(self.folder / "else where")

    def test_exit_status_signal_and_pipes(self):
        for root in self.roots():
            program = root / "bin/probe"
            self.assertEqual(outcome([program, "names", "42"])[0], 42)
            self.assertEqual(outcome([program, "abort"])[0], -signal.SIGABRT)

    def test_default_variables(self):
        settings = ("environment=GREETING=hello", "environment=DATA=@root@/share:@root@", "environment=TAKEN=no",
                    "environment=EMPTY=no", "environment=TAKEN2=yes")
        prefix = self.folder / "prefix"
        root = workshop.bundle("probe.c", PIE, str(prefix), settings=settings)
        shutil.copytree(root, prefix)
        for place in (prefix, root):
            text = outcome([place / "bin/probe", "report"], env={"TAKEN": "mine", "EMPTY": "", "DAT": "x"})[1]
            found = [line for line in text.splitlines() if line.startswith("env ")]
            self.assertEqual(found, ["env TAKEN=mine", "env EMPTY=", "env DAT=x", "env GREETING=hello",
                                     f"env DATA={place}/share:{place}", "env TAKEN2=yes"])
            expected = ["env DATA=1", "env GREETING=", "env TAKEN=", "env EMPTY=", "env TAKEN2="]
            text = outcome([place / "bin/probe", "report"],
                           env={"DATA": "1", "GREETING": "", "TAKEN": "", "EMPTY": "", "TAKEN2": ""})[1]
            self.assertEqual([line for line in text.splitlines() if line.startswith("env ")], expected)

    def test_no_name_and_an_empty_name(self):
        # Linux turns argc 0 into one empty argument from 5.18 on; the kernel test sees the older ones.
        start = workshop.program("start.c", VARIANTS["static"])
        host = workshop.program("probe.c")
        for kind in ("none", "empty"):
            arguments = [] if kind == "none" else ["names"]
            expected = outcome([start, kind, host, *arguments])
            for root in self.roots() if kind == "none" else (self.folder / "prefix", self.folder / "else where"):
                self.assertEqual(outcome([start, kind, root / "bin/probe", *arguments]), expected)

    def test_a_hundred_thousand_arguments(self):
        arguments = ["count"] + [str(i % 1000) for i in range(100_000)]
        host = workshop.program("probe.c")
        expected = outcome(["probe", *arguments], executable=host)
        self.assertTrue(expected[1].startswith("100002 "), expected)
        for root in self.roots():
            self.assertEqual(outcome(["probe", *arguments], executable=root / "bin/probe"), expected)

    def test_a_small_stack(self):
        def small():
            resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))

        for arguments in (["signals"], ["count"] + ["x" * 100] * 400):
            expected = outcome(["probe", *arguments], executable=workshop.program("probe.c"), preexec_fn=small)
            self.assertEqual(expected[0], 0)
            roots = self.roots() if arguments == ["signals"] else (self.folder / "prefix", self.folder / "else where")
            for root in roots:
                self.assertEqual(outcome(["probe", *arguments], executable=root / "bin/probe", preexec_fn=small), expected)

    def test_addresses_are_random(self):
        for variant in ("pie", "static-pie", "musl"):
            root = workshop.bundle("probe.c", VARIANTS[variant])
            found = {outcome([root / "bin/probe", "place"])[1] for _ in range(5)}
            self.assertGreater(len(found), 3, variant)

    def test_without_address_randomisation(self):
        """The kernel then puts brk right behind the launcher, with little room to grow: malloc does without."""
        for variant in ("pie", "non-pie", "static-pie", "musl"):
            root = workshop.without_run_bits(workshop.bundle("probe.c", VARIANTS[variant]))
            for mode in ("threads", "signals"):
                command = ["setarch", "-R", root / "bin/probe", mode]
                self.assertEqual(outcome(command), outcome([workshop.program("probe.c", VARIANTS[variant]), mode]))

    def test_the_kernel_knows_the_program(self):
        """/proc/PID/auxv, which core files and debuggers read, is the program's (where PR_SET_MM_MAP is in)."""
        root = workshop.bundle("probe.c")
        done = outcome([root / "bin/probe", "auxv"])
        self.assertEqual(done[:2], (0, "auxv\n"))


class Debuggers(unittest.TestCase):
    def backtrace(self, root, prefix):
        """Function names of a core file, innermost first, by gdb on the bundled program."""
        folder = Path(tempfile.mkdtemp(dir=workshop.folder))
        core, program = folder / "core", prefix / "lib/t/root/usr/bin/probe"
        commands = ["-ex=set startup-with-shell off", "-ex=run", f"-ex=generate-core-file {core}", "-ex=kill"]
        run(["gdb", "-nx", "-batch", *commands, "--args", root / "bin/probe", "abort"], stderr=subprocess.DEVNULL)
        text = outcome(["gdb", "-nx", "-batch", "-ex=bt", program, core])[1]
        return [word for line in text.splitlines() if line.startswith("#") for word in line.split() if "abort" in word or word == "main"]

    def test_a_core_has_a_backtrace_with_names(self):
        prefix = Path(tempfile.mkdtemp(dir=workshop.folder)) / "prefix"
        shutil.copytree(workshop.bundle("probe.c", PIE, str(prefix), flags=("-g",)), prefix)
        self.assertIn("main", self.backtrace(prefix, prefix))

    def test_in_process_too(self):
        root = workshop.bundle("probe.c", PIE, flags=("-g",))
        self.assertIn("main", self.backtrace(root, root))


class WaysToGetThere(unittest.TestCase):
    """However the launcher is reached, it finds its root."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(dir=workshop.folder))
        self.root = self.folder / "app"
        shutil.copytree(workshop.bundle("probe.c"), self.root)

    def works(self, command, **options):
        self.assertEqual(outcome(command, **options)[:2], (0, "again\n"))

    def test_relative_and_through_path(self):
        self.works(["./probe", "again"], cwd=self.root / "bin")
        self.works(["../bin/probe", "again"], cwd=self.root / "lib")
        self.works(["sh", "-c", "probe again"], env={"PATH": f"{self.root}/bin:/usr/bin:/bin"})
        self.works(["sh", "-c", "probe again"], env={"PATH": "bin:/usr/bin:/bin"}, cwd=self.root)

    def test_symlinks(self):
        (self.folder / "one").symlink_to("app/bin/probe")
        (self.folder / "two").symlink_to(self.folder / "one")
        (self.folder / "dir").symlink_to("app/bin")
        for name in ("one", "two", "dir/probe"):
            self.works([self.folder / name, "again"])

    def test_comm_is_the_name_it_was_started_by(self):
        (self.folder / "alias").symlink_to("app/bin/probe")
        self.assertEqual(outcome(["x", "names"], executable=self.folder / "alias")[1], "2 x alias\n")

    def test_without_proc(self):
        for place, names in (("/opt", ["/opt/bin/probe", "opt/bin/probe", "./opt/lib/../bin/./probe", "/l/one", "l/two"]),
                             (HOME, [f"{HOME}/bin/probe", f".{HOME}/bin/probe", "/l/three", "/l/four/probe"])):
            links = self.folder / f"links{len(place)}"
            links.mkdir()
            (links / "one").symlink_to("../opt/bin/probe")
            (links / "two").symlink_to("/l/one")
            (links / "three").symlink_to(f"{HOME}/bin/probe")
            (links / "four").symlink_to(f"..{HOME}/bin")
            for name in names:
                with self.subTest(place=place, name=name):
                    command = sandbox(workshop, self.root, place, [name, "names"], proc=False, binds=[(links, "/l")])
                    done = outcome(command)
                    self.assertEqual((done[0], done[1].split(" ")[:2]), (0, ["2", name]), done)

    def test_a_copy_of_the_launcher(self):
        """Only the launcher may be executed, it lies elsewhere, and BUNDLE_ROOT names the rest."""
        shutil.copytree(workshop.without_run_bits(self.root), self.folder / "data")
        copy = self.folder / "copied"
        shutil.copy(self.root / "bin/probe", copy)
        copy.chmod(0o755)
        (self.folder / "data/bin/probe").chmod(0o444)
        for wish, cwd in ((self.folder / "data", "/"), (f"{self.folder}/data//", "/"), ("data", self.folder), ("./", self.folder / "data")):
            self.works([copy, "again"], env={"BUNDLE_ROOT": str(wish)}, cwd=cwd)
            self.works([copy, "again", "once"], env={"BUNDLE_ROOT": str(wish)}, cwd=cwd)

    def test_a_root_of_another_bundle_does_not_count(self):
        """BUNDLE_ROOT is inherited: a child that is another bundle's program still finds its own."""
        self.works([self.root / "bin/probe", "again"], env={"BUNDLE_ROOT": "/usr"})

    def test_a_launcher_that_was_moved_away_finds_the_prefix(self):
        prefix = self.folder / "prefix"
        shutil.copytree(workshop.bundle("probe.c", PIE, str(prefix)), prefix)
        shutil.copy(prefix / "bin/probe", self.folder / "moved")
        self.works([self.folder / "moved", "again"])

    def test_a_path_of_4000_characters(self):
        deep = self.folder / "d"
        while len(str(deep)) < 3800:
            deep = deep / ("x" * 200)
        deep = deep / ("y" * (3999 - len(str(deep))))
        self.assertEqual(len(str(deep)), 4000)
        deep.mkdir(parents=True)
        for part in ("bin", "lib"):
            shutil.copytree(self.root / part, deep / part)
        self.works([deep / "bin/probe", "again"])

    def test_names_that_run_paths_cannot_hold(self):
        for name in ("a:b", "a$ORIGIN", "${LIB}x", "a;b", "@root@"):
            odd = self.folder / name
            shutil.copytree(self.root, odd)
            with self.subTest(name=name):
                self.works([odd / "bin/probe", "again"])
        musl = workshop.bundle("probe.c", VARIANTS["musl"])
        for name, fits in (("a$ORIGIN", True), ("a b", True), ("a:b", False), ("a\nb", False)):
            odd = self.folder / f"musl{name}"
            shutil.copytree(musl, odd)
            for env in ({}, {"LD_LIBRARY_PATH": "/lib64"}):
                with self.subTest(name=name, env=env):
                    status, text, errors = outcome([odd / "bin/probe", "again"], env=env)
                    if fits:
                        self.assertEqual((status, text), (0, "again\n"), errors)
                    else:
                        self.assertEqual((status, text), (126, ""))
                        self.assertIn("unpack the bundle elsewhere", errors)

    def test_the_launcher_was_deleted_while_it_starts(self):
        """" (deleted)" in /proc/self/exe is no part of the folder."""
        start = f"exec 9<{self.root}/bin/probe; rm {self.root}/bin/probe; exec /proc/self/fd/9 again"
        self.works(["bash", "-c", start])


class Errors(unittest.TestCase):
    """One line: the launcher, the file, the reason; 127 for what is not there, 126 for what cannot be started."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(dir=workshop.folder)) / "app"
        shutil.copytree(workshop.bundle("probe.c"), self.root)
        self.program = self.root / "lib/t/root/usr/bin/probe"
        self.loader = self.root / "lib/t/ld.so"

    def fails(self, status, *parts, env=None):
        code, text, errors = outcome([self.root / "bin/probe", "again"], env=env or {})
        self.assertEqual((code, text), (status, ""), errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertTrue(errors.startswith("probe: /"), errors)
        for part in parts:
            self.assertIn(part, errors)

    def test_nothing_there(self):
        self.program.unlink()
        self.fails(127, str(self.program), "No such file or directory", "BUNDLE_ROOT")
        self.fails(127, "/nowhere/lib/t/root/usr/bin/probe: cannot be opened", env={"BUNDLE_ROOT": "/nowhere"})

    def test_no_loader(self):
        self.loader.unlink()
        self.fails(127, f"{self.loader}: cannot be opened: No such file or directory")

    def test_not_a_program(self):
        for content in (b"", b"\x7fELF", b"#!/bin/sh\necho\n", bytes(5000), b"\x7fELF\x02\x01\x01" + b"\xff" * 5000):
            self.program.write_bytes(content)
            self.fails(126, f"{self.program}: is no program for this machine")

    def test_another_machine(self):
        shutil.copy(workshop.program("probe.c", VARIANTS["aarch64"]), self.program)
        self.fails(126, "is no program for this machine")

    def test_a_folder(self):
        self.program.unlink()
        self.program.mkdir()
        self.fails(126, f"{self.program}: cannot be read")

    def test_one_field_wrong(self):
        """Corrupt headers end in a message or a signal of the program's, never in a launcher that hangs."""
        good = self.program.read_bytes()
        for offset, value in ((32, b"\xff" * 8), (54, b"\x01\x00"), (56, b"\x00\x00"), (56, b"\xff\xff"), (16, b"\x01\x00")):
            self.program.write_bytes(good[:offset] + value + good[offset + len(value):])
            with self.subTest(offset=offset):
                self.fails(126, "Exec format error" if offset != 32 else "")

    def test_control_characters(self):
        odd = self.root.parent / "a\nb\x1b[2J"
        self.root.rename(odd)
        (odd / "lib/t/root/usr/bin/probe").unlink()
        self.root = odd
        self.fails(127, "a?b?[2J")

    def test_a_noexec_mount(self):
        command = ["unshare", "-rm", "sh", "-c",
                   'mount -t tmpfs -o noexec none "$1/lib" && cp -r "$2/lib/." "$1/lib" && exec "$1/bin/probe" again', "sh",
                   str(self.root), str(workshop.bundle("probe.c"))]
        code, text, errors = outcome(command)
        self.assertEqual((code, text), (126, ""), errors)
        self.assertIn("is it on a file system mounted noexec?", errors)


if __name__ == "__main__":
    make_launcher = sys.argv.pop(1)
    with tempfile.TemporaryDirectory(prefix="bundle-launch-") as scratch:
        os.chmod(scratch, 0o755)
        workshop = Workshop(scratch, make_launcher)
        sys.exit(0 if unittest.main(exit=False, verbosity=1).result.wasSuccessful() else 1)
