#!/usr/bin/python3
"""run.py MAKE_REDIRECT MAKE_LAUNCHER: the redirect library in programs of glibc and musl, of x86_64 and aarch64.

Each fixture is laid out as a bundle is (launchers/redirect/abi.h) and run for real. Needs gcc, musl-tools,
gcc-aarch64-linux-gnu and qemu-user-static.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from locales import AnyLocale, WithLocales

MAKE_REDIRECT, MAKE_LAUNCHER = (os.path.abspath(path) for path in sys.argv[1:3])
del sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
CONTENT = "the content\n"
INSIDE = "/redirect.test/share"  # nothing of that name is on any machine
ALIAS = "/redirect.elsewhere/a/tree-1.0"  # nor of that

KINDS = {
    "glibc": {"machine": "x86_64", "compiler": ["gcc"], "runner": []},
    "musl": {"machine": "x86_64", "compiler": ["musl-gcc"], "runner": []},
    "aarch64": {"machine": "aarch64", "compiler": ["aarch64-linux-gnu-gcc"],
                "runner": ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]},
}


def run(command, check=True, **more):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=300, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(str(part) for part in command)[:300]} exits {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(content)
    os.chmod(path, mode)


class Bundle:
    """lib/t of a bundle in a folder of its own, and the same files on disk outside it."""

    def __init__(self, kind, without_dlsym=False):
        self.kind = KINDS[kind]
        self.without_dlsym = without_dlsym
        self.top = tempfile.mkdtemp(prefix="bundle redirect-")  # a space, as users have them
        self.home = os.path.join(self.top, "lib/t")
        self.root = os.path.join(self.home, "root")
        self.outside = os.path.join(self.top, "outside")
        for folder in (self.root + INSIDE, self.outside):
            write(os.path.join(folder, "file"), CONTENT)
            write(os.path.join(folder, "written"), CONTENT)
            write(os.path.join(folder, "folder/more"), "more\n")
            self.compile("plugin.c", os.path.join(folder, "plugin.so"), "-shared", "-fPIC")
            self.helper(os.path.join(folder, "program"))
        write(self.root + "/redirect.test/single", CONTENT)
        write(self.root + "/redirect.test/unlisted", CONTENT)
        write(self.root + "/redirect.test/file", CONTENT)  # for who lists the folder above what is bundled
        self.helper(os.path.join(self.home, "start/program"), "-DSTATUS=43")

    def compile(self, source, out, *flags):
        os.makedirs(os.path.dirname(out), exist_ok=True)
        run([*self.kind["compiler"], "-O1", "-Wno-unused-result", "-o", out, os.path.join(HERE, source), *flags])

    @staticmethod
    def helper(out, *flags):
        """What is executed is the machine's own: qemu-user hands execve to the kernel."""
        os.makedirs(os.path.dirname(out), exist_ok=True)
        run(["gcc", "-O1", "-o", out, os.path.join(HERE, "program.c"), *flags])

    def table(self, home, *lines):
        for name in ("libredirect.so", "redirect.tab"):
            if os.path.exists(os.path.join(self.home, name)):
                os.unlink(os.path.join(self.home, name))
        run([MAKE_REDIRECT, self.home, self.kind["machine"], home,
             *(lines or (f"folder {INSIDE}", f"program {INSIDE}/program start/program"))])
        if self.without_dlsym:
            with open(os.path.join(self.home, "libredirect.so"), "r+b") as library:
                content = library.read()
                assert content.count(b"\0dlsym\0") == 1
                library.seek(0)
                library.write(content.replace(b"\0dlsym\0", b"\0dlsyn\0"))

    def calls(self, *flags, name="calls"):
        """A program with the library as its first DT_NEEDED, at its place in the bundle."""
        self.program = f"{self.root}/usr/bin/{name}"
        self.compile("calls.c", self.program, "-pthread", "-Wl,--no-as-needed", f"{self.home}/libredirect.so",
                     "-Wl,--disable-new-dtags,-rpath,$ORIGIN/../../..", *flags,
                     *(["-ldl"] if self.kind["compiler"][0] != "musl-gcc" else []))
        return self.program

    def run(self, *arguments, **more):
        return run([*self.kind["runner"], self.program, *arguments], **more)

    def remove(self):
        shutil.rmtree(self.top)


