#!/usr/bin/python3
"""`bundle slim`: less of a bundle, by what runs of it use. What stays works as before, what went is named, the same bytes come
without a run from the record, and nothing half done is ever left."""

import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

from field import BUNDLE, COPIES, FieldCase, bundle, in_root, main, tree, unzip

NOBODY = 65534
# Reads what it is told from its own data, loads a plugin by its path, or throws itself out of a thread.
APP = COPIES + r"""
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
static void *waits(void *none) { for (;;) pause(); return none; }
int main(int argc, char **argv) {
  if (argc < 2) return copy();
  if (strcmp(argv[1], "cancel") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, waits, NULL);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    return puts("cancelled") < 0;
  }
  if (strcmp(argv[1], "fail") == 0) return 3;
  if (strcmp(argv[1], "sleep") == 0) { printf("asleep\n"); fflush(stdout); FILE *told = fopen("asleep", "w"); fclose(told); sleep(60); }
  if (strcmp(argv[1], "plugin") == 0) {
    void *library = dlopen(argv[2], RTLD_NOW);
    int (*answer)(void) = library ? (int (*)(void))dlsym(library, "answer") : NULL;
    if (answer == NULL) { puts("no plugin"); return 1; }
    printf("%d\n", answer());
    return 0;
  }
  if (strcmp(argv[1], "list") == 0) {
    int count = 0;
    DIR *folder = opendir("/usr/share/app");
    while (folder != NULL && readdir(folder) != NULL) ++count;
    printf("%d\n", folder == NULL ? -1 : count);
    return 0;
  }
  FILE *file = fopen(argv[1], "r");
  char line[80];
  if (file == NULL) { printf("no %s\n", argv[1]); return 1; }
  printf("%s", fgets(line, sizeof line, file));
  return 0;
}
"""


