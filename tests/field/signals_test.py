#!/usr/bin/python3
"""A signal is heard everywhere within a second, whatever the program is at, and leaves nothing behind."""

import os
import random
import signal
import subprocess
import time

import faults
from field import BUNDLE, TOOLS, FieldCase, main

PATIENCE = 1.5  # a second, and what a busy machine takes to start and end a process
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGQUIT, signal.SIGXCPU)


def end_of(process):
    """When the process ended, in seconds from now."""
    began = time.monotonic()
    process.wait(60)
    return time.monotonic() - began


class Signals(FieldCase):
    def setUp(self):
        super().setUp()
        self.outputs = self.scratch / "out"
        self.outputs.mkdir()

    def start(self, *arguments, **more):
        return subprocess.Popen([BUNDLE, *arguments], cwd=self.outputs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=TOOLS, **more)

    def heard(self, arguments, output, number, after, twice=False):
        """Whether the signal came in time; and then the run ended by it, soon, and left nothing."""
        process = self.start(*arguments)
        time.sleep(after)
        process.send_signal(number)
        if twice:
            process.send_signal(number)
        took = end_of(process)
        left = faults.left_in(self.outputs)
        if process.returncode == 0:
            self.assertEqual(left, [output] if output else [])
            for name in left:
                subprocess.run(["rm", "-rf", self.outputs / name], check=True)
            return False
        self.assertEqual(process.returncode, -number)
        self.assertEqual(left, [])
        self.assertLess(took, PATIENCE)
        return True

    def test_at_any_moment(self):
        chance = random.Random(11)
        in_time = 0
        for round in range(36):
            program, output = chance.choice((("ffmpeg", "x.zip"), ("gdb", "x"), ("gdb", "x.zip"), ("node", "x")))
            arguments = [program, "--level", "12", "-o", output if output.endswith("p") else f"{output}/"]
            number, after, twice = SIGNALS[round % len(SIGNALS)], chance.choice((0.02, 0.1, 0.4, 1.0)) * chance.random(), round % 2
            with self.subTest(program=program, output=output, number=number, after=after, twice=twice):
                in_time += self.heard(arguments, output, number, after, twice)
        self.assertGreater(in_time, 10, "signals came in time")

    def test_the_other_commands(self):
        for arguments, output in ((["inspect", "ffmpeg"], None), (["edit", "/usr/bin/node", "--set-soname", "n" * 5000, "-o", "x"], "x")):
            for after in (0.005, 0.02, 0.05, 0.1):
                with self.subTest(arguments=arguments[:2], after=after):
                    self.heard(arguments, output, signal.SIGTERM, after)

    def test_timeout_which_sends_it_twice(self):
        for after in ("0.05", "0.3"):
            began = time.monotonic()
            subprocess.run(["timeout", "-s", "TERM", after, BUNDLE, "gdb", "-q", "-o", "x/", "--level", "12"], cwd=self.outputs, env=TOOLS)
            self.assertLess(time.monotonic() - began, float(after) + PATIENCE)
            self.assertIn(faults.left_in(self.outputs), ([], ["x"]))
            subprocess.run(["rm", "-rf", self.outputs / "x"], check=True)

    def test_a_trace_and_all_that_it_started(self):
        for command in ("exec sleep 987", "sleep 987 & trap '' TERM INT HUP; wait; sleep 987", "setsid sleep 987 & wait"):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                with self.subTest(command=command, number=number):
                    process = self.start("/bin/sh", "-q", "-o", "x.zip", "--trace", "--", "-c", command)
                    time.sleep(0.7)
                    process.send_signal(number)
                    self.assertLess(end_of(process), PATIENCE)
                    self.assertEqual(process.returncode, -number)
                    self.assertEqual(faults.left_in(self.outputs), [])
                    time.sleep(0.05)
                    listed = subprocess.run(["pgrep", "-f", "^sleep 987"], capture_output=True, text=True).stdout
                    self.assertEqual(listed, "", "what was traced has ended, too")

    def test_a_step_that_takes_long(self):
        """A call that the kernel holds up for longer than anybody waits: what is half done is taken away all the same."""
        for call, output in (("openat", "x.zip"), ("pwrite64", "x.zip"), ("mkdir", "x/"), ("fchmod", "x/")):
            with self.subTest(call=call, output=output):
                process = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                            f"inject={call}:delay_enter=300000:when=6+", BUNDLE, "/usr/bin/xz", "-q", "-o", output],
                                           cwd=self.outputs, env=TOOLS)
                time.sleep(0.8)
                child = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
                for number in child:
                    os.kill(int(number), signal.SIGTERM)
                self.assertLess(end_of(process), 2 * PATIENCE)
                self.assertEqual(faults.left_in(self.outputs), [])

    def test_a_reader_that_has_gone(self):
        done = subprocess.run(["bash", "-c", '"$0" inspect gdb | true; echo "${PIPESTATUS[0]}"', BUNDLE], capture_output=True, text=True)
        self.assertIn(done.stdout.strip(), ("0", "141"), done)
        self.assertEqual(done.stderr, "")

    def test_a_signal_that_is_ignored(self):
        process = self.start("/usr/bin/xz", "-q", "-o", "x.zip", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        for _ in range(5):
            process.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        process.wait(60)
        self.assertEqual((process.returncode, faults.left_in(self.outputs)), (0, ["x.zip"]))


if __name__ == "__main__":
    main()
