"""A made-up system as Alpine has it, for --sysroot: musl's loader that is its libc, too, no folders of triplets, and programs that
are links to one file of many."""

import shutil
from pathlib import Path

LOADER, LIBC = "ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1"
# What runs its applet NAME says so; sh takes "sh -c 'COMMAND ARGUMENT'", and starts applets by name, path or itself.
APPLETS = r"""
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
static int start(char* line) {
  char* words[3] = {strtok(line, " "), strtok(NULL, " "), NULL};
  if (strcmp(words[0], "self") == 0) {
    words[0] = "bye";
    execv("/proc/self/exe", words);
  }
  execvp(words[0], words);
  perror(words[0]);
  return 127;
}
int main(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  const char* name = slash ? slash + 1 : argv[0];
  if (*name == '-') ++name;
  if (strcmp(name, "greet") == 0 || strcmp(name, "bye") == 0) return printf("%s %s\n", name, argc > 1 ? argv[1] : "") < 0;
  if (strcmp(name, "sh") == 0 && argc > 2) return start(argv[2]);
  if (strcmp(name, "chain") == 0) return execl("/bin/sh", "sh", "-c", argv[1], NULL);
  fprintf(stderr, "%s: applet not found\n", name);
  return 127;
}
"""


class Alpine:
    """`case` compiles. Links are absolute, as busybox --install makes them."""

    def __init__(self, case, root):
        self.case, self.root = case, Path(root)
        for folder in ("bin", "lib", "usr/bin", "usr/lib", "etc"):
            (self.root / folder).mkdir(parents=True)
        shutil.copy("/lib/ld-musl-x86_64.so.1", self.root / "lib" / LOADER)
        (self.root / "lib" / LIBC).symlink_to(LOADER)

    def put(self, path, content):
        there = self.root / path.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content if isinstance(content, bytes) else content.encode())
        return there

    def program(self, path, source, *flags):
        """A program that musl-gcc made, and that asks for its libc by Alpine's name."""
        made = self.case.compiled(Path(path).name, source, *flags, compiler="musl-gcc")
        if "-static" not in flags:
            self.case.tool("patchelf", "--replace-needed", "libc.so", LIBC, made)
        there = self.put(path, made.read_bytes())
        there.chmod(0o755)
        return there

    def links(self, target, *paths):
        for path in paths:
            (self.root / path.lstrip("/")).symlink_to(target)
