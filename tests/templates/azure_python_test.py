#!/usr/bin/env python3
"""`bundle init azure-python`: the function under python3, in a wwwroot that is read-only and has no run bit left in it. Of the
worker's library there is what function_app.py uses of it, by the same names."""

import concurrent.futures
import fnmatch
import json
import shutil

from template_case import TOOLS, TemplateCase, in_root, main, run

WWWROOT = "/home/site/wwwroot"
HOST = [(path, path) for path in ("/usr", "/lib", "/lib64")]
FUNCTIONS = '''
import enum
class AuthLevel(enum.Enum):
    FUNCTION = "function"
class HttpRequest:
    def __init__(self, body): self._body = body
    def get_body(self): return self._body
class HttpResponse:
    def __init__(self, body=None, *, status_code=None, headers=None, mimetype=None, charset=None):
        self.body, self.status_code = body, status_code or 200
class FunctionApp:
    def __init__(self, http_auth_level): assert http_auth_level is AuthLevel.FUNCTION; self.routes = {}
    def route(self, route, methods):
        def keep(function):
            self.routes[route] = function
            return function
        return keep
'''
HARNESS = '''
import asyncio, json, os, sys
import azure.functions as func
import function_app, tool
async def main():
    what = sys.argv[1]
    if what == "post":
        answer = await function_app.app.routes["run"](func.HttpRequest(sys.stdin.buffer.read()))
        print(json.dumps([answer.status_code, answer.body]))
    elif what == "many":
        got = await asyncio.gather(*(function_app.program.run([str(i)]) for i in range(40)))
        print("".join(result.output.decode() for result in got), end="")
    elif what == "timeout":
        function_app.SECONDS = 1
        answer = await function_app.app.routes["run"](func.HttpRequest(b'{"arguments": ["hang"]}'))
        print(answer.status_code)
    elif what == "cancel":
        task = asyncio.ensure_future(function_app.program.run(["hang"]))
        await asyncio.sleep(0.5)
        task.cancel()
        print(type((await asyncio.gather(task, return_exceptions=True))[0]).__name__)
    if what in ("timeout", "cancel"):
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            print("left:", file.read())
asyncio.run(main())
'''


class AzurePython(TemplateCase):
    def setUp(self):
        super().setUp()
        self.source = self.project("azure-python", "azure-functions")
        self.worker = self.scratch / "worker"
        (self.worker / "azure").mkdir(parents=True)
        (self.worker / "azure/functions.py").write_text(FUNCTIONS)
        (self.worker / "harness.py").write_text(HARNESS)
        ignored = (self.source / ".funcignore").read_text().split()
        self.root = self.scratch / "wwwroot"
        shutil.copytree(self.source, self.root, ignore=lambda folder, names: [name for name in names if folder == str(self.source) and any(
            fnmatch.fnmatch(name, pattern) for pattern in ignored)])
        for path in [*self.root.rglob("*"), self.root]:
            path.chmod(0o555 if path.is_dir() else 0o444)

    def host(self, *arguments, stdin=b"", options=()):
        return in_root(["/usr/bin/python3", "-B", "/worker/harness.py", *arguments], self.root, at=WWWROOT, stdin=stdin, cwd=WWWROOT,
                       binds=[*HOST, (self.worker, "/worker")], options=options,
                       env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": f"{WWWROOT}:/worker"})

    def post(self, body):
        done = self.host("post", stdin=body)
        status, text = self.json_of(done)
        return status, json.loads(text) if status == 200 else text

    def test_what_is_published(self):
        self.assertEqual(sorted(path.name for path in self.root.iterdir()),
                         ["function_app.py", "host.json", "requirements.txt", "tool.py", "tools"])
        self.assertEqual(json.loads((self.root / "host.json").read_text())["version"], "2.0")

    def test_the_function(self):
        for event, answer in (
            ({"arguments": ["-x", 3, "ü"]}, {"status": 0, "output": "<-x><3><ü>\n", "error": ""}),
            ({}, {"status": 0, "output": "\n", "error": ""}),
            ({"arguments": ["cat"], "input": "x" * 1_000_000}, {"status": 0, "output": "x" * 1_000_000, "error": ""}),
            ({"input": "y" * 1_000_000}, {"status": 0, "output": "\n", "error": ""}),
            ({"arguments": ["both"]}, {"status": 0, "output": "0123456789\n" * 20000, "error": "abcdefghij\n" * 20000}),
            ({"arguments": ["crash"]}, {"status": -11, "output": "", "error": ""}),
        ):
            self.assertEqual(self.post(json.dumps(event).encode()), (200, answer))
        self.assertEqual(self.post(b"")[0], 200)
        for body in (b"{", b"[]", b'{"arguments": 3}', b"\xff"):
            self.assertEqual(self.post(body)[0], 400)

    def test_time_runs_out(self):
        for what, said in (("timeout", b"504"), ("cancel", b"CancelledError")):
            done = self.host(what)
            self.assertEqual((done.status, done.out), (0, said + b"\nleft: \n"), done)

    def test_many_at_once(self):
        """Calls of one worker, then workers that share /tmp: one launcher, never seen half written."""
        shared = self.scratch / "tmp"
        shared.mkdir()
        shared.chmod(0o777)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in pool.map(lambda _: self.host("many", options=["--bind", shared, "/tmp"]), range(4)):
                self.assertEqual((done.status, done.out.decode()), (0, "".join(f"<{i}>\n" for i in range(40))), done)
        left = list(shared.glob("bundle-*/*"))
        self.assertEqual([(path.name, path.stat().st_mode & 0o777) for path in left], [("tool", 0o700)])

    def test_the_local_test(self):
        done = run(["/usr/bin/python3", "-B", "local_test.py", "a b"], cwd=self.source, env=TOOLS)
        self.assertEqual((done.status, done.out, done.err), (0, b"<a b>\n", b"status 0\n"))
        done = run(["/usr/bin/python3", "-B", "local_test.py", "cat"], cwd=self.source, env=TOOLS, stdin=b"from stdin")
        self.assertEqual(done.out, b"from stdin")


if __name__ == "__main__":
    main()
