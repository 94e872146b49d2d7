#!/usr/bin/python3
"""A library that is opened by its name belongs to who opens it: two askers of one name, each with a run path of its own, get
each their own file, in whatever order they are named."""

import itertools

from field import FieldCase, bundle, main

LIBRARY = ("-shared", "-fPIC")
OPEN = """
#include <dlfcn.h>
#include <stdio.h>
int WHO(void) {
  void* handle = dlopen("libwished.so.1", RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return -1; }
  int value = ((int (*)(void))dlsym(handle, "value"))();
  dlclose(handle);
  return value;
}
"""
SAY = "int main(void) { printf(\"%d\\n\", WHO()); return 0; }"


class AskerOfALibrary(FieldCase):
    def wished(self, number):
        """A folder with a library of that value, which needs another one beside itself."""
        folder = f"wish{number}"
        self.compiled(f"{folder}/libinner.so", f"int inner(void) {{ return {number}; }}", *LIBRARY)
        self.compiled(f"{folder}/libwished.so.1", "int inner(void); int value(void) { return inner(); }", *LIBRARY,
                      "-Wl,-soname,libwished.so.1", f"-L{self.scratch}/{folder}", "-linner", "-Wl,-rpath,$ORIGIN")
        return f"-Wl,-rpath,{self.scratch}/{folder}"

    def program(self, name, number):
        return self.compiled(name, OPEN + SAY, "-DWHO=ask", self.wished(number))

    def test_programs_in_every_order(self):
        programs = [self.program(name, number) for name, number in (("wa", 1), ("wb", 2), ("wc", 3), ("wd", 1))]
        for index, order in enumerate(itertools.permutations(programs[:3])):
            layer = self.folder(*order, programs[3], name=f"layer{index}")
            for name, number in (("wa", 1), ("wb", 2), ("wc", 3), ("wd", 1)):
                self.works(layer, name, str(number).encode())
            self.assertEqual(len(list(layer.rglob("libwished.so.1"))), 3, "one file is stored once")

    def test_libraries_that_ask_in_one_program_and_in_two(self):
        links = []
        for name, number in (("one", 1), ("two", 2)):
            self.compiled(f"lib/lib{name}.so", OPEN, *LIBRARY, f"-DWHO={name}", self.wished(number))
            links.append(f"-l{name}")
        there = (f"-L{self.scratch}/lib", f"-Wl,-rpath,{self.scratch}/lib")
        both = self.compiled("both", "#include <stdio.h>\nint one(void), two(void);\n"
                             "int main(int n, char** v) { printf(\"%d\\n\", n > 1 ? two() : one()); return 0; }", *there, *links)
        only = [self.compiled(f"only-{name}", f"#include <stdio.h>\nint {name}(void);\n"
                              f"int main(void) {{ printf(\"%d\\n\", {name}()); return 0; }}", *there, f"-l{name}")
                for name in ("one", "two")]
        own = self.program("own", 3)
        for index, order in enumerate(itertools.permutations([both, only[1], own])):
            layer = self.folder(*order, only[0], name=f"layer{index}")
            self.works(layer, "both", b"1")
            self.works(layer, "both", b"2", "second")
            self.works(layer, "only-one", b"1")
            self.works(layer, "only-two", b"2")
            self.works(layer, "own", b"3")

    def test_a_plugin_and_its_program(self):
        plugin = self.compiled("plugin.so", OPEN, *LIBRARY, "-DWHO=plugged", self.wished(2))
        host = self.compiled("host", OPEN + """
            int main(int n, char** v) {
              if (n == 1) { printf("%d\\n", ask()); return 0; }
              void* handle = dlopen(v[1], RTLD_NOW);
              if (handle == NULL) { puts(dlerror()); return 1; }
              printf("%d\\n", ((int (*)(void))dlsym(handle, "plugged"))());
              return 0;
            }""", "-DWHO=ask", self.wished(1))
        layer = self.folder(host, "--plugin", f"{plugin}:/usr/lib/host/plugin.so")
        self.works(layer, "host", b"1")
        self.works(layer, "host", b"2", "/usr/lib/host/plugin.so")

    def test_a_plugin_that_asks_by_the_programs_run_path(self):
        plugin = self.compiled("plugin.so", OPEN, *LIBRARY, "-DWHO=plugged")
        host = self.compiled("host", """
            #include <dlfcn.h>
            #include <stdio.h>
            int main(int n, char** v) {
              void* handle = dlopen(v[1], RTLD_NOW);
              if (handle == NULL) { puts(dlerror()); return 1; }
              printf("%d\\n", ((int (*)(void))dlsym(handle, "plugged"))());
              return 0;
            }""", self.wished(1), "-Wl,--disable-new-dtags")
        layer = self.folder(host, "--plugin", f"{plugin}:/usr/lib/host/plugin.so")
        self.works(layer, "host", b"1", "/usr/lib/host/plugin.so")

    def test_a_helper_and_its_program(self):
        helper = self.program("helper", 2)
        host = self.compiled("host", OPEN + """
            #include <unistd.h>
            int main(int n, char** v) {
              if (n > 1) return execl("/usr/libexec/host/helper", "helper", (char*)0);
              printf("%d\\n", ask());
              return 0;
            }""", "-DWHO=ask", self.wished(1))
        layer = self.folder(host, "--add", f"{helper}:/usr/libexec/host/helper")
        self.works(layer, "host", b"1")
        self.works(layer, "host", b"2", "helper")

    def test_what_is_opened_needs_what_the_program_has_loaded(self):
        """The plugin has no run path, and the program's own leads to the library that both use."""
        self.compiled("lib/libcore.so", "int core(void) { return 5; }", *LIBRARY)
        core = (f"-L{self.scratch}/lib", "-lcore")
        self.compiled("lib/libwished.so.1", "int core(void); int value(void) { return core(); }", *LIBRARY, *core)
        host = self.compiled("host", OPEN + "int core(void); int main(void) { printf(\"%d\\n\", core() + ask()); return 0; }",
                             "-DWHO=ask", *core, f"-Wl,-rpath,{self.scratch}/lib")
        self.works(self.folder(host), "host", b"10")

    def test_a_library_that_one_program_links_and_another_opens(self):
        own = self.wished(1)
        self.compiled("lib/libask.so", OPEN, *LIBRARY, "-DWHO=ask", own)
        there = (f"-L{self.scratch}/lib", "-lask", f"-Wl,-rpath,{self.scratch}/lib")
        main_text = "#include <stdio.h>\nint ask(void);\nint main(void) { printf(\"%d\\n\", ask()); return 0; }"
        links = self.compiled("links", main_text, *there, "-Wl,--no-as-needed",
                              self.scratch / "wish1" / "libwished.so.1", own)
        opens = self.compiled("opens", main_text, *there)
        for index, order in enumerate(((links, opens), (opens, links))):
            layer = self.folder(*order, name=f"layer{index}")
            self.works(layer, "links", b"1")
            self.works(layer, "opens", b"1")

    def test_missing_for_all_is_said_once(self):
        plain = [self.compiled(name, OPEN + SAY, "-DWHO=ask") for name in ("pa", "pb")]
        said = bundle(*plain, "--dry-run")
        self.assertEqual(said.status, 0, said)
        self.assertEqual(said.text.count("hint: pa opens libwished.so.1, which is not on this machine"), 1, said)


if __name__ == "__main__":
    main()
