#!/usr/bin/python3
"""`--save-case`: what a run read is enough to repeat it where nothing else is, and gives no private name and no secret away."""

import os
import shutil

from field import BUNDLE, LAMBDA, WORLD, FieldCase, bundle, main, run

USER, PROJECT = "alicewonder", "rocketlab"
MARK = "Zm9yZ2V0bWVub3Q3NzE"  # in each secret
KEY = f"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC{MARK}\n-----END PRIVATE KEY-----\n"
LIBRARY = ("-shared", "-fPIC")


class SaveCase(FieldCase):
    def setUp(self):
        super().setUp()
        self.home = self.scratch / "home" / USER
        self.project = self.home / PROJECT
        self.project.mkdir(parents=True)
        self.env = {"PATH": "/usr/bin:/bin:/usr/games", "HOME": str(self.home), "USER": USER}
        self.case, self.again = self.scratch / "case", self.scratch / "again"
        self.again.mkdir()

    def save(self, *arguments, status=0, env=None, cwd=None):
        self.saved = bundle(*arguments, "--save-case", self.case, env={**self.env, **(env or {})}, cwd=cwd or self.project)
        self.assertEqual(self.saved.status, status, self.saved)
        self.assertIn(f"case: {self.case}: ", self.saved.err.decode())
        expected = (self.case / "expected").read_text()
        self.assertTrue(expected.startswith(f"exit code {status}\n"), expected)
        for path in [self.case, *self.case.rglob("*")]:
            told = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            for name in (USER, PROJECT, MARK):
                self.assertNotIn(name, str(path.relative_to(self.scratch)))
                self.assertNotIn(name.encode(), told, path)
        return expected.partition("\n")[2]

    def repeat(self, status=0):
        """In a root that holds the case, bundle, and a shell with its libc."""
        shell = ["/bin/sh", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"]
        moved = self.scratch / "sent"
        self.case.rename(moved)
        command = ["bwrap", *WORLD, "--die-with-parent", "--ro-bind", moved, "/sent/case", "--bind", self.again, "/again",
                   "--ro-bind", BUNDLE, "/sent/bundle", "--tmpfs", "/tmp", "--dev", "/dev"]
        for path in shell:
            command += ["--ro-bind", os.path.realpath(path), path]
        done = run([*command, "--chdir", "/sent", "--clearenv", "--setenv", "BUNDLE", "/sent/bundle", "--setenv", "LD_LIBRARY_PATH",
                    LAMBDA["LD_LIBRARY_PATH"], "--", "/bin/sh", "case/repeat", "/again"])
        self.assertEqual(done.status, status, done)
        return done

    def same_files(self, one, other):
        """The same files of the same sizes, whatever private names stand in them."""
        listed = [bundle("list", path, "--by", "file").out.decode() for path in (one, other)]
        sizes = [sorted((line.split()[2], line.split()[0]) for line in text.splitlines()[1:-1]
                        if not line.split()[2].endswith("manifest.json")) for text in listed]
        self.assertEqual(*sizes)

    def test_a_program_of_the_system(self):
        made = self.project / "layer.zip"
        self.save("rig", "-o", made)
        self.repeat()
        self.assertEqual(made.read_bytes(), (self.again / "again.zip").read_bytes())
        self.assertLess(sum(path.stat().st_blocks * 512 for path in (self.scratch / "sent").rglob("*") if path.is_file()), 60e6)

    def test_a_library_that_is_missing(self):
        library = self.compiled(self.project / "lib/libgone.so", "int gone(void) { return 1; }", *LIBRARY)
        program = self.compiled(self.project / "bin/app", "int gone(void); int main(void) { return gone(); }", library,
                                "-Wl,--disable-new-dtags", f"-Wl,-rpath,{library.parent}")
        library.unlink()
        message = self.save(program, "-o", "layer.zip", status=1)
        self.assertIn("libgone.so", message)
        again = self.repeat(1).err.decode()
        self.assertEqual(again, f"bundle: {message}")
        self.assertFalse(list(self.again.iterdir()))

    def test_a_private_program_and_its_libraries(self):
        """By a run path, by LD_LIBRARY_PATH, by -L; its data by an absolute path; named from where the user stands."""
        rpath = self.compiled(self.project / "lib/libone.so", "int one(void) { return 1; }", *LIBRARY)
        path = self.compiled(self.home / "two/libtwo.so", "int two(void) { return 2; }", *LIBRARY)
        given = self.compiled(self.home / "three/libthree.so", "int three(void) { return 3; }", *LIBRARY)
        self.compiled(self.project / "bin/app", "int one(void), two(void), three(void);\n"
                      "int main(void) { return one() + two() + three(); }", rpath, path, given, f"-Wl,-rpath,{rpath.parent}")
        (self.project / "share").mkdir()
        (self.project / "share/data.txt").write_text(f"of {USER} in {self.project}\n")
        self.save("./bin/app", "-o", "layer.zip", "-L", "../three", "--add", "share:/usr/share/app",
                  env={"LD_LIBRARY_PATH": str(path.parent)})
        self.repeat()
        self.same_files(self.project / "layer.zip", self.again / "again.zip")
        self.assertIn("share/data.txt", self.saved.text)
        self.assertRegex(self.saved.text, rf"replaced everywhere: .*{USER}.*{PROJECT}")

    def test_a_script(self):
        script = self.project / "hello"
        script.write_text("#!/bin/sh\nexec /usr/bin/rig \"$@\"\n")
        script.chmod(0o755)
        self.save("./hello", "-o", "layer.tar.gz")
        self.repeat()
        self.assertEqual((self.project / "layer.tar.gz").read_bytes(), (self.again / "again.tar.gz").read_bytes())

    def test_of_a_sysroot(self):
        root = self.project / "arm root"
        done = bundle("inspect", "/usr/bin/rig", "--list").out.decode().split()
        for path in [*done, "/usr/bin/rig"]:
            at = root / path.lstrip("/")
            at.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(os.path.realpath(path), at)
            at.chmod(0o755)
        made = self.project / "layer.zip"
        self.save("--sysroot", "arm root", "/usr/bin/rig", "-o", made)
        self.repeat()
        self.assertEqual(made.read_bytes(), (self.again / "again.zip").read_bytes())
        self.case, self.again = self.scratch / "case2", self.scratch / "again2"
        self.again.mkdir()
        shutil.rmtree(self.scratch / "sent")
        self.save("--sysroot", root, "arm root/usr/bin/rig", "-o", made, "-f")
        self.repeat()
        self.assertEqual(made.read_bytes(), (self.again / "again.zip").read_bytes())

    def test_secrets_are_left_out_and_said(self):
        program = self.compiled(self.project / "app", "int main(void) { return 0; }")
        data = self.project / "share"
        data.mkdir()
        for name, content in ((".netrc", f"machine x login y password {MARK}\n"), ("tls.pem", KEY), ("plain.txt", "plain\n"),
                              ("settings.ini", f"password = {MARK}\n")):
            (data / name).write_text(content)
        (data / "mine").write_text(MARK)
        (data / "mine").chmod(0o600)
        self.save(program, "--add", "share:/usr/share/app", "--env", f"API_TOKEN={MARK}", "-o", "layer/")
        self.assertIn("the value of --env API_TOKEN", self.saved.text)
        self.assertIn("left out:", self.saved.text)
        self.assertNotIn(MARK, self.saved.err.decode())
        self.repeat()
        self.assertEqual(sorted(path.name for path in (self.again / "again/lib/app/root/usr/share/app").iterdir()),
                         sorted(path.name for path in (self.project / "layer/lib/app/root/usr/share/app").iterdir()))

    def test_what_bundle_itself_reads_is_in_it(self):
        """A log of what the program opens, a handler by its bare name."""
        (self.project / "data.txt").write_text("data\n")
        log = self.home / "run.log"
        log.write_text(f'1 execve("/usr/bin/jq", ["jq"], 0x1 /* 1 vars */) = 0\n'
                       f'1 openat(AT_FDCWD, "{self.project}/data.txt", O_RDONLY) = 3\n1 +++ exited with 0 +++\n')
        self.save("--handler", "jq", "--target", "aws-bootstrap", "--trace-input", log, "-o", "function.zip")
        self.repeat()
        self.same_files(self.project / "function.zip", self.again / "again.zip")

    def test_a_dry_run_and_a_question(self):
        self.save("jq", "--why", "libonig.so.5")
        self.assertEqual(self.repeat().out, self.saved.out)

    def test_what_cannot_be_saved_is_said_before_the_run(self):
        self.case.mkdir()
        for arguments in (("--save-case", self.case), ("--save-case", self.scratch / "new", "--trace")):
            done = bundle("rig", "-o", self.scratch / "layer.zip", *arguments, env=self.env)
            self.assertEqual(done.status, 2, done)
            self.assertFalse((self.scratch / "layer.zip").exists())
        self.assertFalse(list(self.case.iterdir()))


if __name__ == "__main__":
    main()
