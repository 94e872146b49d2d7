// See functions.h.
#include "functions.h"

#include <asm/errno.h>

#include "../system.h"
#include "../text.h"
#include "symbols.h"

// glibc before 2.34 has it in libdl.so.2, which a program that opens no library itself does not load; weak, so that
// such a program starts all the same. The search is then done in symbols.cpp.
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

long kernels(long result) {
  if (!sys::failed(result)) return result;
  *errno_location() = static_cast<int>(-result);
  return -1;
}

// What an older libc lacks and its kernel has. Who finds our name where libc has none may take it for libc's.

int kernels_stat(const char* path, void* out) {
  return static_cast<int>(kernels(arch::syscall(__NR_newfstatat, AT_FDCWD, sys::address(path), sys::address(out), 0)));
}
int kernels_lstat(const char* path, void* out) {
  return static_cast<int>(
      kernels(arch::syscall(__NR_newfstatat, AT_FDCWD, sys::address(path), sys::address(out), AT_SYMLINK_NOFOLLOW)));
}
int kernels_fstatat(int folder, const char* path, void* out, int flags) {
  return static_cast<int>(
      kernels(arch::syscall(__NR_newfstatat, folder, sys::address(path), sys::address(out), flags)));
}
int kernels_statx(int folder, const char* path, int flags, unsigned mask, void* out) {
  return static_cast<int>(
      kernels(arch::syscall(__NR_statx, folder, sys::address(path), flags, mask, sys::address(out))));
}
int kernels_execveat(int folder, const char* path, char** argv, char** envp, int flags) {
  return static_cast<int>(
      kernels(arch::syscall(__NR_execveat, folder, sys::address(path), sys::address(argv), sys::address(envp), flags)));
}

/// What stands in for a function that this libc lacks.
void* missing(const Name& name) {
  const struct {
    const char* name;
    void* address;
  } calls[] = {{"stat", reinterpret_cast<void*>(kernels_stat)},
               {"lstat", reinterpret_cast<void*>(kernels_lstat)},
               {"fstatat", reinterpret_cast<void*>(kernels_fstatat)},
               {"statx", reinterpret_cast<void*>(kernels_statx)},
               {"execveat", reinterpret_cast<void*>(kernels_execveat)}};
  for (const auto& call : calls) {
    if (text::equal(call.name, name.instead != nullptr ? name.instead : name.name)) return call.address;
  }
  return name.pointer ? reinterpret_cast<void*>(missing_pointer) : reinterpret_cast<void*>(missing_number);
}

/// What find_symbol() is asked for. Without dlsym all of it is found at the start: the lock that a search takes is one
/// that fork() does not free in the child (dl_load_write_lock of glibc).
constexpr const char* helper_names[] = {"__environ",
                                        "__errno_location",
                                        "fclose",
                                        "fdopen",
                                        "free",
                                        "freelocale",
                                        "getauxval",
                                        "iconv_close",
                                        "posix_spawn_file_actions_adddup2",
                                        "posix_spawn_file_actions_destroy",
                                        "posix_spawn_file_actions_init",
                                        "posix_spawnattr_init",
                                        "posix_spawnattr_setflags",
                                        "posix_spawnattr_setsigdefault",
                                        "posix_spawnattr_setsigmask"};
constexpr unsigned helper_count = sizeof helper_names / sizeof helper_names[0];
void* helpers[helper_count];

void* next_symbol(const char* name) {
  return dlsym != nullptr ? dlsym(next_object, name) : search_symbol(Scope::behind, name);
}

}  // namespace

void find_functions() {
  for (unsigned i = 0; dlsym == nullptr && i < helper_count; ++i) {
    helpers[i] = search_symbol(Scope::all, helper_names[i]);
  }
  // From the last to the first: the one found last is there in every libc, so no failure is left for
  // dlerror() to tell.
  for (unsigned i = name_count; i-- > 0;) {
    const Name& name = names[i];
    void* address = next_symbol(name.name);
    if (address == nullptr && name.instead != nullptr) address = next_symbol(name.instead);
    addresses[i] = address != nullptr ? address : missing(name);
  }
}

void find_late(Function function) {
  void*& address = addresses[function.index];
  if (__atomic_load_n(&address, __ATOMIC_RELAXED) != reinterpret_cast<void*>(missing_pointer)) return;
  void* const found = search_symbol(Scope::behind, names[function.index].name);
  if (found != nullptr) __atomic_store_n(&address, found, __ATOMIC_RELAXED);
}

int* errno_location() {
  static int* (*location)() = nullptr;
  if (location == nullptr) location = reinterpret_cast<int* (*)()>(find_symbol("__errno_location"));
  static int nowhere = 0;
  return location == nullptr ? &nowhere : location();
}

void* find_symbol(const char* name) {
  if (dlsym != nullptr) return dlsym(any_object, name);
  for (unsigned i = 0; i < helper_count; ++i) {
    if (helpers[i] != nullptr && text::equal(helper_names[i], name)) return helpers[i];
  }
  return search_symbol(Scope::all, name);
}

}  // namespace redirect
