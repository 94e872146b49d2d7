#!/usr/bin/python3
"""An output appears complete or not at all, whenever the run ends."""

import os
import shutil
import signal
import subprocess
import time

import sandbox
from sandbox import BUNDLE, Case


class Interruption(Case):
    def writing(self, process):
        """Whether an output is open: by its name in the folder, or as a file that has none yet."""
        if os.listdir(self.scratch):
            return True
        descriptors = f"/proc/{process.pid}/fd"
        try:
            return any(os.readlink(f"{descriptors}/{number}").startswith(f"{self.scratch}/") for number in os.listdir(descriptors))
        except FileNotFoundError:
            return False  # one was closed meanwhile

    def interrupted(self, number, output, after):
        """Sends the signal once the writing has begun, `after` seconds later. Either it came in time, and then the run ended
        by that very signal; or the run was over, and then its output is there. What else is in the folder, and whether
        it came in time."""
        process = subprocess.Popen([BUNDLE, "node", "-j1", "--level", "12", "--force", "-o", output], cwd=self.scratch,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
        while process.poll() is None and not self.writing(process):
            time.sleep(0.002)
        time.sleep(after)
        process.send_signal(number)
        process.wait(60)
        left = set(os.listdir(self.scratch))
        shutil.rmtree(self.scratch)
        self.scratch.mkdir()
        if process.returncode == 0:
            self.assertEqual(left, {output.rstrip("/")})
            return set(), False
        self.assertEqual(process.returncode, -number, "it ends as whoever sent the signal expects")
        return left, True

    def each(self, numbers, allowed):
        for number in numbers:
            for output in ("layer.zip", "folder/"):
                in_time = 0
                for after in (0, 0.01, 0.05, 0.3):
                    with self.subTest(signal=number, output=output, after=after):
                        left, came = self.interrupted(number, output, after)
                        self.assertTrue(all(allowed(name) for name in left), left)
                        in_time += came
                self.assertGreater(in_time, 0, "no signal came in time")

    def test_interrupt_leaves_nothing(self):
        self.each((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), allowed=lambda name: False)

    def test_kill_leaves_no_file_of_the_outputs_name(self):
        self.each((signal.SIGKILL,), allowed=lambda name: name.startswith("."))

    def test_a_closed_pipe_is_not_a_crash(self):
        done = subprocess.run(["bash", "-c", '"$0" inspect gdb | head -1 > /dev/null; echo "${PIPESTATUS[0]}"', BUNDLE],
                              capture_output=True, text=True)
        self.assertIn(done.stdout.strip(), ("0", "141"), done)


if __name__ == "__main__":
    sandbox.main()
