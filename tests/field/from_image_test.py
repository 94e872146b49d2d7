#!/usr/bin/python3
"""--image: a tar of a root, what docker save writes and an OCI image, all made by the real tools, as the machine to bundle from.

The root is a small one of this machine's programs. Whatever it comes in, the bundle is that of --sysroot, byte for byte, and runs
in the empty root.
"""

import json
import os
import shutil
from pathlib import Path

from field import FieldCase, bundle, in_root, main, run, tree


def put(root, path, to=None):
    """A file of this machine into the root, where it lies, with the links that lead to it."""
    here = Path(path)
    for folder in ("lib", "lib64", "bin", "sbin"):
        if str(here).startswith(f"/{folder}/"):
            (root / "usr" / folder).mkdir(parents=True, exist_ok=True)
            if not (root / folder).is_symlink():
                os.symlink(f"usr/{folder}", root / folder)
    there = root / str(to or here)[1:]
    there.parent.mkdir(parents=True, exist_ok=True)
    if here.is_symlink():
        target = os.readlink(here)
        if not there.is_symlink():
            os.symlink(target, there)
        return put(root, target if target.startswith("/") else str(here.parent / target))
    if here.is_dir():
        shutil.copytree(here, there, dirs_exist_ok=True, symlinks=True)
    elif not there.exists():
        shutil.copy2(here, there)
    return None


def small_root(root, *programs):
    for program in programs:
        put(root, program)
        for line in run(["ldd", program]).out.decode().splitlines():
            for word in line.split():
                if word.startswith("/"):
                    put(root, word)
    return root


