#!/usr/bin/env python3
"""Calls the handlers here, with layer.zip unpacked into a temporary folder: no cloud, no container, no SAM.

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
CALLS = {  # by the folder of the function
    "function": [sys.executable, "-c", "import app, json, sys; print(json.dumps(app.handler(json.load(sys.stdin), None)))"],
    "function-node": ["node", "--input-type=module", "-e", f"""
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
        for folder, call in CALLS.items():
            if not (HERE / folder).is_dir():
                continue
            if shutil.which(call[0]) is None:
                print(f"{folder}: left out, for there is no {call[0]} here")
                continue
            for event in events:
                done = subprocess.run(call, input=event.read_bytes(), env=environment, stdout=subprocess.PIPE)
                failed = failed or done.returncode != 0
                print(f"{folder} {event.name}: {done.stdout.decode().strip() or 'the handler failed'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
