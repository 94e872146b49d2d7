// Loads one library with the real ld.so, every symbol resolved, and says how that went. What its destructors would do
// at exit is not our concern.
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  puts(library != NULL ? "loaded" : dlerror());
  fflush(stdout);
  _exit(library != NULL ? 0 : 1);
}
