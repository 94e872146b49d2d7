#!/usr/bin/env python3
"""A sanitizer's runtime stays the first library: AddressSanitizer ends a program that has another ahead of it.

The redirect library comes right behind it, and answers through it all the same: some functions are the runtime's first.
"""
from field import FieldCase, main

SOURCE = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
  const char* path = "/usr/share/field.sanitizer/data";
  char line[64] = "none", again[64] = "";
  struct stat status;
  FILE* stream = fopen(path, "r");
  if (stream == NULL || fgets(line, sizeof line, stream) == NULL) return 1;
  fclose(stream);
  const int descriptor = open(path, O_RDONLY);
  if (descriptor < 0 || read(descriptor, again, 4) != 4 || strncmp(line, again, 4) != 0) return 2;
  char* real = realpath(path, NULL);
  if (stat(path, &status) != 0 || access(path, R_OK) != 0 || real == NULL || strstr(real, "/root/usr/share/") == NULL) return 3;
  free(real);
  printf("%s", line);
  return 0;
}
"""
CLANG = "/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux"


class SanitizerRuntime(FieldCase):
    def works_with(self, name, *flags, compiler="gcc", first):
        data = self.scratch / "data"
        data.write_text("the data\n")
        program = self.compiled(name, SOURCE, *flags, compiler=compiler)
        layer = self.folder(program, "--add", f"{data}:/usr/share/field.sanitizer/data", name=f"layer.{name}")
        needed = self.tool("readelf", "-dW", layer / f"lib/{name}/root/usr/bin/{name}").out.decode()
        names = [line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line]
        self.assertTrue(names[0].startswith(first), names)
        self.assertEqual(names[1], "libredirect.so", names)
        self.works(layer, name, b"the data", options=("--proc", "/proc"))

    def test_gcc_address(self):
        self.works_with("address", "-fsanitize=address", first="libasan.so")

    def test_gcc_address_and_undefined(self):
        self.works_with("both", "-fsanitize=address,undefined", first="libasan.so")

    def test_clang_shared_address(self):
        self.works_with("shared", "-fsanitize=address", "-shared-libasan", f"-Wl,-rpath,{CLANG}", compiler="clang",
                        first="libclang_rt.asan")

    def test_edit_keeps_it_first(self):
        program = self.compiled("edited", SOURCE, "-fsanitize=address")
        self.made("edit", program, "--add-needed", "libm.so.6", "-o", self.scratch / "edited.out")
        needed = self.tool("readelf", "-dW", self.scratch / "edited.out").out.decode()
        names = [line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line]
        self.assertTrue(names[0].startswith("libasan.so") and names[1] == "libm.so.6", names)


main()
