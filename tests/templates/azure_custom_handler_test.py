#!/usr/bin/env python3
"""`bundle init azure-custom-handler`: the handler compiled as its README says, started as host.json says in a wwwroot that is
read-only and has no run bit left in it, and asked over HTTP by many at once."""

import fnmatch
import json
import re
import shutil

from template_case import TOOLS, TemplateCase, in_root, main, run

WWWROOT = "/home/site/wwwroot"
HOST = [(path, path) for path in ("/usr", "/lib", "/lib64", "/bin")]
# Runs in the sandbox, whose network is its own: the Functions host's part.
CLIENT = r'''
import concurrent.futures, http.client, json, os, socket, subprocess, sys, time, urllib.parse
PORT = 8081
with open("host.json") as file:
    handler = json.load(file)["customHandler"]["description"]
child = subprocess.Popen([handler["defaultExecutablePath"], *handler["arguments"]], env={**os.environ, "FUNCTIONS_CUSTOMHANDLER_PORT": str(PORT)})
for _ in range(600):  # the host gives it 60 s
    try:
        socket.create_connection(("127.0.0.1", PORT)).close()
        break
    except ConnectionRefusedError:
        time.sleep(0.1)

def ask(connection, *arguments, body=None, method="POST", **more):
    query = urllib.parse.urlencode([("argument", argument) for argument in arguments])
    connection.request(method, f"/api/run?code=secret&{query}", body=body, **more)
    answer = connection.getresponse()
    return answer.status, answer.getheader("X-Exit-Status"), answer.read()

def check(got, want):
    assert got == want, f"{str(got)[:300]} is not {str(want)[:300]}"

def load(number):
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    for i in range(25):
        check(ask(connection, f"{number} {i}"), (200, "0", f"<{number} {i}>\n".encode()))
        check(ask(connection, "cat", body=bytes([number]) * 1000 * i), (200, "0", bytes([number]) * 1000 * i))

one = http.client.HTTPConnection("127.0.0.1", PORT)
check(ask(one, "-x", "a&b=c", "", "\u00fc", "%41"), (200, "0", "<-x><a&b=c><><\u00fc><%41>\n".encode()))
check(ask(one, method="GET"), (200, "0", b"\n"))
data = os.urandom(3_000_000)
check(ask(one, "cat", body=data), (200, "0", data))
check(ask(one, "cat", body=iter([data[:5], data[5:70_000], data[70_000:]]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}), (200, "0", data))
check(ask(one, body=data), (200, "0", b"\n"))
check(ask(one, "both"), (200, "0", b"0123456789\n" * 20000))
check(ask(one, "fail"), (500, "3", b"said\n"))
check(ask(one, "crash"), (500, "-11", b""))
check(ask(one, "a\0b")[0], 400)
for raw, status in ((b"nonsense\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
                    (b"GET / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", b"413"), (b"GET / HTTP/1.1\r\nx: " + b"y" * 100_000, b"431"),
                    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400")):
    with socket.create_connection(("127.0.0.1", PORT)) as broken:
        broken.sendall(raw)
        check(broken.recv(100).split(b" ")[1], status)
for raw in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"):
    with socket.create_connection(("127.0.0.1", PORT)) as gone:
        gone.sendall(raw)
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(load, range(8)))
if len(sys.argv) > 1:
    check(ask(one, "hang")[0], 504)
    check(ask(one, "mute")[0], 504)
    check(ask(one, "still there"), (200, "0", b"<still there>\n"))
check(child.poll(), None)
for _ in range(200):  # a thread whose client has gone closes its end in a moment
    if len(os.listdir(f"/proc/{child.pid}/fd")) < 10:
        break
    time.sleep(0.05)
check(len(os.listdir(f"/proc/{child.pid}/fd")) < 10, True)
with open(f"/proc/{child.pid}/task/{child.pid}/children") as file:
    check(file.read(), "")
child.kill()
print("all answered")
'''


class AzureCustomHandler(TemplateCase):
    def setUp(self):
        super().setUp()
        self.source = self.project("azure-custom-handler", "azure-functions")

    def published(self, build):
        done = run(["sh", "-c", build], cwd=self.source, env=TOOLS)
        self.assertEqual((done.status, done.text), (0, ""), done)
        ignored = (self.source / ".funcignore").read_text().split()
        root = self.scratch / "wwwroot"
        shutil.copytree(self.source, root, ignore=lambda folder, names: [name for name in names if folder == str(self.source) and any(
            fnmatch.fnmatch(name, pattern) for pattern in ignored)])
        for path in [*root.rglob("*"), root]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        return root

    def ask(self, root, *arguments, at=WWWROOT):
        return in_root(["/usr/bin/python3", "-c", CLIENT, *arguments], root, at=at, cwd=at, binds=HOST,
                       env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})

    def command(self):
        command, = re.findall(r"(?m)^    (c\+\+ .*)$", (self.source / "README.md").read_text())
        return command

    def test_it_answers_under_load(self):
        root = self.published(self.command() + " -Wall -Wextra -Werror")
        self.assertEqual(sorted(path.name for path in root.iterdir()), ["handler", "host.json", "run", "start.sh", "tools"])
        done = self.ask(root)
        self.assertEqual((done.status, done.out), (0, b"all answered\n"), done)

    def test_one_that_hangs(self):
        """In a folder that the bundle was not made for, as under Core Tools: BUNDLE_ROOT alone tells where it is."""
        source = self.source / "handler.cpp"
        source.write_text(source.read_text().replace("longest_run{100}", "longest_run{2}"))
        done = self.ask(self.published(self.command().replace("-O2", "-O0")), "hang", at="/srv/a b")
        self.assertEqual((done.status, done.out), (0, b"all answered\n"), done)

    def test_what_the_host_reads(self):
        host = json.loads((self.source / "host.json").read_text())
        self.assertEqual((host["version"], host["customHandler"]["enableProxyingHttpRequest"]), ("2.0", True))
        self.assertTrue((self.source / host["customHandler"]["description"]["arguments"][0]).is_file())
        bindings = json.loads((self.source / "run/function.json").read_text())["bindings"]
        self.assertEqual([(binding["type"], binding["direction"]) for binding in bindings], [("httpTrigger", "in"), ("http", "out")])


if __name__ == "__main__":
    main()
