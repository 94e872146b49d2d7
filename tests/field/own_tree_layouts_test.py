#!/usr/bin/python3
"""Programs laid out as their makers and installers lay them out, each with a job: what they find beside themselves and below the
prefix that was compiled in comes along, and nothing of the folders that they merely lie in."""

from field import BUNDLE, FieldCase, main, run
from own_trees import START, TreeCase, reads

ABOVE = """
static const char* top_of(const char* of) {  // the folder above that of a file, by the slashes of its path
  static char top[4096];
  strcpy(top, of);
  *strrchr(top, '/') = 0;
  *strrchr(top, '/') = 0;
  return top;
}
static void below(const char* rest) {
  char path[8192];
  snprintf(path, sizeof path, "%s%s", top_of(program()), rest);
  show(path);
}
"""
PROGRAM = """
static const char* program(void) {
  ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
  own[size < 0 ? 0 : size] = 0;
  return own;
}
"""


class Layouts(TreeCase):
    def test_a_ruby_by_ruby_builds_layout(self):
        """libruby finds the library of modules by where it lies itself (dladdr), and the gems by the prefix that was compiled in; a
        module is an ELF file that links libruby."""
        top = self.scratch / ".rbenv/versions/3.1.2"
        self.data(".rbenv/versions/3.1.2/lib/ruby/3.1.0/set.rb", "set")
        self.data(".rbenv/versions/3.1.2/lib/ruby/gems/3.1.0/specifications/json.gemspec", "json")
        self.data(".rbenv/versions/3.1.2/lib/ruby/site_ruby/own.rb", "own")
        self.data(".rbenv/shims/ruby", "not this one")
        self.data(".rbenv/version", "3.1.2")
        lib = top / "lib"
        core = START + ABOVE.replace("program()", "library()").replace("static const char* top_of", f"""
            static const char* library(void) {{ Dl_info info; dladdr((void*)library, &info); return info.dli_fname; }}
            static const char* const gems = "{top}/lib/ruby/gems/3.1.0";
            const char* const variable = "RUBYLIB";
            static const char* top_of""") + """
            int ruby_run(void) { char path[8192]; below("/lib/ruby/3.1.0/set.rb"); below("/lib/ruby/site_ruby/own.rb");
              snprintf(path, sizeof path, "%s/specifications/json.gemspec", gems); show(path);
              snprintf(path, sizeof path, "%s/lib/ruby/3.1.0/x86_64-linux/etc.so", top_of(library()));
              void* module = dlopen(path, RTLD_NOW); if (module == NULL) { puts(dlerror()); return 1; }
              printf("%d\\n", ((int (*)(void))dlsym(module, "Init_etc"))()); return 0; }
            int ruby_answer(void) { return 42; }"""
        self.compiled(".rbenv/versions/3.1.2/lib/libruby.so.3.1", core, "-shared", "-fPIC", "-Wl,-soname,libruby.so.3.1")
        self.compiled(".rbenv/versions/3.1.2/lib/ruby/3.1.0/x86_64-linux/etc.so",
                      "int ruby_answer(void); int Init_etc(void) { return ruby_answer(); }", "-shared", "-fPIC",
                      lib / "libruby.so.3.1", f"-Wl,-rpath,{lib}")
        ruby = self.compiled(".rbenv/versions/3.1.2/bin/ruby", "int ruby_run(void); int main(void) { return ruby_run(); }",
                             lib / "libruby.so.3.1", f"-Wl,-rpath,{lib}")
        layer = self.folder(ruby)
        self.works(layer, "ruby", b"set\nown\njson\n42")

    def test_a_conda_like_prefix(self):
        """The prefix was written over a longer placeholder; settings in etc, certificates in ssl, records of packages."""
        self.data("env/share/tool/rules.txt", "rules")
        self.data("env/etc/tool.conf", "colour = blue")
        self.data("env/ssl/cacert.pem", "-----BEGIN CERTIFICATE-----")
        self.data("env/conda-meta/tool-1.0-0.json", '{"name": "tool", "version": "1.0"}')
        self.data("env/include/tool.h", "#error")
        prefix = f"{self.scratch}/env"
        self.compiled("env/lib/libtool.so", START + f"""
            static char etc[300] = "{prefix}/etc/tool.conf\\0_placehold_placehold_placehold_placehold_placehold";
            void look(void) {{ show(etc); }}""", "-shared", "-fPIC")
        self.compiled("env/lib/tool/filter.so", "int filter(void) { return 7; }", "-shared", "-fPIC")
        tool = self.compiled("env/bin/tool", START + f"""
            static char share[300] = "{prefix}/share/tool\\0_placehold_placehold_placehold_placehold_placehold";
            static char certificates[300] = "{prefix}/ssl/cacert.pem\\0_placehold_placehold_placehold_placehold";
            void look(void);
            int main(void) {{ char path[8192]; look(); snprintf(path, sizeof path, "%s/rules.txt", share); show(path); show(certificates);
              beside("%s/../etc/tool.conf"); snprintf(path, sizeof path, "%s/../lib/tool/filter.so", folder());
              void* module = dlopen(path, RTLD_NOW); if (module == NULL) {{ puts(dlerror()); return 1; }}
              printf("%d\\n", ((int (*)(void))dlsym(module, "filter"))()); return 0; }}""",
                             self.scratch / "env/lib/libtool.so", "-Wl,-rpath,$ORIGIN/../lib", "-Wl,--disable-new-dtags")
        layer = self.folder(tool)
        self.works(layer, "tool", b"colour = blue\nrules\n-----BEGIN CERTIFICATE-----\ncolour = blue\n7")
        for name in ("tool-1.0-0.json", "tool.h"):
            self.assertFalse(list(layer.rglob(name)), name)

    def test_qt_plugins_beside_the_program(self):
        """As windeployqt's like lay them out: program, Qt's libraries in lib, plugins in a folder of their own, named by qt.conf."""
        plugin = self.compiled("qt/plugins/platforms/libqmade.so", "int plugged(void) { return 5; }", "-shared", "-fPIC")
        self.data("qt/bin/qt.conf", "[Paths]\nPrefix = ..\nPlugins = plugins\n")
        self.compiled("qt/lib/libQt5Core.so.5", START + """
            int load(void) { char path[8192]; snprintf(path, sizeof path, "%s/../plugins/%s/libqmade.so", folder(), "platforms");
              void* module = dlopen(path, RTLD_NOW); if (module == NULL) { puts(dlerror()); return 1; }
              return ((int (*)(void))dlsym(module, "plugged"))(); }""", "-shared", "-fPIC", "-Wl,-soname,libQt5Core.so.5")
        source = START + 'int load(void); int main(void) { printf("%d\\n", load()); beside("%s/qt.conf"); return 0; }'
        app = self.compiled("qt/bin/app", source, self.scratch / "qt/lib/libQt5Core.so.5", "-Wl,-rpath,$ORIGIN/../lib")
        layer = self.folder(app)
        self.works(layer, "app", b"5\n[Paths]")
        self.assertEqual([path.name for path in layer.rglob("libqmade.so")], [plugin.name])

    def test_a_program_alone_in_a_folder_of_many(self):
        """~/.cargo/bin, ~/go/bin, ~/bin: what lies around it is other programs' and the user's own."""
        for folder in (".cargo/bin", "go/bin", "bin", ".local/bin"):
            with self.subTest(folder):
                home = "home " + folder.replace("/", "-")
                for name, text in [(".cargo/credentials.toml", 'token = "cio8Zq0v4Kk2mXw3"'), (".cargo/registry/cache/x.crate", "x"),
                                   (".cargo/config.toml", "[net]"), ("go/pkg/mod/cache", "x"), ("go/src/a.go", "package a"),
                                   (".local/share/keyrings/login.keyring", "x"), ("notes.txt", "diary"), (".bashrc", "alias"),
                                   ("share/x.txt", "x"), ("lib/y.txt", "y")]:
                    self.data(f"{home}/{name}", text)
                self.compiled(f"{home}/{folder}/other", "int main(void) { return 1; }")
                prog = self.compiled(f"{home}/{folder}/prog", START + """
                    const char* const names[] = {"config.toml", ".cargo/config.toml", "registry/cache", "lib/y.txt", "../lib/y.txt"};
                    int main(int count, char** words) { if (count > 4) puts(names[count % 5]); puts("prog"); return 0; }""")
                layer = self.folder(prog, name=f"layer of {home}")
                self.works(layer, "prog", b"prog")
                for path in layer.rglob("*"):
                    self.assertNotIn(path.name, ("credentials.toml", "x.crate", "a.go", "login.keyring", "notes.txt", ".bashrc", "other"))

    def test_a_go_program_with_its_data_beside_it(self):
        """No libc, so no redirection: it asks /proc/self/exe and opens by system calls."""
        self.data("service/templates/index.html", "index")
        self.data("service/config.yaml", "port: 80")
        self.data("service/other.html", "not named")
        (self.scratch / "service/main.go").write_text("""package main
import ("fmt"; "os"; "path/filepath")
func main() {
  exe, err := os.Executable(); if err != nil { panic(err) }
  for _, name := range []string{"templates/index.html", "config.yaml"} {
    text, err := os.ReadFile(filepath.Join(filepath.Dir(exe), name)); if err != nil { fmt.Println(err); os.Exit(1) }
    fmt.Println(string(text))
  }
}
""")
        self.tool("/usr/bin/env", f"GOCACHE={self.scratch}/cache", "GO111MODULE=off", "go", "build", "-o", "service/serve", "service/main.go")
        layer = self.folder(self.scratch / "service/serve")
        self.works(layer, "serve", b"index\nport: 80")
        self.no_private_path(layer, but=("serve",))
        self.assertNotIn("go-1", self.printed)
        for name in ("main.go", "other.html"):
            self.assertFalse(list(layer.rglob(name)), name)

    def test_a_static_program_in_a_tree(self):
        self.data("d/share/app/x.txt", "x")
        layer = self.folder(self.compiled("d/bin/app", reads("%s/../share/app/x.txt"), "-static"))
        self.works(layer, "app", b"x")

    def test_a_static_program_alone(self):
        """It needs no launcher, and has none."""
        layer = self.folder(self.compiled("app", '#include <stdio.h>\nint main(void) { puts("alone"); return 0; }', "-static"))
        self.works(layer, "app", b"alone")
        self.assertEqual(sorted(path.name for path in layer.rglob("*") if path.is_file()), ["app", "manifest.json"])

    def test_a_rust_program(self):
        """Its strings run into one another."""
        self.data("d/share/app/x.txt", "x")
        self.data("d/lib/app/rules/y.txt", "y")
        (self.scratch / "d/app.rs").write_text("""use std::{env, fs};
fn main() {
  let exe = env::current_exe().unwrap();
  let folder = exe.parent().unwrap();
  println!("{}", fs::read_to_string(folder.join("../share/app/x.txt")).expect("no x"));
  println!("{}", fs::read_to_string(folder.parent().unwrap().join("lib/app/rules").join(format!("{}.txt", "y"))).expect("no y"));
}
""")
        (self.scratch / "d/bin").mkdir()
        self.tool("/usr/bin/rustc", "-O", "-o", "d/bin/app", "d/app.rs")
        layer = self.folder(self.scratch / "d/bin/app")
        self.works(layer, "app", b"x\ny")

    def test_a_tree_behind_a_link(self):
        """/opt/app/current -> releases/3: as deployments lay it out; the program is named, and names its data, by the link."""
        self.data("app/releases/2/share/app/x.txt", "two")
        self.data("app/releases/3/share/app/x.txt", "three")
        link = self.scratch / "app/current"
        source = START + f'int main(void) {{ beside("%s/../share/app/x.txt"); show("{link}/share/app/x.txt"); return 0; }}'
        self.compiled("app/releases/3/bin/app", source)
        link.symlink_to("releases/3")
        layer = self.folder(link / "bin/app")
        self.works(layer, "app", b"three\nthree")
        self.assertFalse([path for path in layer.rglob("x.txt") if path.read_text() == "two"])

    def test_what_a_tree_has_for_its_makers_stays(self):
        for name in ("share/.git/config", "share/app/.git/HEAD", "share/app/__pycache__/a.cpython-311.pyc", "share/app/.cache/x",
                     "share/app/.pytest_cache/x", "share/app/.mypy_cache/x.json", "share/app/.svn/entries", "share/app/.DS_Store",
                     "share/app/a.o", "share/app/.vscode/settings.json", "share/app/.idea/workspace.xml"):
            self.data(f"d/{name}", "for makers")
        self.data("d/share/app/.env", "DB_PASSWORD=hunter2secret9\n")
        self.data("d/share/app/node_modules/left/index.js", "left")
        self.data("d/share/app/node_modules/.cache/babel/x.json", "cache")
        self.data("d/share/app/x.txt", "x")
        app = self.compiled("d/bin/app", reads("%s/../share/app/x.txt", "%s/../share/app/node_modules/left/index.js"))
        layer = self.folder(app)
        self.works(layer, "app", b"x\nleft")
        kept = sorted(str(path.relative_to(layer)) for path in layer.rglob("*") if path.is_file() and "/share/app/" in str(path))
        self.assertEqual([name.split("/share/app/")[1] for name in kept], ["node_modules/left/index.js", "x.txt"])
        self.assertIn(".env", self.printed)

    def test_a_huge_tree(self):
        """Nothing of 3 GB is read: what the program names goes in, of the rest is said how much it is."""
        self.data("d/share/app/x.txt", "x")
        huge = self.scratch / "d/share/models/huge.bin"
        huge.parent.mkdir()
        with huge.open("wb") as file:
            file.truncate(3_000_000_000)
        app = self.compiled("d/bin/app", reads("%s/../share/app/x.txt"))
        layer = self.folder(app)
        self.works(layer, "app", b"x")
        self.assertFalse(list(layer.rglob("huge.bin")))
        self.assertIn("3.00 GB", self.printed)

    def test_a_huge_file_beside_the_program(self):
        self.data("d/x.txt", "x")
        with (self.scratch / "d/huge.bin").open("wb") as file:
            file.truncate(3_000_000_000)
        layer = self.folder(self.compiled("d/app", reads("%s/x.txt", more='if (own[0] == 1) beside("%s/huge.bin");')))
        self.works(layer, "app", b"x")
        self.assertIn("3.00 GB", self.printed)