class FromImage(FieldCase):
    def setUp(self):
        super().setUp()
        self.root = small_root(self.scratch / "root", "/usr/bin/rig", "/usr/bin/jq", "/usr/bin/file")
        put(self.root, "/usr/share/rig")
        put(self.root, "/usr/share/misc/magic.mgc")
        self.number = 0

    def tar(self, name, *options, folder=None):
        self.tool("tar", "-C", folder or self.root, *options, "-cf", self.scratch / name, ".")
        return self.scratch / name

    def layout(self, *layers, name="layout", tag="latest"):
        """An OCI image of these tars, by umoci, which compresses them."""
        image = self.scratch / name
        if not image.exists():
            self.tool("umoci", "init", "--layout", image)
        self.tool("umoci", "new", "--image", f"{image}:{tag}")
        for layer in layers:
            self.tool("umoci", "raw", "add-layer", "--image", f"{image}:{tag}", layer)
        return image

    def zip(self, *arguments):
        self.number += 1
        out = self.scratch / f"{self.number}.zip"
        self.made(*arguments, "--level", "1", "-o", out)
        return out.read_bytes()

    def refused(self, status, *arguments, says):
        done = bundle(*arguments, "-o", self.scratch / "no.zip")
        self.assertEqual(done.status, status, done)
        self.assertIn(says, done.text)
        self.assertFalse((self.scratch / "no.zip").exists())

    def test_the_same_bytes_from_whatever_the_root_comes_in(self):
        programs = ["/usr/bin/rig", "/usr/bin/jq", "/usr/bin/file"]
        want = self.zip("--sysroot", self.root, *programs)
        plain = self.tar("plain.tar")
        for image in (plain, self.tar("gnu.tar", "--format=gnu", "--sparse"), self.tar("pax.tar", "--format=pax"),
                      self.tar("v7.tar.gz", "-z"), self.tar("a.tar.zst", "--zstd"), self.tar("xz", "-J")):
            with self.subTest(image=image.name):
                self.assertEqual(self.zip("--image", image, *programs), want)
        layout = self.layout(plain)
        packed = self.tar("layout.tar.gz", "-z", folder=layout)
        self.tool("skopeo", "copy", "--insecure-policy", f"oci:{layout}:latest", f"docker-archive:{self.scratch}/saved.tar:app:1.0")
        for image in (layout, f"{layout}:latest", packed, self.scratch / "saved.tar", f"{self.scratch}/saved.tar:app:1.0"):
            with self.subTest(image=image):
                self.assertEqual(self.zip("--image", image, *programs), want)
        # A bare name is looked for in the image, and --add means what it means of a sysroot.
        self.assertEqual(self.zip("--image", plain, *map(os.path.basename, programs)), want)

    def test_layers_in_their_order_and_the_bundle_runs(self):
        lower, upper = self.scratch / "lower", self.scratch / "upper"
        shutil.copytree(self.root, lower, symlinks=True)
        (lower / "usr/share/rig/fnames.idx").write_text("Wrong\n")
        (lower / "usr/share/jq-is-gone").mkdir()
        os.remove(lower / "usr/bin/file")
        upper.mkdir()
        put(upper, "/usr/share/rig/fnames.idx")
        (upper / "usr/bin").mkdir(parents=True)
        (upper / "usr/bin/.wh.jq").touch()
        shutil.copy2("/usr/bin/file", upper / "usr/bin/file")
        (upper / "usr/share/.wh.jq-is-gone").touch()
        layout = self.layout(self.tar("lower.tar", folder=lower), self.tar("upper.tar", folder=upper))
        self.refused(1, "--image", layout, "jq", says="no such program")
        self.refused(1, "--image", layout, "/usr/bin/jq", says="is not in the sysroot")
        layer = self.folder("--image", layout, "rig", "file", "--add", "/usr/share/misc/magic.mgc")
        names = "usr/share/rig/fnames.idx"
        self.assertEqual((layer / "lib/rig/root" / names).read_bytes(), (self.root / names).read_bytes())
        for at in ("/opt", "/srv/x"):
            there = in_root([f"{at}/bin/rig"], layer, at=at)
            self.assertEqual((there.status, len(there.out.splitlines())), (0, 4), there)
            there = in_root([f"{at}/bin/file", "-b", "-"], layer, at=at, stdin=b"\x7fELF")
            self.assertEqual(there.status, 0, there)
            self.assertIn(b"ELF", there.out)
        self.assertNotIn(str(self.scratch).encode(), (layer / "lib/rig/manifest.json").read_bytes())

    def test_entrypoint_and_environment_are_the_images(self):
        self.compiled("tool", '#include <stdio.h>\nint answer(void); int main(void) { printf("%d\\n", answer()); return 0; }',
                      self.compiled("libanswer.so", "int answer(void) { return 42; }", "-shared", "-fPIC"))
        root = small_root(self.scratch / "other", "/usr/bin/jq")
        for name, folder in (("tool", "app/bin"), ("libanswer.so", "app/lib")):
            (root / folder).mkdir(parents=True)
            shutil.copy2(self.scratch / name, root / folder / name)
        self.tool("patchelf", "--replace-needed", str(self.scratch / "libanswer.so"), "libanswer.so", root / "app/bin/tool")
        layout = self.layout(self.tar("other.tar", folder=root))
        self.refused(2, "--image", layout, says="names no program that it starts")
        self.refused(1, "--image", layout, "tool", says="no such program")
        self.tool("umoci", "config", "--image", f"{layout}:latest", "--config.env", "PATH=/app/bin:/usr/bin", "--config.env",
                  "LD_LIBRARY_PATH=/app/lib", "--config.entrypoint", "tool")
        layer = self.folder("--image", layout, env={**os.environ, "LD_LIBRARY_PATH": "/nowhere"})
        self.works(layer, "tool", b"42")
        shown = bundle("inspect", "--image", layout, "--list")
        self.assertEqual(shown.status, 0, shown)
        self.assertIn("/app/lib/libanswer.so", shown.text)
        why = bundle("--image", layout, "tool", "--why", "libanswer.so")
        self.assertEqual(why.status, 0, why)
        self.assertIn("from       /app/lib/libanswer.so", why.text)
        self.tool("umoci", "config", "--image", f"{layout}:latest", "--config.entrypoint", "/bin/sh", "--config.entrypoint", "-c",
                  "--config.entrypoint", "exec tool")
        self.refused(2, "--image", layout, says="starts a line of sh, 'exec tool', and no program")

    def test_what_bundle_makes_of_an_image_is_one(self):
        self.made("--image", self.tar("plain.tar"), "rig", "-o", f"{self.scratch}/ours.oci/")
        shown = bundle("inspect", "--image", self.scratch / "ours.oci", "--list")
        self.assertEqual(shown.status, 0, shown)
        inner = bundle("inspect", "--image", self.scratch / "ours.oci", "/lib/rig/root/usr/bin/rig", "--list")
        self.assertEqual(inner.status, 0, inner)
        self.assertIn("/lib/rig/libc.so.6", inner.text)

    def test_what_cannot_be_is_said(self):
        plain = self.tar("plain.tar")
        self.layout(plain, tag="one")
        several = self.layout(plain, tag="two")
        before = tree(self.scratch)
        self.refused(2, "--image", several, "jq", says="holds 2 images. Name one as layout:NAME. There are: one, two")
        self.refused(2, "--image", f"{several}:three", "jq", says="holds no image three. There are: one, two")
        self.refused(2, "--image", plain, "--sysroot", self.root, "jq", says="Choose one")
        self.refused(2, "--image", self.scratch / "nothing.tar", "jq", says="is not there")
        self.refused(2, "--image", self.root, "jq", says="is a folder and no image")
        self.refused(2, "--arch", "arm64", "jq", says="there is no --image")
        self.refused(2, "--image", plain, "jq", "--save-case", self.scratch / "case", says="by --sysroot")
        self.refused(1, "--image", "/usr/bin/jq", "jq", says="checksum")
        cut = self.scratch / "cut.tar"
        for size in (100, 700_000):
            cut.write_bytes(plain.read_bytes()[:size])
            self.refused(1, "--image", cut, "jq", says="a part of it is missing" if size >= 512 else "is no tar")
        cut.unlink()
        done = bundle("--image", plain, "jq", "-o", plain, "--format", "tar", "--force")
        self.assertNotEqual(done.status, 0, done)
        self.assertEqual(tree(self.scratch), before)

    def test_a_blob_that_is_not_what_it_is_called(self):
        layout = self.layout(self.tar("plain.tar"))
        manifest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"].split(":")[1]
        layer = json.loads((layout / "blobs/sha256" / manifest).read_text())["layers"][0]["digest"].split(":")[1]
        blob = layout / "blobs/sha256" / layer
        other = self.scratch / "other.gz"
        self.tool("sh", "-c", f"gzip -1 < {self.scratch}/plain.tar > {other}")
        shutil.copyfile(other, blob)
        self.refused(1, "--image", layout, "jq", says="layer 1 of 1: is not what the image says of it: its SHA-256 is")
        blob.unlink()
        self.refused(1, "--image", layout, "jq", says=f"lacks its layer 1 of 1, blobs/sha256/{layer}")


if __name__ == "__main__":
    main()