class EveryKind:
    kind = ""
    without_dlsym = False  # as in a program of glibc before 2.34 that does not load libdl.so.2: nothing defines the name asked for

    @classmethod
    def setUpClass(cls):
        cls.bundle = Bundle(cls.kind, cls.without_dlsym)
        cls.bundle.table(cls.bundle.home)
        cls.bundle.calls()

    @classmethod
    def tearDownClass(cls):
        cls.bundle.remove()

    def setUp(self):
        self.bundle.table(self.bundle.home)

    def arguments(self, *more):
        return [INSIDE, self.bundle.outside, *more]

    def test_every_function_at_home(self):
        output = self.bundle.run(*self.arguments("calls"))
        self.assertGreater(int(output.split()[0]), 8 * 60, output)

    def test_every_function_elsewhere_starts_by_launcher(self):
        # The program on disk and the launcher exit differently; one status must hold for both places, so the outside
        # one is made the same.
        outside = os.path.join(self.bundle.outside, "program")
        shutil.copy(outside, outside + ".kept")
        try:
            shutil.copy(os.path.join(self.bundle.home, "start/program"), outside)
            self.bundle.table("/opt/lib/t")
            self.bundle.run(*self.arguments("calls", "43"))
        finally:
            os.replace(outside + ".kept", outside)

    def test_a_file_stored_under_another_name(self):
        alias = "/redirect.test/alias"
        self.bundle.table(self.bundle.home, f"file {alias}/file {INSIDE}/file", f"file {INSIDE}/file")
        for folder in (alias, self.bundle.root + alias):  # by its name, and as a program that goes by its own place
            with self.subTest(folder):
                self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), CONTENT)

    def aliased(self, home, *more):
        self.bundle.table(home, f"folder {ALIAS} {INSIDE}", f"folder {INSIDE}", f"program {INSIDE}/program start/program", *more)

    def test_every_function_in_a_folder_found_under_another_path(self):
        self.aliased(self.bundle.home)
        self.bundle.run(ALIAS, self.bundle.outside, "calls")
        # And where the stored path has no entry of its own.
        self.bundle.table(self.bundle.home, f"folder {ALIAS} {INSIDE}")
        self.bundle.run(ALIAS, self.bundle.outside, "calls")

    def test_programs_in_such_a_folder_start_by_launcher_elsewhere(self):
        outside = os.path.join(self.bundle.outside, "program")
        shutil.copy(outside, outside + ".kept")
        try:
            shutil.copy(os.path.join(self.bundle.home, "start/program"), outside)
            self.aliased("/opt/lib/t")
            self.bundle.run(ALIAS, self.bundle.outside, "calls", "43")
        finally:
            os.replace(outside + ".kept", outside)

    def test_the_true_path_is_where_it_is_stored(self):
        self.aliased(self.bundle.home)
        stored = self.bundle.root + INSIDE + "/file"
        for path in (ALIAS + "/file", self.bundle.root + ALIAS + "/file", self.bundle.root + ALIAS + "//folder/../file"):
            self.assertEqual(self.bundle.run(*self.arguments("link", "0", path)), f"{stored}\n{stored}\n(none)\n{CONTENT}", path)

    def test_a_script_and_its_interpreter_in_such_a_folder(self):
        write(self.bundle.root + INSIDE + "/program.sh", f"#!{ALIAS}/program -x\n", 0o755)
        for home, status in ((self.bundle.home, 42), ("/opt/lib/t", 43)):
            self.aliased(home)
            for folder in (ALIAS, self.bundle.root + ALIAS):
                output = self.bundle.run(folder, self.bundle.outside, "script", check=False, env={**os.environ, "REDIRECT_TEST_PRINT": "1"})
                self.assertEqual(output, f"status {status}: {ALIAS}/program -x {self.bundle.root}{INSIDE}/program.sh argument\n")

    def test_what_is_known_better_in_such_a_folder(self):
        write(self.bundle.root + ALIAS + "/own/file", "own\n")
        self.aliased(self.bundle.home, f"file {ALIAS}/own/file", f"file {INSIDE}/two/file {INSIDE}/file")
        for folder, expected in (("/own", "own\n"), ("/two", CONTENT), ("/none", "none\n"), ("/folder/..", CONTENT)):
            self.assertEqual(self.bundle.run(ALIAS + folder, self.bundle.outside, "print"), expected, folder)

    def test_one_step_and_no_circle(self):
        a, b = "/redirect.a", "/redirect.b"
        self.bundle.table(self.bundle.home, f"folder {a} {b}", f"folder {b} {INSIDE}")
        self.assertEqual(self.bundle.run(b, self.bundle.outside, "print"), CONTENT)
        self.assertEqual(self.bundle.run(a, self.bundle.outside, "print"), "none\n")
        self.bundle.table(self.bundle.home, f"folder {a} {b}", f"folder {b} {a}", f"folder {INSIDE} {INSIDE}/folder")
        for folder in (a, b, INSIDE):
            self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), "none\n")

    def test_the_target_and_such_a_folder(self):
        folder = tempfile.mkdtemp(prefix="bundle-redirect-")
        try:
            write(folder + "/file", "on disk\n")
            for stored, more, expected in ((INSIDE, (), CONTENT), (INSIDE, ("prefer_target",), "on disk\n"), (INSIDE + "/folder", (), "on disk\n")):
                self.bundle.table(self.bundle.home, f"folder {folder} {stored}", *more)
                self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), expected)
        finally:
            shutil.rmtree(folder)

    def test_64_threads(self):
        self.bundle.run(*self.arguments("threads"))

    def test_in_a_signal_handler(self):
        self.bundle.run(*self.arguments("signals"))

    def scripted(self):
        write(self.bundle.root + INSIDE + "/program.sh", f"#! {INSIDE}/program  -x y \nrest\n", 0o755)
        self.bundle.helper(self.bundle.root + "/bin/sh")
        self.bundle.table(self.bundle.home, f"folder {INSIDE}", f"program {INSIDE}/program start/program", "program /bin/sh start/program")

    @unittest.skipIf(os.uname().machine != "x86_64", "qemu has its own idea of signal stacks")
    def test_a_signal_stack_of_8_kib(self):
        if self.bundle.kind["runner"]:
            return
        self.scripted()
        output = self.bundle.run(*self.arguments("small"))
        self.assertIn("0 failures", output)

    def test_5000_plugins_and_200_threads(self):
        count, threads = (5000, 200) if not self.bundle.kind["runner"] else (1500, 20)
        many = self.bundle.root + INSIDE + "/many"
        os.makedirs(many, exist_ok=True)
        for i in range(count):
            if not os.path.exists(f"{many}/p{i}.so"):
                os.link(self.bundle.root + INSIDE + "/plugin.so", f"{many}/p{i}.so")
        try:
            output = self.bundle.run(*self.arguments("many", "0", count, threads))
            self.assertEqual(output, "0 failures\n")
        finally:
            shutil.rmtree(many)

    def test_many_paths_arguments_and_streams(self):
        self.scripted()
        output = self.bundle.run(*self.arguments("all"))
        self.assertEqual(output.replace("fts 500\n", ""), "script 1\npopen 600 600\n", output)

    def test_threads_of_a_constructor_that_comes_first(self):
        early = os.path.join(self.bundle.home, "libearly.so")
        self.bundle.compile("early.c", early, "-shared", "-fPIC", "-pthread")
        program = self.bundle.program
        try:
            self.bundle.calls(early, name="early")
            environment = {**os.environ, "REDIRECT_TEST_EARLY": INSIDE + "/file"}
            for _ in range(5):
                self.bundle.run(*self.arguments("early"), env=environment)
        finally:
            self.bundle.program = program

    def test_target_wins_only_if_preferred(self):
        folder = tempfile.mkdtemp(prefix="bundle-redirect-")
        try:
            write(folder + "/file", "on disk\n")
            write(self.bundle.root + folder + "/file", "bundled\n")
            for more, expected in (((), "bundled\n"), (("prefer_target",), "on disk\n")):
                self.bundle.table(self.bundle.home, f"folder {folder}", *more)
                self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), expected)
            os.unlink(folder + "/file")
            self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), "bundled\n")
        finally:
            shutil.rmtree(folder)

    def test_a_miss_in_the_bundle_falls_through(self):
        folder = tempfile.mkdtemp(prefix="bundle-redirect-")
        try:
            write(folder + "/file", "on disk\n")
            os.makedirs(self.bundle.root + folder)
            self.bundle.table(self.bundle.home, f"folder {folder}")
            self.assertEqual(self.bundle.run(folder, self.bundle.outside, "print"), "on disk\n")
        finally:
            shutil.rmtree(folder)

    def test_without_a_table_or_with_a_broken_one_nothing_is_redirected(self):
        table = os.path.join(self.bundle.home, "redirect.tab")
        with open(table, "rb") as whole:
            good = whole.read()
        for broken in (b"", good[:-1], good[:30], b"x" + good[1:], good[:16] + b"\xff" * 60 + good[76:], None):
            os.unlink(table)
            if broken is not None:
                with open(table, "wb") as out:
                    out.write(broken)
            self.assertEqual(self.bundle.run(*self.arguments("print")), "none\n")
            self.assertEqual(self.bundle.run(self.bundle.outside, self.bundle.outside, "print"), CONTENT)
            if broken is None:
                write(table, "")

    def test_a_script_goes_to_its_bundled_interpreter(self):
        write(self.bundle.root + INSIDE + "/program.sh", f"#! {INSIDE}/program  -x y \nrest\n", 0o755)
        self.bundle.table(self.bundle.home, f"folder {INSIDE}", f"program {INSIDE}/program start/program")
        output = self.bundle.run(*self.arguments("script"), check=False, env={**os.environ, "REDIRECT_TEST_PRINT": "1"})
        self.assertEqual(output, f"status 42: {INSIDE}/program -x y {self.bundle.root}{INSIDE}/program.sh argument\n")

    def test_the_bundled_shell_is_the_one_that_libc_starts(self):
        self.bundle.helper(self.bundle.root + "/bin/sh")
        environment = {**os.environ, "REDIRECT_TEST_PRINT": "1"}
        self.bundle.table(self.bundle.home, "program /bin/sh start/program")
        output = self.bundle.run(*self.arguments("shell"), env=environment)
        line = "status 42: sh -c c\n"
        self.assertEqual(sorted(output.splitlines()), sorted(
            f"null 1\nstatus 42: sh -c a b\nsystem 42\npopen {line}42\npopen {line}42\n{line}popen 42\nmode 1\n".splitlines()))
        self.bundle.table(self.bundle.home, f"folder {INSIDE}")
        self.assertIn("system 127", self.bundle.run(*self.arguments("shell"), env=environment), "the host's own, without one")

    def test_the_environment_stays_the_callers(self):
        variables = ["RT_ADDED=@root@/zone", "RT_SET=no", "GCONV_PATH=@root@/gconv", "LOCPATH=@root@/locale", "TZDIR=@root@/zones"]
        self.bundle.table(self.bundle.home, f"folder {INSIDE}", *(f"env {variable}" for variable in variables))
        environment = {**{key: value for key, value in os.environ.items() if key not in ("GCONV_PATH", "LOCPATH", "TZDIR")},
                       "RT_SET": "by the caller", "TZ": "Europe/Paris"}
        output = self.bundle.run(*self.arguments("untouched"), env=environment)
        self.assertEqual(output, "untouched\n")

    def test_a_launcher_is_a_link_to_its_program(self):
        launcher, program = os.path.join(self.bundle.top, "bin/linked"), self.bundle.root + "/usr/bin/linked"
        write(launcher, "launcher\n", 0o755)
        write(program, "the program\n", 0o755)
        write(self.bundle.root + "/usr/bin/alias", "another launcher\n", 0o755)
        link = os.path.join(self.bundle.top, "link")
        if not os.path.islink(link):
            os.symlink("bin/linked", link)
        for home in (self.bundle.home, "/opt/lib/t"):
            self.bundle.table(home, "file /usr/bin/alias", "launcher ../../bin/linked root/usr/bin/linked",
                              "launcher root/usr/bin/alias root/usr/bin/linked")
            # Opened and looked at, a launcher stays what it is: git asks for its run bit, which may be the only one left.
            for path in (launcher, self.bundle.root + "/usr/bin/alias", "/usr/bin/alias", "../bin/linked",
                         os.path.join(self.bundle.top, "outside/../bin//linked")):
                content = "another launcher\n" if path.endswith("alias") else "launcher\n"
                self.assertEqual(self.bundle.run(*self.arguments("link", "0", path)),
                                 f"{program}\n{program}\n{program}\n{content}", path)
            self.assertEqual(self.bundle.run(*self.arguments("link", "0", link)),
                             f"{program}\n{program}\nbin/linked\nlauncher\n")
            self.assertEqual(self.bundle.run(*self.arguments("link", "0", program)),
                             f"{program}\n{program}\n(none)\nthe program\n")

    def test_needs_nothing_but_the_loader(self):
        dynamic = run(["readelf", "-dW", self.bundle.home + "/libredirect.so"])
        self.assertNotIn("NEEDED", dynamic)
        self.assertNotIn("TEXTREL", dynamic)
        symbols = run(["readelf", "--dyn-syms", "-W", self.bundle.home + "/libredirect.so"])
        undefined = [line.split()[7] for line in symbols.splitlines() if " UND " in line and len(line.split()) > 7]
        self.assertEqual(sorted(undefined), ["dl_iterate_phdr", "dlsyn" if self.without_dlsym else "dlsym"])


