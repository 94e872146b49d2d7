#!/usr/bin/python3
"""What lies in a layer, and how layers live together."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import sandbox
from sandbox import HOST, Case, bundle, in_root, run, tree, unzip


class Together(Case):
    def test_two_layers_unpacked_over_each_other(self):
        opt = self.scratch / "opt"
        for name in ("jq", "sqlite3"):
            self.made(name, "-o", self.scratch / f"{name}.zip")
            unzip(self.scratch / f"{name}.zip", opt)
        self.assert_same(run(["jq", "-n", "6*7"], env=HOST), in_root(["jq", "-n", "6*7"], opt))
        query = ["sqlite3", ":memory:", "select 6*7;"]
        self.assert_same(run(query, env=HOST), in_root(query, opt))

    def test_nothing_lies_where_every_process_looks_for_libraries(self):
        layer = self.layer("jq", "sqlite3", "--name", "tools")
        self.assertEqual(sorted(os.listdir(layer)), ["bin", "lib"])
        self.assertEqual(os.listdir(layer / "lib"), ["tools"])
        self.assertEqual(sorted(os.listdir(layer / "bin")), ["jq", "sqlite3"])

    def test_two_programs_share_one_closure(self):
        layer = self.layer("jq", "xz")
        self.assertEqual(os.listdir(layer / "lib"), ["jq"])
        self.assertEqual(len(list(layer.rglob("libc.so.6"))), 1)
        self.assert_same(run(["jq", "-n", "[1]"], env=HOST), in_root(["jq", "-n", "[1]"], layer))
        self.assert_same(run(["xz", "-c"], stdin=b"x", env=HOST), in_root(["xz", "-c"], layer, stdin=b"x"))

    def test_flat(self):
        layer = self.layer("jq", "--flat")
        self.assertTrue((layer / "lib/libc.so.6").is_file())
        self.assert_same(run(["jq", "-n", "6*7"], env=HOST), in_root(["jq", "-n", "6*7"], layer))

    def test_rename(self):
        layer = self.layer("jq", "--rename", "jq=query")
        self.assertEqual(os.listdir(layer / "bin"), ["query"])
        self.assert_same(run(["jq", "-n", "6*7"], env=HOST), in_root(["query", "-n", "6*7"], layer))

    def test_prefix(self):
        layer = self.layer("jq", "--prefix", "/srv/tools")
        there = in_root(["/srv/tools/bin/jq", "-n", "6*7"], layer, at="/srv/tools")
        self.assertEqual((there.status, there.out), (0, b"42\n"), there)

    def test_a_folder_instead_of_a_zip_holds_the_same(self):
        self.made("jq", "-o", f"{self.scratch}/plain/")
        layer = self.layer("jq")
        self.assertEqual(tree(self.scratch / "plain"), tree(layer))

    def test_a_static_program_is_taken_as_it_is(self):
        source = self.scratch / "hello.c"
        source.write_text('#include <stdio.h>\nint main(int c, char** v) { printf("%d %s\\n", c, v[1]); return 3; }\n')
        for flag in ("-static", "-static-pie"):
            program = self.scratch / f"hello{flag}"
            built = run(["gcc", flag, source, "-o", program])
            self.assertEqual(built.status, 0, built)
            layer = self.layer(program, name=f"layer{flag}")
            there = in_root([f"hello{flag}", "x"], layer)
            self.assertEqual((there.status, there.out), (3, b"2 x\n"), there)
            same = [path for path in layer.rglob(program.name) if path.is_file() and path.read_bytes() == program.read_bytes()]
            self.assertEqual(len(same), 1, "the program itself is in the layer, unchanged")

    def test_library_path(self):
        """-L is searched as LD_LIBRARY_PATH is, and the library's folder leaves no trace."""
        secret = self.scratch / "secret-user-name"
        secret.mkdir()
        (secret / "answer.c").write_text("int answer(void) { return 42; }\n")
        (secret / "main.c").write_text("int answer(void); int main(void) { return answer(); }\n")
        self.assertEqual(run(["gcc", "-shared", "-fPIC", "answer.c", "-o", "libanswer.so"], cwd=secret).status, 0)
        self.assertEqual(run(["gcc", "main.c", "-L.", "-lanswer", "-o", "ask"], cwd=secret).status, 0)
        (secret / "private-library-folder").mkdir()
        (secret / "libanswer.so").rename(secret / "private-library-folder/libanswer.so")

        missing = bundle(secret / "ask", "-o", self.scratch / "layer.zip")
        self.assertEqual(missing.status, 1, missing)
        self.assertIn("libanswer.so", missing.text)

        layer = self.layer(secret / "ask", "-L", secret / "private-library-folder")
        self.assertEqual(in_root(["ask"], layer).status, 42)
        for path in layer.rglob("*"):
            for word in ("secret-user-name", "private-library-folder"):
                self.assertNotIn(word, str(path))
                if path.is_file():
                    self.assertNotIn(word.encode(), path.read_bytes(), path)

    def test_no_private_path_is_in_the_layer(self):
        """A program with a run path into a home folder: the folder's name is nowhere, not even in dead bytes."""
        home = self.scratch / "secret-user-name"
        (home / "lib").mkdir(parents=True)
        (home / "answer.c").write_text("int answer(void) { return 42; }\n")
        (home / "main.c").write_text("int answer(void); int main(void) { return answer(); }\n")
        self.assertEqual(run(["gcc", "-shared", "-fPIC", "answer.c", "-o", "lib/libanswer.so"], cwd=home).status, 0)
        self.assertEqual(run(["gcc", "main.c", "-Llib", "-lanswer", f"-Wl,-rpath,{home}/lib", "-o", "ask"], cwd=home).status, 0)
        layer = self.layer(home / "ask")
        self.assertEqual(in_root(["ask"], layer).status, 42)
        found = [str(path) for path in layer.rglob("*")
                 if "secret-user-name" in str(path) or path.is_file() and b"secret-user-name" in path.read_bytes()]
        self.assertEqual(found, [])
        self.assertNotIn(b"secret-user-name", (self.scratch / "layer.zip").read_bytes())

    def test_data_that_is_added_is_found_where_the_program_looks(self):
        """The data folder is known since the program's build: a folder of this machine, which the root does not have."""
        program = os.environ["IDENTITY"]
        data = Path(__file__).resolve().parents[2] / "fixtures/identity/data"
        argv = ["identity", "--seed", "7", "--count", "3"]
        here = run([program, *argv[1:]], env=HOST)
        self.assertEqual(here.status, 0, here)
        self.assert_same(here, in_root(argv, self.layer(program, "--add", data)))
        without = in_root(argv, self.layer(program, name="without"))
        self.assertEqual(without.status, 1, without)
        self.assertIn(str(data), without.err.decode())

    def test_found_in_path(self):
        folder = self.scratch / "tools"
        folder.mkdir()
        shutil.copy("/usr/bin/jq", folder / "my-jq")
        self.made("my-jq", "-o", self.scratch / "out.zip", env={"PATH": f"{folder}:/usr/bin"})
        layer = unzip(self.scratch / "out.zip", self.scratch / "layer")
        self.assertEqual(in_root(["my-jq", "-n", "1"], layer).out, b"1\n")


