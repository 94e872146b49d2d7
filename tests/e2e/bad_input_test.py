#!/usr/bin/python3
"""What cannot be bundled: each with its message and exit code, and nothing left behind."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import sandbox
from sandbox import BUNDLE, Case, bundle, run, tree

CANNOT, USAGE, LIMIT, MACHINE = 1, 2, 3, 4


class BadInput(Case):
    def refused(self, code, *fragments, arguments, **more):
        """The exit code, each fragment in stderr, one line, nothing on stdout, and the scratch folder as it was."""
        before = tree(self.scratch)
        done = bundle(*arguments, cwd=self.scratch, **more)
        self.assertEqual(done.status, code, done)
        message = done.err.decode()
        for fragment in fragments:
            self.assertIn(fragment, message)
        self.assertTrue(message.startswith("bundle: "), done)
        self.assertEqual(done.out, b"", done)
        self.assertEqual(tree(self.scratch), before, "left behind")
        return message

    def file(self, name, content, mode=0o755):
        path = self.scratch / name
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def test_no_such_file(self):
        self.refused(CANNOT, "nothing-here", "no such file. See how its path is written", arguments=["./nothing-here", "-o", "out.zip"])

    def test_not_found_in_path(self):
        self.refused(CANNOT, "no-such-program", "PATH", arguments=["no-such-program", "-o", "out.zip"])

    def test_a_folder(self):
        (self.scratch / "folder").mkdir()
        self.refused(CANNOT, "folder", arguments=["./folder", "-o", "out.zip"])

    def test_a_text_file(self):
        self.file("notes.txt", b"just some words\n")
        self.refused(CANNOT, "notes.txt", "ELF", arguments=["./notes.txt", "-o", "out.zip"])

    def test_an_empty_file(self):
        self.file("empty", b"")
        self.refused(CANNOT, "empty", arguments=["./empty", "-o", "out.zip"])

    def test_a_script_names_its_interpreter(self):
        self.file("tool", b"#!/usr/bin/env -S no-such-python -u\nprint(1)\n")
        self.refused(CANNOT, "tool", "script", "no-such-python", arguments=["./tool", "-o", "out.zip"])
        self.file("other", b"#! /nowhere/sh -e\n")
        self.refused(CANNOT, "other", "script", "/nowhere/sh", arguments=["./other", "-o", "out.zip"])

    def test_a_helper_for_a_machine_without_launcher_is_left_out(self):
        (self.scratch / "tools").mkdir()
        self.scratch.chmod(0o755)  # what is not readable for everyone is no data
        subprocess.run(["gcc", "-m32", "-x", "c", "-c", "-o", self.scratch / "empty.o", "/dev/null"], check=True)
        subprocess.run(["ld", "-m", "elf_i386", "-pie", "-e", "0", "--dynamic-linker", "/lib/ld-linux.so.2",
                        "-o", self.scratch / "tools/other", self.scratch / "empty.o"], check=True)
        done = bundle("/usr/bin/jq", "--add", "./tools", "-o", "out.zip", cwd=self.scratch)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"tools/other is left out: it is for i386, and there is no launcher for that", done.out + done.err)

    def test_a_named_pipe_is_not_waited_for(self):
        os.mkfifo(self.scratch / "pipe")
        done = bundle("./pipe", "-o", "out.zip", cwd=self.scratch, timeout=20)
        self.assertEqual(done.status, CANNOT, done)

    def test_a_truncated_program(self):
        whole = Path("/usr/bin/jq").read_bytes()
        for size in (4, 16, 63, 64, 200, 4096, len(whole) // 2):
            with self.subTest(size=size):
                self.file("cut", whole[:size])
                self.refused(CANNOT, "cut", arguments=["./cut", "-o", "out.zip"])

    def test_another_architecture(self):
        program = bytearray(Path("/usr/bin/jq").read_bytes())
        struct.pack_into("<H", program, 18, 243)  # e_machine: RISC-V
        self.file("other", program)
        struct.pack_into("<H", program, 18, 22)  # S/390, as a little-endian file that cannot be
        self.file("stranger", program)
        self.refused(CANNOT, "stranger", arguments=["./stranger", "-o", "out.zip"])
        program[5] = 2  # EI_DATA: big-endian
        self.file("big", program)
        self.refused(CANNOT, "big", "endian", arguments=["./big", "-o", "out.zip"])

    def test_every_missing_library_is_named_with_who_needs_it(self):
        (self.scratch / "part.c").write_text("int part(void) { return 1; }\n")
        (self.scratch / "main.c").write_text("int part(void); int main(void) { return part(); }\n")
        for name in ("one", "two"):
            self.assertEqual(run(["gcc", "-shared", "-fPIC", "part.c", "-o", f"libabsent-{name}.so.3",
                                  f"-Wl,-soname,libabsent-{name}.so.3"], cwd=self.scratch).status, 0)
        self.assertEqual(run(["gcc", "main.c", "-Wl,--no-as-needed", "./libabsent-one.so.3", "./libabsent-two.so.3",
                              "-Wl,-rpath,/opt/some-run-path", "-o", "needy"], cwd=self.scratch).status, 0)
        for name in ("one", "two"):
            (self.scratch / f"libabsent-{name}.so.3").unlink()
        self.refused(CANNOT, "libabsent-one.so.3", "libabsent-two.so.3", "needy", "/opt/some-run-path",
                     arguments=["./needy", "-o", "out.zip"])

    def test_output_that_is_an_input(self):
        for mode in ("same name", "symlink"):
            with self.subTest(mode):
                shutil.copy("/usr/bin/jq", self.scratch / "tool")
                output = self.scratch / "alias"
                output.unlink(missing_ok=True)
                if mode == "symlink":
                    output.symlink_to("tool")
                else:
                    output = self.scratch / "tool"
                self.refused(USAGE, output.name, arguments=["./tool", "--force", "-o", output])
                self.assertEqual((self.scratch / "tool").read_bytes(), Path("/usr/bin/jq").read_bytes())

    def test_an_existing_output_stays(self):
        self.file("out.zip", b"mine", 0o644)
        self.refused(USAGE, "out.zip", "--force", arguments=["jq", "-o", "out.zip"])
        self.assertEqual(bundle("jq", "--force", "-o", "out.zip", cwd=self.scratch).status, 0)
        self.assertGreater((self.scratch / "out.zip").stat().st_size, 100000)

    def test_an_existing_folder_stays(self):
        (self.scratch / "out").mkdir()
        self.file("out/mine", b"mine", 0o644)
        self.refused(USAGE, "out", "--force", arguments=["jq", "-o", "out/"])

    def test_the_folder_of_the_output_is_not_there(self):
        self.refused(MACHINE, "nowhere", arguments=["jq", "-o", "nowhere/out.zip"])

    def test_no_program(self):
        self.refused(USAGE, arguments=["-o", "out.zip"])

    def test_two_programs_of_one_name(self):
        for folder in ("a", "b"):
            (self.scratch / folder).mkdir()
            shutil.copy("/usr/bin/jq" if folder == "a" else "/usr/bin/xz", self.scratch / folder / "tool")
        self.refused(USAGE, "tool", "--rename", arguments=["a/tool", "b/tool", "-o", "out.zip"])

    def test_unknown_options_suggest_the_nearest(self):
        for wrong, right in (("--renam", "--rename"), ("--dry-rum", "--dry-run"), ("--prefx=/x", "--prefix")):
            with self.subTest(wrong):
                self.refused(USAGE, wrong.split("=")[0], right, arguments=["jq", "-o", "out.zip", wrong])

    def test_wrong_values(self):
        for arguments in (["--level", "13"], ["--level", "0"], ["--level", "x"], ["-j", "-3"], ["-j", "two"], ["--rename", "jq"],
                          ["--name", "../up"], ["--prefix", "relative"], ["--rename", "jq=a/b"]):
            with self.subTest(arguments):
                self.refused(USAGE, arguments=["jq", "-o", "out.zip", *arguments])

    def test_a_hostile_name_is_printed_harmlessly(self):
        self.file("evil\x1b[31m\nname", b"text")
        message = self.refused(CANNOT, arguments=["./evil\x1b[31m\nname", "-o", "out.zip"])
        self.assertNotIn("\x1b", message)
        self.assertEqual(message.count("\n"), 1, message)


class Machine(Case):
    """A machine that fails: read-only and full disks, made by bubblewrap so that it also holds for root."""

    def in_world(self, *options, command):
        return run(["bwrap", "--unshare-user", "--uid", "1000", "--dev-bind", "/", "/", *options, "--", "sh", "-c", command, "sh",
                    BUNDLE], cwd="/")

    def test_read_only(self):
        done = self.in_world("--ro-bind", str(self.scratch), str(self.scratch),
                             command=f'"$1" jq -o {self.scratch}/out.zip; echo "status $?"; ls -A {self.scratch}')
        self.assertEqual(done.out, b"status 4\n", done)
        self.assertIn(str(self.scratch), done.err.decode())
        self.assertIn("ead-only", done.err.decode())

    def test_full_disk(self):
        for output in ("out.zip", "out/"):
            with self.subTest(output):
                done = self.in_world("--size", "262144", "--tmpfs", str(self.scratch),
                                     command=f'"$1" jq -o {self.scratch}/{output}; echo "status $?"; ls -A {self.scratch}')
                self.assertEqual(done.out, b"status 4\n", done)
                self.assertIn(f"{self.scratch}/{output}", done.err.decode(), "by the name that the user gave it")
                self.assertIn("No space left on device. Free some space, or name another place with -o", done.err.decode())

    def test_standard_output_that_takes_nothing(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BUNDLE, "inspect", "/bin/sh"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"standard output cannot be written to its end. Free space", done.stderr)


if __name__ == "__main__":
    sandbox.main()
