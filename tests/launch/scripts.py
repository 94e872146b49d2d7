#!/usr/bin/python3
"""scripts.py MAKE_LAUNCHER [TEST…]: a launcher that starts a script's interpreter, held against the kernel's own "#!"."""

import errno
import os
import resource
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bundles import PIE, VARIANTS, Workshop, outcome, sandbox  # noqa: E402

QEMU = "/usr/bin/qemu-aarch64-static"
SCRIPT = "lib/t/root/usr/share/script"

workshop = None


class Case:
    """A script whose interpreter is the probe: on the host, at a prefix, elsewhere, and where only the launcher has a
    run bit."""

    def __init__(self, variant=PIE, mode="report", argv0=None):
        self.folder = Path(tempfile.mkdtemp(dir=workshop.folder))
        self.host = workshop.program("probe.c", variant)
        self.script = self.folder / "script"
        self.script.write_text(f"#! {self.host} {mode}\nrest\n")
        self.script.chmod(0o755)
        self.prefix, self.elsewhere = self.folder / "prefix", self.folder / "else where"
        root = workshop.bundle("probe.c", variant, str(self.prefix), settings=(
            f"argv0={self.host if argv0 is None else argv0}", f"arguments={mode}", f"arguments=@root@/{SCRIPT}"))
        self.roots = [self.prefix, self.elsewhere, self.folder / "bare"]
        for place in self.roots:
            shutil.copytree(workshop.without_run_bits(root) if place.name == "bare" else root, place)

    def on_host(self, arguments=(), **options):
        return outcome(["called", *arguments], executable=self.script, **options)

    def in_bundle(self, root, arguments=(), **options):
        return outcome(["called", *arguments], executable=root / "bin/probe", **options)

    def told(self, done, script):
        """What the program saw, whoever started it: the script's path replaced, no comm and AT_EXECFN, which the kernel
        takes from the script, and no count of bytes."""
        lines = [line for line in done[1].replace(str(script), "SCRIPT").splitlines() if not line.startswith(("comm ", "execfn "))]
        return done[0], [line.split(" ")[0] + line[line.index(":"):] if line.startswith("/proc") else line for line in lines]


