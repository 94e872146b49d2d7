#!/usr/bin/env python3
"""The SAM templates, by AWS's own validator with the resource schemas and SAM's transform in it, and what it cannot know."""

import re

import npm
import yaml  # Debian: python3-yaml
from template_case import TemplateCase, main

VALIDATE = """
import validate from "./node_modules/aws-cdk-lib/node_modules/@aws/cloudformation-validate/index.js";
const engine = new validate.CompositeEngine();
const told = process.argv.slice(1).map((path) => engine.validateTemplate(new validate.TemplateFile(path)).diagnostics
  .map(({ severity, ruleId, message }) => ({ severity, ruleId, message })));
console.log(JSON.stringify(told));
"""
TARGETS = {"aws-sam": "aws-lambda", "aws-bootstrap": "aws-bootstrap", "makefile": "aws-lambda"}
# Advice that a first project need not follow: descriptions of its architecture, tags.
ADVICE = {"I4010", "I9040"}


def read(path):
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda load, tag, node: {tag: node.value})
    return yaml.load(path.read_text(), loader)


class CloudFormation(TemplateCase):
    def test_all_by_the_validator(self):
        """All in one run, for it takes its time to start; beside them copies with one mistake each."""
        wrong, paths = {}, []
        for kind, target in TARGETS.items():
            template = self.project(kind, target) / "template.yaml"
            paths.append(template)
        text = (self.scratch / "aws-sam/template.yaml").read_text()
        for number, (right, mistake) in enumerate((("RetentionPolicy: Retain", "RetentionPolicy: Keep"), ("ContentUri:", "ContentURI:"),
                                                   ("!Ref ProgramLayer", "!Ref Layer"))):
            self.assertIn(right, text)
            wrong[mistake] = self.scratch / f"wrong{number}.yaml"
            wrong[mistake].write_text(text.replace(right, mistake))
        told = npm.script("cdk", VALIDATE, *paths, *wrong.values())
        for path, said in zip(paths, told):
            self.assertEqual([each for each in said if each["ruleId"] not in ADVICE], [], path)
        for mistake, said in zip(wrong, told[len(paths):]):
            self.assertTrue({"ERROR", "FATAL"} & {each["severity"] for each in said}, mistake)

    def test_the_layer_of_aws_sam(self):
        folder = self.project("aws-sam")
        template = read(folder / "template.yaml")
        layer = template["Resources"]["ProgramLayer"]
        self.assertEqual(layer["Type"], "AWS::Serverless::LayerVersion")
        self.assertNotIn("Metadata", layer, "without a build method the zip is packaged as it is")
        properties = layer["Properties"]
        self.assertTrue((folder / properties["ContentUri"]).is_file())
        self.assertEqual((properties["LayerName"], properties["CompatibleArchitectures"], properties["RetentionPolicy"]),
                         ("tool", ["x86_64"], "Retain"))
        self.assertLessEqual(len(properties["LicenseInfo"]), 512)
        self.assertNotIn("CompatibleRuntimes", properties)
        for name, runtime, source in (("Function", "python3.14", "app.py"), ("NodeFunction", "nodejs24.x", "app.mjs")):
            function = template["Resources"][name]["Properties"]
            self.assertEqual((function["Runtime"], function["Architectures"], function["Layers"]),
                             (runtime, ["x86_64"], [{"Ref": "ProgramLayer"}]))
            module, entry = function["Handler"].split(".")
            self.assertTrue(source.startswith(f"{module}."))
            self.assertRegex((folder / function["CodeUri"] / source).read_text(), rf"(def|function) {re.escape(entry)}\(event, context\)")

    def test_the_functions_without_a_language(self):
        for kind, target in (("aws-bootstrap", "aws-bootstrap"), ("makefile", "aws-lambda")):
            folder = self.project(kind, target)
            function = read(folder / "template.yaml")["Resources"]["Function"]
            properties = function["Properties"]
            self.assertEqual((properties["Runtime"], properties["Architectures"], properties["Handler"]),
                             ("provided.al2023", ["x86_64"], "bootstrap"))
            if kind == "aws-bootstrap":
                self.assertTrue((folder / properties["CodeUri"]).is_file())


if __name__ == "__main__":
    main()
