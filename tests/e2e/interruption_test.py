#!/usr/bin/python3
"""An output appears complete or not at all, whenever the run ends."""

import os
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
        """Sends the signal once the writing has begun (`after` more seconds); what is in the folder then."""
        process = subprocess.Popen([BUNDLE, "node", "-j1", "--level", "12", "-o", output], cwd=self.scratch,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
        while process.poll() is None and not self.writing(process):
            time.sleep(0.005)
        time.sleep(after)
        self.assertIsNone(process.poll(), "it was over before the signal came")
        process.send_signal(number)
        process.wait(60)
        self.assertEqual(process.returncode, -number, "it ends as whoever sent the signal expects")
        return os.listdir(self.scratch)

    def test_interrupt_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for output in ("layer.zip", "folder/"):
                for after in (0, 0.3):
                    with self.subTest(signal=number, output=output, after=after):
                        self.assertEqual(self.interrupted(number, output, after), [])

    def test_kill_leaves_no_file_of_the_outputs_name(self):
        for output in ("layer.zip", "folder/"):
            with self.subTest(output):
                left = self.interrupted(signal.SIGKILL, output, 0.2)
                self.assertTrue(all(name.startswith(".") for name in left), left)

    def test_a_closed_pipe_is_not_a_crash(self):
        done = subprocess.run(["bash", "-c", '"$0" inspect gdb | head -1 > /dev/null; echo "${PIPESTATUS[0]}"', BUNDLE],
                              capture_output=True, text=True)
        self.assertIn(done.stdout.strip(), ("0", "141"), done)


if __name__ == "__main__":
    sandbox.main()
