#!/usr/bin/python3
"""Everyday programs with data and plugins, bundled without a hint, run in an empty root: stdout and status as on the host.

Each runs with the layer at the prefix and in another place. Inputs are mounted at /in; what a program writes goes to
/out or to stdout. Names given on the command line (everyday_test.py Everyday.test_gs) run alone.
"""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from jobs import EVERYDAY, GIT, INPUTS, RIG, placed  # noqa: E402
from sandbox import LAMBDA, Case, in_root, run, tree  # noqa: E402

ELSEWHERE = "/home/user/my tools"


class Everyday(Case):
    def setUp(self):
        super().setUp()
        self.put_inputs(INPUTS)

    def check(self, program):
        path = self.installed(program)
        name = os.path.basename(path)
        job = EVERYDAY[program]
        for command in job.before:
            made = run(placed(command, self.inputs), env={"PATH": "/usr/bin:/bin"})
            self.assertEqual(made.status, 0, made)
        layer = self.layer(path, *job.flags)
        for given in job.runs:
            more = {**job.env, **given.env}
            host = {"PATH": "/usr/bin:/bin:/usr/games", **more}
            here = run([path, *placed(given.arguments, self.inputs)], env=host, cwd=self.inputs, stdin=given.stdin)
            here.out = here.out.replace(str(self.inputs).encode(), b"/in")
            self.assertEqual(here.status, 0, here)
            env = {**LAMBDA, **more}
            for at in ["/opt", ELSEWHERE]:
                with self.subTest(arguments=given.arguments, at=at):
                    there = in_root([f"{at}/bin/{name}", *placed(given.arguments, "/in")], layer, at=at, env=env,
                                    binds=[(self.inputs, "/in")], stdin=given.stdin)
                    self.assert_same(here, there)

    def test_git(self):
        """init, commit, clone, log: each a process of its own, helpers and hooks' templates and all."""
        layer = self.layer("git")
        host_folder, root_folder = self.scratch / "host", self.scratch / "root"
        host_folder.mkdir()
        root_folder.mkdir()
        os.chmod(root_folder, 0o777)
        for step in GIT.runs:
            with self.subTest(step=step.arguments):
                here = run(["/usr/bin/git", *placed(step.arguments, self.inputs, host_folder)],
                           env={"PATH": "/usr/bin:/bin", **GIT.env})
                there = in_root(["/opt/bin/git", *placed(step.arguments, "/in", "/out")], layer,
                                env={**LAMBDA, **GIT.env}, options=["--bind", str(root_folder), "/out"])
                self.assertEqual(here.status, 0, here)
                self.assert_same(here, there)
        self.assertEqual({name for name in tree(host_folder / "one") if "hooks" in name},
                         {name for name in tree(root_folder / "one") if "hooks" in name}, "the templates")

    def test_rig_draws_from_its_own_folder(self):
        layer = self.layer("rig")
        there = in_root(["rig", *RIG.runs[0].arguments], layer)
        self.assertEqual(there.status, 0, there)
        self.assertEqual(len(there.out.decode().strip().splitlines()), 4, there)
        archive = self.scratch / "layer.zip"
        self.assertLess(archive.stat().st_size, 3_000_000, "rig with data stays under 3 MB")

    def test_jq_is_as_lean_with_discovery_as_without(self):
        self.layer("jq", name="with")
        self.layer("jq", "--no-discover", name="without")
        sizes = [(self.scratch / f"{name}.zip").stat().st_size for name in ("with", "without")]
        self.assertLess(sizes[0], sizes[1] * 1.01, sizes)


for program in EVERYDAY:
    test_name = "test_" + os.path.basename(program).replace(".", "_").replace("-", "_")
    setattr(Everyday, test_name, lambda self, program=program: self.check(program))

if __name__ == "__main__":
    unittest.main(verbosity=2)
