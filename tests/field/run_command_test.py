#!/usr/bin/env python3
"""`bundle run`: the program as it would run there, and nothing of this machine around it."""

import os
import pty
import select
import signal
import subprocess
import time
import zipfile

from field import BUNDLE, LAMBDA, TOOLS, FieldCase, bundle, main, run

PROGRAM = r"""
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
static int count;
static void heard(int number) {
  char text[32];
  (void)!write(1, text, (size_t)snprintf(text, sizeof text, "heard %d\n", number));
  if (++count > 1) _exit(9);
}
static void list(const char* path) {
  DIR* folder = opendir(path);
  struct dirent* entry;
  char names[64][64]; int n = 0;
  while (folder && (entry = readdir(folder))) if (entry->d_name[0] != '.' && n < 64) strcpy(names[n++], entry->d_name);
  qsort(names, n, 64, (int (*)(const void*, const void*))strcmp);
  printf("%s:", path);
  for (int i = 0; i < n; ++i) printf(" %s", names[i]);
  puts("");
}
int main(int argc, char** argv, char** environment) {
  const char* what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "status")) return atoi(argv[2]);
  if (!strcmp(what, "signal")) return raise(atoi(argv[2]));
  if (!strcmp(what, "copy")) { int c; while ((c = getchar()) != EOF) putchar(c); fputs("words", stderr); return 0; }
  if (!strcmp(what, "world")) {
    for (char** v = environment; *v; ++v) if (strncmp(*v, "PWD=", 4)) puts(*v);
    char folder[999];
    printf("%s %d %d\n", getcwd(folder, sizeof folder), getuid(), getgid());
    list("/"); list("/dev"); list("/home"); list("/tmp");
    printf("%d %d %d\n", open("/opt/new", O_CREAT | O_WRONLY, 0600) < 0, open("/new", O_CREAT | O_WRONLY, 0600) < 0,
           open("/tmp/new", O_CREAT | O_WRONLY, 0600) < 0);
    printf("%d\n", prctl(PR_CAPBSET_READ, 0, 0, 0, 0));
    return 0;
  }
  if (!strcmp(what, "read")) { FILE* file = fopen(argv[2], "r"); int c; while (file && (c = getc(file)) != EOF) putchar(c); return !file; }
  if (!strcmp(what, "write")) return open(argv[2], O_CREAT | O_WRONLY, 0644) < 0;
  if (!strcmp(what, "arguments")) { for (int i = 0; i < argc; ++i) puts(argv[i]); return 0; }
  if (!strcmp(what, "linger")) {
    if (fork() == 0) { setsid(); for (;;) pause(); }
    if (argc > 2) for (;;) pause();
    return 0;
  }
  if (!strcmp(what, "heard")) {
    signal(SIGINT, heard); signal(SIGTERM, heard);
    puts("ready"); fflush(stdout);
    for (;;) pause();
  }
  if (!strcmp(what, "type")) { errno = 0; ioctl(0, TIOCSTI, "x"); printf("%d\n", errno == EPERM); return 0; }
  if (!strcmp(what, "eat")) {
    size_t size = (size_t)atoi(argv[2]) << 20;
    char* memory = malloc(size);
    for (size_t i = 0; i < size; i += 4096) memory[i] = 1;
    puts("eaten"); fflush(stdout);
    for (;;) pause();
  }
  return 0;
}
"""


