#!/usr/bin/python3
"""Everyday programs, bundled as they are, run from the layer as on the host: same stdout, same exit status.

Each runs in three places: an empty root with the layer at /opt; a root whose library folders hold a decoy for every
library of the program, as Lambda's hold another distribution's; and an empty root with the layer in a folder of
another name, with a space in it.
"""

import re
import shutil
from pathlib import Path

import sandbox
from sandbox import HOST, Case, host_libraries, in_root, make_decoys, run

ELSEWHERE = "/home/user/my tools"
TEXT = b"".join(b"line %d of some text that compresses\n" % n for n in range(2000))

# What is bundled, then what is run with it: arguments, stdin. The first item of a run is the name in bin/.
PROGRAMS = {
    "sqlite3": [(["sqlite3", ":memory:", "select sqlite_version(), sum(value*value) from generate_series(1,1000);"], b""),
                (["sqlite3", ":memory:", "select * from nowhere;"], b"")],
    "jq": [(["jq", "-c", "[.[] | {name, n: (.n * 2)}]"], b'[{"name": "a", "n": 21, "m": 0}, {"name": "b", "n": 0.5}]'),
           (["jq", "."], b"{not json")],
    "openssl": [(["openssl", "dgst", "-sha256"], TEXT), (["openssl", "dgst", "-blake2b512"], TEXT)],
    "xz": [(["xz", "-9c"], TEXT), (["xz", "-dc"], b"this is not xz")],
    "bash": [(["bash", "-c", 'x=$((6*7)); printf "%s %s\\n" "$x" "${0##*/}"; exit 9'], b""),
             (["bash", "-c", "kill -TERM $$"], b"")],
    "ffmpeg": [(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=0.2", "-bitexact",
                 "-f", "wav", "-"], b"")],
    "gdb": [(["gdb", "--version"], b"")],
    "cmake": [(["cmake", "--version"], b"")],
    "node": [(["node", "-p", "[1,2,3].map(x => x ** 20).join() + require('crypto').createHash('sha1').update('x')"
               ".digest('hex') + new Intl.NumberFormat('de').format(1234567.5)"], b""),
             (["node", "-e", "process.exit(7)"], b"")],
}


