#!/usr/bin/env python3
"""`bundle init aws-serverless`: packaged by osls from npm; the CloudFormation template and the zip of the function that come out."""

import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import npm
from template_case import TOOLS, TemplateCase, main, run

NO_STACK = b"""<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
<Code>ValidationError</Code><Message>Stack with id run-tool-dev does not exist</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


class CloudFormation(BaseHTTPRequestHandler):
    """osls asks which layers are deployed already; here there is no stack yet."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.send_header("Content-Length", str(len(NO_STACK)))
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(NO_STACK)


class AwsServerless(TemplateCase):
    def test_what_osls_packages(self):
        project = self.project("aws-serverless")
        server = ThreadingHTTPServer(("127.0.0.1", 0), CloudFormation)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        env = {**TOOLS, "HOME": str(self.scratch), "SLS_TELEMETRY_DISABLED": "1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
               "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "PATH": npm.environment()["PATH"]}
        done = run([npm.installed("osls") / "node_modules/.bin/osls", "package"], cwd=project, env=env)
        self.assertEqual(done.status, 0, done)
        self.assertNotIn("onfiguration warning", done.text)

        resources = json.loads((project / ".serverless/cloudformation-template-update-stack.json").read_text())["Resources"]
        layer, = (name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::LayerVersion")
        function, = (resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::Lambda::Function")
        self.assertEqual(function["Layers"], [{"Ref": layer}])
        self.assertEqual((function["Runtime"], function["Architectures"], function["Handler"]), ("python3.14", ["x86_64"], "function/app.handler"))
        self.assertEqual((resources[layer]["DeletionPolicy"], resources[layer]["UpdateReplacePolicy"]), ("Retain", "Retain"))
        properties = resources[layer]["Properties"]
        self.assertEqual((properties["LayerName"], properties["CompatibleArchitectures"]), ("tool", ["x86_64"]))
        self.assertTrue(properties["Content"]["S3Key"].endswith("/layer.zip"))
        self.assertNotIn("CompatibleRuntimes", properties)
        with zipfile.ZipFile(project / ".serverless/run-tool.zip") as code:
            self.assertEqual(code.namelist(), ["function/app.py"])


if __name__ == "__main__":
    main()
