"""Runs @PROGRAM@ from the layer and returns what it prints.

Event:   {"arguments": ["-x", ...], "input": "text for stdin"}, both optional
Returns: {"status": exit status, negative for a signal, "output": stdout, "error": stderr}
"""

import subprocess

PROGRAM = "/opt/bin/@PROGRAM@"
SECONDS = 25  # less than the function's Timeout, so that the caller gets an answer


def handler(event, context):
    event = event or {}
    done = subprocess.run(
        [PROGRAM, *map(str, event.get("arguments", []))],
        input=event.get("input", ""),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        cwd="/tmp",  # the only folder that can be written
    )
    return {"status": done.returncode, "output": done.stdout, "error": done.stderr}
