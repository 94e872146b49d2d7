#!/usr/bin/python3
"""Programs out of a prefix that conda or Homebrew filled: they find what they had there, each file is named after its
package, and nothing tells where the prefix was."""

import json

from field import main, run, BUNDLE
from own_trees import START, TreeCase, reads


class Prefixes(TreeCase):
    def record(self, prefix, name, version, files, **more):
        """One installed package of conda's."""
        text = {"name": name, "version": version, "subdir": "linux-64", "files": files,
                "link": {"source": f"{self.scratch}/{prefix}/pkgs/{name}"}, **more}
        self.data(f"{prefix}/conda-meta/{name}-{version}-0.json", json.dumps(text))

    def packages(self, layer, program):
        """The packages that files of the bundle are of, with a version each."""
        manifest = json.loads((layer / f"lib/{program}/manifest.json").read_text())
        return {(entry["package"], entry.get("version", "")) for entry in manifest["files"] if "package" in entry}

    def test_conda_a_language_beside_its_modules(self):
        """As python finds lib/pythonX.Y: from where it lies, by a landmark."""
        self.data("me/conda/lib/snake3.1/os.sn", "modules")
        self.data("me/conda/lib/snake3.1/site-packages/words/words.sn", "words")
        self.data("me/conda/share/snake/colours", "green")
        self.data("me/conda/pkgs/cache.sn", "a download")
        self.compiled("me/conda/lib/libsnake.so", "int snake(void) { return 7; }", "-shared", "-fPIC", "-Wl,-soname,libsnake.so")
        source = START + """int snake(void);
            int main(void) { if (snake() != 7) return 1; beside("%s/../lib/snake3.1/os.sn"); beside("%s/../share/snake/colours");
              beside("%s/../lib/snake3.1/site-packages/words/words.sn"); return 0; }"""
        snake = self.compiled("me/conda/bin/snake", source, f"-L{self.scratch}/me/conda/lib", "-lsnake", "-Wl,-rpath,$ORIGIN/../lib")
        self.record("me/conda", "snake", "3.1.4", ["bin/snake", "lib/snake3.1/os.sn", "share/snake/colours"], depends=["libsnake >=3,<4"])
        self.record("me/conda", "libsnake", "3.2", ["lib/libsnake.so"])
        self.record("me/conda", "words", "1", ["lib/snake3.1/site-packages/words/words.sn"], noarch="python")
        layer = self.folder(snake)
        self.works(layer, "snake", b"modules\ngreen\nwords")
        self.no_private_path(layer)
        self.assertFalse([path for path in layer.rglob("*") if "conda-meta" in str(path) or path.name == "cache.sn"])
        self.assertLessEqual({("snake", "3.1.4"), ("libsnake", "3.2"), ("words", "1")}, self.packages(layer, "snake"))
        self.record("me/conda", "headers", "2", ["include/snake.h"])
        header = self.data("me/conda/include/snake.h", "#error")
        self.assertIn("headers", self.made(snake, "-n", "--why", header).text)

    def test_conda_a_library_that_is_missing(self):
        self.compiled("libpng16.so.16", "int png(void) { return 0; }", "-shared", "-fPIC", "-Wl,-soname,libpngish16.so.16")
        tool = self.compiled("c/bin/tool", "int png(void); int main(void) { return png(); }", self.scratch / "libpng16.so.16")
        self.record("c", "tool", "1", ["bin/tool"])
        done = run([BUNDLE, tool, "-o", self.scratch / "x.zip"])
        self.assertEqual(done.status, 1, done)
        self.assertIn("conda search '*pngish*'", done.text)

    def test_conda_a_list_that_is_damaged(self):
        tool = self.compiled("c/bin/tool", reads())
        self.data("c/conda-meta/tool-1-0.json", '{"name": "tool", ')
        done = run([BUNDLE, tool, "-o", self.scratch / "x.zip"])
        self.assertEqual(done.status, 1, done)
        self.assertIn("tool-1-0.json: is a list of installed packages that cannot be understood", done.text)
        self.assertFalse((self.scratch / "x.zip").exists())

    def test_brew_share_beside_and_a_library_of_another_formula(self):
        brew = "me/.linuxbrew"
        self.data(f"{brew}/Cellar/banner/2.2/share/banner/standard.flf", "fancy")
        self.data(f"{brew}/Cellar/banner/2.2/INSTALL_RECEIPT.json", json.dumps({"runtime_dependencies": [{"full_name": "ink@3"}]}))
        self.compiled(f"{brew}/Cellar/ink@3/3.1/lib/libink.so.3", "int ink(void) { return 3; }", "-shared", "-fPIC", "-Wl,-soname,libink.so.3")
        self.data(f"{brew}/Cellar/ink@3/3.1/INSTALL_RECEIPT.json", "{}")
        opt = self.scratch / brew / "opt"
        opt.mkdir()
        (opt / "ink@3").symlink_to("../Cellar/ink@3/3.1")
        (opt / "banner").symlink_to("../Cellar/banner/2.2")
        source = START + """int ink(void); int main(void) { if (ink() != 3) return 1; beside("%s/../share/banner/standard.flf"); return 0; }"""
        self.compiled(f"{brew}/Cellar/banner/2.2/bin/banner", source, opt / "ink@3/lib/libink.so.3", f"-Wl,-rpath,{opt}/ink@3/lib")
        (self.scratch / brew / "bin").mkdir()
        (self.scratch / brew / "bin/banner").symlink_to("../Cellar/banner/2.2/bin/banner")
        layer = self.folder(self.scratch / brew / "bin/banner")
        self.works(layer, "banner", b"fancy")
        self.no_private_path(layer)
        self.assertLessEqual({("banner", "2.2"), ("ink@3", "3.1")}, self.packages(layer, "banner"))

    def test_brew_its_opt_path_compiled_in(self):
        """A formula is configured with opt/NAME or its place in the Cellar."""
        brew = self.scratch / "me/.linuxbrew"
        self.data("me/.linuxbrew/Cellar/banner/2.2/share/banner/standard.flf", "fancy")
        self.data("me/.linuxbrew/Cellar/banner/2.2/share/banner/small.flf", "small")
        (brew / "opt").mkdir()
        (brew / "opt/banner").symlink_to("../Cellar/banner/2.2")
        source = START + (f'int main(void) {{ show("{brew}/Cellar/banner/2.2/share/banner/standard.flf");'
                          f'show("{brew}/opt/banner/share/banner/small.flf"); return 0; }}')
        layer = self.folder(self.compiled("me/.linuxbrew/Cellar/banner/2.2/bin/banner", source))
        self.works(layer, "banner", b"fancy\nsmall")
        self.no_private_path(layer, but=("banner", "redirect.tab"))


if __name__ == "__main__":
    main()
