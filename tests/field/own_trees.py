"""What the tests of programs that no package owns share: small programs that look for data from where they lie, and files for
them to find."""

from field import FieldCase

START = """
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char own[4096];
static const char* folder(void) {
  ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
  own[size < 0 ? 0 : size] = 0;
  return dirname(own);
}
static void show(const char* path) {
  char text[100] = "";
  FILE* file = fopen(path, "r");
  if (file == NULL) { printf("no %s\\n", path); exit(1); }
  if (fgets(text, sizeof text, file) != NULL) printf("%s\\n", strtok(text, "\\n"));
  fclose(file);
}
static void beside(const char* format) {
  char path[8192];
  snprintf(path, sizeof path, format, folder());
  show(path);
}
"""


def reads(*formats, more=""):
    return START + "int main(void) {" + "".join(f'beside("{each}");' for each in formats) + more + "return 0; }"


class TreeCase(FieldCase):
    def data(self, path, text):
        file = self.scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o644)
        return file

    def no_private_path(self, layer, but=()):
        """No byte of the bundle names the builder's folder, but in files whose own bytes do."""
        for path in layer.rglob("*"):
            self.assertNotIn(str(self.scratch), str(path.relative_to(layer)))
            if path.is_file() and path.name not in but:
                self.assertNotIn(str(self.scratch).encode(), path.read_bytes(), path)

