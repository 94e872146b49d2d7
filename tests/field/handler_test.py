#!/usr/bin/env python3
"""--handler: a program that knows nothing of Lambda, run once an event by our client of the Runtime API.

The API is a mock on 127.0.0.1 that does what the developer guide says of the real one: next, response, error, init/error.
"""

import base64
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from field import COPIES, FieldCase, bundle, main, run

PROGRAM = COPIES + r"""
int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "echo";
  if (strcmp(what, "echo") == 0) return copy();
  if (strcmp(what, "words") == 0) {
    for (int i = 0; i < argc; ++i) printf("<%s>", argv[i]);
    fprintf(stderr, "said \xff");
    return 7;
  }
  if (strcmp(what, "crash") == 0) { printf("first"); fflush(stdout); raise(SIGSEGV); }
  if (strcmp(what, "abort") == 0) abort();
  if (strcmp(what, "hang") == 0) for (;;) pause();
  if (strcmp(what, "deaf") == 0) { signal(SIGTERM, SIG_IGN); if (fork() == 0) for (;;) sleep(1); for (;;) pause(); }
  if (strcmp(what, "binary") == 0) { for (int i = 0; i < 256; ++i) putchar(i); return 0; }
  if (strcmp(what, "trace") == 0) { printf("%s", getenv("_X_AMZN_TRACE_ID")); return 0; }
  if (strcmp(what, "where") == 0) { char at[4096]; printf("%s", getcwd(at, sizeof at)); return 0; }
  if (strcmp(what, "endless") == 0) for (;;) puts("more and more and more and more and more and more and more");
  if (strcmp(what, "closes") == 0) { fclose(stdin); printf("did not read"); return 0; }
  if (strcmp(what, "leaves") == 0) { if (fork() == 0) { sleep(60); _exit(0); } printf("left a child"); return 0; }
  if (strcmp(what, "much") == 0) { for (long i = atol(argv[2]); i > 0; --i) putchar('x'); return 0; }
  return 1;
}
"""


