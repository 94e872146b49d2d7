#!/usr/bin/env python3
"""The .sh: in an empty root with busybox and with this machine's shells, piped and as a file, whole or not at all."""

import shutil

from field import WORLD, FieldCase, main, run, tree

PROGRAM = r"""
#include <stdio.h>
int main(int argc, char** argv) { printf("VERSION %s\n", argc > 1 ? argv[1] : ""); return 0; }
"""
APPLETS = ("base64", "cat", "gzip", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "sh", "sha256sum", "tar", "uname")


class Installer(FieldCase):
    def setUp(self):
        super().setUp()
        self.script = self.installer("one")
        self.root = self.scratch / "root"
        (self.root / "bin").mkdir(parents=True)
        (self.root / "home").mkdir()
        shutil.copy("/bin/busybox", self.root / "bin/busybox")
        for name in APPLETS:
            (self.root / "bin" / name).symlink_to("busybox")

    def installer(self, version, name="tool", more=()):
        program = self.compiled(f"{version}/{name}", PROGRAM.replace("VERSION", version))
        script = self.scratch / f"{version}-{name}.sh"
        self.made(program, *more, "-o", script)
        return script

    def sh(self, *words, script=None, shell=None, stdin=None, env=None):
        """Pipes the script into sh in the root, where HOME is /home."""
        command = ["bwrap", *WORLD, "--die-with-parent", "--bind", self.root, "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
                   "--chdir", "/tmp", "--clearenv"]
        for key, value in (env or {"HOME": "/home", "PATH": "/bin"}).items():
            command += ["--setenv", key, value]
        text = (script or self.script).read_bytes() if stdin is None else stdin
        return run([*command, "--", *(shell or ["/bin/sh", "-s", "--", *words])], stdin=text)

    def started(self, path, word="x"):
        return self.sh(shell=[path, word], stdin=b"")

    def test_piped_into_busybox(self):
        done = self.sh()
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.started("/home/.local/bin/tool").out, b"one x\n")
        self.assertEqual(sorted(path.name for path in (self.root / "home/.local").iterdir()), ["bin", "lib"])
        again = self.sh()
        self.assertEqual(again.status, 0, again)
        newer = self.sh(script=self.installer("two"))
        self.assertEqual(newer.status, 0, newer)
        self.assertEqual(self.started("/home/.local/bin/tool").out, b"two x\n")
        self.assertEqual(len(list((self.root / "home/.local/lib/bundle/tool").iterdir())), 1, "the older one is gone")
        gone = self.sh("--uninstall")
        self.assertEqual(gone.status, 0, gone)
        self.assertEqual([str(path) for path in (self.root / "home").rglob("*") if not path.is_dir()], [])
        self.assertEqual(self.sh("--uninstall").status, 1)

    def test_shells_of_this_machine(self):
        for shell in (["sh"], ["bash"], ["bash", "--posix"], ["busybox", "ash"], ["zsh", "--emulate", "sh"]):
            for piped in (True, False):
                with self.subTest(shell=shell, piped=piped):
                    folder = self.scratch / "it's here"
                    words = [*shell, "-s", "--", folder] if piped else [*shell, self.script, folder]
                    done = run(words, stdin=self.script.read_bytes() if piped else b"", cwd=self.scratch)
                    self.assertEqual(done.status, 0, done)
                    self.assertEqual(run([folder / "bin/tool", "y"]).out, b"one y\n")
                    shutil.rmtree(folder)

    def test_it_is_a_program_itself(self):
        done = run([self.script, "rel"], cwd=self.scratch)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(run([self.scratch / "rel/bin/tool", "y"]).out, b"one y\n")
        self.assertIn("--uninstall", run([self.script, "--help"]).text)
        self.assertEqual(run([self.script, "--what"]).status, 1)

    def test_one_that_is_cut_short_or_damaged_installs_nothing(self):
        whole = self.script.read_bytes()
        before = tree(self.root / "home")
        payload = whole.index(b"put <<'END'")
        places = [payload + 5, payload + 40, payload + 1000, (payload + len(whole)) // 2, len(whole) - 1500, len(whole) - 700, len(whole) - 100,
                  len(whole) - 300, len(whole) - 30]
        for place in places:
            for shell in (None, ["bash"], ["dash"]):
                with self.subTest(place=place - len(whole), shell=shell):
                    if shell is None:
                        done = self.sh(stdin=whole[:place])
                        kept = [path for path in (self.root / "home").rglob("*") if path.is_file() or path.is_symlink()]
                    else:
                        folder = self.scratch / "cut"
                        done = run([*shell, "-s", "--", folder], stdin=whole[:place])
                        kept = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
                        shutil.rmtree(folder, ignore_errors=True)
                    self.assertEqual(kept, [])
                    self.assertNotEqual(done.status, 0, done)
        middle = payload + 400
        flipped = whole[:middle] + (b"A" if whole[middle:middle + 1] != b"A" else b"B") + whole[middle + 1:]
        done = self.sh("/other", stdin=flipped)
        self.assertNotEqual(done.status, 0, done)
        self.assertFalse((self.root / "other/bin/tool").exists())
        self.assertEqual(before, {})

    def test_what_is_somebodys_stays(self):
        there = self.root / "home/.local/bin/tool"
        there.parent.mkdir(parents=True)
        there.write_text("mine")
        done = self.sh()
        self.assertEqual(done.status, 1, done)
        self.assertIn("--force", done.text)
        self.assertEqual(there.read_text(), "mine")
        self.assertEqual(self.sh("--force").status, 0)
        self.assertEqual(self.started("/home/.local/bin/tool").out, b"one x\n")

    def on_a_path(self, tools):
        """Pipes it into this machine's sh, with these tools only: NAME of this machine, or a script."""
        folder = self.scratch / "path"
        folder.mkdir(exist_ok=True)
        for name, text in tools.items():
            if text is None:
                (folder / name).symlink_to(shutil.which(name))
            else:
                (folder / name).write_text(text)
                (folder / name).chmod(0o755)
        return run(["/bin/sh", "-s", "--", self.scratch / "to"], stdin=self.script.read_bytes(), env={"PATH": str(folder), "HOME": "/"})

    def test_another_machine(self):
        uname = '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo sparc64\n'
        done = self.on_a_path({**{name: None for name in APPLETS}, "uname": uname})
        self.assertEqual(done.status, 1, done)
        for word in ("x86_64", "sparc64"):
            self.assertIn(word, done.text)
        self.assertFalse((self.scratch / "to").exists())

    def test_a_tool_is_missing(self):
        done = self.on_a_path({name: None for name in APPLETS if name != "base64"})
        self.assertEqual(done.status, 1, done)
        self.assertIn("base64", done.text)
        self.assertFalse((self.scratch / "to").exists())

    def test_names_that_a_shell_would_take_apart(self):
        script = self.installer("odd", name="it's a $HOME `x`")
        done = self.sh(script=script)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.started("/home/.local/bin/it's a $HOME `x`").out, b"odd x\n")
        self.assertEqual(self.sh("--uninstall", script=script).status, 0)
        self.assertEqual([path for path in (self.root / "home").rglob("*") if not path.is_dir()], [])

    def test_a_version_with_fewer_programs(self):
        first, second = (self.compiled(f"t/{name}", PROGRAM.replace("VERSION", name)) for name in ("first", ".second"))
        both, one = self.scratch / "both.sh", self.scratch / "one.sh"
        self.made(first, second, "--name", "same", "-o", both)
        self.made(first, "--name", "same", "-o", one)
        bin = self.root / "home/.local/bin"
        self.assertEqual(self.sh(script=both).status, 0)
        (bin / "mine").symlink_to("../lib/bundle/other/x")
        self.assertEqual(self.sh(script=one).status, 0)
        self.assertEqual(sorted(path.name for path in bin.iterdir()), ["first", "mine"], "no link is left that leads nowhere")
        self.assertEqual(self.started("/home/.local/bin/first").out, b"first x\n")
        self.assertEqual(self.sh(script=both).status, 0)
        self.assertEqual(self.sh("--uninstall", script=one).status, 0)
        self.assertEqual([path.name for path in bin.iterdir()], ["mine"])

    def test_where_bin_is_a_link(self):
        (self.root / "elsewhere/bin").mkdir(parents=True)
        (self.root / "home/.local").mkdir()
        (self.root / "home/.local/bin").symlink_to("/elsewhere/bin")
        for _ in range(2):
            self.assertEqual(self.sh().status, 0)
            self.assertEqual(self.started("/elsewhere/bin/tool").out, b"one x\n")
        self.assertEqual(self.sh("--uninstall").status, 0)
        self.assertEqual([path for path in (self.root / "elsewhere").rglob("*") if not path.is_dir()], [])

    def test_no_place_to_install_into(self):
        for words, env, says in ((["--", ""], None, "empty"), ([], {"PATH": "/bin"}, "HOME"), (["/file/x"], None, "nothing was installed"),
                                 (["/dev/null"], None, "nothing was installed")):
            with self.subTest(words=words):
                (self.root / "file").write_text("mine")
                done = self.sh(*[word for word in words if word != "--"], env=env)
                self.assertEqual(done.status, 1, done)
                self.assertIn(says, done.text)
                self.assertEqual(sorted(path.name for path in self.root.iterdir()), ["bin", "dev", "file", "home", "proc", "tmp"])
                self.assertEqual(list((self.root / "home").iterdir()), [])
        (self.root / "only-read").mkdir()
        command = ["bwrap", *WORLD, "--ro-bind", self.root, "/", "--dev", "/dev", "--clearenv", "--setenv", "PATH", "/bin", "--",
                   "/bin/sh", "-s", "--", "/only-read"]
        done = run(command, stdin=self.script.read_bytes())
        self.assertEqual(done.status, 1, done)
        self.assertIn("nothing was installed", done.text)
        self.assertEqual(list((self.root / "only-read").iterdir()), [])

    def test_what_a_path_lacks_is_said(self):
        self.assertIn("put /home/.local/bin on PATH", self.sh().text)
        self.assertNotIn("on PATH", self.sh(env={"HOME": "/home", "PATH": "/bin:/home/.local/bin"}).text)

    def test_two_programs(self):
        script = self.scratch / "two.sh"
        first, second = (self.compiled(f"t/{name}", PROGRAM.replace("VERSION", name)) for name in ("first", "second"))
        self.made(first, second, "--name", "both", "-o", script)
        self.assertEqual(self.sh(script=script).status, 0)
        for name in ("first", "second"):
            self.assertEqual(self.started(f"/home/.local/bin/{name}").out, f"{name} x\n".encode())


if __name__ == "__main__":
    main()
