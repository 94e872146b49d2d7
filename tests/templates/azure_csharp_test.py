#!/usr/bin/env python3
"""`bundle init azure-csharp`: its sources compiled by Mono against a stub of the worker, and run in a wwwroot that is read-only
and has no run bit left in it."""

import concurrent.futures
import json
import re
import shutil
import xml.etree.ElementTree
from pathlib import Path

from template_case import TOOLS, TemplateCase, in_root, main, run

WWWROOT = "/home/site/wwwroot"
MONO = [(path, path) for path in ("/usr", "/lib", "/lib64", "/etc/mono")]
STUB = Path(__file__).with_name("azure_csharp_stub.cs")


class AzureCSharp(TemplateCase):
    def setUp(self):
        super().setUp()
        if not shutil.which("mcs") and run(["apt-cache", "show", "mono-mcs"]).status != 0:
            self.skipTest("this distribution has no mono-mcs")
        self.installed("mcs")
        self.installed("mono")
        self.source = self.project("azure-csharp", "azure-functions")

    def published(self):
        """What `dotnet publish` would give, without a run bit; compiled by the C# that Mono knows."""
        root = self.scratch / "wwwroot"
        root.mkdir()
        sources = sorted(self.source.glob("*.cs"))
        self.assertEqual(len(sources), 3)
        done = run(["mcs", "-langversion:latest", "-nowarn:0436", "-warnaserror", f"-out:{root}/app.exe", "-r:System.Core", "-r:mono=System", STUB, *sources],
                   env={**TOOLS, "HOME": str(self.scratch)})
        self.assertEqual(done.status, 0, done)
        shutil.copytree(self.source / "tools", root / "tools")
        for path in [*root.rglob("*"), root]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        return root

    def host(self, root, *arguments, stdin=b"", options=(), at=WWWROOT):
        return in_root(["/usr/bin/mono", f"{at}/app.exe", *arguments], root, at=at, binds=MONO, stdin=stdin, options=options,
                       env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"})

    def answer(self, done):
        """(HTTP status, {name: text})"""
        self.assertEqual(done.status, 0, done)
        status, _, rest = done.out.decode().partition("\n")
        body = {}
        while rest:
            head, _, rest = rest.partition("\n")
            name, length = head.split()
            body[name], rest = rest[:int(length)], rest[int(length) + 1:]
        return int(status), body

    def test_the_function(self):
        root = self.published()
        for arguments, stdin, body in (
            (["call", "-x", 'a "b" \\c', "", "ü"], b"", {"status": "0", "output": '<-x><a "b" \\c><><ü>\n', "error": ""}),
            (["call", "cat"], "ü".encode() * 500_000, {"status": "0", "output": "ü" * 500_000, "error": ""}),
            (["call"], b"y" * 1_000_000, {"status": "0", "output": "\n", "error": ""}),
            (["call", "both"], b"", {"status": "0", "output": "0123456789\n" * 20000, "error": "abcdefghij\n" * 20000}),
            (["call", "fail"], b"", {"status": "3", "output": "", "error": "said\n"}),
            (["empty"], b"", {"status": "0", "output": "\n", "error": ""}),
        ):
            self.assertEqual(self.answer(self.host(root, *arguments, stdin=stdin)), (200, body))
        self.assertEqual(self.answer(self.host(root, "broken")), (400, {}))
        # Where the bundle was not made for, as under Core Tools: BUNDLE_ROOT alone tells where it is.
        self.assertEqual(self.answer(self.host(root, "call", "x", at="/srv/a b"))[1]["output"], "<x>\n")

    def test_a_library_that_was_made_a_program(self):
        """What could not be loaded into the worker, a native library: a program around it, and the library comes with it."""
        library = self.compiled("lib/libtest.so", "int twice(int number) { return 2 * number; }", "-shared", "-fPIC")
        program = self.compiled("test", """
#include <stdio.h>
#include <stdlib.h>
int twice(int);
int main(int argc, char** argv) { printf("%d\\n", argc > 1 ? twice(atoi(argv[1])) : 0); return 0; }""", f"-L{library.parent}", "-ltest")
        archive = self.scratch / "test.zip"
        self.made(program, "-L", library.parent, "--target", "azure-functions", "-o", archive)
        self.source = self.scratch / "of-a-library"
        self.made("init", "azure-csharp", "-o", self.source, "--layer", archive)
        self.assertEqual(self.answer(self.host(self.published(), "call", "21")), (200, {"status": "0", "output": "42\n", "error": ""}))

    def test_time_runs_out(self):
        root = self.published()
        for what, exception in (("timeout", "TimeoutException"), ("cancel", "OperationCanceledException")):
            done = self.host(root, what)
            self.assertEqual((done.status, done.out.decode()), (0, f"{exception} True\nleft: \n"), done)

    def test_many_at_once(self):
        """Threads of one worker, then workers that share /tmp: one launcher, never seen half written."""
        root = self.published()
        shared = self.scratch / "tmp"
        shared.mkdir(mode=0o777)
        shared.chmod(0o777)
        want = "".join(f"<{i}>\n" for i in range(20)) + "\n"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in pool.map(lambda _: self.host(root, "many", options=["--bind", shared, "/tmp"]), range(4)):
                self.assertEqual((done.status, done.out.decode()), (0, want), done)
        left = [path for path in shared.glob("bundle-*/*")]
        self.assertEqual([path.name for path in left], ["tool"])
        self.assertEqual(left[0].stat().st_mode & 0o777, 0o700)
        self.assertEqual(left[0].read_bytes(), (self.source / "tools/tool/bin/tool").read_bytes())

    def test_the_project_file(self):
        project = xml.etree.ElementTree.parse(self.source / "app.csproj").getroot()
        self.assertEqual((project.tag, project.get("Sdk")), ("Project", "Microsoft.NET.Sdk"))
        self.assertEqual(project.findtext("PropertyGroup/TargetFramework"), "net10.0")
        self.assertEqual(project.findtext("PropertyGroup/AzureFunctionsVersion"), "v4")
        self.assertIn("tools/**", project.findtext("PropertyGroup/DefaultItemExcludes"))
        tools, = (item for item in project.iter("None") if item.get("Include") == "tools/**")
        self.assertEqual({tools.get("CopyToOutputDirectory"), tools.get("CopyToPublishDirectory")}, {"PreserveNewest"})
        for package in project.iter("PackageReference"):
            self.assertRegex(package.get("Version"), r"^\d+\.\d+\.\d+$")
        self.assertEqual(json.loads((self.source / "host.json").read_text())["version"], "2.0")
        settings = json.loads((self.source / "local.settings.json").read_text())
        self.assertEqual(settings["Values"]["FUNCTIONS_WORKER_RUNTIME"], "dotnet-isolated")
        self.tool("git", "init", "-q", self.source)
        ignored = self.tool("git", "-C", self.source, "status", "--porcelain", "--ignored=matching", "--untracked-files=all").out.decode()
        self.assertEqual(re.findall("(?m)^!! (.*)$", ignored), ["local.settings.json"])
        self.assertIn("?? tools/tool/bin/tool\n", ignored)


if __name__ == "__main__":
    main()
