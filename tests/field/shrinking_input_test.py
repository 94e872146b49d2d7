#!/usr/bin/python3
"""An input that is cut short or written to while it is read: said, never a SIGBUS, never a mixed file."""

import os
import random
import shutil
import subprocess
import threading
import time

import faults
from field import BUNDLE, TOOLS, FieldCase, Outcome, main, run


class ShrinkingInput(FieldCase):
    def setUp(self):
        super().setUp()
        self.outputs = self.scratch / "out"
        self.outputs.mkdir()
        self.data = self.scratch / "data"
        self.data.mkdir()
        self.scratch.chmod(0o755)

    def is_writing(self, process):
        """Whether the output is open: from then on the input is read for the second time, to be compressed."""
        try:
            numbers = os.listdir(f"/proc/{process.pid}/fd")
            links = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in numbers]
        except FileNotFoundError:
            return False
        return any(link.startswith(f"{self.outputs}/") for link in links) or bool(os.listdir(self.outputs))

    def cut(self, path, arguments, change):
        """Runs with the file changed as soon as the writing has begun."""
        process = subprocess.Popen([BUNDLE, *arguments], env=TOOLS, cwd=self.outputs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not self.is_writing(process):
            time.sleep(0.002)
        change(path)
        out, err = process.communicate(timeout=120)
        return Outcome(subprocess.CompletedProcess([], process.returncode, out, err))

    def assert_said(self, done, name):
        self.assertIn(done.status, (0, 1, 4), done)
        left = faults.left_in(self.outputs)
        if done.status == 0:
            for path in left:
                shutil.rmtree(self.outputs / path) if (self.outputs / path).is_dir() else (self.outputs / path).unlink()
            return False
        self.assertEqual(left, [], done)
        self.assertIn(name, done.err.decode())
        return True

    def test_data_that_is_cut(self):
        chance = random.Random(5)
        said = 0
        for output in ("x.zip", "x.zip", "x/", "x/"):
            path = self.data / "big.bin"
            path.write_bytes(chance.randbytes(1 << 20) * 60)
            done = self.cut(path, ["/usr/bin/xz", "-q", "--no-discover", "--add", str(self.data), "--level", "9", "-o", output],
                            lambda victim: os.truncate(victim, 4096))
            said += self.assert_said(done, "big.bin")
        self.assertGreater(said, 1)

    def test_a_program_that_is_cut_while_it_is_edited(self):
        said = 0
        for delay in ("100000", "200000"):
            for call in ("mmap", "copy_file_range", "openat"):
                victim = self.scratch / "program"
                shutil.copy("/usr/bin/node", victim)
                # The first calls only: each page that is lost is an mmap later on.
                timer = threading.Timer(0.35, os.truncate, [victim, 100000])
                timer.start()
                done = run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:delay_exit={delay}:when=1..40",
                            BUNDLE, "edit", victim, "--set-soname", "n" * 3000, "-o", "x"], env=TOOLS, cwd=self.outputs)
                timer.join()
                said += self.assert_said(done, "program")
        self.assertGreater(said, 0)

    def test_data_that_is_written_to(self):
        def write(victim):
            with open(victim, "r+b") as file:
                file.seek(50 << 20)
                file.write(b"changed")

        said = 0
        for _ in range(2):
            path = self.data / "big.bin"
            path.write_bytes(random.Random(7).randbytes(1 << 20) * 60)
            time.sleep(0.02)
            done = self.cut(path, ["/usr/bin/xz", "-q", "--no-discover", "--add", str(self.data), "--level", "9", "-o", "x.zip"], write)
            said += self.assert_said(done, "big.bin")
        self.assertGreater(said, 0)

    def test_a_file_that_is_replaced_is_whole(self):
        def replace(victim):
            new = victim.with_suffix(".new")
            new.write_bytes(b"new" * 1000)
            new.rename(victim)

        path = self.data / "big.bin"
        path.write_bytes(b"old" * (10 << 20))
        done = self.cut(path, ["/usr/bin/xz", "-q", "--no-discover", "--add", str(self.data), "--level", "9", "-o", "x.zip"], replace)
        self.assertEqual(done.status, 0, done)


if __name__ == "__main__":
    main()
