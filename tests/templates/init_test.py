#!/usr/bin/env python3
"""`bundle init` itself: its kinds, what each of them takes, and that a project is written whole or not at all."""

import os
import re
import resource
import subprocess
import zipfile
from pathlib import Path

from template_case import BUNDLE, PLACES, PROGRAM, TemplateCase, bundle, main, tree

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


def kinds():
    """{name: what it is about}, by the help."""
    text = bundle("init").out.decode()
    return dict(re.findall(r"^  ([a-z-]+)  +(\S.*)$", text.split("Kinds:\n")[1].split("\n\n")[0], re.M))


class Init(TemplateCase):
    def targets(self):
        """{kind: the target that it takes, or any}, by what it says of a bundle for another one."""
        self.archives = {target: self.bundled(target) for target in PLACES}
        found = {}
        for kind in kinds():
            asked = {target: bundle("init", kind, "-o", self.scratch / "x" / target / kind, "--layer", archive)
                     for target, archive in self.archives.items()}
            takes = [target for target, done in asked.items() if done.status == 0]
            self.assertIn(len(takes), (1, 3), asked)
            found[kind] = takes[0] if len(takes) == 1 else "any"
            for target, done in asked.items():
                if target in takes:
                    continue
                self.assertEqual(done.status, 2, done)
                self.assertIn(PLACES[target], done.text)
                command = re.search(r"Make that by: bundle tool(?: --target (\S+))? -o \S+\.zip$", done.text.strip())
                self.assertTrue(command, done)
                self.assertEqual(command[1] or "aws-lambda", takes[0])
                self.assertFalse((self.scratch / "x" / target / kind).exists())
        return found

    def test_each_kind_takes_what_it_deploys(self):
        for kind, target in self.targets().items():
            with self.subTest(kind):
                platform = kind.split("-")[0]
                self.assertEqual({"aws": kind == "aws-bootstrap" and "aws-bootstrap" or "aws-lambda",
                                  "azure": "azure-functions"}.get(platform, "any"), target)
                target = PLACES if target == "any" else {target: 0}
                for each in target:
                    folder = self.scratch / "x" / each / kind
                    self.check_filled_in(folder)
                    readme = (folder / "README.md").read_text()
                    for word in ("Test", "Deploy", "Remove"):
                        self.assertRegex(readme, rf"(?m)^{word}\b[^\n]*(\n[^\n]+)*\n\n    \S", "says the command")
                    self.assertIn("bundle tool", readme)
                    if each == "azure-functions" and platform == "azure":
                        self.assertEqual(len(list(folder.glob("**/tools/tool/bin/tool"))), 1)

    def test_without_a_bundle(self):
        for kind in kinds():
            with self.subTest(kind):
                folder = self.scratch / kind
                done = bundle("init", kind, "-o", folder)
                self.assertEqual(done.status, 2, done)
                self.assertIn("--layer", done.text)
                self.assertIn("--program", done.text)
                done = bundle("init", kind, "-o", folder, "--program", "c++-7.2")
                self.assertEqual(done.status, 0, done)
                self.assertEqual(sorted(done.out.decode().split()), sorted(str(path) for path in folder.rglob("*") if path.is_file()))
                self.check_filled_in(folder)
                self.assertEqual(list(folder.rglob("*.zip")), [])
        for name in ("", "a b", "-x", "../x", "x;y", "."):
            done = bundle("init", "aws-sam", "-o", self.scratch / "none", "--program", name)
            self.assertEqual(done.status, 2, done)
        self.assertFalse((self.scratch / "none").exists())

    def test_the_list_of_kinds(self):
        listed = kinds()
        self.assertIn("aws-sam", listed)
        self.assertEqual(sorted(listed), sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir()), "each folder is a kind")
        for arguments in (["none-such", "-o", "x"], ["-o", "x"]):
            done = bundle("init", *arguments, cwd=self.scratch)
            self.assertEqual(done.status, 2, done)
            for kind, about in listed.items():
                self.assertRegex(done.text, f"(?m)^  {kind} +{re.escape(about)}$")
        done = bundle("init", "aws-sam", "--program", "x")
        self.assertEqual(done.status, 2, done)
        self.assertIn("-o DIR", done.text)
        self.assertEqual(os.listdir(self.scratch), [])

    def test_what_is_there_stays(self):
        """Whichever file it is that is there: nothing is written, and it is named."""
        archives = {target: self.bundled(target) for target in PLACES}
        for kind in kinds():
            made = self.scratch / "made" / kind
            archive = next(a for a in archives.values() if bundle("init", kind, "-o", made, "--layer", a).status == 0)
            files = [path.relative_to(made) for path in sorted(made.rglob("*")) if path.is_file()]
            unpacked = {path: Path(*path.parts[:path.parts.index("tools") + 2]) for path in files if "tools" in path.parts}
            files = [path for path in files if path not in unpacked] + list(unpacked)[:1]
            for number, name in enumerate(files):
                with self.subTest(kind=kind, name=str(name)):
                    folder = self.scratch / "there" / kind / str(number)
                    (folder / name).parent.mkdir(parents=True)
                    (folder / name).write_text("mine")
                    before = tree(folder)
                    done = bundle("init", kind, "-o", f"{folder}//", "--layer", archive)
                    self.assertEqual(done.status, 2, done)
                    self.assertIn(str(folder / unpacked.get(name, name)), done.text)
                    self.assertEqual(tree(folder), before)
            beside = self.scratch / "beside" / kind
            beside.mkdir(parents=True)
            (beside / "mine.txt").write_text("mine")
            self.made("init", kind, "-o", beside, "--layer", archive)
            (beside / "mine.txt").unlink()
            self.assertEqual(tree(beside), tree(made), "a folder that was there gets the same files")
            self.made("init", kind, "-o", beside, "--layer", archive, "--force")
            self.assertEqual(tree(beside), tree(made))

    def test_no_room(self):
        """Of files that are too large for this process, in a new folder and in one that was there: nothing is left."""
        large = self.scratch / "large"
        large.write_bytes(os.urandom(4_000_000))
        for kind, target in (("aws-sam", "aws-lambda"), ("azure-python", "azure-functions")):
            archive = self.bundled(target, more=("--add", f"{large}:/usr/share/tool/large"))
            there = self.scratch / kind / "there"
            there.mkdir(parents=True)
            (there / "mine.txt").write_text("mine")
            before = tree(self.scratch / kind)
            for folder in (there, self.scratch / kind / "new", self.scratch / kind / "a/b/c"):
                done = subprocess.run([BUNDLE, "init", kind, "-o", folder, "--layer", archive], capture_output=True, text=True,
                                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)))
                self.assertEqual(done.returncode, 4, done)
                self.assertIn(str(folder), done.stderr)
                self.assertEqual(tree(self.scratch / kind), before)

    def test_what_the_templates_are_told(self):
        """By bundles with a name of their own, of another architecture, with several programs."""
        self.compiled("other", "int main() { return 0; }")
        self.bundled(more=("--name", "pair", self.scratch / "other"))
        archive = self.scratch / "layer.zip"
        done = bundle("init", "aws-sam", "-o", self.scratch / "sam", "--layer", archive)
        self.assertEqual(done.status, 2, done)
        for word in ("--program", "tool", "other"):
            self.assertIn(word, done.text)
        self.made("init", "aws-sam", "-o", self.scratch / "sam", "--layer", archive, "--program", "other")
        template = (self.scratch / "sam/template.yaml").read_text()
        self.assertIn("/opt/bin/other", template)
        self.assertIn("lib/pair/manifest.json", template)

        arm = b"\x7fELF" + bytes(14) + b"\xb7\0" + bytes(44)
        for place, kind, status in (("bin/tool", "aws-cdk", 0), ("bin/tool", "github-actions", 0), ("tools/tool/bin/tool", "azure-python", 2)):
            archive = self.scratch / f"{kind}.zip"
            with zipfile.ZipFile(archive, "w") as made:
                made.writestr(place, arm)
            done = bundle("init", kind, "-o", self.scratch / kind, "--layer", archive)
            self.assertEqual(done.status, status, done)
            if status == 0:
                text = "".join(path.read_text() for path in (self.scratch / kind).rglob("*") if path.suffix in (".ts", ".yml"))
                self.assertIn("arm64", text)
                self.assertIn({"aws-cdk": "}.arm64;", "github-actions": "runs-on: ubuntu-24.04-arm"}[kind], text)
            else:
                self.assertIn("x86_64", done.text)

    def test_no_bundle_at_all(self):
        text = self.scratch / "text.zip"
        text.write_text("text")
        script = self.scratch / "script.zip"
        with zipfile.ZipFile(script, "w") as made:
            made.writestr("tools/tool/bin/tool", "#!/bin/sh\n")
        for layer, what in ((text, "is not a zip archive"), (self.scratch / "none.zip", "no such file"),
                            (script, "tools/tool/bin/tool is not an ELF program")):
            done = bundle("init", "azure-python", "-o", self.scratch / "new", "--layer", layer)
            self.assertEqual(done.status, 1, done)
            self.assertRegex(done.text, f"{layer}: {what}.*\\. Make it by: bundle PROGRAM --target azure-functions -o bundle.zip\n")
            self.assertFalse((self.scratch / "new").exists())

    def test_names_that_a_text_could_not_hold(self):
        """No project is written of them, and what is said is that, and not that bundle did not make the zip."""
        for name in ("a b", "\u00fcn\u00ef", "-dash", "$x"):
            program = self.compiled(name, "int main() { return 0; }")
            for target, kind in (("aws-lambda", "aws-sam"), ("aws-bootstrap", "aws-bootstrap"), ("azure-functions", "azure-python")):
                with self.subTest(name=name, target=target):
                    archive = self.scratch / "odd.zip"
                    self.made(program, "--target", target, "-o", archive, "--force")
                    done = bundle("init", kind, "-o", self.scratch / "new", "--layer", archive)
                    self.assertEqual(done.status, 1, done)
                    self.assertIn(f"holds '{name}', and a name in a project", done.text)
                    self.assertIn("--rename", done.text)
                    self.assertFalse((self.scratch / "new").exists())
                    self.made(program, "--rename", f"{name}=plain", "--target", target, "-o", archive, "--force")
                    self.made("init", kind, "-o", self.scratch / target / name, "--layer", archive)

    def test_the_program_of_a_function(self):
        """It is called bootstrap there: its name is the manifest's to tell, also of a bundle with a name of its own, and a flat one."""
        program = self.compiled("tool", PROGRAM)
        archive = self.scratch / "function.zip"
        for number, more in enumerate((["--name", "pair"], ["--flat"], ["--name", "a b"])):
            for handler in ([program], ["--handler", program]):
                with self.subTest(more=more, handler=handler):
                    self.made(*handler, *more, "--target", "aws-bootstrap", "-o", archive, "--force")
                    folder = self.scratch / f"{number}-{len(handler)}"
                    self.made("init", "aws-bootstrap", "-o", folder, "--layer", archive)
                    self.assertIn("bundle tool --target aws-bootstrap", (folder / "README.md").read_text())

    def test_where_the_manifest_lies(self):
        for more, place in ((["--flat"], "lib/manifest.json"), (["--name", "own"], "lib/own/manifest.json"), ([], "lib/tool/manifest.json")):
            archive = self.bundled(more=more)
            for kind in ("aws-sam", "aws-cdk", "aws-terraform", "aws-serverless", "makefile"):
                folder = self.scratch / place / kind
                self.made("init", kind, "-o", folder, "--layer", archive)
                texts = "".join(path.read_text() for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".ts", ".tf"))
                self.assertIn(f"see the packages in {place}\"", texts, kind)
            with zipfile.ZipFile(archive) as packed:
                self.assertIn(place, packed.namelist())

    def test_what_is_no_place_and_no_bundle(self):
        archive = self.bundled()
        done = bundle("init", "aws-sam", "-o", "-", "--layer", archive, cwd=self.scratch)
        self.assertEqual(done.status, 2, done)
        self.assertIn("a folder of files", done.text)
        self.assertFalse((self.scratch / "-").exists())
        done = bundle("init", "aws-sam", "-o", self.scratch / "new", "--layer", self.scratch)
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.text, "is a folder, and init takes a bundle as a zip. Make it by: bundle PROGRAM -o layer.zip")

    def test_a_file_in_the_place_of_the_folder(self):
        archive = self.bundled()
        for name in ("file", "folder/function"):
            (self.scratch / name).parent.mkdir(exist_ok=True)
            (self.scratch / name).write_text("mine")
            done = bundle("init", "aws-sam", "-o", self.scratch / name.split("/")[0], "--layer", archive)
            self.assertEqual(done.status, 2, done)
            self.assertIn(str(self.scratch / name), done.text)
            self.assertEqual((self.scratch / name).read_text(), "mine")
        self.assertEqual(os.listdir(self.scratch / "folder"), ["function"])

    def test_packages_that_are_none(self):
        """Entries that would be written elsewhere, links, damage: refused, with nothing left."""
        program = b"\x7fELF" + bytes(14) + b"\x3e\0" + bytes(44)
        for number, (name, mode) in enumerate((("tools/tool/../../../x", 0o100644), ("tools/tool//x", 0o100644), ("tools/tool/x", 0o120777))):
            archive = self.scratch / f"{number}.zip"
            with zipfile.ZipFile(archive, "w") as made:
                made.writestr("tools/tool/bin/tool", program)
                entry = zipfile.ZipInfo(name)
                entry.create_system, entry.external_attr = 3, mode << 16
                made.writestr(entry, "/etc/passwd")
            done = bundle("init", "azure-python", "-o", self.scratch / "new", "--layer", archive)
            self.assertEqual(done.status, 1, done)
            self.assertFalse((self.scratch / "new").exists())
            self.assertFalse((self.scratch / "x").exists())
        whole = self.bundled("azure-functions").read_bytes()
        middle = len(whole) // 2  # of what is compressed
        for number, content in enumerate((b"", b"no zip", whole[:-100], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:])):
            archive = self.scratch / f"damaged{number}.zip"
            archive.write_bytes(content)
            done = bundle("init", "azure-python", "-o", self.scratch / "new", "--layer", archive)
            self.assertEqual(done.status, 1, done)
            self.assertIn(archive.name, done.text)
            self.assertFalse((self.scratch / "new").exists())


if __name__ == "__main__":
    main()
