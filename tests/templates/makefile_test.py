#!/usr/bin/env python3
"""`bundle init makefile`: make, called as SAM does it. The template: cloudformation_test.py."""

import shutil

import yaml  # Debian: python3-yaml
from template_case import BUNDLE, TOOLS, TemplateCase, in_root, main, run


class Makefile(TemplateCase):
    def build(self, project, resource, artifacts):
        """As lambda-builders' CustomMakeBuilder does it: in a copy of the source, into a folder that it made."""
        source = self.scratch / f"copy of {resource}"
        shutil.copytree(project, source)
        artifacts.mkdir()
        env = {**TOOLS, "BUNDLE": BUNDLE, "ARTIFACTS_DIR": str(artifacts)}
        return run(["make", f"build-{resource}", f"PROGRAM={self.scratch}/tool"], cwd=source, env=env)

    def test_make_builds_each_resource(self):
        project = self.project("makefile")
        self.assertFalse(list(project.glob("*.zip")), "it is sam build that bundles")
        loader = type("Loader", (yaml.SafeLoader,), {})
        loader.add_multi_constructor("!", lambda load, tag, node: node.value)
        resources = yaml.load((project / "template.yaml").read_text(), loader)["Resources"]
        made = [name for name, resource in resources.items() if resource["Metadata"]["BuildMethod"] == "makefile"]
        self.assertEqual(made, ["ProgramLayer", "Function"])
        for resource in made:
            done = self.build(project, resource, self.scratch / resource)
            self.assertEqual(done.status, 0, done)
        there = in_root(["/opt/bin/tool", "a b"], self.scratch / "ProgramLayer")
        self.assertEqual((there.status, there.out), (0, b"<a b>\n"), there)
        self.assertEqual(sorted(path.name for path in (self.scratch / "Function").iterdir()), ["bootstrap", "lib"])
        there = in_root(["/var/task/lib/tool/bin/tool", "c"], self.scratch / "Function", at="/var/task")
        self.assertEqual((there.status, there.out), (0, b"<c>\n"), there)

    def test_what_cannot_be_bundled_fails_the_build(self):
        project = self.project("makefile")
        (self.scratch / "tool").write_text("no program")
        self.assertNotEqual(self.build(project, "ProgramLayer", self.scratch / "out").status, 0)
        self.assertEqual(list((self.scratch / "out").iterdir()), [])


if __name__ == "__main__":
    main()
