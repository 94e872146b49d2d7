#!/usr/bin/env python3
"""`bundle init aws-sam`: both handlers with the layer at /opt, and the local test. The template: cloudformation_test.py."""

import json
import os

import npm
from template_case import LAMBDA, TOOLS, TemplateCase, in_root, main, run, unzip

HOST = [(path, path) for path in ("/usr", "/lib", "/lib64", "/bin")]  # python3 and node; the layer must not mind what comes with them
PYTHON = ["/usr/bin/python3", "-c", "import app, json, sys; print(json.dumps(app.handler(json.load(sys.stdin), None)))"]
NODE = ["/var/lang/bin/node", "--input-type=module", "-e", """
import { json } from "node:stream/consumers";
import { handler } from "/var/task/app.mjs";
const context = { getRemainingTimeInMillis: () => 4000 };
console.log(JSON.stringify(await handler(await json(process.stdin), context)));"""]


class AwsSam(TemplateCase):
    def setUp(self):
        super().setUp()
        self.made_project = self.project("aws-sam")
        self.layer_folder = unzip(self.made_project / "layer.zip", self.scratch / "opt")

    def call(self, argv, code, event):
        env = {**LAMBDA, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "/var/task"}
        return in_root(argv, self.layer_folder, stdin=json.dumps(event).encode(), env=env, cwd="/var/task",
                       binds=[*HOST, (self.made_project / code, "/var/task"), (npm.node(), "/var/lang/bin/node")])

    def test_the_handlers(self):
        for argv, code in ((PYTHON, "function"), (NODE, "function-node")):
            with self.subTest(code):
                for event, answer in (
                    ({"arguments": ["-x", 3, "ü"]}, {"status": 0, "output": "<-x><3><ü>\n", "error": ""}),
                    (None, {"status": 0, "output": "\n", "error": ""}),
                    ({"arguments": ["cat"], "input": "x" * 1_000_000}, {"status": 0, "output": "x" * 1_000_000, "error": ""}),
                    ({"input": "y" * 1_000_000}, {"status": 0, "output": "\n", "error": ""}),
                    ({"arguments": ["fail"]}, {"status": 3, "output": "", "error": "said\n"}),
                    ({"arguments": ["crash"]}, {"status": -11, "output": "", "error": ""}),
                    ({"arguments": ["both"]}, {"status": 0, "output": "0123456789\n" * 20000, "error": "abcdefghij\n" * 20000}),
                ):
                    self.assertEqual(self.json_of(self.call(argv, code, event)), answer)

    def test_one_that_hangs(self):
        python = [*PYTHON[:2], PYTHON[2].replace("None", "type('Context', (), {'get_remaining_time_in_millis': lambda self: 4000})()")]
        for argv, code, word in ((python, "function", "TimeoutExpired"), (NODE, "function-node", "TimeoutError")):
            done = self.call(argv, code, {"arguments": ["hang"]})
            self.assertEqual(done.status, 1, done)
            self.assertIn(word, done.text)

    def test_the_local_test(self):
        env = {**TOOLS, "PATH": npm.environment()["PATH"]}
        done = run(["/usr/bin/python3", "local_test.py"], cwd=self.made_project, env=env)
        self.assertEqual(done.status, 0, done)
        lines = dict(line.split(": ", 1) for line in done.out.decode().splitlines())
        self.assertEqual(sorted(lines), sorted(f"{code} {event}" for code in ("function", "function-node")
                                               for event in os.listdir(self.made_project / "events")))
        for line in ("function version.json", "function-node version.json"):
            self.assertEqual(json.loads(lines[line]), {"status": 0, "output": "<--version>\n", "error": ""})
        (self.made_project / "events/broken.json").write_text("{")
        self.assertEqual(run(["/usr/bin/python3", "local_test.py"], cwd=self.made_project, env=env).status, 1)


if __name__ == "__main__":
    main()
