#!/usr/bin/env python3
"""`bundle run --missing`: what a bundle lacks, named with the option that adds it; and adding that helps."""

import json
import re
import shutil

from field import TOOLS, FieldCase, bundle, main

PROGRAM = r"""
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char* what = argv[i];
    const char* path = argv[i + 1];
    struct stat status;
    char text[999];
    if (!strcmp(what, "open")) printf("%d\n", open(path, O_RDONLY) >= 0);
    if (!strcmp(what, "stat")) printf("%d\n", stat(path, &status) == 0);
    if (!strcmp(what, "link")) printf("%d\n", readlink(path, text, sizeof text) >= 0);
    if (!strcmp(what, "write")) printf("%d\n", open(path, O_WRONLY | O_CREAT, 0644) >= 0);
    if (!strcmp(what, "load")) printf("%d\n", dlopen(path, RTLD_NOW) != 0);
    if (!strcmp(what, "start")) { fflush(stdout); if (fork() == 0) { execlp(path, path, (char*)0); _exit(7); } wait(0); }
    if (!strcmp(what, "child")) { fflush(stdout); if (fork() == 0) { open(path, O_RDONLY); _exit(0); } wait(0); }
  }
  return 5;
}
"""


class Missing(FieldCase):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("asks", PROGRAM, "-ldl")

    def missing(self, layer, *words, options=(), status=5):
        """What is listed: {name: what is said of it}."""
        done = bundle("run", layer, "--missing", *options, "--", "asks", *words, env=TOOLS)
        self.assertEqual(done.status, status, done)
        self.said = done
        return dict(re.findall(r"^  (\S+)  +(.+)$", done.err.decode(), re.M))

    def test_rig_without_its_data(self):
        layer = self.folder("rig", "--no-discover")
        done = bundle("run", layer, "--missing", env=TOOLS)
        named = dict(re.findall(r"^  (\S+)  +(.+)$", done.err.decode(), re.M))
        self.assertTrue(named, done)
        for path, option in named.items():
            self.assertTrue(path.startswith("/usr/share/rig/"), done)
            self.assertEqual(option, f"--add {path}")
        self.made("rig", "--no-discover", "--add", "/usr/share/rig", "-o", self.scratch / "whole.zip")
        done = bundle("run", self.scratch / "whole.zip", "--missing", env=TOOLS)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"all that was looked for was found", done.err)
        self.assertEqual(len(done.out.splitlines()), 4)

    def test_each_kind_and_what_adds_it(self):
        layer = self.folder(self.program)
        named = self.missing(layer, "open", "/usr/share/rig/locdata.idx", "stat", "/usr/share/perl5", "link", "/etc/alternatives/awk", "load",
                             "libzstd.so.1", "load", "libnowhere.so.3", "start", "gawk", "start", "no-such-program", "child",
                             "/usr/share/perl/5.36", "open", "/usr/share/nothing/here", "load", "/usr/lib/x86_64-linux-gnu/gconv/CP1250.so")
        self.assertEqual(named.pop("/usr/share/rig/locdata.idx"), "--add /usr/share/rig/locdata.idx")
        self.assertEqual(named.pop("/usr/share/perl5"), "--add /usr/share/perl5")
        self.assertEqual(named.pop("/etc/alternatives/awk"), "--add /etc/alternatives/awk")
        self.assertEqual(named.pop("libzstd.so.1"), "--library libzstd.so.1")
        self.assertEqual(named.pop("gawk"), "--add /usr/bin/gawk")
        self.assertEqual(named.pop("/usr/lib/x86_64-linux-gnu/gconv/CP1250.so"), "--gconv usual")
        self.assertEqual(named.pop("/usr/share/perl/5.36"), "--add /usr/share/perl/5.36", "a child's")
        for name in ("libnowhere.so.3", "no-such-program", "/usr/share/nothing/here"):
            self.assertEqual(named.pop(name), "is not on this machine either")
        self.assertEqual(named, {})
        self.assertEqual(self.said.out, b"0\n0\n0\n0\n0\n0\n0\n", self.said)
        again = self.folder(self.program, "--library", "libzstd.so.1", "--add", "/usr/bin/gawk", "--add", "/usr/share/rig/locdata.idx", name="again")
        self.assertEqual(self.missing(again, "open", "/usr/share/rig/locdata.idx", "load", "libzstd.so.1", "start", "gawk"), {})

    def test_what_nobody_misses(self):
        layer = self.folder(self.program)
        for words in (["stat", "/etc/ld.so.preload"], ["open", "/proc/nothing"], ["stat", "/usr/share/locale/de/LC_MESSAGES/x.mo"],
                      ["write", "/tmp/own"], ["write", "/tmp/own", "open", "/tmp/own"], ["open", "relative"],
                      ["open", "/home/sbx_user1051/.config"], ["stat", "/usr"], ["stat", "/usr/share"], ["load", "libc.so.6"]):
            self.assertEqual(self.missing(layer, *words), {}, words)

    def test_many_that_are_nowhere(self):
        layer = self.folder(self.program)
        words = [word for number in range(20) for word in ("open", f"/usr/share/nothing/{number}")]
        self.assertEqual(len(self.missing(layer, *words)), 8)
        self.assertIn("and 12 more", self.said.text)
        self.assertEqual(len(self.missing(layer, *words, options=["-v"])), 20)

    def test_dropped_by_slim(self):
        (self.scratch / "words").write_text("x")
        layer = self.folder(self.program, "--add", f"{self.scratch}/words:/usr/share/asks/words")
        (layer / "lib/asks/root/usr/share/asks/words").unlink()
        (layer / "lib/asks/dropped.json").write_text(json.dumps({"": ["libgone.so.1"], "root": {"usr": {"share": {"asks": {"": ["words"]}}}}}))
        named = self.missing(layer, "open", "/usr/share/asks/words", "load", "libgone.so.1", "open", "/usr/share/other")
        for name in ("/usr/share/asks/words", "libgone.so.1"):
            self.assertTrue(named[name].startswith("dropped by slim"), named)
        self.assertEqual(named["/usr/share/other"], "is not on this machine either")

    def test_interpreter_that_is_not_there(self):
        layer = self.folder(self.program)
        (layer / "bin/script").write_text("#!/usr/bin/gawk -f\n")
        (layer / "bin/script").chmod(0o755)
        shutil.copy(self.program, layer / "bin/bare")
        broken = bytearray((layer / "bin/bare").read_bytes())
        broken[40:48] = b"\xff" * 8  # e_shoff, which no kernel reads
        (layer / "bin/broken").write_bytes(broken)
        (layer / "bin/broken").chmod(0o755)
        (layer / "bin/nothing").write_text("#!")
        (layer / "bin/nothing").chmod(0o755)
        done = bundle("run", layer, "--missing", "--", "nothing", env=TOOLS)
        self.assertEqual(done.status, 4, done)
        self.assertNotIn("all that was looked for was found", done.text)
        for name, asked in (("script", "/usr/bin/gawk"), ("bare", "/lib64/ld-linux-x86-64.so.2"), ("broken", "/lib64/ld-linux-x86-64.so.2")):
            done = bundle("run", layer, "--missing", "--", name, env=TOOLS)
            self.assertEqual(done.status, 4, done)
            self.assertIn(f"  {asked}  ", done.text)

    def test_same_answers_as_unwatched(self):
        layer = self.folder(self.program)
        words = ["open", "/proc/self/status", "start", "asks", "child", "/x", "write", "/tmp/own", "open", "/tmp/own"]
        plain = bundle("run", layer, "--", "asks", *words, env=TOOLS)
        self.missing(layer, *words)
        self.assertEqual((self.said.status, self.said.out), (plain.status, plain.out))


main()