class EverybodysPrefix(FieldCase):
    """/usr/local, and a home folder, entered as such: of a shared prefix what the program names, and nothing more."""

    def in_system(self, files, program, source):
        """`bundle` with a /usr/local and a /home/u of these files; the layer."""
        for place in ("local", "home"):
            (self.scratch / place).mkdir(exist_ok=True)
        for name, text in files.items():
            path = self.scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.compiled(program, source)
        inside = "/usr/" + program if program.startswith("local/") else "/home/u/" + program.removeprefix("home/")
        done = run(["bwrap", "--dev-bind", "/", "/", "--bind", self.scratch / "local", "/usr/local", "--tmpfs", "/home", "--bind",
                    self.scratch / "home", "/home/u", BUNDLE, inside, "-o", f"{self.scratch}/layer/"])
        self.assertEqual(done.status, 0, done)
        self.printed = done.text
        return self.scratch / "layer"

    def names(self, layer):
        return {path.name for path in layer.rglob("*") if path.is_file()}

    def test_usr_local(self):
        layer = self.in_system({"local/share/prog/x.txt": "x", "local/share/other/y.txt": "y", "local/etc/prog.conf": "set",
                                "local/lib/other/z": "z"}, "local/bin/prog",
                               START + 'int main(void) { show("/usr/local/share/prog/x.txt"); beside("%s/../share/prog/x.txt"); return 0; }')
        self.works(layer, "prog", b"x\nx")
        self.assertFalse({"y.txt", "z"} & self.names(layer))

    def test_a_bin_of_a_home_folder(self):
        layer = self.in_system({"home/share/prog/x.txt": "x", "home/mail/inbox": "private", "home/.ssh/id_rsa": "private",
                                "home/notes.txt": "private"}, "home/bin/prog", reads("%s/../share/prog/x.txt"))
        self.works(layer, "prog", b"x")
        self.assertFalse({"inbox", "id_rsa", "notes.txt"} & self.names(layer))


if __name__ == "__main__":
    main()
