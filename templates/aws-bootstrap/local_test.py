#!/usr/bin/env python3
"""Runs function.zip here, against a stand-in for Lambda's Runtime API: no cloud, no container, no SAM.

python3 local_test.py [EVENT.json ...]    all of events/ when none is named
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS = 30  # the function's Timeout
API = "/2018-06-01/runtime/"


class RuntimeApi(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    protocol_version = "HTTP/1.1"
    events = []
    done = threading.Event()
    failed = False

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if not self.events:
            self.done.set()
            threading.Event().wait()  # as Lambda freezes a function for which there is no event
        deadline = int((time.time() + SECONDS) * 1000)
        self.reply(200, self.events[0].read_bytes(), Lambda_Runtime_Aws_Request_Id="local", Lambda_Runtime_Deadline_Ms=str(deadline),
                   Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:local:0:function:local")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace")
        kind = self.path.removeprefix(API).split("/")[-1]
        if kind == "error":
            type(self).failed = True
        name = self.events.pop(0).name if self.path.startswith(f"{API}invocation/") else "start"
        print(f"{name}: {kind}: {body}", flush=True)
        self.reply(202)


def main():
    RuntimeApi.events = [Path(name) for name in sys.argv[1:]] or sorted((HERE / "events").glob("*.json"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as task:
        # By unzip, for Python's zipfile does not set the run bits.
        subprocess.run(["unzip", "-q", HERE / "function.zip", "-d", task], check=True)
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}", "LAMBDA_TASK_ROOT": task,
                       "_HANDLER": "bootstrap", "AWS_LAMBDA_FUNCTION_NAME": "local"}
        function = subprocess.Popen([f"{task}/bootstrap"], env=environment)
        while not RuntimeApi.done.wait(0.1) and function.poll() is None:
            pass
        if function.poll() is not None:
            print(f"bootstrap ended with {function.returncode} before all events were answered")
            RuntimeApi.failed = True
        function.kill()
        function.wait()
    sys.exit(1 if RuntimeApi.failed else 0)


if __name__ == "__main__":
    main()
