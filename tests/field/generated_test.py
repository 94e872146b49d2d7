#!/usr/bin/env python3
"""What packages' installations make and no package lists: it goes in where something in the bundle asks for it."""
from field import FieldCase, main
from packages import TRIPLET, System

SCHEMAS = "/usr/share/glib-2.0/schemas/gschemas.compiled"
TEXMF = "/var/lib/texmf"
ENGINE = r"""
#include <stdio.h>
void kpathsea_init(void);
const char *const texts[] = {".fmt", "pdftex.map", "aleph"};
int main(int count, char **arguments) { kpathsea_init(); return count > 9 ? puts(texts[count % 3]) : 0; }
"""
TEMPLATE = r"""\documentclass{$class$}
\usepackage[utf8]{nice}
% \usepackage{unused}
"""


class Generated(FieldCase):
    def setUp(self):
        super().setUp()
        self.system = System(self.scratch / "system")

    def library(self, name, function, package, **more):
        library = self.compiled(f"{name}.so.1", f"void {function}(void) {{}}", "-shared", "-fPIC", f"-Wl,-soname,{name}.so.1")
        self.system.install(package, {f"/usr/lib/{TRIPLET}/{name}.so.1": library}, section="libs", **more)
        return library

    def program(self, name, source, *libraries, files=None, **more):
        program = self.compiled(name, source, *libraries)
        self.system.install(f"{name}-package", {f"/usr/bin/{name}": program, **(files or {})}, **more)
        return self.system.root / f"usr/bin/{name}"

    def there(self, *programs):
        """The paths of what is not a program or library, as they are found."""
        layer = self.folder("--sysroot", self.system.root, *programs, name=f"layer{len(list(self.scratch.glob('layer*')))}")
        roots = [str(path) for path in layer.glob("lib/*/root")]
        return {str(path)[len(roots[0]):] for path in layer.rglob("*") if roots and path.is_file() and str(path).startswith(roots[0])}

    def test_what_a_function_asks_for(self):
        library = self.library("libsettings", "g_settings_new", "libsettings1")
        asks = self.program("asks", "void g_settings_new(void); int main(void) { g_settings_new(); return 0; }", library)
        silent = self.program("silent", "int main(void) { return 0; }")
        self.system.put(SCHEMAS, "compiled\n")
        self.assertIn(SCHEMAS, self.there(asks))
        self.assertNotIn(SCHEMAS, self.there(silent))

    def test_not_what_only_its_owner_may_read(self):
        library = self.library("libsettings", "g_settings_new", "libsettings1")
        asks = self.program("asks", "void g_settings_new(void); int main(void) { g_settings_new(); return 0; }", library)
        self.system.put(SCHEMAS, "compiled\n", mode=0o600)
        self.assertNotIn(SCHEMAS, self.there(asks))

    def test_what_a_link_of_a_package_leads_to(self):
        program = self.program("spell", 'const char *const place = "/usr/lib/spell"; int main(void) { return place[0] == 0; }',
                               files={"/usr/lib/spell/plain": "words\n"})
        for folder in ("aspell", "other"):
            self.system.put(f"/var/lib/{folder}/words", "compiled\n")
            link = self.system.root / f"usr/lib/spell/{folder}"
            link.symlink_to(f"/var/lib/{folder}/words")
            info = self.system.root / "var/lib/dpkg/info/spell-package.list"
            info.write_text(info.read_text() + f"/usr/lib/spell/{folder}\n")
        there = self.there(program)
        self.assertIn("/usr/lib/spell/aspell", there)
        self.assertNotIn("/usr/lib/spell/other", there)

    def tex(self):
        library = self.library("libkpathsea", "kpathsea_init", "libkpathsea6")
        words = self.compiled("aleph", "int main(void) { return 0; }")
        engine = self.program("engine", ENGINE, library, files={"/usr/bin/aleph": words})
        (engine.parent / "fast").symlink_to("engine")
        for path in ("web2c/engine/fast.fmt", "web2c/engine/slow.fmt", "web2c/other/slow.fmt", "ls-R", "ls-R-TEXMFMAIN"):
            self.system.put(f"{TEXMF}/{path}", "made\n")
        self.system.put("/etc/texmf/web2c/texmf.cnf", "made = 1\n")
        self.system.put(f"{TEXMF}/fonts/map/pdftex/updmap/pdftex.map", 'nice10 Nice10 "enc ReEncodeFont" <nice.enc <nice10.pfb\n'
                                                                        "poor10 Poor10 <poor10.pfb\n")
        return engine.parent / "fast"

    def test_a_format_of_the_programs_name(self):
        there = self.there(self.tex())
        self.assertLessEqual({f"{TEXMF}/web2c/engine/fast.fmt", f"{TEXMF}/ls-R", f"{TEXMF}/ls-R-TEXMFMAIN", "/etc/texmf/web2c/texmf.cnf",
                              f"{TEXMF}/fonts/map/pdftex/updmap/pdftex.map"}, there)
        self.assertFalse([path for path in there if "slow" in path])
        self.assertNotIn("/usr/bin/aleph", there, "a word, and no program")

    def test_two_names_of_one_program(self):
        fast = self.tex()
        (fast.parent / "slow").symlink_to("engine")
        there = self.there(fast, fast.parent / "slow")
        self.assertLessEqual({f"{TEXMF}/web2c/engine/fast.fmt", f"{TEXMF}/web2c/engine/slow.fmt"}, there)

    def test_what_a_template_loads(self):
        fast = self.tex()
        tree = "/usr/share/texmf"
        nice = {"tex/latex/nice/nice.sty": "\\RequirePackage{deep}\n", "tex/latex/nice/t1nice.fd": "\\DeclareFontShape{T1}{nice}{m}{n}{<->nice10}{}\n",
                "tex/latex/nice/l7xnice.fd": "{<->poor10}\n", "tex/latex/deep/deep.sty": "", "tex/latex/unused/unused.sty": "",
                "fonts/tfm/nice/nice10.tfm": "m", "fonts/type1/nice/nice10.pfb": "o", "fonts/enc/nice/nice.enc": "e",
                "fonts/tfm/nice/poor10.tfm": "m", "fonts/type1/nice/poor10.pfb": "o"}
        self.system.install("nice", {f"{tree}/{path}": content for path, content in nice.items()})
        writer = self.program("writer", 'const char *const place = "/usr/share/writer"; int main(void) { return place[0] == 0; }',
                              files={"/usr/share/writer/default.latex": TEMPLATE})
        there = {path[len(tree) + 1:] for path in self.there(writer, fast) if path.startswith(tree)}
        self.assertEqual(there, {path for path in nice if "unused" not in path and "poor" not in path})
        self.assertFalse([path for path in self.there(writer) if path.startswith(tree)], "no TeX, no packages of it")


main()