class WithZones(EveryKind):
    """What libc opens past every function: it is led there by variables that it alone sees."""

    def files(self):
        for name in ("zones", "locale", "gconv"):
            shutil.rmtree(os.path.join(self.bundle.root, name), ignore_errors=True)
        os.makedirs(self.bundle.root + "/zones/Test")
        shutil.copy("/usr/share/zoneinfo/Asia/Tokyo", self.bundle.root + "/zones/Test/Nine")
        shutil.copy("/usr/share/zoneinfo/America/New_York", self.bundle.root + "/zones/Test/York")
        shutil.copytree("/usr/lib/locale/C.utf8", self.bundle.root + "/locale/xx_YY.utf8")
        write(self.bundle.root + "/gconv/gconv-modules", "alias REDIRECT-TEST// ISO-10646/UTF8/\n")
        self.bundle.table(self.bundle.home, "env GCONV_PATH=@root@/gconv", "env LOCPATH=@root@/locale", "env TZDIR=@root@/zones")
        return {"PATH": os.environ["PATH"], "TZ": "Test/Nine", "LC_ALL": "xx_YY.UTF-8"}

    def test_libc_finds_zones_locales_and_conversions(self):
        for first in ("localtime", "localtime_r", "gmtime", "gmtime_r", "ctime", "ctime_r", "mktime", "timegm", "strftime",
                      "wcsftime", "tzset"):
            self.assertEqual(self.bundle.run(*self.arguments("zone", "0", first), env=self.files()), "09 JST -05 EST 09\n", first)
        self.assertEqual(self.bundle.run(*self.arguments("locale"), env=self.files()), "xx_YY.UTF-8 UTF-8 3\n")
        for first in ("iconv", "ccs"):
            self.assertEqual(self.bundle.run(*self.arguments("iconv", "0", first), env=self.files()), "converts\n")

    def test_64_threads_and_the_environment(self):
        # A child of fork() among many threads waits now and then for a lock of qemu-user's own (7.2: in qemu's memory, the
        # parent's thread had it), so that forks are tried on the real kernel alone.
        forks = "fork" if not self.bundle.kind["runner"] else "alone"
        self.assertEqual(self.bundle.run(*self.arguments("exchanges", "0", forks), env=self.files()), "0 failures\n")


