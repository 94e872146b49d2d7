#!/usr/bin/python3
"""A machine that fails at any call: a message with the call's name and exit code 4, or the work done another way; never a
half output, and never std::terminate."""

import os
import resource
import shutil
import subprocess
import zipfile

import faults
from field import BUNDLE, TOOLS, FieldCase, bundle, main, run, unzip

MACHINE = 4


class FailingMachine(FieldCase):
    def setUp(self):
        super().setUp()
        self.outputs = self.scratch / "out"
        self.outputs.mkdir()

    def assert_whole(self, output):
        """What was written is the bundle that it ought to be."""
        path = self.outputs / output
        if output.endswith(".zip"):
            self.assertIsNone(zipfile.ZipFile(path).testzip())
            path = unzip(path, self.scratch / f"unpacked-{output}")
        self.assertTrue((path / "bin/xz").stat().st_size > 1000)
        shutil.rmtree(path)
        (self.outputs / output).unlink(missing_ok=True)

    def holds(self, call, error, arguments=("/usr/bin/xz",), when=None, output="x.zip", also=(), must_work=False):
        """Whatever the fault does, the run ends well with a whole output, or with 4, the call's name, and no trace. Whether
        it ended well."""
        done = faults.with_fault(call, error, [*arguments, "-q", "-o", output], when, also, cwd=self.outputs)
        self.assertIn(done.status, (0, MACHINE), f"{call} {error} {when}: {done}")
        if done.status == 0:
            self.assertEqual(faults.left_in(self.outputs), [output.rstrip("/")], (call, error, when))
            self.assert_whole(output.rstrip("/") if output.endswith("/") else output)
            return done
        self.assertFalse(must_work, done)
        self.assertEqual(faults.left_in(self.outputs), [], f"{call} {error} {when}: left behind")
        if (call, when) != ("write", "1+"):  # which is how messages get out, too
            self.assertTrue(done.err.startswith(b"bundle: "), done)
        return done

    def test_faults_while_reading(self):
        for call, error in (("openat", "EMFILE"), ("openat", "ENFILE"), ("openat", "EIO"), ("openat", "ENOMEM"), ("openat", "EINTR"),
                            ("pread64", "EIO"), ("read", "EIO"), ("mmap", "ENOMEM"), ("newfstatat", "EIO"), ("readlink", "EIO"),
                            ("getdents64", "EIO")):
            seen = 0
            for when in ("1+", "4", "9", "25+", "60", "200+"):
                with self.subTest(call=call, error=error, when=when):
                    if call == "mmap" and when == "1+":
                        continue  # no program starts without any memory
                    done = self.holds(call, error, when=when)
                    if not done.injected:
                        continue
                    seen += 1
                    if when.endswith("+") and call in ("openat", "pread64") and done.status == MACHINE:
                        name = {"openat": b"open", "pread64": b"pread"}[call]
                        self.assertIn(name, done.err)
            if call in ("openat", "newfstatat", "mmap"):
                self.assertGreater(seen, 2, f"{call} was made to fail")

    def test_one_that_is_interrupted_goes_on(self):
        for call in ("openat", "pread64", "read", "write", "pwrite64"):
            with self.subTest(call):
                self.holds(call, "EINTR", when="3", must_work=True)

    def test_faults_while_writing(self):
        for output in ("x.zip", "x/"):
            for call, error in (("write", "ENOSPC"), ("write", "EIO"), ("pwrite64", "EDQUOT"), ("fchmod", "EIO"), ("mkdir", "ENOSPC"),
                                ("linkat", "ENOSPC"), ("renameat2", "EIO"), ("chmod", "EIO")):
                for when in ("1+", "2", "7"):
                    with self.subTest(output=output, call=call, error=error, when=when):
                        self.holds(call, error, when=when, output=output)

    def test_what_close_brings(self):
        for error in ("EIO", "EDQUOT"):
            # Every descriptor in turn: those that were read are none of the output's.
            failed = 0
            for output in ("x.zip", "x/"):
                done = faults.with_fault("close", error, ["/usr/bin/xz", "-q", "-o", output], cwd=self.outputs)
                self.assertEqual(done.status, MACHINE, done)
                self.assertIn(b"close", done.err)
                self.assertEqual(faults.left_in(self.outputs), [])
                failed += 1
            (self.outputs / "x.zip").write_text("old")
            done = faults.with_fault("close", error, ["/usr/bin/xz", "-f", "-q", "-o", "x.zip"], cwd=self.outputs)
            self.assertEqual((done.status, (self.outputs / "x.zip").read_text()), (MACHINE, "old"), done)
            self.assertEqual(faults.left_in(self.outputs), ["x.zip"])
            (self.outputs / "x.zip").unlink()

    def test_file_systems_that_know_no_flags_of_rename(self):
        for error in ("EINVAL", "ENOSYS"):
            for links in ((), (("linkat", "EPERM", None), ("link", "EPERM", None))):
                for output in ("x.zip", "x/"):
                    with self.subTest(error=error, output=output, links=bool(links)):
                        self.holds("renameat2", error, output=output, also=links, must_work=True)
                        for _ in range(2):  # the second replaces the first
                            done = faults.with_fault("renameat2", error, ["/usr/bin/xz", "-f", "-q", "-o", output], also=links,
                                                     cwd=self.outputs)
                            self.assertEqual(done.status, 0, done)
                        self.assertEqual(faults.left_in(self.outputs), [output.rstrip("/")])
                        refused = faults.with_fault("renameat2", error, ["/usr/bin/xz", "-q", "-o", output], also=links,
                                                    cwd=self.outputs)
                        self.assertEqual(refused.status, 2, refused)
                        self.assert_whole(output.rstrip("/"))

    def test_a_second_rename_that_fails_puts_the_first_back(self):
        self.made("/usr/bin/xz", "-q", "-o", "x/", cwd=self.outputs)
        (self.outputs / "x/lib/xz/root").mkdir(exist_ok=True)
        done = faults.with_fault("renameat2", "ENOSYS", ["/usr/bin/xz", "-f", "-q", "-o", "x/"], cwd=self.outputs,
                                 also=[("rename", "EIO", "2")])
        self.assertEqual(done.status, MACHINE, done)
        self.assertEqual(faults.left_in(self.outputs), ["x"])
        self.assert_whole("x")

    def test_a_file_system_that_makes_files_without_a_name_and_links_none(self):
        self.holds("linkat", "EOPNOTSUPP", must_work=True)

    def test_no_threads(self):
        for when in ("1+", "2+"):
            for call in ("clone3", "clone"):
                with self.subTest(call=call, when=when):
                    other = "clone" if call == "clone3" else "clone3"
                    done = self.holds(call, "EAGAIN", ("/usr/bin/xz", "-j4"), when, also=[(other, "EAGAIN", when)], must_work=True)
                    self.assertGreater(done.injected, 0)

    def test_no_threads_for_the_user(self):
        self.outputs.chmod(0o777)
        self.scratch.chmod(0o755)
        done = run(["prlimit", "--nproc=1", "setpriv", "--reuid", "64321", "--regid", "64321", "--clear-groups", "--inh-caps=-all",
                    "--bounding-set=-all", BUNDLE, "/usr/bin/xz", "-q", "-j8", "-o", f"{self.outputs}/x.zip"], env=TOOLS, cwd="/")
        self.assertEqual(done.status, 0, done)
        self.assert_whole("x.zip")

    def test_no_proc(self):
        done = faults.without_proc(["/usr/bin/xz", "-q", "-o", "x.zip"], self.outputs)
        self.assertEqual(done.status, 0, done)
        again = faults.without_proc(["/usr/bin/xz", "-f", "-q", "-o", "x.zip"], self.outputs)
        self.assertEqual(again.status, 0, again)
        self.assertEqual(faults.left_in(self.outputs), ["x.zip"])
        self.assert_whole("x.zip")
        shutil.copy("/usr/bin/xz", self.outputs / "xz")
        done = faults.without_proc(["edit", "xz", "--set-rpath", "/x"], self.outputs)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(faults.left_in(self.outputs), ["xz"])
        traced = faults.without_proc(["/usr/bin/xz", "-q", "-o", "x.zip", "--trace", "--", "--version"], self.outputs)
        self.assertEqual((traced.status, b"/proc" in traced.err), (MACHINE, True), traced)

    def test_a_limit_on_the_size_of_files(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

        for arguments in (["/usr/bin/xz", "-o", "x.zip"], ["/usr/bin/xz", "-o", "x/"],
                          ["edit", "/usr/bin/gdb", "--set-rpath", "/x", "-o", "x"]):
            with self.subTest(arguments):
                done = run([BUNDLE, *arguments], env=TOOLS, cwd=self.outputs, preexec_fn=limit)
                self.assertEqual(done.status, MACHINE, done)
                self.assertIn(b"File too large", done.err)
                self.assertEqual(faults.left_in(self.outputs), [])

    def test_what_is_unpacked_to_be_looked_at_names_tmpdir(self):
        bundle("/usr/bin/xz", "-q", "-o", self.outputs / "x.zip")
        temporary = self.scratch / "temporary"
        temporary.mkdir()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

        for arguments in (["verify", "x.zip"], ["run", "x.zip", "--", "xz", "--version"],
                          ["slim", "x.zip", "-o", "slim.zip", "--run", "xz --version"]):
            for place, more in ((temporary, {"preexec_fn": limit}), (self.scratch / "nowhere", {})):
                with self.subTest(arguments, place=place):
                    done = run([BUNDLE, *arguments], env={**TOOLS, "TMPDIR": str(place)}, cwd=self.outputs, **more)
                    self.assertEqual(done.status, MACHINE, done)
                    self.assertIn(str(place).encode(), done.err)
                    self.assertIn(b"ame another folder by TMPDIR", done.err)
                    self.assertNotIn(b"-o", done.err)
                    self.assertEqual((faults.left_in(temporary), faults.left_in(self.outputs)), ([], ["x.zip"]))

    def test_a_working_folder_that_is_gone(self):
        gone = self.scratch / "gone"
        for arguments, status in ((["/usr/bin/xz", "-q", "-o", f"{self.outputs}/x.zip"], 0), (["xz", "-q", "-o", "x.zip"], MACHINE),
                                  (["./xz", "-o", f"{self.outputs}/y.zip"], MACHINE), (["inspect", "/usr/bin/xz"], 0),
                                  (["/usr/bin/xz", "-q", "-n", "--trace-input", "/dev/null"], 0)):
            with self.subTest(arguments):
                gone.mkdir()
                done = run(["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", BUNDLE, *arguments], env=TOOLS, cwd=gone)
                self.assertEqual(done.status, status, done)
                if status:
                    self.assertIn(b"working folder", done.err)

    def test_an_output_folder_that_may_not_be_read(self):
        self.scratch.chmod(0o755)
        self.outputs.chmod(0o333)
        os.chown(self.outputs, 65534, 65534)
        for output in ("x.zip", "x/", ""):
            done = faults.as_nobody([BUNDLE, "/usr/bin/xz", "-f", "-q", "-o", f"{self.outputs}/{output}"])
            self.assertEqual(done.status, 2 if output == "" else 0, done)

    def test_closed_standard_streams(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                run(["sh", "-c", f'"$1" /usr/bin/xz -o x.zip {closed}', "sh", BUNDLE], env=TOOLS, cwd=self.outputs)
                self.assertEqual(faults.left_in(self.outputs), ["x.zip"])
                self.assert_whole("x.zip")

    def test_standard_error_that_takes_nothing(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BUNDLE, "./nothing", "-o", "x.zip"], cwd=self.outputs, stderr=full, env=TOOLS)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    main()