class Manifest(Case):
    def test_it_is_true(self):
        layer = self.layer("sqlite3", "jq")
        manifest = json.loads((layer / "lib/sqlite3/manifest.json").read_text())
        files = {entry["path"]: entry for entry in manifest["files"]}
        there = {str(path.relative_to(layer)) for path in layer.rglob("*") if path.is_file()}
        self.assertEqual(there - {"lib/sqlite3/manifest.json"}, set(files))
        for path, entry in files.items():
            content = (layer / path).read_bytes()
            self.assertEqual(entry["sha256"], hashlib.sha256(content).hexdigest(), path)
            self.assertEqual(entry["size"], len(content), path)
            self.assertTrue(entry["why"], path)
            if "source" in entry:
                self.assertEqual(os.path.realpath(entry["source"]), entry["source"], path)
        self.assertTrue(any(entry.get("source") == "/usr/bin/sqlite3" for entry in files.values()))

    def test_packages_are_dpkgs(self):
        layer = self.layer("sqlite3")
        manifest = json.loads((layer / "lib/sqlite3/manifest.json").read_text())
        checked = 0
        for entry in manifest["files"]:
            if "source" not in entry:
                continue
            owner = None
            for spelling in (entry["source"], entry["source"].removeprefix("/usr")):
                asked = run(["dpkg-query", "-S", spelling])
                owner = owner or (asked.out.decode().split(": ")[0].split(":")[0] if asked.status == 0 else None)
            self.assertIsNotNone(owner, entry)
            version = run(["dpkg-query", "-W", "-f", "${Version}\n", owner]).out.decode().split("\n")[0]
            self.assertEqual((entry["package"], entry["version"]), (owner, version), entry["path"])
            checked += 1
        self.assertGreater(checked, 4)


if __name__ == "__main__":
    sandbox.main()
