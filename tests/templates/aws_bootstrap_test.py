#!/usr/bin/env python3
"""`bundle init aws-bootstrap`: the local test, for a program that any event starts. The template: cloudformation_test.py."""

import json

from template_case import PROGRAM, TOOLS, TemplateCase, bundle, main, run


class AwsBootstrap(TemplateCase):
    def test_the_local_test(self):
        archive = self.scratch / "made.zip"
        self.made("--handler", self.compiled("tool", PROGRAM), "--target", "aws-bootstrap", "-o", archive)
        project = self.scratch / "project"
        self.assertEqual(bundle("init", "aws-bootstrap", "-o", project, "--layer", archive).status, 0)
        done = run(["/usr/bin/python3", "local_test.py"], cwd=project, env=TOOLS)
        self.assertEqual(done.status, 0, done)
        answers = [line.split(": ", 2) for line in done.out.decode().splitlines()]
        self.assertEqual([answer[:2] for answer in answers], [["input.json", "response"], ["version.json", "response"]])
        self.assertEqual(json.loads(answers[1][2]), {"status": 0, "output": "<--version>\n", "error": ""})

        (project / "events/broken.json").write_text("{")
        done = run(["/usr/bin/python3", "local_test.py", "events/broken.json", "events/version.json"], cwd=project, env=TOOLS)
        self.assertEqual(done.status, 1, done)
        self.assertIn("broken.json: error: ", done.text)
        self.assertIn("version.json: response: ", done.text)

    def test_a_program_that_ends(self):
        """One that does not speak the Runtime API, bundled as if it did."""
        project = self.project("aws-bootstrap", "aws-bootstrap")
        done = run(["/usr/bin/python3", "local_test.py"], cwd=project, env=TOOLS, timeout=60)
        self.assertEqual(done.status, 1, done)
        self.assertIn("bootstrap ended with 0", done.text)


if __name__ == "__main__":
    main()
