#!/usr/bin/env python3
"""Calls both handlers here, with layer.zip unpacked into a temporary folder: no cloud, no container, no SAM.

python3 local_test.py [EVENT.json ...]    all of events/ when none is named
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CALLS = {
    "python": [sys.executable, "-c", "import app, json, sys; print(json.dumps(app.handler(json.load(sys.stdin), None)))"],
    "node": ["node", "--input-type=module", "-e", f"""
        import {{ json }} from "node:stream/consumers";
        import {{ handler }} from {json.dumps((HERE / "function-node/app.mjs").as_uri())};
        console.log(JSON.stringify(await handler(await json(process.stdin))));"""],
}


def main():
    events = [Path(name) for name in sys.argv[1:]] or sorted((HERE / "events").glob("*.json"))
    failed = False
    with tempfile.TemporaryDirectory() as root:
        # By unzip, for Python's zipfile does not set the run bits.
        subprocess.run(["unzip", "-q", HERE / "layer.zip", "-d", root], check=True)
        environment = {**os.environ, "PROGRAM": f"{root}/bin/@PROGRAM@", "PYTHONPATH": str(HERE / "function"),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        for language, call in CALLS.items():
            if shutil.which(call[0]) is None:
                print(f"{language}: not installed here, left out")
                continue
            for event in events:
                done = subprocess.run(call, input=event.read_bytes(), env=environment, stdout=subprocess.PIPE)
                failed = failed or done.returncode != 0
                print(f"{language} {event.name}: {done.stdout.decode().strip() or 'the handler failed'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
