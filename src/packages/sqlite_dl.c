/* What SQLite finds in the static `bundle` when it is to load an extension: that there is no such thing.

   libsqlite3.a calls dlopen(3), which would bring a loader into a static program, and the linker's warning that it needs
   the very libc it was linked with. Nothing here loads an extension. The linker is told to lead those calls to these
   functions (ld(1), --wrap); libc's own, which it makes by other names, stay as they are. */
#include <stddef.h>

void* __wrap_dlopen(const char* path, int flags);
void* __wrap_dlsym(void* handle, const char* name);
char* __wrap_dlerror(void);
int __wrap_dlclose(void* handle);

void* __wrap_dlopen(const char* path, int flags) {
  (void)path, (void)flags;
  return NULL;
}

void* __wrap_dlsym(void* handle, const char* name) {
  (void)handle, (void)name;
  return NULL;
}

char* __wrap_dlerror(void) {
  static char text[] = "a static program loads nothing";
  return text;
}

int __wrap_dlclose(void* handle) {
  (void)handle;
  return 1;
}
