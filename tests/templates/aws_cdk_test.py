#!/usr/bin/env python3
"""`bundle init aws-cdk`: checked by TypeScript and synthesized by aws-cdk-lib, both from npm; the template that comes out."""

import hashlib
import json
import os

import npm
from template_case import TOOLS, TemplateCase, main, run


class AwsCdk(TemplateCase):
    def setUp(self):
        super().setUp()
        self.source = self.project("aws-cdk")
        self.modules = npm.installed("cdk") / "node_modules"
        (self.source / "node_modules").symlink_to(self.modules)
        env = npm.environment()
        self.env = {**TOOLS, "HOME": str(self.scratch), "PATH": f"{self.modules}/.bin:{env['PATH']}"}

    def test_what_is_installed_is_what_it_asks_for(self):
        package = json.loads((self.source / "package.json").read_text())
        asked = {**package["dependencies"], **package["devDependencies"]}
        asked.pop("aws-cdk")  # the command that deploys
        self.assertEqual(asked, {name: f"^{version}" for name, version in npm.SETS["cdk"].items()})

    def test_the_template(self):
        done = run(["tsc", "--project", "."], cwd=self.source, env=self.env)
        self.assertEqual((done.status, done.text), (0, ""), done)
        out = self.scratch / "cdk.out"
        command = json.loads((self.source / "cdk.json").read_text())["app"].removeprefix("npx ").split()
        done = run(command, cwd=self.source, env={**self.env, "CDK_OUTDIR": str(out)})
        self.assertEqual(done.status, 0, done)

        resources = json.loads((out / "run-tool.template.json").read_text())["Resources"]
        layer, = (name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::LayerVersion")
        function, = (resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::Lambda::Function")
        self.assertEqual(function["Layers"], [{"Ref": layer}])
        self.assertEqual((function["Runtime"], function["Architectures"], function["Handler"]), ("python3.14", ["x86_64"], "app.handler"))
        self.assertEqual((resources[layer]["DeletionPolicy"], resources[layer]["UpdateReplacePolicy"]), ("Retain", "Retain"))
        properties = resources[layer]["Properties"]
        self.assertEqual((properties["LayerName"], properties["CompatibleArchitectures"]), ("tool", ["x86_64"]))
        self.assertNotIn("CompatibleRuntimes", properties)
        # The zip itself is the asset, not a zip around it.
        asset = out / f"asset.{properties['Content']['S3Key']}"
        self.assertEqual(hashlib.sha256(asset.read_bytes()).digest(), hashlib.sha256((self.source / "layer.zip").read_bytes()).digest())
        code = out / f"asset.{function['Code']['S3Key'].removesuffix('.zip')}"
        self.assertEqual(os.listdir(code), ["app.py"])


if __name__ == "__main__":
    main()
