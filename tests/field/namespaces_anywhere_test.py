#!/usr/bin/python3
"""dlmopen needs the loader under its own name in the bundle, whoever calls it: the program, a plugin, a helper, what is opened."""

from field import FieldCase, main

OPENED = "int value(void) { return 7; }"
CALLER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int ask(void) {
  void* handle = dlmopen(LM_ID_NEWLM, "libopened.so", RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return 1; }
  printf("%d\\n", ((int (*)(void))dlsym(handle, "value"))());
  return 0;
}
"""
HOST = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* handle = dlopen(argc > 1 ? argv[1] : "libcaller.so", RTLD_NOW);
  if (handle == NULL) { puts(dlerror()); return 1; }
  return ((int (*)(void))dlsym(handle, "ask"))();
}
"""
LIBRARY = ("-shared", "-fPIC")


class NamespacesAnywhere(FieldCase):
    def setUp(self):
        super().setUp()
        self.compiled("lib/libopened.so", OPENED, *LIBRARY)
        self.own = f"-Wl,-rpath,{self.scratch}/lib"

    def test_in_a_plugin(self):
        host = self.compiled("host", HOST)
        plugin = self.compiled("plugin.so", CALLER, *LIBRARY, self.own)
        layer = self.folder(host, "--plugin", f"{plugin}:/usr/lib/host/plugin.so")
        self.works(layer, "host", b"7", "/usr/lib/host/plugin.so")

    def test_in_what_is_opened_by_name(self):
        self.compiled("lib/libcaller.so", CALLER, *LIBRARY, self.own)
        self.works(self.folder(self.compiled("host", HOST, self.own)), "host", b"7")

    def test_in_a_library_that_a_plugin_links(self):
        self.compiled("lib/libcaller.so", CALLER, *LIBRARY, self.own)
        plugin = self.compiled("plugin.so", "int ask(void); int (*kept)(void) = ask;", *LIBRARY, self.own,
                               f"-L{self.scratch}/lib", "-lcaller")
        layer = self.folder(self.compiled("host", HOST), "--plugin", f"{plugin}:/usr/lib/host/plugin.so")
        self.works(layer, "host", b"7", "/usr/lib/host/plugin.so")

    def test_in_a_helper(self):
        helper = self.compiled("helper", CALLER + "int main(void) { return ask(); }", self.own)
        host = self.compiled("starter", """
            #include <unistd.h>
            int main(void) { return execl("/usr/libexec/starter/helper", "helper", (char*)0); }""")
        layer = self.folder(host, "--add", f"{helper}:/usr/libexec/starter/helper")
        self.works(layer, "starter", b"7")


if __name__ == "__main__":
    main()
