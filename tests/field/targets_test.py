#!/usr/bin/env python3
"""Where a bundle is to run: what starts it there, what may be lost on the way there, what is too large for it."""

import re
import shutil

from field import ELSEWHERE, LAMBDA, WORLD, FieldCase, bundle, main, run, unzip

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "helper") == 0) {
    pid_t child = fork();
    if (child == 0) {
      char* arguments[] = {"awk", "BEGIN { print 6 * 7 }", 0};
      char* none[] = {0};
      if (argc > 2) execve("/usr/bin/gawk", arguments, none);
      execv("/usr/bin/gawk", arguments);
      _exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
  }
  printf("runs %s\n", argc > 1 ? argv[1] : "");
  return 0;
}
"""
# Shells and the like ask whether a file may be executed ahead of doing so.
LOOKS = """#!/bin/sh
echo piped | cat
command -v cat
[ -x /usr/bin/gawk ] && echo may be executed
[ -x /usr/bin/looks-not ] || echo may not
gawk 'BEGIN { system("echo by a shell | cat") }'
env cat /dev/null && echo by env
sh -c 'exec sh -c "echo once more"'
"""
LOOKED = "piped\n/usr/bin/cat\nmay be executed\nmay not\nby a shell\nby env\nonce more\n"
FIXED = r"""
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  const char* file = getenv("SSL_CERT_FILE");
  puts(file != NULL && fopen(file, "r") != NULL ? "there" : "none");
  return 0;
}
"""
WWWROOT = "/home/site/wwwroot"
# The caller's part, with busybox: a copy of the launcher that it may execute.
def azure(name):
    return (f"cp {WWWROOT}/tools/{name}/bin/{name} /tmp/{name} && chmod +x /tmp/{name} && "
            f"BUNDLE_ROOT={WWWROOT}/tools/{name} exec /tmp/{name} \"$@\"")


AZURE = azure("tool")


class Targets(FieldCase):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("tool", PROGRAM)

    def root(self, argv, folder, at, env=None):
        """Runs argv with `folder` read-only at `at`, and busybox."""
        command = ["bwrap", *WORLD, "--die-with-parent", "--uid", "1000", "--gid", "1000", "--ro-bind", folder, at, "--dev", "/dev",
                   "--tmpfs", "/tmp", "--ro-bind", "/bin/busybox", "/busybox/busybox", "--chdir", "/tmp", "--clearenv"]
        for key, value in (env or LAMBDA).items():
            command += ["--setenv", key, value]
        return run([*command, "--", *argv])

    def without_run_bits(self, folder):
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o444)

    def test_lambda_is_what_there_was(self):
        self.made(self.program, "-o", self.scratch / "a.zip")
        self.made(self.program, "-o", self.scratch / "b.zip", "--target", "aws-lambda")
        self.assertEqual((self.scratch / "a.zip").read_bytes(), (self.scratch / "b.zip").read_bytes())
        self.works(unzip(self.scratch / "a.zip", self.scratch / "layer"), "tool", b"runs x", "x")

    def test_azure_without_a_run_bit(self):
        for more in ([], ["--add", "/usr/bin/gawk"]):
            with self.subTest(more=more):
                archive = self.scratch / "a.zip"
                done = self.made(self.program, *more, "--target", "azure-functions", "-o", archive, "--force")
                self.assertIn("BUNDLE_ROOT=/home/site/wwwroot/tools/tool", done.text)
                self.assertNotIn("Lambda", done.text)
                listed = run(["zipinfo", archive]).out.decode().splitlines()
                entries = [line for line in listed if line.startswith(("-", "d"))]
                self.assertGreater(len(entries), 4)
                for line in entries:
                    self.assertIn(" unx ", line)
                    self.assertRegex(line.split()[-1], "^tools/(tool/.*)?$")
                folder = unzip(archive, self.scratch / f"wwwroot{len(more)}")
                self.without_run_bits(folder)
                there = self.root(["/busybox/busybox", "sh", "-c", AZURE, "sh", "x"], folder, WWWROOT)
                self.assertEqual((there.status, there.out), (0, b"runs x\n"), there)
        for words in (["helper"], ["helper", "with no environment"]):
            with self.subTest(words=words):
                there = self.root(["/busybox/busybox", "sh", "-c", AZURE, "sh", *words], folder, WWWROOT)
                self.assertEqual((there.status, there.out), (0, b"42\n"), there)

    def test_azure_where_run_bits_survive(self):
        folder = self.folder(self.program, "--target", "azure-functions")
        for at in (WWWROOT, ELSEWHERE):
            there = self.root([f"{at}/tools/tool/bin/tool", "y"], folder, at)
            self.assertEqual((there.status, there.out), (0, b"runs y\n"), there)
        again = bundle(self.program, "--target", "azure-functions", "-o", f"{folder}/", "--force")
        self.assertEqual(again.status, 0, again)
        (folder / "host.json").write_text("{}")
        again = bundle(self.program, "--target", "azure-functions", "-o", f"{folder}/", "--force")
        self.assertEqual(again.status, 2, "a file of somebody's is not replaced")

    def test_azure_who_looks_for_run_bits_first(self):
        script = self.scratch / "looks"
        script.write_text(LOOKS)
        script.chmod(0o755)
        archive = self.scratch / "a.zip"
        self.made(script, "--add", "/usr/bin/gawk", "--target", "azure-functions", "-o", archive)
        folder = unzip(archive, self.scratch / "wwwroot")
        self.without_run_bits(folder)
        there = self.root(["/busybox/busybox", "sh", "-c", azure("looks")], folder, WWWROOT, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual((there.status, there.out.decode()), (0, LOOKED), there)

    def test_azure_script_that_starts_its_interpreter_again(self):
        script = self.scratch / "again"
        script.write_text("""#!/bin/bash
