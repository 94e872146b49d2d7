"""Runs @PROGRAM@ from the layer and returns what it prints.

Event:   {"arguments": ["-x", ...], "input": "text for stdin"}, both optional
Returns: {"status": exit status, negative for a signal, "output": stdout, "error": stderr}
"""

import os
import subprocess

PROGRAM = os.environ.get("PROGRAM", "/opt/bin/@PROGRAM@")  # the variable is for local_test.py
SECONDS_TO_ANSWER = 2  # kept of the function's Timeout, so that the caller gets an answer


def handler(event, context):
    event = event or {}
    done = subprocess.run(
        [PROGRAM, *map(str, event.get("arguments", []))],
        input=event.get("input", ""),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=max(1, context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER) if context else 25,
        cwd="/tmp",  # the only folder that can be written
    )
    return {"status": done.returncode, "output": done.stdout, "error": done.stderr}
