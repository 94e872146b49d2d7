#!/usr/bin/python3
"""An output appears complete or not at all, whenever the run ends."""

import os
import signal
import subprocess
import time

import sandbox
from sandbox import BUNDLE, Case


class Interruption(Case):
    def interrupted(self, number, output, after):
        """Sends the signal once the writing has begun (`after` more seconds); what is in the folder then."""
        done = subprocess.Popen([BUNDLE, "node", "-j1", "--level", "12", "-o", output], cwd=self.scratch,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
        while done.poll() is None and not os.listdir(self.scratch):
            time.sleep(0.01)
        time.sleep(after)
        self.assertIsNone(done.poll(), "it was over before the signal came")
        done.send_signal(number)
        done.wait(60)
        self.assertEqual(done.returncode, -number, "it ends as whoever sent the signal expects")
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