class Slim(FieldCase):
    @classmethod
    def setUpClass(cls):
        """The programs and the bundle are made once; each test has a copy."""
        super().setUpClass()
        maker = cls("made")
        maker.setUp = lambda: None
        FieldCase.setUp(maker)
        cls.addClassCleanup(shutil.rmtree, maker.scratch)
        maker.compiled("home/app", APP)
        maker.compiled("home/libhelper.so", "int helped(void) { return 40; }\n", "-shared", "-fPIC", "-Wl,-soname,libhelper.so")
        for name, value in (("one", 1), ("two", 2)):
            maker.compiled(f"home/lib{name}.so", f"extern int helped(void); int answer(void) {{ return helped() + {value}; }}\n",
                           "-shared", "-fPIC", "-L", maker.scratch / "home", "-lhelper")
        home = maker.scratch / "home"
        for name in ("first", "second"):
            (home / name).write_text(f"{name}\n" * 200)
        (home / "choice").write_text("c")
        cls.options = [home / "app", "-L", home]
        for name in ("first", "second", "choice"):
            cls.options += ["--add", f"{home}/{name}:/usr/share/app/{name}"]
        for name in ("one", "two"):
            cls.options += ["--plugin", f"{home}/lib{name}.so:/usr/lib/app/lib{name}.so"]
        cls.made_once = maker.scratch / "whole.zip"
        maker.made(*cls.options, "-o", cls.made_once)

    def setUp(self):
        super().setUp()
        self.scratch.chmod(0o755)
        self.whole = Path(shutil.copy(self.made_once, self.scratch))
        self.outcome = tree(self.scratch)

    def slim(self, *arguments, layer=None, out="slim.zip", **more):
        """Slims and insists on success; the unpacked folder. What was printed is in self.printed."""
        done = bundle("slim", layer or self.whole, "-o", f"{self.scratch}/{out}", *arguments, **more)
        self.assertEqual(done.status, 0, done)
        self.printed = done.text
        if out.endswith("/"):
            return self.scratch / out.rstrip("/")
        return unzip(self.scratch / out, self.scratch / out.removesuffix(".zip"))

    def names(self, layer):
        return {path.name for path in layer.rglob("*") if path.is_file()}

    def says(self, layer, want, *arguments, status=0, **more):
        for at in ("/opt", "/srv/a b"):
            there = in_root([f"{at}/bin/app", *arguments], layer, at=at, **more)
            self.assertEqual((there.status, there.out.decode().strip()), (status, want), there)

    def test_what_a_run_used_stays_with_all_that_it_needs(self):
        slim = self.slim("--run", "app /usr/share/app/first", "--run", "app plugin /usr/lib/app/libone.so")
        self.says(slim, "first", "/usr/share/app/first")
        self.says(slim, "41", "plugin", "/usr/lib/app/libone.so")
        self.says(slim, "no plugin", "plugin", "/usr/lib/app/libtwo.so", status=1)
        self.says(slim, "no /usr/share/app/second", "/usr/share/app/second", status=1)
        self.says(slim, "cancelled", "cancel")  # by libgcc_s.so.1, which neither run opened
        self.assertLessEqual({"libone.so", "libhelper.so", "libgcc_s.so.1"}, self.names(slim))
        self.assertIn("less  ", self.printed)
        self.assertRegex(self.printed, r"slim\.zip: \d+ of \d+ files, [\d.]+ MB of [\d.]+ MB unpacked \(\d+\.\d%\), [\d.]+ MB zipped\n$")

    def test_what_is_told_of_it_is_true(self):
        slim = self.slim("--run", "app /usr/share/app/first", out="slim/")
        manifest = json.loads((slim / "lib/app/manifest.json").read_text())
        listed = {entry["path"]: entry["size"] for entry in manifest["files"]}
        there = {str(path.relative_to(slim)): path.stat().st_size for path in slim.rglob("*") if path.is_file()}
        there.pop("lib/app/manifest.json")
        self.assertEqual(listed, there)
        dropped = json.loads((slim / "lib/app/dropped.json").read_text())
        self.assertEqual(dropped["root"]["usr"], {"lib": {"app": {"": ["libone.so", "libtwo.so"]}}, "share": {"app": {"": ["choice", "second"]}}})
        self.assertIn("libhelper.so", dropped[""])
        table = (slim / "lib/app/redirect.tab").read_bytes()
        self.assertIn(b"/usr/share/app", table)
        self.assertNotIn(b"/usr/lib/app", table, "what is gone is not answered for")
        # Replaced as an output of ours is, and slimmed once more: what went before is still told.
        again = self.slim("--run", "app", "-f", layer=f"{self.slim('--run', 'app /usr/share/app/first', out='less/')}/", out="slim/")
        gone = json.loads((again / "lib/app/dropped.json").read_text())["root"]["usr"]
        self.assertEqual(gone, {"lib": {"app": {"": ["libone.so", "libtwo.so"]}}, "share": {"app": {"": ["choice", "first", "second"]}}})

    def test_the_record_gives_the_same_bytes_without_a_run(self):
        record = self.scratch / "used.json"
        self.slim("--run", "app plugin /usr/lib/app/libone.so", "--keep", "*/second", "--record", record)
        told = json.loads(record.read_text())
        self.assertEqual((told["programs"], told["keep"]), (["/usr/bin/app"], ["*/second"]))
        self.assertIn("/usr/lib/app/libone.so", told["used"])
        self.assertNotIn(str(self.scratch), record.read_text())
        want = (self.scratch / "slim.zip").read_bytes()
        self.made(*self.options, "--only-used", record, "-o", self.scratch / "again.zip")
        self.assertEqual((self.scratch / "again.zip").read_bytes(), want)
        self.assertIn("--only-used leaves", self.made(*self.options, "--only-used", record, "--dry-run").text)
        self.slim("--only-used", record, out="third.zip")
        self.assertEqual((self.scratch / "third.zip").read_bytes(), want)
        unzip(self.whole, self.scratch / "folder")
        self.slim("--only-used", record, layer=self.scratch / "folder", out="fourth.zip")
        self.assertEqual((self.scratch / "fourth.zip").read_bytes(), want)
        self.assertNotIn(os.fsencode(self.scratch.name), b"".join(path.read_bytes() for path in (self.scratch / "slim").rglob("*")
                                                                if path.is_file()), "no private path")

    def test_names_that_are_no_text(self):
        """JSON is UTF-8, and names are bytes: the manifest, the record and --keep mean the same file all the same."""
        data = self.scratch / "data"
        data.mkdir()
        for name in (b"caf\xe9", b"caf\xe8", b"new\nline", b"big\xff"):
            (data / os.fsdecode(name)).write_bytes(name * 500)
        whole = self.scratch / "odd.zip"
        self.made(self.options[0], *self.options[1:3], "--add", f"{data}:/usr/share/odd", "-o", whole)
        self.slim("--run", os.fsdecode(b"app /usr/share/odd/caf\xe8"), "--keep", os.fsdecode(b"*big\xff"), "--record", self.scratch / "r.json",
                  layer=whole, out="one.zip")
        self.slim("--only-used", self.scratch / "r.json", layer=whole, out="two.zip")
        self.assertEqual((self.scratch / "one.zip").read_bytes(), (self.scratch / "two.zip").read_bytes())
        names = [name.encode("cp437") for name in zipfile.ZipFile(self.scratch / "one.zip").namelist() if not name.endswith("/")]
        self.assertEqual({os.path.basename(name) for name in names if b"/share/odd/" in name}, {b"caf\xe8", b"big\xff"})
        for archive in (whole, self.scratch / "one.zip"):
            done = bundle("verify", archive)
            self.assertEqual((done.status, len(done.text.splitlines())), (0, 1), done)

    def test_a_folder_that_was_listed_is_there(self):
        slim = self.slim("--run", "app list", "--record", self.scratch / "r.json")
        self.says(slim, "3", "list")  # '.', '..' and the file that is hardly more than its name
        (self.scratch / "r.json").write_text(json.dumps({**json.loads((self.scratch / "r.json").read_text()), "used": ["/usr/share/app/"]}))
        slim = self.slim("--only-used", self.scratch / "r.json", out="empty/")
        self.assertEqual(list((slim / "lib/app/root/usr/share/app").iterdir()), [])
        self.says(slim, "2", "list")
        self.assertFalse((self.slim("--run", "app", out="none/") / "lib/app/root/usr/share").exists())

    def test_what_is_named_stays(self):
        for glob in ("/usr/share/app/second", "/usr/share/app", "seco*", "*/app/s*d"):
            with self.subTest(glob):
                slim = self.slim("--run", "app", "--keep", glob, "-f", out="kept/")
                self.assertIn("second", self.names(slim))
                self.assertEqual("first" in self.names(slim), glob == "/usr/share/app")
        self.slim("--run", "app", "--keep", "nothing*", out="all.zip")
        self.assertIn("--keep 'nothing*' is the name of nothing in the bundle", self.printed)

    def test_jobs_have_inputs_variables_and_one_folder(self):
        (self.scratch / "in put").write_text("given\n")
        (self.scratch / "mine").mkdir()
        (self.scratch / "mine/x").write_text("x\n")
        self.slim("--input", self.scratch / "in put", "--input", self.scratch / "mine", "--run", "app 'in put'", "--run", "app mine/x",
                  "--run", "app < '%s'" % (self.scratch / "in put"))
        (self.scratch / "other").mkdir()
        (self.scratch / "other/mine").write_text("other\n")
        done = bundle("slim", self.whole, "-o", self.scratch / "no.zip", "--input", self.scratch / "mine", "--input",
                      self.scratch / "other/mine", "--run", "app mine")
        self.assertEqual((done.status, "inputs of different names" in done.text), (2, True), done)
        for wrong, said in (("app | app", "'|'"), ("app 'x", "does not end"), ("X=1", "names no program"), ("other", "has no program"),
                            ("app < /not/there", "cannot be the input")):
            done = bundle("slim", self.whole, "-o", self.scratch / "no.zip", "--run", wrong)
            self.assertEqual(done.status, 2, done)
            self.assertIn(said, done.text)

    def test_a_run_that_fails_slims_nothing(self):
        for run, said in (("app fail", "ended with 3"), ("app sleep", "ran out of time"), ("app /usr/share/none", "ended with 1")):
            done = bundle("slim", self.whole, "-o", self.scratch / "no.zip", "--record", self.scratch / "no.json", "--timeout", "1", "--run", run)
            self.assertEqual(done.status, 3, done)
            self.assertIn(said, done.text)
        self.assertEqual(tree(self.scratch), self.outcome, "nothing is left, nothing was touched")
        self.slim("--run", "app fail", "--run", "app", "--expect", "0,3")

    def test_an_interrupted_run_leaves_nothing(self):
        temporary = self.scratch / "tmp"
        temporary.mkdir()
        before = tree(self.scratch)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([BUNDLE, "slim", self.whole, "-o", self.scratch / "no.zip", "--run", "app sleep"],
                                       env={"PATH": "/usr/bin:/bin", "TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL)
            deadline = time.monotonic() + 20
            while not list(temporary.glob("*/work/asleep")) and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertTrue(list(temporary.glob("*/work/asleep")), "it runs")
            process.send_signal(number)
            process.wait(20)
            self.assertEqual(process.returncode, -number)
            self.assertEqual(tree(self.scratch), before)

    def test_records_of_others_are_refused(self):
        record = self.scratch / "r.json"
        good = {"format": 1, "record": "used", "programs": ["/usr/bin/app"], "keep": [], "used": []}
        for text, said in (("", "no JSON"), ("[]", "other JSON"), ('{"a": 1}', "other JSON"), ("[" * 100_000, "no JSON"),
                           (json.dumps({**good, "used": [1]}), "no name"), (json.dumps({**good, "used": None}), "no list"),
                           (json.dumps({**good, "format": 7}), "another format"),
                           (json.dumps({**good, "programs": ["/usr/bin/rig"]}), "is one of /usr/bin/rig, and tells nothing of /usr/bin/app")):
            record.write_text(text)
            for command in (["slim", self.whole], self.options):
                done = bundle(*command, "--only-used", record, "-o", self.scratch / "no.zip")
                self.assertIn(done.status, (1, 2), done)
                self.assertIn(said, done.text)
        record.write_text(json.dumps({**good, "used": ["/usr/share/app/first", "/usr/share/app/third", "/../../etc/passwd"]}))
        self.slim("--only-used", record)
        self.assertIn("2 of the 3 files that the record names are not in the bundle", self.printed)

    def test_the_layer_and_what_is_not_ours_stay(self):
        folder = unzip(self.whole, self.scratch / "folder")
        (folder / "host.json").write_text("{}")
        slim = self.slim("--run", "app", layer=folder, out="slim/")
        self.assertTrue((slim / "host.json").exists(), "no manifest lists it")
        before = tree(folder)
        for output in (f"{folder}/", f"{folder}/lib/out.zip"):
            done = bundle("slim", folder, "-f", "-o", output, "--run", "app")
            self.assertEqual(done.status, 2, done)
        done = bundle("slim", self.whole, "-o", self.scratch / "x.zip", "--run", "app", "--record", self.whole)
        self.assertEqual(done.status, 2, done)
        self.assertEqual(tree(folder), before)
        for output, record in (("x.zip", "x.zip"), ("x/", "x/r.json"), ("x.zip", "folder/r.json")):
            done = bundle("slim", folder, "-o", f"{self.scratch}/{output}", "--run", "app", "--record", self.scratch / record)
            self.assertEqual((done.status, "by --record" in done.text), (2, True), done)
            self.assertFalse((self.scratch / output).exists())
        self.assertEqual(tree(folder), before)
        self.assertEqual(self.outcome["whole.zip"], tree(self.scratch)["whole.zip"])
        shutil.rmtree(folder / "lib/app/root")
        (folder / "lib/app/manifest.json").unlink()
        done = bundle("slim", folder, "-o", self.scratch / "x.zip", "--run", "app")
        self.assertIn("holds no manifest", done.text)

    def test_formats_and_targets(self):
        for name in ("slim.tar", "slim.tar.gz", "slim.sh", "slim.oci/"):
            done = bundle("slim", self.whole, "-o", f"{self.scratch}/{name}", "--run", "app /usr/share/app/first")
            self.assertEqual(done.status, 0, done)
        for target, launcher in (("azure-functions", "tools/app/bin/app"), ("plain", "bin/app")):
            whole = self.scratch / f"{target}.zip"
            self.made(*self.options, "--target", target, "-o", whole)
            slim = self.slim("--run", "app /usr/share/app/first", layer=whole, out=f"{target}-slim.zip")
            self.assertTrue((slim / launcher).exists())
            self.assertNotIn("libtwo.so", self.names(slim))
        streamed = bundle("slim", self.whole, "-o", "-", "--format", "tar", "--run", "app /usr/share/app/first")
        self.assertEqual(streamed.out, (self.scratch / "slim.tar").read_bytes(), streamed.err)

    def test_anybody_may(self):
        if os.geteuid() != 0:
            self.skipTest("nobody else is needed")
        place = self.scratch / "his"
        place.mkdir()
        os.chown(place, NOBODY, NOBODY)
        shutil.copy(self.whole, place / "whole.zip")
        slim = self.slim("--run", "app /usr/share/app/first", layer=place / "whole.zip", out="his/slim.zip", user=NOBODY, group=NOBODY,
                         extra_groups=[], env={"PATH": "/usr/bin:/bin", "TMPDIR": str(place)})
        self.says(slim, "first", "/usr/share/app/first")
        self.assertEqual(sorted(os.listdir(place)), ["slim", "slim.zip", "whole.zip"])

    def test_a_hangup_that_is_ignored_ends_nothing(self):
        process = subprocess.Popen([BUNDLE, "slim", self.whole, "-o", self.scratch / "x.zip", "--timeout", "2", "--run", "app sleep"],
                                   env={"PATH": "/usr/bin:/bin", "TMPDIR": str(self.scratch)}, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        while not list(self.scratch.glob("*/work/asleep")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(60), 3, "it ran out of its own time")

    def test_what_is_left_is_in_order(self):
        """The bundle of the end-to-end suite, and one of several programs, of which a run uses one."""
        for programs, command in ((["rig"], "rig"), (["jq", "xz", "sqlite3"], "jq -n 1")):
            whole = self.scratch / f"{programs[0]}.zip"
            self.made(*programs, "-o", whole)
            self.slim("--run", command, layer=whole, out="left.zip")
            done = bundle("verify", self.scratch / "left.zip")
            self.assertRegex(done.text, r"\A[^\n]*: in order for [^\n]*\n\Z")
            for program in programs[1:]:
                self.assertEqual(bundle("run", self.scratch / "left.zip", "--", program, "--version").status, 0, program)
            shutil.rmtree(self.scratch / "left")
            (self.scratch / "left.zip").unlink()

    def test_git_goes_on_with_what_it_used(self):
        whole = self.scratch / "git.zip"
        self.made("git", "-o", whole)
        slim = self.slim("--run", "git init -q r", "--run", "git -C r status --short", "--record", self.scratch / "git.json", layer=whole)
        sizes = [sum(entry.file_size for entry in zipfile.ZipFile(path).infolist()) for path in (whole, self.scratch / "slim.zip")]
        self.assertLess(sizes[1] * 4, sizes[0])
        self.assertNotIn("git-worktree", self.names(slim), "another name of a program that stays")
        done = in_root(["/opt/bin/git", "init", "-q", "/tmp/again"], slim)
        self.assertEqual((done.status, done.out), (0, b""), done)
        other = in_root(["/opt/bin/git", "ls-remote", "https://localhost/x"], slim)
        self.assertIn(other.status, (128, 141), other)  # it may still write to who is not there
        self.assertIn(b"remote-https", other.err)
        self.made("git", "--only-used", self.scratch / "git.json", "-o", self.scratch / "again.zip")
        self.assertEqual((self.scratch / "again.zip").read_bytes(), (self.scratch / "slim.zip").read_bytes())


if __name__ == "__main__":
    main()
