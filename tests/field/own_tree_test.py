#!/usr/bin/python3
"""Programs that no package owns find what lies in their own tree, at the places that its parts have to one another; and
nothing of it tells who built the bundle."""

import os
import shutil

from field import ELSEWHERE, PREFIX, in_root, main
from own_trees import START, TreeCase, reads


class OwnTree(TreeCase):
    def test_share_beside_bin(self):
        self.data("d/share/app/greeting.txt", "hello")
        self.data("d/share/doc/app/README", "not for the bundle")
        app = self.compiled("d/bin/app", reads("%s/../share/app/greeting.txt"))
        layer = self.folder(app)
        self.works(layer, "app", b"hello")
        self.no_private_path(layer)
        self.assertFalse(list(layer.rglob("README")))

    def test_names_from_the_top_put_together(self):
        """The program goes up to the top by itself, and its texts begin there."""
        self.data("d/lib/app/rules.cfg", "rules")
        self.data("d/lib/app/other.cfg", "other")
        source = START + ('int main(void) { char top[4096], path[8192]; strcpy(top, folder()); strcpy(top, dirname(top));'
                          'snprintf(path, sizeof path, "%s/%s", top, "lib/app/rules.cfg"); show(path);'
                          'snprintf(path, sizeof path, "%s/%s/%s.cfg", top, "lib/app", getenv("X") ? "x" : "other"); show(path); return 0; }')
        layer = self.folder(self.compiled("d/bin/app", source))
        self.works(layer, "app", b"rules\nother")

    def test_all_in_one_folder(self):
        self.data("app/data/level1.txt", "one")
        self.data("app/settings.ini", "set")
        self.data("app/private-notes.md", "secret diary")
        app = self.compiled("app/app", reads("%s/data/level1.txt", "%s/settings.ini"))
        layer = self.folder(app)
        self.works(layer, "app", b"one\nset")
        self.no_private_path(layer)
        self.assertFalse(list(layer.rglob("private-notes.md")))

    def test_compiled_in_place(self):
        """As configure --prefix writes it: the absolute place answers, though the files lie under a home of the bundle's."""
        top = self.scratch / "inst"
        self.data("inst/share/app/x.txt", "absolute")
        self.data("inst/share/app/y.txt", "listed")
        source = START + (f'#define DATA "{top}/share/app"\n'
                          'int main(void) { show(DATA "/x.txt"); DIR* all = opendir(DATA); int n = 0; struct dirent* e;'
                          'while ((e = readdir(all)) != NULL) n += e->d_name[0] != \'.\'; printf("%d\\n", n); return 0; }')
        layer = self.folder(self.compiled("inst/bin/app", source))
        self.works(layer, "app", b"absolute\n2")
        self.no_private_path(layer, but=("app", "redirect.tab"))

    def test_libraries_and_plugins_of_the_tree(self):
        """A library of the tree names a folder of plugins from the top; a plugin needs another library of the tree."""
        self.compiled("d/lib/libhelp.so", "int help(void) { return 40; }", "-shared", "-fPIC")
        self.compiled("d/lib/plugins/p.so", "int help(void); int plug(void) { return help() + 2; }", "-shared", "-fPIC",
                      f"-L{self.scratch}/d/lib", "-lhelp", "-Wl,-rpath,$ORIGIN/..")
        self.compiled("d/lib/libcore.so", START + """
            int core(void) { char path[8192]; strcpy(path, folder()); strcat(path, "/../lib/plugins/p.so");
              void* plugin = dlopen(path, RTLD_NOW); if (plugin == NULL) { printf("%s\\n", dlerror()); exit(1); }
              return ((int (*)(void))dlsym(plugin, "plug"))(); }""", "-shared", "-fPIC")
        app = self.compiled("d/bin/app", '#include <stdio.h>\nint core(void); int main(void) { printf("%d\\n", core()); return 0; }',
                            f"-L{self.scratch}/d/lib", "-lcore", "-Wl,-rpath,$ORIGIN/../lib")
        layer = self.folder(app)
        self.works(layer, "app", b"42")
        self.no_private_path(layer)

    def test_a_link_to_a_folder_of_the_tree(self):
        self.data("d/lib/app-1.2/x.txt", "linked")
        (self.scratch / "d/lib/app").symlink_to("app-1.2")
        layer = self.folder(self.compiled("d/bin/app", reads("%s/../lib/app/x.txt", "%s/../lib/app-1.2/x.txt")))
        self.works(layer, "app", b"linked\nlinked")
        self.assertEqual(len(list(layer.rglob("x.txt"))), 1, "the content is there once")

    def test_a_project_folder_is_not_taken_whole(self):
        self.data("d/.git/config", "url = https://user:secret@host/")
        self.data("d/Makefile", "all:")
        self.data("d/notes.txt", "mine")
        self.data("d/share/app/greeting.txt", "hello")
        layer = self.folder(self.compiled("d/bin/app", reads("%s/../share/app/greeting.txt")))
        self.works(layer, "app", b"hello")
        for name in ("config", "Makefile", "notes.txt"):
            self.assertFalse(list(layer.rglob(name)), name)

    def test_secrets_of_the_tree_stay_out(self):
        self.data("d/share/app/greeting.txt", "hello")
        self.data("d/etc/app/server.key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n")
        self.data("d/share/app/.netrc", "machine x login y password z")
        layer = self.folder(self.compiled("d/bin/app", reads("%s/../share/app/greeting.txt")))
        self.works(layer, "app", b"hello")
        self.assertFalse(list(layer.rglob("server.key")) + list(layer.rglob(".netrc")))

    def test_without_evidence_a_hint_and_tree_takes_it(self):
        self.data("d/share/odd/greeting.txt", "hello")
        source = START + ('int main(void) { char path[8192]; strcpy(path, folder()); strcpy(path, dirname(path)); strcat(path, "/sha");'
                          'strcat(path, "re/o"); strcat(path, "dd/gre"); strcat(path, "eting.txt"); show(path); return 0; }')
        app = self.compiled("d/bin/app", source, "-O0")
        self.folder(app, name="first")
        self.assertIn("--tree", self.printed)
        layer = self.folder(app, "--tree", name="second")
        self.works(layer, "app", b"hello")
        self.no_private_path(layer)

    def test_share_beside_the_program_that_is_added(self):
        """The README's own example: bundle ./app --add ./share, where nothing of share is named in the program."""
        self.data("share/deep/g.txt", "hello")
        app = self.compiled("app", START + ('int main(void) { char path[8192]; strcpy(path, folder()); strcat(path, "/sha"); strcat(path, "re/de");'
                                            'strcat(path, "ep/g.txt"); show(path); return 0; }'), "-O0")
        layer = self.folder(app, "--add", "./share", cwd=self.scratch)
        self.works(layer, "app", b"hello")
        self.no_private_path(layer)

    def test_data_that_is_added_from_a_folder_beside_the_programs(self):
        self.data("proj/assets/deep/g.txt", "hello")
        app = self.compiled("proj/build/app", START + ('int main(void) { char path[8192]; strcpy(path, folder()); strcat(path, "/../as"); strcat(path, "sets/de");'
                                                       'strcat(path, "ep/g.txt"); show(path); return 0; }'), "-O0")
        layer = self.folder(app, "--add", "../assets", cwd=self.scratch / "proj/build")
        self.works(layer, "app", b"hello")
        self.no_private_path(layer)

    def test_erlang_unpacked_elsewhere(self):
        shutil.copytree("/usr/lib/erlang", self.scratch / "otp", symlinks=True)
        script = self.scratch / "otp/bin/erl"
        os.chmod(script, 0o755)
        script.write_text(script.read_text().replace("/usr/lib/erlang", str(self.scratch / "otp")))
        layer = self.folder(script)
        self.works(layer, "erl", b"6", "-noshell", "-eval", "io:format(\"~p~n\", [lists:sum([1,2,3])]), halt().")

    def test_a_jdk_unpacked_in_a_home_folder(self):
        shutil.copytree("/usr/lib/jvm/java-17-openjdk-amd64", self.scratch / "jdk", symlinks=False, ignore=shutil.ignore_patterns("src.zip", "docs"),
                        ignore_dangling_symlinks=True)
        layer = self.folder(self.scratch / "jdk/bin/java")
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/java", "-version"], layer, at=at)
            self.assertEqual(there.status, 0, there)
            self.assertIn(b"OpenJDK", there.out + there.err, there)
        self.no_private_path(layer)

    def test_a_script_of_the_tree(self):
        self.data("d/share/tool/words.txt", "words\n")
        script = self.data("d/bin/tool", "#!/bin/sh -e\nhere=$(dirname \"$0\")\nread -r line < \"$here/../share/tool/words.txt\"\necho \"$line\" \"$1\"\n")
        script.chmod(0o755)
        layer = self.folder(script)
        self.works(layer, "tool", b"words x", "x")
        self.no_private_path(layer)


if __name__ == "__main__":
    main()
