"""Bytes of hostile files reach the terminal raw, or stand in a line that people copy into a shell.

Every name that a file may carry (NEEDED, SONAME, run path, interpreter, names of files and of packages, lines of traces) holds
here what drives a terminal, turns the reading direction, ends a line or begins a command. Whatever is run on it, nothing but
printable text and our own newlines comes out."""

import json
import os
import pty
import re
import select
import subprocess

from field import BUNDLE, TOOLS, FieldCase, bundle, main, run

ESCAPE = "\033]0;owned\a\033[2J"
BIDI = "\u202egnp.exe\u2066\u200f\u061c\u2028"
TAGS = "\U000e0041\u200b\ufeff"
C1 = "\u009b31m\u0085"
COMMAND = ";id>pwned;"
EVIL = [ESCAPE, BIDI, TAGS, C1, COMMAND, "\x7f", "a\nbundle: all is well", "$(id)`id`'\""]
NOT_SHOWN = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]")
OURS = re.compile("\033\\[(0|1|2|33|1;31)m|\r|\033\\[K")


class HostileBytes(FieldCase):
    def clean(self, done):
        """No word of what was said could drive a terminal, and no line begins as if we had said it."""
        for stream in (done.out, done.err):
            text = stream.decode()  # well-formed, whatever the names were
            self.assertIsNone(NOT_SHOWN.search(text), ascii(text))
            self.assertNotIn("\nbundle: all is well", text)
            self.assertNotRegex(text, r"(apt-get install|--add|-L|--plugin) [^\n'\"$]*;")
        return done

    def linked(self, name, needed=(), soname=None, rpath=None, interpreter=None, shared=False):
        """A program or library whose dynamic section holds these strings."""
        text = self.scratch / "one.c"
        text.write_text("int main(void) { return 0; }\n")
        flags = ["-Xlinker", "--no-as-needed"]
        for i, library in enumerate(needed):
            made = self.scratch / f"needed{len(list(self.scratch.iterdir()))}-{i}.so"
            self.tool("gcc", "-shared", "-fPIC", "-x", "c", "/dev/null", "-o", made, "-Xlinker", "-soname", "-Xlinker", library)
            flags.append(made)
        if soname is not None:
            flags += ["-Xlinker", "-soname", "-Xlinker", soname]
        if rpath is not None:
            flags += ["-Xlinker", "-rpath", "-Xlinker", rpath]
        if interpreter is not None:
            flags += ["-Xlinker", "--dynamic-linker", "-Xlinker", interpreter]
        out = self.scratch / name
        self.tool("gcc", *(["-shared", "-fPIC"] if shared else []), text, "-o", out, *flags)
        return out

    def test_strings_of_a_file(self):
        for i, evil in enumerate(EVIL):
            with self.subTest(evil=ascii(evil)):
                program = self.linked(f"p{i}", needed=[f"lib{evil}.so.6", f"libfoo{evil}.so.1"], rpath=f"/nowhere/{evil}")
                asked = self.linked(f"q{i}", interpreter=f"/lib/{evil}.so")
                library = self.linked(f"l{i}", soname=f"lib{evil}.so.1", shared=True)
                for path in (program, asked, library):
                    for arguments in ([path, "--dry-run", "-v"], ["inspect", path], ["inspect", "--json", path],
                                      ["inspect", "--list", path], ["inspect", "--colour", "always", "--needs", f"lib{evil}.so.6", path],
                                      ["edit", "--print", path]):
                        done = bundle(*arguments)
                        if "always" in arguments:
                            done.out = OURS.sub("", done.out.decode()).encode()
                        self.clean(done)
                        if "--json" in arguments and done.out:
                            told = json.dumps(json.loads(done.out), ensure_ascii=False)
                            self.assertTrue(path != program or f"lib{evil}.so.6" in json.loads(json.dumps(
                                [missing["name"] for missing in json.loads(done.out)["missing"]])), ascii(told))

    def test_no_package_is_advised_by_a_name_that_is_none(self):
        done = bundle(self.linked("p", needed=[f"lib{COMMAND}.so.6"]), "--dry-run")
        self.assertEqual(done.status, 1, done)
        self.assertNotIn("apt-get", done.text)
        plain = bundle(self.linked("r", needed=["libnotthere.so.6"]), "--dry-run")
        self.assertIn("apt-get install libnotthere6", plain.text)

    def test_names_of_files(self):
        for i, evil in enumerate(EVIL):
            name = evil.replace("/", "")
            with self.subTest(evil=ascii(evil)):
                folder = self.scratch / f"f{i}" / name
                folder.mkdir(parents=True)
                program = folder / name
                program.write_bytes(self.linked(f"plain{i}").read_bytes())
                program.chmod(0o755)
                secret = folder / f"{name}.p12"
                secret.write_text("x")
                script = folder / "script"
                script.write_text(f"#!/usr/bin/env {name}\n")
                log = folder / "log"
                log.write_text(f'execve("{program}", ["x", "/home/{name}"], 0x0) = 0\nopenat(AT_FDCWD, "{secret}", O_RDONLY) = 3\n')
                out = self.scratch / f"f{i}.zip"
                for arguments in ([program, "--add", folder, "-o", out, "-v"], [program, "--dry-run", "-v"], [script, "--dry-run"],
                                  [program, "--plugin", secret, "--dry-run"], [program, "--trace-input", log, "--dry-run"],
                                  [program, "--name", name, "--prefix", f"/{name}", "--dry-run"], ["inspect", program],
                                  [program, "--rename", f"{name}={name}", "--dry-run"], [program, "-o", f"{folder}/x.{name}"],
                                  [program, "-L", folder / "none", "--sysroot", folder, "--dry-run"], [f"--{name}"],
                                  [program, "--data-limit", name, "--dry-run"], [name, "--dry-run"], ["init", name, "-o", folder, "--layer", program]):
                    self.clean(bundle(*arguments))

    def test_advice_can_be_copied_into_a_shell(self):
        """What stands behind --add is one word, and that very path."""
        data = self.scratch / "it's; a$b.txt"
        data.write_text("x\n")
        program = self.compiled("reader", '#include <stdio.h>\nint main(void) { return fopen("%s", "r") == 0; }\n' % data)
        log = self.scratch / "log"
        log.write_text(f'execve("{program}", ["x"], 0x0) = 0\n')
        done = self.clean(bundle(self.scratch / "none" / "it's; a", "--dry-run"))
        folder = self.scratch / "a b;c"
        folder.mkdir()
        key = folder / "it's; a$b.key"
        key.write_text("-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n")
        (folder / "open").write_text("x\n")
        done = self.clean(bundle("/usr/bin/jq", "--add", folder, "--dry-run"))
        shown = re.search(r"--add (.*?) if it is wanted", done.text).group(1)
        self.assertEqual(run(["bash", "-c", f"printf %s {shown}"], env=TOOLS).out.decode(), str(key))

    def test_on_a_terminal(self):
        """With colours and a progress bar: only the sequences that are ours."""
        program = self.linked("p", needed=[f"lib{evil}.so.6" for evil in EVIL], rpath=f"/{ESCAPE}")
        for arguments in (["inspect", program], [program, "--dry-run", "-v"], [program, "-o", self.scratch / "x.zip"]):
            ours, theirs = pty.openpty()
            child = subprocess.Popen([BUNDLE, *arguments], stdout=theirs, stderr=theirs, env={**TOOLS, "TERM": "xterm"})
            os.close(theirs)
            text = b""
            while select.select([ours], [], [], 60)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:
                    break
                if not piece:
                    break
                text += piece
            child.wait(60)
            os.close(ours)
            left = OURS.sub("", text.decode().replace("\r\n", "\n"))
            self.assertIsNone(NOT_SHOWN.search(left), ascii(left))


if __name__ == "__main__":
    main()
