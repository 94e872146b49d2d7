#!/usr/bin/env python3
"""The .oci/: read by skopeo, unpacked by umoci, and its root file system run, with nothing else in it."""

import hashlib
import json

from field import WORLD, FieldCase, bundle, main, run, tree

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char** argv) {
  FILE* passing = fopen("/tmp/passing", "w");
  printf("runs %s %s %s\n", argc > 1 ? argv[1] : "", getenv("GREETING"), passing != NULL ? "writes" : "cannot write");
  return 0;
}
"""


class Image(FieldCase):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("tool", PROGRAM)

    def image(self, *more, name="x.oci"):
        self.made(self.program, "-o", f"{self.scratch}/{name}/", *more)
        return self.scratch / name

    def test_skopeo_umoci_and_the_kernel(self):
        image = self.image("--image-env", "GREETING=hello", "--image-user", "1000:1000")
        config = json.loads(self.tool("skopeo", "inspect", "--config", f"oci:{image}:latest").out)
        self.assertEqual((config["architecture"], config["os"]), ("amd64", "linux"))
        self.assertEqual(config["config"]["User"], "1000:1000")
        self.assertIn("GREETING=hello", config["config"]["Env"])
        self.tool("skopeo", "copy", "--insecure-policy", f"oci:{image}:latest", f"docker-archive:{self.scratch}/docker.tar:tool:latest")
        unpacked = self.scratch / "unpacked"
        self.tool("umoci", "unpack", "--rootless", "--image", f"{image}:latest", unpacked)
        root = unpacked / "rootfs"
        process = json.loads((unpacked / "config.json").read_text())["process"]
        self.assertEqual(process["args"], ["/bin/tool"])
        self.assertEqual(sorted(path.name for path in root.iterdir()), ["bin", "lib", "tmp"])
        command = ["bwrap", *WORLD, "--die-with-parent", "--uid", "1000", "--gid", "1000", "--bind", root, "/", "--dev", "/dev",
                   "--tmpfs", "/tmp", "--clearenv"]
        for variable in process["env"]:
            key, value = variable.split("=", 1)
            command += ["--setenv", key, value]
        there = run([*command, "--", *process["args"], "x"])
        self.assertEqual((there.status, there.out), (0, b"runs x hello writes\n"), there)

    def test_a_user_by_name(self):
        for user, numbers in (("app", (1000, 1000)), ("nobody:nogroup", (65534, 65534)), ("root", (0, 0)), ("1000:staff", (1000, 1000)),
                              ("app:7", (1000, 7))):
            with self.subTest(user=user):
                image = self.image("--image-user", user, "--force")
                config = json.loads(self.tool("skopeo", "inspect", "--config", f"oci:{image}:latest").out)
                self.assertEqual(config["config"]["User"], user)
                unpacked = self.scratch / f"of-{user.replace(':', '-')}"
                self.tool("umoci", "unpack", "--rootless", "--image", f"{image}:latest", unpacked)
                process = json.loads((unpacked / "config.json").read_text())["process"]
                self.assertEqual((process["user"]["uid"], process["user"]["gid"]), numbers)
        for user in ("a:b:c", ":", "a:", ":a", "a b", "a\nb", "-a", "a/b"):
            with self.subTest(user=user):
                done = bundle(self.program, "-o", f"{self.scratch}/no.oci/", "--image-user", user)
                self.assertEqual(done.status, 2, done)
                self.assertIn("USER[:GROUP]", done.text)
                self.assertFalse((self.scratch / "no.oci").exists())

    def test_a_handler_is_started_by_its_client(self):
        self.made("--handler", self.program, "--target", "aws-bootstrap", "-o", f"{self.scratch}/h.oci/")
        config = json.loads(self.tool("skopeo", "inspect", "--config", f"oci:{self.scratch}/h.oci:latest").out)
        self.assertEqual(config["config"]["Entrypoint"], ["/var/task/bootstrap"])

    def test_blobs_are_what_they_are_called(self):
        image = self.image()
        for blob in (image / "blobs/sha256").iterdir():
            self.assertEqual(hashlib.sha256(blob.read_bytes()).hexdigest(), blob.name)
        index = json.loads((image / "index.json").read_text())
        manifest = json.loads((image / "blobs/sha256" / index["manifests"][0]["digest"].split(":")[1]).read_text())
        config = json.loads((image / "blobs/sha256" / manifest["config"]["digest"].split(":")[1]).read_text())
        layer = image / "blobs/sha256" / manifest["layers"][0]["digest"].split(":")[1]
        self.assertEqual(manifest["layers"][0]["size"], layer.stat().st_size)
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(self.tool("gzip", "-dc", layer).out).hexdigest()])
        self.assertEqual(len(list((image / "blobs/sha256").iterdir())), 3)
        self.assertEqual((image / "oci-layout").read_text(), '{"imageLayoutVersion":"1.0.0"}')

    def test_it_is_the_same_every_time(self):
        first, second = self.image("-j", "1"), self.image("-j", "3", name="y.oci")
        self.assertEqual(tree(first), tree(second))

    def test_at_the_place_of_a_target(self):
        for target, entrypoint in (("aws-lambda", "/opt/bin/tool"), ("aws-bootstrap", "/var/task/bootstrap"),
                                   ("azure-functions", "/home/site/wwwroot/tools/tool/bin/tool")):
            image = self.image("--target", target, "--force")
            config = json.loads(self.tool("skopeo", "inspect", "--config", f"oci:{image}:latest").out)
            self.assertEqual(config["config"]["Entrypoint"], [entrypoint])

    def test_ours_is_replaced_and_nobody_elses(self):
        image = self.image()
        self.assertEqual(bundle(self.program, "-o", f"{image}/").status, 2)
        self.image("--force", "--image-env", "A=b")
        blob = next((image / "blobs/sha256").iterdir())
        content = blob.read_bytes()
        for change in (lambda: blob.write_bytes(content + b" "), lambda: (image / "mine").write_text("x")):
            change()
            before = tree(image)
            done = bundle(self.program, "-o", f"{image}/", "--force")
            self.assertEqual(done.status, 2, done)
            self.assertEqual(tree(image), before)
            blob.write_bytes(content)


if __name__ == "__main__":
    main()