class WithMuslZones(WithZones):
    """musl looks at TZ in every call, and finds no zone by its name but in folders that are built in. Its conversions are, too."""

    def test_libc_finds_zones_locales_and_conversions(self):
        for first in ("localtime", "localtime_r", "gmtime", "gmtime_r", "ctime", "ctime_r", "mktime", "timegm", "strftime",
                      "wcsftime", "tzset"):
            self.assertEqual(self.bundle.run(*self.arguments("zone", "0", first), env=self.files()), "09 JST -05 EST 09\n", first)
        for zone, want in (("", "00"), ("UTC", "00"), ("JST-9", "09"), (":Test/Nine", "09"), ("/usr/share/zoneinfo/Asia/Tokyo", "09"),
                           ("No/Such", "00"), ("../zones/Test/Nine", "00")):
            told = self.bundle.run(*self.arguments("zone", "0", "none"), env={**self.files(), "TZ": zone})
            self.assertEqual(told.split()[0], want, zone)


class WithCaller(WithZones):
    """glibc's dlopen searches along its caller's run path; musl's knows no caller."""

    def test_dlopen_knows_its_caller(self):
        folder = os.path.join(self.bundle.top, "callers")
        self.bundle.compile("plugin.c", folder + "/sub/hidden.so", "-shared", "-fPIC")
        self.bundle.compile("caller.c", folder + "/libcaller.so", "-shared", "-fPIC", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/sub")
        if self.bundle.kind["runner"]:
            environment = {**os.environ, "QEMU_SET_ENV": f"LD_LIBRARY_PATH={folder}"}
        else:
            environment = {**os.environ, "LD_LIBRARY_PATH": folder}
        self.bundle.run(*self.arguments("dlopen"), env=environment)


class Glibc(WithCaller, WithLocales, unittest.TestCase):
    kind = "glibc"


class Musl(WithMuslZones, AnyLocale, unittest.TestCase):
    kind = "musl"


class Aarch64(WithCaller, WithLocales, unittest.TestCase):
    kind = "aarch64"


class GlibcWithoutDlsym(Glibc):
    without_dlsym = True


class MuslWithoutDlsym(Musl):
    without_dlsym = True


class Aarch64WithoutDlsym(Aarch64):
    without_dlsym = True


class StartedInProcess(unittest.TestCase):
    """By a real launcher, away from the prefix: /proc/self/exe is the launcher, and the program is told otherwise."""

    def setUp(self):
        self.bundle = Bundle("glibc")
        self.bundle.table("/opt/lib/t", f"folder {INSIDE}", f"program {INSIDE}/program start/program")
        self.bundle.calls()
        listed = run(["ldd", "/usr/bin/env"])
        for word in listed.split():
            if word.startswith("/") and ("ld-linux" in word or "libc.so" in word):
                name = "ld.so" if "ld-linux" in word else "libc.so.6"
                shutil.copy(os.path.realpath(word), os.path.join(self.bundle.home, name))
        self.launcher = os.path.join(self.bundle.top, "bin/calls")
        os.makedirs(os.path.dirname(self.launcher))
        run([MAKE_LAUNCHER, "x86_64", self.launcher, "prefix=/opt", "program=lib/t/root/usr/bin/calls",
             "loader=lib/t/ld.so", "libraries=lib/t"])

    def tearDown(self):
        self.bundle.remove()

    def test_every_function(self):
        outside = os.path.join(self.bundle.outside, "program")
        shutil.copy(os.path.join(self.bundle.home, "start/program"), outside)
        run([self.launcher, INSIDE, self.bundle.outside, "calls", "43"])

    def test_a_link_that_is_not_followed(self):
        self.assertEqual(run([self.launcher, INSIDE, self.bundle.outside, "nofollow"]), "1 1 1 1 1 1\n")

    def test_own_executable(self):
        true_path = self.bundle.program
        os.chmod(true_path, 0o644)  # nothing but the launcher can start it
        told = f"{true_path}\n{true_path}\n{true_path}\n1\n"
        for again in ((), ("again",), ("proc",)):
            output = run([self.launcher, INSIDE, self.bundle.outside, "exe", *again])
            self.assertEqual(output, told * (2 if again else 1), again)

    def test_the_interpreter_of_a_script(self):
        """Its launcher has arguments: whoever starts the interpreter once more wants it without."""
        for path, *arguments in (["lib/t/start/usr/bin/calls"], ["bin/script", INSIDE, self.bundle.outside],
                                 ["bin/program.sh", INSIDE, self.bundle.outside, "print"]):
            os.makedirs(os.path.dirname(os.path.join(self.bundle.top, path)), exist_ok=True)
            run([MAKE_LAUNCHER, "x86_64", os.path.join(self.bundle.top, path), "prefix=/opt", "program=lib/t/root/usr/bin/calls",
                 "loader=lib/t/ld.so", "libraries=lib/t", "argv0=/usr/bin/calls", f"depth={path.count('/')}", *(f"arguments={argument}" for argument in arguments)])
        script, bin_folder = self.bundle.root + "/usr/share/script", os.path.join(self.bundle.top, "bin")
        write(script, "the script\n", 0o755)
        self.bundle.table("/opt/lib/t", f"folder {INSIDE}", "file /usr/share/script", "program /usr/bin/calls start/usr/bin/calls",
                          "launcher start/usr/bin/calls root/usr/bin/calls", "launcher ../../bin/script root/usr/share/script",
                          "launcher ../../bin/program.sh root/usr/share/script")
        os.unlink(self.launcher)
        os.chmod(self.bundle.program, 0o644)
        copy = os.path.join(self.bundle.top, "copied")
        shutil.copy(os.path.join(bin_folder, "script"), copy)
        told = f"{self.bundle.program}\n" * 3 + "1\n"
        for launcher, more in ((os.path.join(bin_folder, "script"), {}), (copy, {"BUNDLE_ROOT": self.bundle.top})):
            for again in ((), ("again",), ("proc",)):
                output = run([launcher, "exe", *again], env={**os.environ, **more})
                self.assertEqual(output, told * (2 if again else 1), (launcher, again))
        launcher = os.path.join(bin_folder, "script")
        self.assertEqual(run([launcher, "link", "0", launcher]).splitlines()[:3], [script] * 3)
        # A program that starts another of the bundle's by its launcher in bin/.
        plain = os.path.join(self.bundle.home, "start/usr/bin/calls")
        self.assertEqual(run([plain, bin_folder, self.bundle.outside, "script"]), CONTENT)


unittest.main(verbosity=2)
