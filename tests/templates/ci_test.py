#!/usr/bin/env python3
"""`bundle init github-actions` and gitlab-ci: the workflow checked by GitHub's own parser (from npm), both read as YAML, and what they run
run by a shell as the service does it, with a stand-in for the aws command."""

import hashlib
import os
import re
import shutil
import stat
from pathlib import Path

import npm
import yaml  # Debian: python3-yaml
from template_case import BUNDLE, TemplateCase, bundle, main, run

LINT = """
import { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } from "@actions/workflow-parser";
import { readFileSync } from "node:fs";
const said = [];
for (const path of process.argv.slice(1)) {
  const { context, value } = parseWorkflow({ name: "bundle.yml", content: readFileSync(path, "utf8") }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  said.push(context.errors.getErrors().map((error) => error.message));
}
console.log(JSON.stringify(said));
"""
# Says what it was called with, and that there is a zip of a layer.
AWS = """#!/bin/sh -e
printf '%s\\n' "$@" > "$ASKED"
test -s layer.zip
echo arn:aws:lambda:region:account:layer:tool:1
"""
TOOL = """
#include <stdio.h>
int main(int argc, char** argv) { puts(argc > 1 ? argv[1] : "runs"); return 0; }
"""


class Ci(TemplateCase):
    def workplace(self, kind):
        """A checkout with the kind's files and a program, and a folder with what the machine there has."""
        work = self.scratch / "work"
        self.assertEqual(bundle("init", kind, "-o", work, "--program", "tool").status, 0)
        self.check_filled_in(work)
        programs = self.scratch / "programs"
        programs.mkdir()
        for name, text in (("aws", AWS), ("apt-get", "#!/bin/sh\n")):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        shutil.copy(self.compiled("tool", TOOL), programs / "tool")
        self.env = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(self.scratch), "ASKED": str(self.scratch / "asked"),
                    "BUNDLE_URL": f"file://{BUNDLE}", "BUNDLE_SHA256": hashlib.sha256(Path(BUNDLE).read_bytes()).hexdigest()}
        return work

    def check_published(self, work):
        asked = (self.scratch / "asked").read_text().split("\n")
        self.assertEqual(asked[:4], ["lambda", "publish-layer-version", "--layer-name", "tool"])
        self.assertEqual(asked[asked.index("--compatible-architectures") + 1], "x86_64")
        self.assertEqual(asked[asked.index("--zip-file") + 1], "fileb://layer.zip")
        self.assertTrue((work / "layer.zip").is_file())

    def test_github_actions(self):
        work = self.workplace("github-actions")
        path = work / ".github/workflows/bundle.yml"
        wrong = {}
        for mistake, right in (("needs: bundles", "needs: bundle"), ("run-on:", "runs-on:"), ("varz.AWS_ROLE", "vars.AWS_ROLE")):
            wrong[mistake] = self.scratch / f"{len(wrong)}.yml"
            wrong[mistake].write_text(path.read_text().replace(right, mistake))
        # The package is made for bundlers: Node alone does not import its JSON.
        said, *mistakes = npm.script("github", LINT, path, *wrong.values(), options=["--import", "tsx"])
        self.assertEqual(said, [])
        for mistake, told in zip(wrong, mistakes):
            self.assertTrue(told, mistake)

        workflow = yaml.safe_load(path.read_text())
        self.assertEqual(workflow["permissions"], {})
        jobs = workflow["jobs"]
        self.assertEqual((jobs["bundle"]["permissions"], jobs["deploy"]["permissions"]), ({"contents": "read"}, {"id-token": "write"}))
        self.assertEqual(jobs["bundle"]["runs-on"], "ubuntu-24.04")
        for job in jobs.values():
            for step in job["steps"]:
                if "uses" in step:
                    self.assertRegex(step["uses"], r"^[\w-]+/[\w-]+@[0-9a-f]{40}$", "pinned by commit")
                else:
                    self.assertNotIn("${{", step["run"], "values come by the environment, where no shell takes them apart")
        self.assertTrue(all(re.search(r"# v\d+\.\d+\.\d+$", line) for line in path.read_text().splitlines() if " uses: " in line))

        temporary = self.scratch / "temp"
        temporary.mkdir()
        files = {name: self.scratch / name for name in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        env = {**self.env, **workflow["env"], **{name: str(file) for name, file in files.items()}, "RUNNER_TEMP": str(temporary), "GITHUB_SHA": "abc"}
        self.assertEqual([step["name"] for job in jobs.values() for step in job["steps"] if "run" in step],
                         ["Install bundle", "Bundle", "Test", "Publish the layer"])
        for job in jobs.values():
            for step in job["steps"]:
                if "run" not in step:
                    continue
                for name in step.get("env", {}):
                    self.assertIn(name, self.env)
                if files["GITHUB_PATH"].exists():
                    env["PATH"] = f"{files['GITHUB_PATH'].read_text().strip()}:{self.env['PATH']}"
                done = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=work, env=env)
                self.assertEqual(done.status, 0, f"{step['name']}: {done}")
                if step["name"] == "Test":
                    self.assertEqual(done.out, b"--version\n")
        self.check_published(work)
        self.assertIn("arn:aws:lambda", files["GITHUB_STEP_SUMMARY"].read_text())

        install = next(step["run"] for step in jobs["bundle"]["steps"] if step.get("name") == "Install bundle")
        done = run(["bash", "-eo", "pipefail", "-c", install], cwd=work, env={**env, "BUNDLE_SHA256": "0" * 64})
        self.assertNotEqual(done.status, 0, "another file than the one that was meant")

    def test_gitlab_ci(self):
        work = self.workplace("gitlab-ci")
        pipeline = yaml.safe_load((work / ".gitlab-ci.yml").read_text())
        known = {"stages", "workflow", "variables", "bundle", "deploy"}
        self.assertEqual(set(pipeline), known)
        for name in ("bundle", "deploy"):
            self.assertIn(pipeline[name]["stage"], pipeline["stages"])
            self.assertLessEqual(set(pipeline[name]), {"stage", "image", "tags", "timeout", "before_script", "script", "artifacts", "environment", "rules",
                                                       "id_tokens", "variables"})
            for line in [*pipeline[name].get("before_script", []), *pipeline[name]["script"]]:
                self.assertIsInstance(line, str, "a colon makes a map of a line without quotes")
        self.assertEqual(pipeline["bundle"]["tags"], ["saas-linux-small-amd64"])

        env = {**self.env, **pipeline["variables"], "CI_PROJECT_DIR": str(work), "CI_COMMIT_SHA": "abc", "AWS_TOKEN": "secret",
               "AWS_WEB_IDENTITY_TOKEN_FILE": str(work / ".aws_token")}
        for name in ("bundle", "deploy"):
            script = "\n".join([*pipeline[name].get("before_script", []), *pipeline[name]["script"]])
            done = run(["sh", "-e", "-c", script], cwd=work, env=env)
            self.assertEqual(done.status, 0, f"{name}: {done}")
            self.assertIn({"bundle": "--version\n", "deploy": "arn:aws:lambda"}[name], done.text)
        self.assertEqual((work / ".aws_token").read_text(), "secret")
        self.assertEqual(stat.S_IMODE(os.stat(work / ".aws_token").st_mode), 0o600)
        self.check_published(work)
        done = run(["sh", "-e", "-c", "\n".join(pipeline["bundle"]["before_script"])], cwd=work, env={**env, "BUNDLE_SHA256": "0" * 64})
        self.assertNotEqual(done.status, 0, "another file than the one that was meant")


if __name__ == "__main__":
    main()
