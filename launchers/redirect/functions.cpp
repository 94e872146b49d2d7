// See functions.h.
#include "functions.h"

#include <asm/errno.h>

// The one thing that the library needs from outside. glibc before 2.34 has it in libdl.so.2, which a program
// that opens no library itself does not load; weak, so that such a program starts all the same,
// with nothing redirected.
extern "C" [[gnu::weak]] void* dlsym(void* handle, const char* name);

namespace redirect {

void* addresses[name_count];

namespace {

void* const next_object = reinterpret_cast<void*>(-1L);  // RTLD_NEXT
void* const any_object = nullptr;                        // RTLD_DEFAULT

long missing_number() {
  *errno_location() = ENOSYS;
  return -1;
}

void* missing_pointer() {
  *errno_location() = ENOSYS;
  return nullptr;
}

}  // namespace

void find_functions() {
  // From the last to the first: the one found last is there in every libc, so no failure is left for
  // dlerror() to tell.
  for (unsigned i = name_count; i-- > 0;) {
    const Name& name = names[i];
    void* address = nullptr;
    if (dlsym != nullptr) {
      address = dlsym(next_object, name.name);
      if (address == nullptr && name.instead != nullptr) address = dlsym(next_object, name.instead);
    }
    if (address == nullptr) {
      address = name.pointer ? reinterpret_cast<void*>(missing_pointer) : reinterpret_cast<void*>(missing_number);
    }
    addresses[i] = address;
  }
}

int* errno_location() {
  static int* (*location)() = nullptr;
  if (location == nullptr) location = reinterpret_cast<int* (*)()>(find_symbol("__errno_location"));
  static int nowhere = 0;
  return location == nullptr ? &nowhere : location();
}

void* find_symbol(const char* name) { return dlsym == nullptr ? nullptr : dlsym(any_object, name); }

const char* own_file() {
  struct Place {  // Dl_info
    const char* file;
    void* base;
    const char* symbol;
    void* address;
  } place = {};
  auto* dladdr = reinterpret_cast<int (*)(const void*, Place*)>(find_symbol("dladdr"));
  if (dladdr == nullptr || dladdr(reinterpret_cast<const void*>(&addresses), &place) == 0) return nullptr;
  return place.file;
}

}  // namespace redirect