class Programs(Case):
    def places(self, name, layer, runs):
        """Runs each in the three places and holds it against the host."""
        decoys = make_decoys(self.scratch / "decoys", self.closure_names(name, layer))
        for argv, stdin in runs:
            here = run(argv, stdin=stdin, env=HOST, cwd=self.scratch)
            with self.subTest(argv=argv, place="empty root"):
                self.assert_same(here, in_root(argv, layer, stdin=stdin))
            with self.subTest(argv=argv, place="decoy root"):
                there = in_root(argv, layer, stdin=stdin,
                                binds=[(decoys, at) for at in sandbox.LIBRARY_FOLDERS])
                self.assertNotIn(b"POISON", there.out + there.err, there)
                self.assert_same(here, there)
            with self.subTest(argv=argv, place="elsewhere"):
                path = [f"{ELSEWHERE}/bin/{argv[0]}", *argv[1:]]
                self.assert_same(here, in_root(path, layer, at=ELSEWHERE, stdin=stdin))

    def closure_names(self, name, layer):
        bundled = {path.name for path in (layer / "lib").rglob("*") if ".so" in path.name}
        return bundled | host_libraries(shutil.which(name)) | {"ld-linux-x86-64.so.2"}

    def test_ffmpeg_is_a_large_closure(self):
        self.assertGreater(len(host_libraries(shutil.which("ffmpeg"))), 80)

    def test_rig(self):
        """rig draws at random: what it prints has to come from its data, which the root has at another path."""
        data = Path("/usr/share/rig")
        words = {name: [line.split(" ")[0].strip() for line in (data / f"{name}.idx").read_text().splitlines()]
                 for name in ("mnames", "fnames", "lnames")}
        layer = self.layer("rig")
        decoys = make_decoys(self.scratch / "decoys", self.closure_names("rig", layer))
        for place in ([], [(decoys, at) for at in sandbox.LIBRARY_FOLDERS]):
            seen = set()
            for _ in range(5):
                there = in_root(["rig", "-d", "/mnt/words"], layer, binds=[(data, "/mnt/words"), *place])
                self.assertEqual(there.status, 0, there)
                lines = there.out.decode().splitlines()
                name = lines[0].split(" ")
                self.assertIn(name[0], words["mnames"] + words["fnames"])
                # rig draws one past the end of its list now and then, here as on the host, and prints no last name.
                self.assertIn(" ".join(name[1:]), words["lnames"] + [""])
                self.assertRegex(lines[1], r"^\d+ \S")
                self.assertRegex(lines[2], r"^.+, [A-Z][A-Z]  \d{5}$")
                seen.add(there.out)
            self.assertGreater(len(seen), 1, "five runs, one outcome")
        self.assert_same(run(["rig", "-d", "/nowhere"], env=HOST), in_root(["rig", "-d", "/nowhere"], layer))

    def test_node_knows_its_own_path(self):
        layer = self.layer("node")
        there = in_root(["node", "-p", "process.execPath + ' ' + process.title + ' ' + process.argv0"], layer)
        self.assertEqual(there.out.decode().split(), ["/opt/lib/node/root/usr/bin/node", "node", "node"], there)

    def test_node_with_a_child(self):
        """fork() starts process.execPath again: through the rewritten program, not through the launcher."""
        script = self.scratch / "child.js"
        script.write_text("if (process.argv[2]) process.send(process.argv[2] + process.execPath);\n"
                          "else require('child_process').fork(__filename, ['x']).on('message', m => console.log(m));\n")
        there = in_root(["node", "/mnt/child.js"], self.layer("node"), binds=[(script, "/mnt/child.js")])
        self.assertEqual((there.status, there.out), (0, b"x/opt/lib/node/root/usr/bin/node\n"), there)

    def test_signals_and_streams_pass_through(self):
        """What the launcher stands between: stdin, stdout, stderr, death by a signal."""
        layer = self.layer("bash")
        for script in ("cat_() { while read -r l; do echo \"$l\"; done; }; cat_; echo done >&2", "kill -SEGV $$", "exit 255"):
            argv = ["bash", "-c", script]
            here, there = run(argv, stdin=b"a\nb\n", env=HOST), in_root(argv, layer, stdin=b"a\nb\n")
            self.assert_same(here, there)
            self.assertEqual(here.err, there.err)

    def seen_by_bash(self, layer, env):
        """What bash in the layer prints of its arguments and environment, and what the host's prints: lines."""
        script = 'printf "%s|" "$0" "$@"; echo; declare -px'
        argv = ["bash", "-c", script, "zero", "", "two words", "new\nline", "-x", "\xe9\u20ac"]
        there = in_root(argv, layer, env=env)
        self.assertEqual(there.status, 0, there)
        here = run(argv, env={**env, "PWD": "/tmp"}, cwd="/tmp", executable="/usr/bin/bash")
        return there.out.decode().splitlines(), here.out.decode().splitlines()

    def test_environment_and_arguments_pass_through(self):
        """Line for line, with data in the bundle and without: no variable is added, changed or lost."""
        env = {**sandbox.LAMBDA, "EMPTY": "", "LD_BIND_NOW": "1", "ODD": "a=b\nc", "TZDIR": "/own"}
        for options in ([], ["--no-discover"]):
            with self.subTest(options):
                there, here = self.seen_by_bash(self.layer("bash", *options, name="-".join(["bash", *options])), env)
                self.assertEqual(there, here)


class RunPath(Case):
    def test_a_runpath_bundle_needs_no_variable(self):
        """Nothing inherits a DT_RUNPATH: libjq.so.1 finds libm.so.6 by its own."""
        layer = self.layer("jq", "--runpath")
        for at in ("/opt", "/srv/elsewhere"):
            with self.subTest(at):
                there = in_root([f"{at}/bin/jq", "-c", ".a|floor"], layer, at=at, env={"LANG": "C"}, stdin=b'{"a": 1.5}')
                self.assertEqual((there.status, there.out), (0, b"1\n"), there)


class Poison(Case):
    """That the decoy root can fail: a bundle that is open to the target's libraries is caught by it."""

    def test_a_runpath_bundle_loads_the_decoys(self):
        layer = self.layer("sqlite3", "--runpath")
        names = host_libraries("/usr/bin/sqlite3")
        decoys = make_decoys(self.scratch / "decoys", names)
        there = in_root(["sqlite3", ":memory:", "select 1;"], layer,
                        binds=[(decoys, at) for at in sandbox.LIBRARY_FOLDERS])
        self.assertIn(b"POISON", there.out)
        self.assertEqual(there.status, 66, there)

    def test_each_decoy_poisons(self):
        decoys = make_decoys(self.scratch / "decoys", ["libz.so.1", "libc.so.6"])
        for name in ("libz.so.1", "libc.so.6"):
            there = run(["/usr/bin/env", "true"], env={"LD_PRELOAD": str(decoys / name)})
            self.assertEqual((there.status, there.out), (66, b"POISON\n"), name)
            soname = re.search(r"SONAME.*\[(.*)\]", run(["readelf", "-d", decoys / name]).out.decode())
            self.assertEqual(soname.group(1), name)


def add_tests():
    for name, runs in PROGRAMS.items():
        def test(self, name=name, runs=runs):
            self.places(name, self.layer(name), runs)
        setattr(Programs, f"test_{name}", test)


add_tests()
if __name__ == "__main__":
    sandbox.main()