[ -z "$AGAIN" ] || { echo the script again; exit 1; }
export AGAIN=1
bash -c 'echo a command'
bash -c "exec $BASH -c 'echo another'"
echo its end
""")
        script.chmod(0o755)
        folder = self.folder(script, "--target", "azure-functions")
        self.without_run_bits(folder)
        there = self.root(["/busybox/busybox", "sh", "-c", azure("again")], folder, WWWROOT, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual((there.status, there.out), (0, b"a command\nanother\nits end\n"), there)

    def test_azure_static_program_with_data(self):
        fixed = self.compiled("fixed", FIXED, "-static")
        folder = self.folder(fixed, "--target", "azure-functions")
        self.without_run_bits(folder)
        there = self.root(["/busybox/busybox", "sh", "-c", azure("fixed")], folder, WWWROOT, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual((there.status, there.out), (0, b"there\n"), there)

    def test_azure_starts_by_launchers_only(self):
        done = bundle(self.program, "--target", "azure-functions", "--launcher", "none", "-o", self.scratch / "x.zip")
        self.assertEqual(done.status, 2, done)
        self.assertIn("--launcher none", done.text)

    def test_azure_is_of_one_machine(self):
        for flags, more in ([], ["--sysroot", "/usr/aarch64-linux-gnu"]), (["-static"], []):
            arm = self.compiled("arm", PROGRAM, *flags, compiler="aarch64-linux-gnu-gcc")
            done = bundle(arm, *more, "--target", "azure-functions", "-o", self.scratch / "x.zip")
            self.assertEqual(done.status, 1, done)
            self.assertIn(f"{arm}: is for another machine than Azure Functions runs on, which is x86_64", done.text)
            self.assertFalse((self.scratch / "x.zip").exists())

    def test_run_bits_get_lost_only_on_the_way_there(self):
        for output, is_told in (("x.zip", True), ("x.tar.gz", True), ("x/", True), ("x.sh", False), ("x.oci/", False)):
            done = self.made(self.program, "--target", "azure-functions", "-o", f"{self.scratch}/{output}")
            self.assertEqual("run bits are lost" in done.text, is_told, done)

    def test_bootstrap(self):
        other = self.compiled("other", PROGRAM)
        folder = self.folder(self.program, other, "--target", "aws-bootstrap")
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["bootstrap", "lib"])
        self.assertEqual([path.name for path in (folder / "lib").iterdir()], ["tool"])
        self.assertTrue((folder / "bootstrap").stat().st_mode & 0o111)
        for at in ("/var/task", ELSEWHERE):
            for start in ("bootstrap", "lib/tool/bin/other"):
                there = self.root([f"{at}/{start}", "z"], folder, at)
                self.assertEqual((there.status, there.out), (0, b"runs z\n"), there)

    def test_bootstrap_by_itself(self):
        folder = self.folder(self.program, "--target", "aws-bootstrap", "--launcher", "none")
        there = self.root(["/var/task/bootstrap", "z"], folder, "/var/task")
        self.assertEqual((there.status, there.out), (0, b"runs z\n"), there)

    def test_plain(self):
        folder = self.scratch / "layer"
        done = self.made(self.program, "--target", "plain", "-o", f"{folder}/")
        self.assertNotIn("Lambda", done.text)
        self.works(folder, "tool", b"runs q", "q")
        moved = self.scratch / "moved"
        shutil.move(folder, moved)
        self.assertEqual(run([moved / "bin/tool", "q"]).out, b"runs q\n")

    def test_plain_has_no_limit(self):
        large = self.scratch / "large"
        with large.open("wb") as file:
            file.truncate(270_000_000)
        asked = [self.program, "--add", f"{large}:/usr/share/tool/large", "-o", f"{self.scratch}/out/"]
        done = bundle(*asked)
        self.assertEqual(done.status, 3, done)
        self.assertIn("allows for a function and all its layers", done.text)
        self.assertIn(f"--exclude {large}", done.text)
        self.assertIn("--target", done.text)
        self.assertEqual(bundle(*asked, "--target", "aws-bootstrap").status, 3)
        for target in ("plain", "azure-functions"):
            done = bundle(*asked, "--target", target, "--data-limit", "1GB")
            self.assertEqual(done.status, 0, done)
            self.assertNotIn("allows", done.text)
            shutil.rmtree(self.scratch / "out")

    def test_one_that_is_too_large_to_upload(self):
        noise = self.scratch / "noise"
        with noise.open("wb") as file, open("/dev/urandom", "rb") as random:
            file.write(random.read(53_000_000))
        for target, way in (("aws-lambda", "--content S3Bucket="), ("aws-bootstrap", "--code S3Bucket="), ("plain", "")):
            done = self.made(self.program, "--add", f"{noise}:/usr/share/tool/noise", "-o", self.scratch / "x.zip", "--force", "--target",
                             target)
            self.assertEqual(re.findall(r"--\w+ S3Bucket=", done.text), [way] if way else [], done)

    def test_none_such(self):
        done = bundle(self.program, "--target", "aws", "-o", self.scratch / "x.zip")
        self.assertEqual(done.status, 2, done)
        for name in ("aws-lambda", "aws-bootstrap", "azure-functions", "plain"):
            self.assertIn(name, done.text)


if __name__ == "__main__":
    main()
