"""Programs without a .bss: most have none, or have it in the file, and are edited; a heap saved from memory is not."""

import re

from field import FieldCase, bundle, main

HELLO = '#include <stdio.h>\nint main() { puts("hello"); return 0; }\n'

# Takes memory from the kernel, right behind its last segment if that is where it ends.
BRK = r"""
#include <stdio.h>
#include <unistd.h>
char state[64];
int main() { puts(sbrk(4096) == (void*)-1 ? "no memory" : state[0] ? "resumed" : "hello"); return 0; }
"""

LEAN = ["-no-pie", "-Wl,--spare-dynamic-tags=0"]  # the edit needs room that only a new segment gives


class Heap(FieldCase):
    def bss_in_file(self, path):
        self.tool("objcopy", "--set-section-flags", ".bss=alloc,load,contents,data", path)
        return path

    def bss_offset(self, path):
        listed = self.tool("readelf", "-SW", path).out.decode()
        return int(re.search(r" \.bss +\S+ +\S+ (\S+)", listed).group(1), 16)

    def test_tcc(self):
        for name, source in (("hello", HELLO), ("brk", BRK.replace("char state[64]", "char state[64] = {0}"))):
            with self.subTest(name):
                program = self.compiled(name, source, compiler="tcc")
                self.works(self.folder(program, name=f"layer-{name}"), name, b"hello")

    def test_zeros_in_the_file(self):
        # objcopy puts .bss there for loaders that know none; bun puts a section behind it.
        for name, source in (("hello", HELLO), ("brk", BRK)):
            with self.subTest(name):
                program = self.bss_in_file(self.compiled(name, source, *LEAN))
                self.works(self.folder(program, name=f"layer-{name}"), name, b"hello")

    def test_no_c_runtime(self):
        source = "#include <stdlib.h>\n#include <stdio.h>\nvoid _start(void) { puts(\"hello\"); exit(0); }\n"
        program = self.compiled("bare", source, "-nostartfiles", *LEAN)
        self.works(self.folder(program), "bare", b"hello")

    def test_a_saved_heap_is_refused(self):
        program = self.bss_in_file(self.compiled("saved", BRK, *LEAN))
        for stripped in (False, True):
            with self.subTest(stripped=stripped):
                if stripped:
                    # unexec calls what was .bss another .data
                    self.tool("objcopy", "--rename-section", ".bss=.data", program)
                    self.tool("strip", program)
                else:
                    with open(program, "r+b") as file:
                        address = int(re.search(r"(\S+) . state\n", self.tool("nm", program).out.decode()).group(1), 16)
                        start = int(re.search(r"(\S+) . __bss_start\n", self.tool("nm", program).out.decode()).group(1), 16)
                        file.seek(self.bss_offset(program) + address - start)
                        file.write(b"x")
                self.assertEqual(self.tool(program).out, b"resumed\n")
                done = bundle(program, "-o", f"{self.scratch}/out/")
                self.assertEqual(done.status, 1, done)
                self.assertIn("saved from memory", done.text)


if __name__ == "__main__":
    main()