class Api:
    """A mock of the Runtime API. Events go in by ask(); each gives what came back: (path's end, body, headers)."""

    def __init__(self, close_each=False, no_content=False):
        self.events, self.answers, self.init_error = queue.Queue(), {}, queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def reply(self, status, body=b"", headers=()):
                self.send_response(status)
                for key, value in headers:
                    self.send_header(key, value)
                if close_each:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def do_GET(self):
                assert self.path == "/2018-06-01/runtime/invocation/next", self.path
                event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                name, body, deadline, chunked = event
                headers = [("Lambda-Runtime-Aws-Request-Id", name), ("lambda-runtime-deadline-ms", str(deadline)),
                           ("Lambda-Runtime-Trace-Id", f"Root={name}"), ("Content-Type", "application/json")]
                if not chunked:
                    return self.reply(200, body, headers)
                self.send_response(200)
                for key, value in [*headers, ("Transfer-Encoding", "chunked")]:
                    self.send_header(key, value)
                self.end_headers()
                for at in range(0, len(body), 50_000):
                    part = body[at:at + 50_000]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")
                self.wfile.flush()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                parts = self.path.split("/")
                assert parts[:3] == ["", "2018-06-01", "runtime"], self.path
                if parts[3] == "init":
                    self.reply(202)
                    api.init_error.put((json.loads(body), dict(self.headers)))
                elif parts[5] == "response" and len(body) > 6_291_556:
                    self.reply(413, b'{"errorType":"RequestEntityTooLarge"}')
                else:
                    if no_content:
                        self.send_response(204)
                        self.end_headers()
                    else:
                        self.reply(202, b'{"status":"OK"}')
                    api.answers[parts[4]].put((parts[5], body, dict(self.headers)))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.count = 0

    def ask(self, event, seconds=30.0, raw=None, chunked=False, wait=60):
        self.count += 1
        name = f"8476a536-e9f4-11e8-9739-{self.count:012}"
        answer = self.answers[name] = queue.Queue()
        body = raw if raw is not None else json.dumps(event).encode()
        self.events.put((name, body, int((time.time() + seconds) * 1000), chunked))
        return answer.get(timeout=wait)

    def end(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


class Handler(FieldCase):
    def setUp(self):
        super().setUp()
        program = self.compiled("tool", PROGRAM)
        self.task = self.scratch / "task"
        self.made("--handler", program, "--target", "aws-bootstrap", "-o", f"{self.task}/")

    def start(self, command=(), ahead=None, **more):
        self.api = Api(**more)
        self.addCleanup(self.api.end)
        self.client = subprocess.Popen(command or [self.task / "bootstrap"], preexec_fn=ahead, env={"AWS_LAMBDA_RUNTIME_API": self.api.address, "PATH": "/usr/bin:/bin"},
                                       stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(self.client.stderr.close)
        self.addCleanup(self.client.wait)
        self.addCleanup(self.client.kill)
        return self.api

    def response(self, event, **more):
        where, body, _ = self.api.ask(event, **more)
        self.assertEqual(where, "response", body[:1000])
        return json.loads(body)

    def error(self, event, **more):
        where, body, headers = self.api.ask(event, **more)
        self.assertEqual(where, "error", body[:1000])
        told = json.loads(body)
        self.assertEqual(headers["Lambda-Runtime-Function-Error-Type"], told["errorType"])
        return told

    def test_the_zip(self):
        self.assertEqual(sorted(path.name for path in self.task.iterdir()), ["bootstrap", "lib"])
        self.assertTrue((self.task / "lib/tool/bin/tool").is_file())
        listed = run(["readelf", "-hl", self.task / "bootstrap"]).text
        self.assertNotIn("INTERP", listed)

    def test_what_goes_in_and_comes_out(self):
        self.start()
        self.assertEqual(self.response({"arguments": ["words", "-x", "ü \" \\ \n", "", 3, True, 1.5], "other": {"a": [1, {"b": "}"}]}}),
                         {"status": 7, "output": "<tool><words><-x><ü \" \\ \n><><3><true><1.5>", "error": "said \ufffd"})
        self.assertEqual(self.response({"input": "a\x00\x7f\u20ac\U0001f600\t"})["output"], "a\x00\x7f\u20ac\U0001f600\t")
        for raw in (b"{}", b"null", b' { "arguments" : null , "input" : null } '):
            self.assertEqual(self.response(None, raw=raw), {"status": 0, "output": "", "error": ""})
        self.assertEqual(self.response({"input": "\ud83d alone", "arguments": []})["output"], "\ufffd alone")
        self.assertRegex(self.response({"arguments": ["trace"]})["output"], "^Root=8476")
        self.assertEqual(self.response({"arguments": ["where"]})["output"], "/tmp")
        self.assertEqual(self.response({"arguments": ["closes"], "input": "x" * 3_000_000})["output"], "did not read")

    def test_binary(self):
        self.start()
        got = self.response({"arguments": ["binary"]})
        self.assertEqual((got["isBase64Encoded"], base64.b64decode(got["output"])), (True, bytes(range(256))))
        for data in (b"\xff", b"\xff\x00", bytes(range(255, 0, -1)), os.urandom(100_000)):
            got = self.response({"input": base64.b64encode(data).decode(), "isBase64Encoded": True})
            self.assertEqual(base64.b64decode(got["output"]), data)
        self.assertIn("base64", self.error({"input": "!!", "isBase64Encoded": True})["errorMessage"])

    def test_crashes(self):
        self.start()
        for _ in range(3):
            self.assertEqual(self.response({"arguments": ["crash"]}), {"status": -signal.SIGSEGV, "output": "first", "error": ""})
            self.assertEqual(self.response({"arguments": ["abort"]})["status"], -signal.SIGABRT)
            self.assertEqual(self.response({"input": "still there"})["output"], "still there")

    def test_started_with_children_ignored(self):
        self.start(ahead=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        for event, status in (({"input": "x"}, 0), ({"arguments": ["words"]}, 7), ({"arguments": ["abort"]}, -signal.SIGABRT)):
            self.assertEqual(self.response(event, seconds=10)["status"], status)

    def test_as_process_1(self):
        self.start(command=["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", self.task / "bootstrap"])
        for _ in range(20):
            self.assertEqual(self.response({"arguments": ["leaves"]})["output"], "left a child")
        time.sleep(0.2)
        self.response({"input": "x"})
        client = run(["pgrep", "-P", self.client.pid]).text.strip()
        left = run(["ps", "--ppid", client, "-o", "stat="]).text.split()
        self.assertLessEqual(len(left), 1, "what a program leaves behind is waited for")

    def test_not_started(self):
        self.start()
        told = self.error({"arguments": ["x" * 200_000]})
        self.assertEqual(told["errorType"], "Program.NotStarted")
        self.assertIn('Argument list too long. Hand over what is long as "input"', told["errorMessage"])
        (self.task / "lib/tool/bin/tool").write_bytes(b"\x7fELF, or what is left of it")
        told = self.error({})
        self.assertIn("Exec format error. Unzip the function as it was made", told["errorMessage"])
        self.assertEqual((told["errorType"], self.client.poll()), ("Program.NotStarted", None))

    def test_hangs(self):
        self.start()
        for what in ("hang", "deaf"):
            began = time.time()
            told = self.error({"arguments": [what]}, seconds=5)
            self.assertLess(time.time() - began, 5)
            self.assertGreater(time.time() - began, 4)
            self.assertEqual(told["errorType"], "Program.Timeout")
            self.assertEqual(self.response({"input": "y"})["output"], "y")
            self.check_all_ended()
        began = time.time()
        self.assertEqual(self.response({"arguments": ["leaves"]})["output"], "left a child")
        self.assertLess(time.time() - began, 10)
        self.check_all_ended()

    def check_all_ended(self):
        """Nothing that the client started runs: what is killed takes a moment to be gone."""
        until = time.time() + 10
        while self.running() and time.time() < until:
            time.sleep(0.05)
        self.assertEqual(self.running(), [])
        self.assertEqual(run(["pgrep", "-P", self.client.pid]).out, b"", "nor waits for being asked how it ended")

    def running(self):
        """Who runs a file of the bundle's. By that, for what they are called is the event's to say."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it is gone, or somebody else's
                if os.readlink(process / "exe").startswith(f"{self.task}/lib/"):
                    found.append(process.name)
        return found

    def test_large(self):
        self.start()
        text = "0123456789abcdef" * (5_900_000 // 16)
        for chunked in (False, True):
            self.assertEqual(self.response({"input": text}, chunked=chunked)["output"], text)
        self.assertEqual(len(self.response({"arguments": ["much", "6200000"]})["output"]), 6_200_000)
        self.assertEqual(self.error({"arguments": ["much", "6291540"]})["errorType"], "Response.TooLarge")
        self.assertEqual(self.error({"arguments": ["endless"]})["errorType"], "Response.TooLarge")
        self.assertEqual(self.response({"input": "z"})["output"], "z")

    def test_events_that_are_none(self):
        self.start()
        for raw in (b"", b"{", b"[1", b'{"arguments"}', b'{"input": "a}', b"{} {}", b"nul", b'{"a": tru}', b'{"input": "\x01"}', b'"text"', b"[]",
                    b'{"arguments": "x"}', b'{"arguments": [[]]}', b'{"input": 3}', b'{"arguments": ["a\\u0000b"]}', b"[" * 100_000,
                    b'{"input": "\\u12"}', b'{"input": "\\x"}'):
            told = self.error(None, raw=raw)
            self.assertEqual(told["errorType"], "Event.Invalid", raw[:40])
        self.assertEqual(self.response({"input": "z"})["output"], "z")

    def test_ten_thousand(self):
        self.start()
        before = self.memory()
        for number in range(10_000):
            event = {"input": f"{number}"} if number % 500 else {"input": f"{number}", "pad": "x" * 1_000_000}
            self.assertEqual(self.response(event)["output"], f"{number}")
        self.assertEqual(len(os.listdir(f"/proc/{self.client.pid}/fd")), len(self.descriptors))
        self.assertLess(self.memory() - before, 8_000_000)

    def memory(self):
        self.response({"input": "x"})
        self.descriptors = os.listdir(f"/proc/{self.client.pid}/fd")
        with open(f"/proc/{self.client.pid}/statm") as file:
            return int(file.read().split()[0]) * 4096

    def test_a_server_that_closes_each_connection(self):
        self.start(close_each=True)
        for number in range(20):
            self.assertEqual(self.response({"input": f"{number}"})["output"], f"{number}")

    def test_an_answer_without_content(self):
        self.start(no_content=True)
        for number in range(3):
            self.assertEqual(self.response({"input": f"{number}"}, wait=10)["output"], f"{number}")

    def test_nothing_to_run(self):
        (self.task / "lib/tool/bin/tool").chmod(0o644) if os.getuid() != 0 else (self.task / "lib/tool/bin/tool").unlink()
        api = self.start()
        told, _ = api.init_error.get(timeout=30)
        self.assertEqual(told["errorType"], "Program.NotFound")
        self.assertEqual(self.client.wait(timeout=30), 1)

    def test_on_arm64(self):
        """The client of the other architecture; its program is started where the kernel was told of qemu (binfmt_misc)."""
        program = self.compiled("arm/tool", "int main(void) { return 0; }", "-static", compiler="aarch64-linux-gnu-gcc")
        task = self.scratch / "arm-task"
        self.made("--handler", program, "--target", "aws-bootstrap", "-o", f"{task}/")
        self.start(command=["/usr/bin/qemu-aarch64-static", task / "bootstrap"])
        self.assertEqual(self.error(None, raw=b"{")["errorType"], "Event.Invalid")
        event = {"arguments": ["x"], "input": "y" * 1_000_000}
        try:
            run([program])
        except OSError:
            self.assertEqual(self.error(event, chunked=True)["errorType"], "Program.NotStarted")
        else:
            self.assertEqual(self.response(event, chunked=True), {"status": 0, "output": "", "error": ""})
        self.assertEqual(self.error(None, raw=b"[]")["errorType"], "Event.Invalid")

    def test_no_api(self):
        for address in (None, "", "nowhere", "127.0.0.1", "127.0.0.1:99999999", "999.0.0.1:80", "example.com:80"):
            done = run([self.task / "bootstrap"], env={} if address is None else {"AWS_LAMBDA_RUNTIME_API": address}, timeout=20)
            self.assertNotEqual(done.status, 0)
            self.assertIn("AWS Lambda", done.text)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            done = run([self.task / "bootstrap"], env={"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{free.getsockname()[1]}"}, timeout=20)
        self.assertIn("gives no event", done.text)

    def test_what_does_not_go_together(self):
        for arguments, says in ((["--handler", "jq"], "aws-bootstrap"), (["--handler", "jq", "sqlite3", "--target", "aws-bootstrap"], "--add"),
                                (["jq", "sqlite3", "--handler", "jq", "--target", "aws-bootstrap"], "sqlite3 would be another")):
            done = bundle(*arguments, "-o", self.scratch / "x.zip")
            self.assertEqual(done.status, 2, done)
            self.assertIn(says, done.text)


if __name__ == "__main__":
    main()