class AsTheKernelDoes(unittest.TestCase):
    def test_arguments_in_every_way_of_linking(self):
        arguments = ["", "two words", "x" * 5000, "\udcfe\n", "@root@"]
        for name, variant in VARIANTS.items():
            if variant.machine != "x86_64":
                continue
            case = Case(variant)
            for variables in ({"A": "1"}, {}, {"LD_LIBRARY_PATH": "/lib64", "Z": "26"}):
                for given in (arguments, []):
                    expected = case.told(case.on_host(given, env=variables, cwd="/usr"), case.script)
                    self.assertEqual(expected[0], 0, expected)
                    self.assertIn("argv 2 SCRIPT", expected[1])
                    for root in case.roots:
                        with self.subTest(variant=name, root=root.name, variables=variables):
                            done = case.in_bundle(root, given, env=variables, cwd="/usr")
                            self.assertEqual(case.told(done, root / SCRIPT), expected, done[2])
            shutil.rmtree(case.folder)

    def test_aarch64_under_qemu(self):
        variant = VARIANTS["aarch64"]
        root = workshop.bundle("probe.c", variant, settings=("argv0=/usr/bin/probe", "arguments=report",
                                                             f"arguments=@root@/{SCRIPT}"))
        for place in ("/opt", "/home/user/app"):
            command = sandbox(workshop, root, place, [QEMU, f"{place}/bin/probe", "one", "two"], binds=[(QEMU, QEMU)])
            lines = [line for line in outcome(command)[1].splitlines() if line.startswith("argv ")]
            self.assertEqual(lines, ["argv 0 /usr/bin/probe", "argv 1 report", f"argv 2 {place}/{SCRIPT}", "argv 3 one", "argv 4 two"])

    def test_at_the_prefix_the_kernel_starts_it(self):
        """Its comm tells: there the interpreter's name, elsewhere the launcher's."""
        for variant, names in ((PIE, ["probe", "called", "called"]), (VARIANTS["static"], ["probe", "probe", "called"])):
            case = Case(variant, mode="names")
            for root, name in zip(case.roots, names):
                shutil.copy(root / "bin/probe", root / "bin/called")
                self.assertEqual(outcome([root / "bin/called"])[1], f"3 {case.host} {name}\n", root)

    def test_without_a_name_the_callers_stays(self):
        case = Case(argv0="")
        for root in case.roots:
            text = case.in_bundle(root, ["last"])[1]
            self.assertEqual([line for line in text.splitlines() if line.startswith("argv ")],
                             ["argv 0 called", "argv 1 report", f"argv 2 {root}/{SCRIPT}", "argv 3 last"])

    def test_no_argument_at_all(self):
        """argc 0, which Linux turns into one empty argument from 5.18 on."""
        start = workshop.program("start.c", VARIANTS["static"])
        case = Case()
        expected = case.told(outcome([start, "none", case.script]), case.script)
        self.assertEqual(expected[0], 0, expected)
        for root in case.roots:
            self.assertEqual(case.told(outcome([start, "none", root / "bin/probe"]), root / SCRIPT), expected)

    def test_default_variables_go_with_arguments(self):
        folder = Path(tempfile.mkdtemp(dir=workshop.folder))
        root = workshop.bundle("probe.c", PIE, str(folder / "p"), settings=(
            "argv0=/usr/bin/probe", "arguments=report", "environment=A=@root@/a", "environment=TAKEN=no"))
        shutil.copytree(root, folder / "p")
        for place in (folder / "p", root):
            done = outcome([place / "bin/probe", "x"], env={"TAKEN": "mine"})
            lines = [line for line in done[1].splitlines() if line.startswith(("argv", "env"))]
            self.assertEqual(lines, ["argv 0 /usr/bin/probe", "argv 1 report", "argv 2 x", "env TAKEN=mine", f"env A={place}/a"])


class Limits(unittest.TestCase):
    def test_a_hundred_thousand_arguments(self):
        case = Case(mode="count")
        arguments = [str(i % 1000) for i in range(100_000)]
        expected = case.on_host(arguments)
        self.assertTrue(expected[1].startswith("100003 "), expected)
        for root in case.roots:
            self.assertEqual(case.in_bundle(root, arguments)[1].split()[0], "100003")

    def test_arguments_that_no_longer_fit_an_exec(self):
        """The caller's alone fit what the kernel takes, 128 KiB with so small a stack; with the interpreter's they do not.
        They are started in process then, at the prefix too."""
        def small():
            resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))

        case = Case(mode="names")
        for size in range(131_000, 120_000, -8):
            try:
                done = case.in_bundle(case.prefix, ["x" * (size // 2), "y" * (size - size // 2)], preexec_fn=small, env={})
            except OSError as error:  # from the kernel, for the launcher itself
                self.assertEqual(error.errno, errno.E2BIG)
                continue
            self.assertEqual(done[:2], (0, f"5 {case.host} probe\n"), done[2])
            return
        self.fail("no size fits")


class Errors(unittest.TestCase):
    def test_a_message_speaks_for_what_was_called(self):
        case = Case()
        (case.elsewhere / "lib/t/root/usr/bin/probe").unlink()
        shutil.rmtree(case.prefix)
        status, text, errors = case.in_bundle(case.elsewhere)
        self.assertEqual((status, text), (127, ""))
        self.assertRegex(errors, r"\Acalled: /.*/root/usr/bin/probe: cannot be opened: No such file or directory")
        self.assertEqual(errors.count("\n"), 1)


if __name__ == "__main__":
    make_launcher = sys.argv.pop(1)
    with tempfile.TemporaryDirectory(prefix="bundle-launch-") as scratch:
        os.chmod(scratch, 0o755)
        workshop = Workshop(scratch, make_launcher)
        sys.exit(0 if unittest.main(exit=False, verbosity=1).result.wasSuccessful() else 1)
