#!/usr/bin/python3
"""--force replaces what a former run wrote, and never somebody's work, a device, or what a link stands for."""

import json
import os
import shutil
import socket
import stat
import subprocess
import threading

import faults
from field import BUNDLE, FieldCase, bundle, main, run, tree

USAGE = 2


class ReplacedOutput(FieldCase):
    def refused(self, output, *fragments):
        """With exit code 2, each fragment in the message, and everything as it was."""
        before = tree(self.scratch)
        done = bundle("/usr/bin/xz", "--force", "-q", "-o", output, cwd=self.scratch)
        self.assertEqual(done.status, USAGE, done)
        for fragment in fragments:
            self.assertIn(fragment, done.err.decode())
        self.assertEqual(tree(self.scratch), before)

    def replaced(self, output="out/"):
        done = bundle("/usr/bin/xz", "--force", "-q", "-o", output, cwd=self.scratch)
        self.assertEqual(done.status, 0, done)
        self.assertEqual([name for name in faults.left_in(self.scratch) if name.startswith(".")], [])

    def old(self, *arguments, name="out"):
        """A bundle in a folder, to be replaced."""
        folder = self.folder("/usr/bin/xz", *arguments, name=name)
        self.assertTrue((folder / "bin/xz").exists())
        return folder

    def test_a_folder_of_ours_or_an_empty_one(self):
        self.old()
        self.replaced()
        self.old("--flat", "--name", "other", name="flat")
        self.replaced("flat/")
        (self.scratch / "empty").mkdir()
        self.replaced("empty/")

    def test_layers_over_one_another(self):
        old = self.old()
        layer = self.layer("/usr/bin/jq", "/usr/bin/xz", "--name", "tools", name="second")
        shutil.copytree(layer, old, dirs_exist_ok=True)
        self.replaced()

    def test_a_part_of_it_may_be_gone(self):
        shutil.rmtree(self.old() / "bin")
        self.replaced()

    def test_somebodys_work(self):
        def project(where, manifest):
            (self.scratch / where).parent.mkdir(parents=True)
            (self.scratch / where).write_text(manifest)
            (self.scratch / "out/src").mkdir()
            (self.scratch / "out/src/main.c").write_text("int main;")

        forged = json.dumps({"format": 1, "made_by": "bundle 0.1.0", "name": "ext", "files": [
            {"path": "bin/x", "size": 0, "sha256": "0" * 64}]})
        for where, manifest in (("out/lib/ext/manifest.json", "{}"), ("out/lib/ext/manifest.json", forged),
                                ("out/lib/manifest.json", "[]"), ("out/lib/deep/ext/manifest.json", forged),
                                ("out/lib/ext/manifest.json", '{"format": 1, "made_by": "bundle", "name": "ext", "files": [7]}')):
            with self.subTest(where=where, manifest=manifest[:20]):
                project(where, manifest)
                self.refused("out/", "out", "is not replaced")
                shutil.rmtree(self.scratch / "out")

    def test_what_was_added_to_a_bundle(self):
        def git(folder):
            (folder / ".git/refs").mkdir(parents=True)
            (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")

        additions = {
            "notes.txt": lambda folder: (folder / "notes.txt").write_text("mine"),
            "lib/xz/notes.txt": lambda folder: (folder / "lib/xz/notes.txt").write_text("mine"),
            "lib/xz/root/.hidden": lambda folder: (folder / "lib/xz/root/.hidden").write_text(""),
            ".git/HEAD": git,
            "lib/copy/manifest.json": lambda folder: shutil.copytree(folder / "lib/xz", folder / "lib/copy"),
            "data": lambda folder: (folder / "data").symlink_to("/etc"),
            "dangling": lambda folder: (folder / "dangling").symlink_to("nowhere"),
            "pipe": lambda folder: os.mkfifo(folder / "pipe"),
            "lib/xz/manifest.json/x": lambda folder: ((folder / "lib/xz/manifest.json").unlink(), (folder / "lib/xz/manifest.json").mkdir(),
                                                      (folder / "lib/xz/manifest.json/x").write_text("")),
        }
        for name, add in additions.items():
            with self.subTest(name):
                folder = self.old()
                add(folder)
                self.refused("out/", "is not replaced")
                self.refused("out", "is not replaced")
                shutil.rmtree(folder)

    def test_what_was_changed_in_a_bundle(self):
        folder = self.old()
        library = next((folder / "lib/xz").glob("liblzma.so*"))
        content = bytearray(library.read_bytes())
        content[-1] ^= 1
        library.write_bytes(content)
        self.refused("out/", "changed", f"lib/xz/{library.name}")

    def test_a_link_in_place_of_a_file_of_ours(self):
        folder = self.old()
        (folder / "bin/xz").rename(self.scratch / "moved")
        (folder / "bin/xz").symlink_to(self.scratch / "moved")
        self.refused("out/", "bin/xz")

    def test_what_is_added_while_the_bundle_is_made(self):
        folder = self.old()
        timer = threading.Timer(0.5, (folder / "mine").write_text, ["mine"])
        timer.start()
        done = run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fchmod", "-e", "inject=fchmod:delay_enter=900000:when=1",
                    BUNDLE, "/usr/bin/xz", "-f", "-q", "-o", f"{folder}/"])
        timer.join()
        self.assertEqual(done.status, USAGE, done)
        self.assertEqual((folder / "mine").read_text(), "mine")
        self.assertEqual(faults.left_in(self.scratch), ["out"])

    def test_an_old_folder_stays_when_the_new_one_cannot_be_synced(self):
        folder = self.old()
        done = faults.with_fault("fsync", "EIO", ["/usr/bin/xz", "--force", "-q", "-o", "out/"], cwd=self.scratch)
        self.assertEqual((done.status, done.injected > 0), (4, True), done)
        self.assertIn("fsync", done.err.decode())
        self.assertEqual(faults.left_in(self.scratch), ["out"])
        self.assertTrue((folder / "bin/xz").exists())

    def test_a_mounted_folder(self):
        folder = self.old()
        (folder / "lib/xz/root/disk").mkdir()
        for command in (f"mount -t tmpfs t {folder}/lib/xz/root/disk", f"mount --bind {self.scratch}/other {folder}/lib/xz/root/disk"):
            with self.subTest(command):
                (self.scratch / "other").mkdir(exist_ok=True)
                done = run(["unshare", "-m", "sh", "-c", f'{command} && "$1" /usr/bin/xz -f -q -o {folder}/', "sh", str(BUNDLE)])
                self.assertEqual(done.status, USAGE, done)
                self.assertIn("mounted", done.err.decode())

    def test_a_folder_that_may_not_be_read(self):
        self.scratch.chmod(0o777)
        folder = self.old()
        (folder / "lib/private").mkdir(mode=0o700)
        done = faults.as_nobody([BUNDLE, "/usr/bin/xz", "-f", "-o", f"{folder}/"])
        self.assertEqual(done.status, USAGE, done)
        self.assertIn("lib/private: Permission denied", done.err.decode())
        (self.scratch / "closed").mkdir(mode=0o700)
        done = faults.as_nobody([BUNDLE, "/usr/bin/xz", "-f", "-o", f"{self.scratch}/closed/"])
        self.assertEqual(done.status, USAGE, done)

    def test_file_and_folder_do_not_replace_one_another(self):
        (self.scratch / "x.zip").write_text("a file")
        self.refused("x.zip/", "is a file")
        (self.scratch / "y.zip").mkdir()
        self.refused("y.zip", "is a folder")

    def test_devices_pipes_and_sockets(self):
        os.mkfifo(self.scratch / "pipe")
        os.mknod(self.scratch / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        os.mknod(self.scratch / "disk", 0o600 | stat.S_IFBLK, os.makedev(7, 77))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.scratch / "socket"))
            for name in ("pipe", "device", "disk", "socket"):
                (self.scratch / "link").symlink_to(name)
                for output in (name, "link"):
                    with self.subTest(output):
                        self.refused(output, "is a device, a pipe or a socket")
                        edited = bundle("edit", "/usr/bin/xz", "--set-rpath", "/x", "-o", output, cwd=self.scratch)
                        self.assertEqual(edited.status, USAGE, edited)
                (self.scratch / "link").unlink()
        self.refused("/dev/null", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_a_link_is_written_through(self):
        (self.scratch / "there").mkdir()
        (self.scratch / "there/real.zip").write_text("old")
        (self.scratch / "link.zip").symlink_to("there/real.zip")
        self.assertEqual(bundle("/usr/bin/xz", "-o", "link.zip", cwd=self.scratch).status, USAGE)
        self.replaced("link.zip")
        self.assertTrue((self.scratch / "link.zip").is_symlink())
        self.assertGreater((self.scratch / "there/real.zip").stat().st_size, 100000)
        self.old()
        (self.scratch / "to-folder").symlink_to("out")
        self.replaced("to-folder/")
        self.assertTrue((self.scratch / "to-folder").is_symlink() and (self.scratch / "out/bin/xz").exists())
        shutil.copy("/usr/bin/xz", self.scratch / "there/xz")
        (self.scratch / "edited").symlink_to("there/xz")
        self.made("edit", "/usr/bin/xz", "--set-rpath", "/x", "-o", "edited", cwd=self.scratch)
        self.assertTrue((self.scratch / "edited").is_symlink())
        self.assertIn("/x", self.made("edit", "--print", "there/xz", cwd=self.scratch).text)

    def test_a_link_that_leads_nowhere(self):
        (self.scratch / "dangling").symlink_to("nowhere")
        (self.scratch / "loop").symlink_to("loop")
        for name in ("dangling", "loop"):
            self.refused(name, "leads nowhere")
        self.refused("/dev/stdout")

    def test_an_old_folder_that_cannot_be_removed_is_said(self):
        self.old()
        done = faults.with_fault("unlinkat", "EPERM", ["/usr/bin/xz", "--force", "-q", "-o", "out/"], cwd=self.scratch)
        self.assertEqual(done.status, 4, done)
        left = [name for name in faults.left_in(self.scratch) if name.startswith(".out.")]
        self.assertEqual(len(left), 1)
        self.assertIn(left[0], done.err.decode())
        self.assertIn("cannot be removed", done.err.decode())
        self.assertTrue((self.scratch / "out/bin/xz").exists())

    def test_the_folders_own_mode(self):
        for mask in (0o000, 0o022, 0o077):
            done = subprocess.run([BUNDLE, "/usr/bin/xz", "-q", "-o", f"mask-{mask}/"], cwd=self.scratch, umask=mask)
            self.assertEqual(done.returncode, 0)
            for path in (f"mask-{mask}", f"mask-{mask}/lib"):
                self.assertEqual(stat.S_IMODE((self.scratch / path).stat().st_mode), 0o755, path)

    def test_the_new_folder_is_on_disk_before_it_replaces_the_old_one(self):
        self.old()
        done = faults.with_fault("fsync", "EINVAL", ["/usr/bin/xz", "--force", "-q", "-o", "out/"], cwd=self.scratch,
                                 also=[("renameat2", "ENOSYS", "999")])
        self.assertEqual(done.status, 0, done)
        calls = done.calls.splitlines()
        exchange = next(i for i, line in enumerate(calls) if "RENAME_EXCHANGE" in line)
        files = len([path for path in (self.scratch / "out").rglob("*") if path.is_file()])
        self.assertGreaterEqual(sum("fsync" in line for line in calls[:exchange]), files)


if __name__ == "__main__":
    main()
