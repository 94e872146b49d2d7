#!/usr/bin/env python3
"""`bundle init aws-terraform` and azure-terraform: parsed by HashiCorp's own HCL (from npm); what is named is there, and what is
deployed is what was bundled."""

import json
import re

import npm
from template_case import TOOLS, TemplateCase, main, run

PARSE = """
import hcl from "hcl2-parser";
import { readFileSync } from "node:fs";
const parsed = process.argv.slice(1).map((path) => hcl.parseToObject(readFileSync(path, "utf8")))
  .map(([blocks, problem]) => [blocks, problem !== null]); // which JSON would make an empty object of
console.log(JSON.stringify(parsed));
"""
TARGETS = {"aws-terraform": "aws-lambda", "azure-terraform": "azure-functions"}


class Terraform(TemplateCase):
    def parsed(self, folder):
        """The blocks of all files as one: {"resource": {type: {name: [body]}}, ...}."""
        files = sorted(folder.glob("*.tf"))
        whole = {}
        for path, (blocks, problem) in zip(files, npm.script("terraform", PARSE, *files)):
            self.assertFalse(problem, path)
            for kind, content in blocks.items():
                if isinstance(content, list):
                    whole.setdefault(kind, []).extend(content)
                    continue
                for label, body in content.items():
                    self.assertFalse(isinstance(body, list) and label in whole.get(kind, {}), f"{kind} {label} is there twice")
                    if isinstance(body, list):
                        whole.setdefault(kind, {})[label] = body
                    else:
                        whole.setdefault(kind, {}).setdefault(label, {}).update(body)
        return whole

    def test_what_is_named_is_there(self):
        for kind, target in TARGETS.items():
            with self.subTest(kind):
                blocks = self.parsed(self.project(kind, target))
                text = json.dumps(blocks)
                declared = {f"{first}.{second}" for first, group in blocks["resource"].items() for second in group}
                declared |= {f"data.{first}.{second}" for first, group in blocks.get("data", {}).items() for second in group}
                declared |= {f"var.{name}" for name in blocks["variable"]}
                declared |= {f"local.{name}" for body in blocks.get("locals", []) for name in body}
                named = set(re.findall(r"\b(?:data\.)?(?:aws|azurerm|random|archive)_\w+\.\w+|\b(?:var|local)\.\w+", text))
                self.assertEqual(named - declared, set())
                self.assertEqual({name for name in declared - named if name.startswith(("var.", "local."))}, set(), "each is used")
                for group in ("variable", "output"):
                    for name, (body,) in blocks[group].items():
                        self.assertIn("description", body, name)
                providers = blocks["terraform"][0]["required_providers"][0]
                for name, provider in providers.items():
                    self.assertRegex(provider["version"], r"^~> \d+\.\d+$", name)
                self.assertEqual({name.split("_")[0] for name in [*blocks["resource"], *blocks.get("data", {})]}, set(providers))

    def test_aws(self):
        folder = self.project("aws-terraform")
        broken = self.scratch / "broken.tf"
        broken.write_text((folder / "main.tf").read_text().replace("locals {", "locals {{", 1))
        self.assertEqual(npm.script("terraform", PARSE, broken), [[None, True]])
        blocks = self.parsed(folder)
        layer, = blocks["resource"]["aws_lambda_layer_version"]["program"]
        function, = blocks["resource"]["aws_lambda_function"]["program"]
        local, = blocks["locals"]
        self.assertEqual((local["architecture"], local["layer"]), ("x86_64", "${path.module}/layer.zip"))
        self.assertEqual((layer["layer_name"], layer["compatible_architectures"], layer["skip_destroy"]), ("tool", ["${local.architecture}"], True))
        self.assertIn("filebase64sha256(local.layer)", layer["source_code_hash"])
        self.assertNotIn("compatible_runtimes", layer)
        self.assertEqual((function["runtime"], function["architectures"], function["layers"]),
                         ("python3.14", ["${local.architecture}"], ["${aws_lambda_layer_version.program.arn}"]))
        module, entry = function["handler"].split(".")
        self.assertIn(f"def {entry}(", (folder / "function" / f"{module}.py").read_text())
        done = run(["/usr/bin/python3", "local_test.py", "events/version.json"], cwd=folder, env=TOOLS)
        self.assertEqual((done.status, "<--version>" in done.text), (0, True), done)

    def test_azure(self):
        folder = self.project("azure-terraform", "azure-functions")
        blocks = self.parsed(folder)
        plan, = blocks["resource"]["azurerm_service_plan"]["program"]
        self.assertEqual((plan["sku_name"], plan["os_type"]), ("FC1", "Linux"))
        app, = blocks["resource"]["azurerm_function_app_flex_consumption"]["program"]
        self.assertEqual((app["storage_container_type"], app["runtime_name"], app["runtime_version"]),
                         ("blobContainer", "python", "${var.python_version}"))
        self.assertIn("azurerm_storage_container.packages.name", app["storage_container_endpoint"])
        self.assertIn("site_config", app)
        done = run(["/usr/bin/python3", "-B", "local_test.py", "a b"], cwd=folder / "app", env=TOOLS)
        self.assertEqual((done.status, done.out), (0, b"<a b>\n"), done)


if __name__ == "__main__":
    main()
