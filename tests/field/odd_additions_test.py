#!/usr/bin/python3
"""--add of what a bundle cannot hold is said and is an error; deep in a folder that was added it is a line."""

import os
import socket
import stat

import faults
from field import BUNDLE, FieldCase, bundle, main

CANNOT, USAGE = 1, 2


class OddAdditions(FieldCase):
    def setUp(self):
        super().setUp()
        self.scratch.chmod(0o755)

    def refused(self, path, *fragments, status=CANNOT, option="--add"):
        done = bundle("/usr/bin/xz", "--no-discover", option, path, "-o", "x.zip", cwd=self.scratch)
        self.assertEqual(done.status, status, done)
        for fragment in fragments:
            self.assertIn(fragment, done.err.decode())
        self.assertNotIn("x.zip", faults.left_in(self.scratch))

    def test_pipes_sockets_and_devices(self):
        os.mkfifo(self.scratch / "pipe")
        os.mknod(self.scratch / "device", 0o644 | stat.S_IFCHR, os.makedev(1, 5))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.scratch / "socket"))
            for name in ("pipe", "socket", "device"):
                self.refused(name, name, "which a bundle cannot hold")
                (self.scratch / f"to-{name}").symlink_to(name)
                self.refused(f"to-{name}", name, "which a bundle cannot hold")
                self.refused(name, "regular file", option="--plugin")
        self.refused("/dev/null", "is a device")

    def test_folders_without_files(self):
        (self.scratch / "empty").mkdir()
        (self.scratch / "nest/of/folders").mkdir(parents=True)
        self.refused("empty", "empty: was named by --add", "without a file in it")
        self.refused("nest", "without a file in it")

    def test_what_the_kernel_makes_up(self):
        for path in ("/proc/cpuinfo", "/proc/self/maps", "/proc/sys/kernel", "/sys/kernel/mm", "/proc"):
            with self.subTest(path):
                self.refused(path, path, "the kernel makes it up")

    def test_paths_that_are_too_long(self):
        for path in ("/" + "a/" * 2100 + "b", "/usr/share/" + "n" * 300, "/" + "x" * 5000):
            self.refused(path, "File name too long")
        self.refused("/usr/share/" + "n" * 300, "File name too long", option="--plugin")

    def test_a_loop_and_what_is_not_there(self):
        (self.scratch / "loop").symlink_to("loop")
        self.refused("loop", "Too many levels of symbolic links")
        self.refused("nothing", "no such file", status=USAGE)

    def test_what_may_not_be_read(self):
        (self.scratch / "closed").mkdir()
        (self.scratch / "closed/file").write_text("x")
        (self.scratch / "open").mkdir()
        (self.scratch / "open/secret").write_text("x")
        (self.scratch / "open/plain").write_text("x")
        (self.scratch / "open/inner").mkdir()
        (self.scratch / "open/inner/file").write_text("x")
        for path, mode in (("closed", 0o700), ("open/secret", 0o600), ("open/inner", 0o700)):
            (self.scratch / path).chmod(mode)
        command = [BUNDLE, "/usr/bin/xz", "--no-discover", "-n", "--add"]
        for path in ("closed", "closed/file", "open/secret", "open/inner"):
            with self.subTest(path):
                done = faults.as_nobody([*command, path], cwd=self.scratch)
                self.assertEqual(done.status, CANNOT, done)
                self.assertIn("ermission denied" if "secret" not in path else "may not be read", done.err.decode())
        done = faults.as_nobody([*command, "open"], cwd=self.scratch)
        self.assertEqual(done.status, 0, done)
        self.assertIn("open/plain", done.text)
        for path in ("open/inner", "open/secret"):
            self.assertRegex(done.text, f"hint: .*{path} is not added")

    def test_deep_in_a_folder(self):
        folder = self.scratch / "tree"
        (folder / "deep").mkdir(parents=True)
        (folder / "deep/file").write_text("content")
        os.mkfifo(folder / "deep/pipe")
        os.mknod(folder / "deep/device", 0o644 | stat.S_IFCHR, os.makedev(1, 5))
        (folder / "deep/nowhere").symlink_to("nothing")
        (folder / "deep/loop").symlink_to("loop")
        (folder / "deep/cpu").symlink_to("/proc/cpuinfo")
        (folder / "deep/zero").symlink_to("/dev/zero")
        done = self.made("/usr/bin/xz", "--no-discover", "--add", "tree", "-o", "x.zip", cwd=self.scratch)
        for name in ("pipe", "device", "nowhere", "loop", "cpu", "zero"):
            self.assertRegex(done.text, f"hint: .*deep/{name} is not added")
        listed = self.tool("unzip", "-Z1", "x.zip").out.decode()
        self.assertIn("deep/file", listed)
        self.assertNotRegex(listed, "deep/(pipe|device|nowhere|loop|cpu|zero)")

    def test_a_folder_that_fails_while_it_is_read(self):
        (self.scratch / "tree").mkdir()
        (self.scratch / "tree/file").write_text("content")
        done = faults.with_fault("getdents64", "EIO", ["/usr/bin/xz", "--no-discover", "--add", "tree", "-o", "x.zip"], cwd=self.scratch)
        self.assertEqual(done.status, 4, done)
        self.assertIn("readdir", done.err.decode())


if __name__ == "__main__":
    main()