def processes_with(word):
    """Their numbers, by what stands in their command lines."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                if name.isdigit() and word.encode() in file.read():
                    found.append(name)
        except OSError:
            pass
    return found


class Run(FieldCase):
    def setUp(self):
        super().setUp()
        self.scratch.chmod(0o755)
        self.temporary = self.scratch / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o777)
        self.env = {**TOOLS, "TMPDIR": str(self.temporary)}
        self.layer = self.folder(self.compiled("tool", PROGRAM))

    def run_in(self, *words, what=None, **more):
        return bundle("run", what or self.layer, *words, env=self.env, **more)

    def starting(self, *words, **more):
        process = subprocess.Popen([BUNDLE, "run", self.layer, *words], env=self.env, stdout=subprocess.PIPE, **more)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def left(self):
        return os.listdir(self.temporary)

    def test_streams_and_status_are_the_programs(self):
        done = self.run_in("--", "tool", "copy", stdin=b"a\0b\xff")
        self.assertEqual((done.status, done.out, done.err), (0, b"a\0b\xff", b"words"))
        for status in (0, 1, 3, 124, 255):
            self.assertEqual(self.run_in("--", "tool", "status", str(status)).status, status)
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGPIPE):
            self.assertEqual(self.run_in("--", "tool", "signal", str(int(number))).status, 128 + number)
        self.assertEqual(self.left(), [])

    def test_what_it_finds_there(self):
        done = self.run_in("--", "tool", "world")
        lines = done.out.decode().splitlines()
        environment = {**LAMBDA, "LANG": "en_US.UTF-8", "TZ": ":UTC", "HOME": "/home/sbx_user1051"}
        self.assertEqual(sorted(lines[:len(environment)]), sorted(f"{name}={value}" for name, value in environment.items()))
        self.assertEqual(lines[len(environment):], [
            "/var/task 993 990", "/: dev opt proc tmp var", "/dev: fd full null random stderr stdin stdout tty urandom zero", "/home:",
            "/tmp:", "1 1 0", "0"], done)
        self.assertFalse((self.layer / "new").exists())

    def test_zip_is_what_its_folder_is(self):
        archive = self.scratch / "a.zip"
        self.made(self.scratch / "tool", "-o", archive)
        for what in (archive, self.layer):
            for words in (["--", "tool", "arguments", "a b", "--", "--help"], ["--", "bin/tool", "arguments", "a b", "--", "--help"],
                          ["--", "/opt/bin/tool", "arguments", "a b", "--", "--help"]):
                done = self.run_in(*words, what=what)
                self.assertEqual((done.status, done.out.decode().splitlines()[1:]), (0, ["arguments", "a b", "--", "--help"]), done)
        self.assertEqual(self.run_in(what=archive).status, 0, "the only program needs no name")
        self.assertEqual(self.left(), [])

    def test_wrong_words(self):
        other = self.folder(self.scratch / "tool", self.compiled("other", PROGRAM), name="two")
        for words, what, said in ((["--", "nothing"], self.layer, "Its program is tool"), ([], other, "Its programs are tool, other"),
                                  (["--", "/usr/bin/env"], self.layer, "--root"), (["--target", "moon"], self.layer, "aws-lambda"),
                                  (["--memory", "-1"], self.layer, "--memory"), (["--bind", "/nowhere"], self.layer, "/nowhere")):
            done = self.run_in(*words, what=what)
            self.assertEqual((done.status, done.out), (2, b""), done)
            self.assertIn(said, done.text)
        done = bundle("run", self.layer, env={"PATH": "/nowhere"})
        self.assertEqual(done.status, 4, done)
        self.assertIn("apt install bubblewrap", done.text)

    def test_it_lies_where_it_was_made_for(self):
        self.made(self.scratch / "tool", "--prefix", "/srv/x", "-o", self.scratch / "a.zip")
        for more, at in (([], "/srv/x"), (["--at", "/srv/y"], "/srv/y"), (["--target", "aws-lambda"], "/opt")):
            done = self.run_in(*more, "--", "tool", "arguments", what=self.scratch / "a.zip")
            self.assertEqual(done.out.decode().splitlines(), [f"{at}/bin/tool", "arguments"], done)
        done = self.run_in("--at", "/", what=self.scratch / "a.zip")
        self.assertEqual(done.status, 2, done)
        self.assertIn("a folder below /", done.text)

    def test_a_caller_that_ignores_signals(self):
        done = self.run_in("--", "tool", "status", "3", timeout=60, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(done.status, 3, done)
        process = self.starting("--", "tool", "heard", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGHUP)  # as nohup(1) wants it
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), b"heard %d\n" % signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 9)

    def test_what_cannot_be_run_is_said_to_be(self):
        (self.layer / "bin/text").write_text("#!/bin/sh\n")
        os.mkfifo(self.layer / "bin/pipe")
        for name, said in (("text", "has no run bit, only mode 0644"), ("pipe", "is no file")):
            done = self.run_in("--", name)
            self.assertEqual(done.status, 1, done)
            self.assertIn(said, done.text)

    def test_targets(self):
        for target, at, environment in (("aws-bootstrap", "/var/task", "TZ=:UTC"), ("azure-functions", "/home/site/wwwroot", "HOME=/home"),
                                        ("plain", "/opt", "LANG=C.UTF-8")):
            folder = self.folder(self.scratch / "tool", "--target", target, name=target)
            for more in ([], ["--at", "/srv/a b"], ["--no-run-bits"]):
                done = self.run_in(*more, "--", "tool", "world", what=folder)
                self.assertEqual(done.status, 0, done)
                self.assertIn(environment, done.out.decode().splitlines())
            done = self.run_in(what=folder)
            self.assertEqual(done.status, 0, done)
            done = self.run_in("--target", "aws-lambda", "--", "tool", "world", what=folder)
            self.assertIn(b"/var/lang/bin", done.out)
        self.assertEqual(self.left(), [])

    def test_no_run_bits(self):
        archive = self.scratch / "a.zip"
        self.made(self.scratch / "tool", "--target", "azure-functions", "-o", archive)
        done = self.run_in("--no-run-bits", "--", "tool", "world", what=archive)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"BUNDLE_ROOT=/home/site/wwwroot/tools/tool\n", done.out)
        self.made(self.scratch / "tool", "--launcher", "none", "-o", self.scratch / "bare.zip")
        self.assertEqual(self.run_in(what=self.scratch / "bare.zip").status, 0)
        self.assertNotEqual(self.run_in("--no-run-bits", what=self.scratch / "bare.zip").status, 0, "nothing starts without a launcher")

    def test_time(self):
        began = time.monotonic()
        done = self.run_in("--timeout", "1", "--", "tool", "linger", "here")
        self.assertEqual(done.status, 124, done)
        self.assertIn("--timeout", done.text)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.run_in("--timeout", "60", "--", "tool", "linger").status, 0, "and ends what it left running")
        self.assertEqual(processes_with("linger"), [])

    def test_memory(self):
        done = self.run_in("--memory", "100", "--timeout", "60", "--", "tool", "eat", "150")
        self.assertEqual(done.status, 137, done)
        self.assertIn("more than 100 MB", done.text)
        done = self.run_in("--memory", "400", "--timeout", "1", "--", "tool", "eat", "150")
        self.assertEqual((done.status, done.out), (124, b"eaten\n"), done)

    def test_files_of_this_machine(self):
        (self.scratch / "input").write_text("input")
        done = self.run_in("--bind", f"{self.scratch}/input:/var/task/input", "--", "tool", "read", "input")
        self.assertEqual((done.status, done.out), (0, b"input"), done)
        done = self.run_in("--bind", self.scratch, "--chdir", self.scratch, "--", "tool", "read", "input")
        self.assertEqual((done.status, done.out), (0, b"input"), done)
        self.assertEqual(self.run_in("--bind", f"{self.scratch}:/data", "--", "tool", "write", "/data/new").status, 1)
        self.assertEqual(self.run_in("--bind-writable", f"{self.scratch}:/data", "--", "tool", "write", "/data/new").status, 0)
        self.assertTrue((self.scratch / "new").exists())
        done = self.run_in("--env", "NAME=a=b", "--env", "TZ=CET", "--", "tool", "world")
        self.assertIn(b"NAME=a=b\n", done.out)
        self.assertIn(b"TZ=CET\n", done.out)

    def test_over_another_root(self):
        root = self.scratch / "root"
        (root / "usr/bin").mkdir(parents=True)
        (root / "var/lib").mkdir(parents=True)
        (root / "var/lib/word").write_text("word")
        (root / "bin").symlink_to("usr/bin")
        (root / "usr/bin/busybox").write_bytes(open("/bin/busybox", "rb").read())
        (root / "usr/bin/busybox").chmod(0o755)
        done = self.run_in("--root", root, "--", "tool", "read", "/var/lib/word")
        self.assertEqual((done.status, done.out), (0, b"word"), done)
        done = self.run_in("--root", root, "--", "/bin/busybox", "sh", "-c", "/opt/bin/tool arguments x && cat /var/lib/word")
        self.assertEqual((done.status, done.out), (0, b"/opt/bin/tool\narguments\nx\nword"), done)
        self.assertEqual(sorted(os.listdir(root)), ["bin", "usr", "var"])
        self.assertEqual(os.listdir(root / "var"), ["lib"], "nothing is made in it")

    def test_over_this_machine_or_a_root_without_names_of_hosts(self):
        done = self.run_in("--root", "/", "--", "/bin/echo", "word")
        self.assertEqual((done.status, done.out), (0, b"word\n"), done)
        root = self.scratch / "root"
        for folder in ("bin", "etc", "private/var"):
            (root / folder).mkdir(parents=True)
        (root / "bin/sh").write_bytes(open("/bin/busybox", "rb").read())
        (root / "bin/sh").chmod(0o755)
        (root / "etc/motd").write_text("motd\n")
        (root / "var").symlink_to("private/var")
        done = self.run_in("--root", root, "--network", "--", "/bin/sh", "-c", "cat /etc/motd; pwd -P; cat /etc/hosts")
        self.assertEqual((done.status, done.out), (0, b"motd\n/private/var/task\n" + open("/etc/hosts", "rb").read()), done)
        (root / "etc/resolv.conf").symlink_to("../run/nowhere")
        done = self.run_in("--root", root, "--network", "--", "/bin/sh", "-c", "cat /etc/motd")
        self.assertEqual((done.status, done.out), (0, b"motd\n"), done)
        self.assertEqual(os.listdir(root / "private/var"), [], "nothing is made in it")

    def test_signals_reach_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.starting("--", "tool", "heard")
            self.assertEqual(process.stdout.readline(), b"ready\n")
            process.send_signal(number)
            self.assertEqual(process.stdout.readline(), b"heard %d\n" % number)
            process.send_signal(number)
            process.wait(20)
            self.assertEqual(process.returncode, 9)

    def test_killed_it_takes_all_with_it(self):
        process = self.starting("--", "tool", "linger", "here")
        while not processes_with("linger"):
            time.sleep(0.01)
        time.sleep(0.2)
        process.kill()
        process.wait(20)
        until = time.monotonic() + 10
        while processes_with("linger") and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(processes_with("linger"), [])

    def test_terminal(self):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(BUNDLE, [BUNDLE, "run", str(self.layer), "--", "tool", "heard"], self.env)
        said = b""

        def until(word):
            nonlocal said
            end = time.monotonic() + 20
            while word not in said and time.monotonic() < end:
                if select.select([terminal], [], [], 0.1)[0]:
                    said += os.read(terminal, 4096)
            self.assertIn(word, said)

        until(b"ready")
        os.write(terminal, b"\x03")
        until(b"heard 2")
        os.write(terminal, b"\x03")
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9)

    def test_it_cannot_type_at_the_terminal(self):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(BUNDLE, [BUNDLE, "run", str(self.layer), "--", "tool", "type"], self.env)
        said = b""
        try:
            while part := os.read(terminal, 4096):
                said += part
        except OSError:
            pass
        os.waitpid(child, 0)
        os.close(terminal)
        self.assertEqual(said.strip(), b"1")

    def test_unpacked_files_go_when_a_signal_comes(self):
        archive = self.scratch / "a.zip"
        self.made(self.scratch / "tool", "-o", archive)
        process = subprocess.Popen([BUNDLE, "run", archive, "--", "tool", "linger", "here"], env=self.env)
        while not processes_with("linger"):
            time.sleep(0.01)
        time.sleep(0.2)
        self.assertEqual(len(self.left()), 2)
        process.terminate()
        process.wait(20)
        self.assertEqual((process.returncode, self.left()), (128 + signal.SIGTERM, []))

    def test_of_another_architecture(self):
        for flags, more in ([], ["--sysroot", "/usr/aarch64-linux-gnu"]), (["-static"], []):
            arm = self.compiled("arm", PROGRAM, *flags, compiler="aarch64-linux-gnu-gcc")
            layer = self.folder(arm, *more, name=f"arm{len(flags)}")
            done = self.run_in("--", "arm", "arguments", "a b", what=layer)
            self.assertEqual((done.status, done.out), (0, b"/opt/bin/arm\narguments\na b\n"), done)
            self.assertEqual(self.run_in("--", "arm", "status", "7", what=layer).status, 7)
        only = self.scratch / "only"
        only.mkdir()
        (only / "bwrap").symlink_to("/usr/bin/bwrap")
        done = bundle("run", layer, env={**self.env, "PATH": str(only)})
        self.assertEqual(done.status, 4, done)
        self.assertIn("qemu-user-static", done.text)

    def test_nobody(self):
        archive = self.scratch / "a.zip"
        self.made(self.scratch / "tool", "-o", archive)
        done = run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BUNDLE, "run", archive, "--", "tool", "status", "5"],
                   env=self.env)
        self.assertEqual((done.status, done.text), (5, ""), done)
        self.assertEqual(self.left(), [])

    def test_hostile(self):
        for number, (name, is_link) in enumerate((("../outside", False), ("lib", True))):
            archive = self.scratch / f"{number}.zip"
            with zipfile.ZipFile(archive, "w") as file:
                entry = zipfile.ZipInfo(name)
                entry.create_system = 3
                entry.external_attr = ((0o120777 if is_link else 0o100755) << 16)
                file.writestr(entry, "/etc")
                if is_link:
                    file.writestr("lib/passwd", "x")
                file.writestr("bin/tool", "x")
            done = self.run_in("--", "tool", what=archive)
            self.assertEqual(done.status, 1, done)
            self.assertIn("cannot be unpacked", done.text)
        self.assertEqual(self.left(), [])


main()
