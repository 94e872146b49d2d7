// Prints what its loader loaded, one path a line, in the loader's order. The ground truth of these tests.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

static int show(struct dl_phdr_info* info, size_t size, void* count) {
  (void)size;
  // The kernel's own object has no name under musl.
  const int is_vdso = info->dlpi_name[0] == 0 || strncmp(info->dlpi_name, "linux-vdso", 10) == 0;
  if ((*(int*)count)++ > 0 && !is_vdso) puts(info->dlpi_name);
  return 0;
}

int main(void) {
  int count = 0;
  return dl_iterate_phdr(show, &count);
}
