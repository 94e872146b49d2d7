// Opens hidden.so by its bare name: found only along this library's own run path, if dlopen knows who asks.
#include <dlfcn.h>
#include <stddef.h>
int open_hidden(void);
int open_hidden(void) {
  void* handle = dlopen("hidden.so", RTLD_NOW);
  int (*answer)(void) = handle ? (int (*)(void))dlsym(handle, "answer") : NULL;
  return answer ? answer() : 0;
}
