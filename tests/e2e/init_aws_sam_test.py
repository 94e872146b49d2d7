#!/usr/bin/python3
"""`bundle init aws-sam`: its handler under real python3, with the layer at /opt; its template; its refusals."""

import json
import os
import struct

import sandbox
from sandbox import HOST, Case, bundle, in_root, run, tree, unzip

# Where the host's python3 lies. The layer's program must not mind the libraries that come with it.
PYTHON = [("/usr", "/usr"), *((f"/{name}", f"/{name}") for name in ("lib", "lib64", "bin"))]
# The same without the host's rig and its data.
PYTHON_ONLY = [*((path, path) for path in ("/usr/bin/python3", "/usr/lib", "/bin/sh", "/lib", "/lib64"))]
IDENTITY = r"^\w+ \w+\n\d+ .+\n.+, [A-Z][A-Z]  \d{5}\n\(\d+\) xxx-xxxx"  # as rig makes them
CALL = "import app, json, sys; print(json.dumps(app.handler(json.load(sys.stdin), None)))"


class AwsSam(Case):
    def project(self, *programs, more=()):
        self.made(*programs, "-o", self.scratch / "made.zip")
        done = bundle("init", "aws-sam", "-o", self.scratch / "project", "--layer", self.scratch / "made.zip", *more)
        self.assertEqual(done.status, 0, done)
        return self.scratch / "project"

    def call(self, project, event, host=PYTHON):
        layer = unzip(project / "layer.zip", self.scratch / "opt")
        env = {**sandbox.LAMBDA, "PYTHONDONTWRITEBYTECODE": "1"}
        there = in_root(["/usr/bin/python3", "-c", CALL], layer, stdin=json.dumps(event).encode(), env=env,
                        binds=[*host, (project / "function", "/var/task")],
                        options=["--setenv", "PYTHONPATH", "/var/task"], cwd="/var/task")
        self.assertEqual(there.status, 0, there)
        return json.loads(there.out)

    def test_the_handler_runs_the_program(self):
        project = self.project("jq")
        answer = self.call(project, {"arguments": ["-c", ".a * 2"], "input": '{"a": 21}'})
        self.assertEqual(answer, {"status": 0, "output": "42\n", "error": ""})
        answer = self.call(project, {"arguments": ["."], "input": "{not json"})
        here = run(["jq", "."], stdin=b"{not json", env=HOST)
        self.assertNotEqual(here.status, 0)
        self.assertEqual(answer, {"status": here.status, "output": "", "error": here.err.decode()})

    def test_rig_by_the_projects_handler(self):
        answer = self.call(self.project("rig"), {}, PYTHON_ONLY)
        self.assertEqual((answer["status"], answer["error"]), (0, ""))
        self.assertRegex(answer["output"], IDENTITY)

    def test_two_layers_in_one_function(self):
        """As Lambda does it, one is unpacked over the other; what one program says, the other reads."""
        project = self.project("jq")
        self.made("sqlite3", "-o", self.scratch / "second.zip")
        unzip(self.scratch / "second.zip", self.scratch / "opt")
        (project / "function/app.py").write_text(
            "import subprocess\ndef handler(event, context):\n"
            "    rows = subprocess.run(['/opt/bin/sqlite3', '-json', ':memory:', event['query']], capture_output=True, check=True)\n"
            "    return subprocess.run(['/opt/bin/jq', '-c', 'map(.n)'], input=rows.stdout, capture_output=True, check=True).stdout.decode()\n")
        self.assertEqual(self.call(project, {"query": "select 6*7 as n union select 1"}, PYTHON_ONLY), "[1,42]\n")
        self.assertEqual(sorted(os.listdir(self.scratch / "opt/lib")), ["jq", "sqlite3"])

    def test_rig_the_whole_way(self):
        """`bundle rig -o rig.zip`, and a handler that knows nothing but the program's name."""
        (self.scratch / "var").mkdir()
        (self.scratch / "var/app.py").write_text(
            "import subprocess\ndef handler(event, context):\n    return subprocess.getstatusoutput('rig')\n")
        there = in_root(["/usr/bin/python3", "-c", CALL], self.layer("rig"), stdin=b"{}",
                        binds=[*PYTHON_ONLY, (self.scratch / "var", "/var/task")],
                        options=["--setenv", "PYTHONPATH", "/var/task"], cwd="/var/task",
                        env={**sandbox.LAMBDA, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(there.status, 0, there)
        status, output = json.loads(there.out)
        self.assertEqual(status, 0, output)
        self.assertRegex(output, IDENTITY)

    def test_the_template_is_what_sam_reads(self):
        import yaml  # Debian: python3-yaml
        loader = type("Loader", (yaml.SafeLoader,), {})
        loader.add_multi_constructor("!", lambda load, tag, node: {tag: node.value})
        project = self.project("jq")
        template = yaml.load((project / "template.yaml").read_text(), loader)
        layer, function = (template["Resources"][name] for name in ("ProgramLayer", "Function"))
        self.assertEqual(template["Transform"], "AWS::Serverless-2016-10-31")
        self.assertEqual((layer["Type"], function["Type"]), ("AWS::Serverless::LayerVersion", "AWS::Serverless::Function"))
        self.assertTrue((project / layer["Properties"]["ContentUri"]).is_file())
        self.assertNotIn("Metadata", layer, "without a build method the zip is packaged as it is")
        self.assertEqual(layer["Properties"]["LayerName"], "jq")
        self.assertEqual(layer["Properties"]["CompatibleArchitectures"], ["x86_64"])
        self.assertEqual(function["Properties"]["Architectures"], ["x86_64"])
        self.assertEqual(function["Properties"]["Layers"], [{"Ref": "ProgramLayer"}])
        module, name = function["Properties"]["Handler"].split(".")
        source = (project / function["Properties"]["CodeUri"] / f"{module}.py").read_text()
        self.assertIn(f"def {name}(event, context)", source)
        self.assertNotIn("@", (project / "template.yaml").read_text() + source, "every value is filled in")

    def test_the_architecture_is_the_launchers(self):
        """A layer whose launcher is of the other architecture, by its ELF header."""
        import zipfile
        with zipfile.ZipFile(self.scratch / "arm.zip", "w", zipfile.ZIP_DEFLATED) as layer:
            layer.writestr("bin/tool", b"\x7fELF" + bytes(14) + struct.pack("<H", 183) + bytes(44))
        done = bundle("init", "aws-sam", "-o", self.scratch / "project", "--layer", self.scratch / "arm.zip")
        self.assertEqual(done.status, 0, done)
        self.assertEqual((self.scratch / "project/template.yaml").read_text().count("- arm64"), 3)

    def test_nothing_is_overwritten_unasked(self):
        project = self.project("jq")
        (project / "function/app.py").write_text("mine")
        before = tree(self.scratch)
        again = ["init", "aws-sam", "-o", project, "--layer", self.scratch / "made.zip"]
        done = bundle(*again)
        self.assertEqual(done.status, 2, done)
        self.assertIn("--force", done.text)
        self.assertEqual(tree(self.scratch), before)
        self.assertEqual(bundle(*again, "--force").status, 0)
        self.assertNotEqual((project / "function/app.py").read_text(), "mine")
        in_place = bundle("init", "aws-sam", "-o", project, "--layer", project / "layer.zip", "--force")
        self.assertEqual(in_place.status, 0, in_place)
        self.assertEqual((project / "layer.zip").read_bytes(), (self.scratch / "made.zip").read_bytes())

    def test_several_programs(self):
        self.made("jq", "xz", "-o", self.scratch / "made.zip")
        ask = ["init", "aws-sam", "-o", self.scratch / "project", "--layer", self.scratch / "made.zip"]
        for arguments, fragment in (((), "--program"), (("--program", "vim"), "vim")):
            done = bundle(*ask, *arguments)
            self.assertEqual(done.status, 2, done)
            for word in (fragment, "jq", "xz"):
                self.assertIn(word, done.text)
            self.assertFalse((self.scratch / "project").exists())
        self.assertEqual(bundle(*ask, "--program", "xz").status, 0)
        self.assertIn("/opt/bin/xz", (self.scratch / "project/function/app.py").read_text())

    def test_bad_layers(self):
        whole = self.scratch / "whole.zip"
        self.made("jq", "-o", whole)
        (self.scratch / "text.zip").write_text("no zip")
        (self.scratch / "cut.zip").write_bytes(whole.read_bytes()[:-5000])
        for name in ("text.zip", "cut.zip", "absent.zip"):
            done = bundle("init", "aws-sam", "-o", self.scratch / "project", "--layer", self.scratch / name)
            self.assertEqual(done.status, 1, done)
            self.assertIn(name, done.text)
            self.assertFalse((self.scratch / "project").exists())

    def test_unknown_kind(self):
        done = bundle("init", "aws-sum", "-o", self.scratch / "project", "--layer", "x.zip")
        self.assertEqual(done.status, 2, done)
        self.assertIn("aws-sam", done.text)
        self.assertEqual(os.listdir(self.scratch), [])


if __name__ == "__main__":
    sandbox.main()
