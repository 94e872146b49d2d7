// The kernel's interface as the launchers use it: system calls by name, and the way out when something fails.
//
// Calls return the kernel's result, a negative errno on failure; failed() tells.
#pragma once

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include "arch/x86_64.h"
#elif defined(__aarch64__)
#include "arch/aarch64.h"
#else
#error "no launcher for this architecture"
#endif

namespace text {
struct Writer;
}

namespace sys {

inline long address(const void* pointer) { return static_cast<long>(reinterpret_cast<uintptr_t>(pointer)); }
inline bool failed(long result) { return result < 0 && result >= -4095; }

inline long open_for_reading(const char* path) {
  return arch::syscall(__NR_openat, AT_FDCWD, address(path), O_RDONLY | O_CLOEXEC);
}
inline void close(long descriptor) { arch::syscall(__NR_close, descriptor); }
inline long read_at(long descriptor, void* to, size_t size, uint64_t offset) {
  return arch::syscall(__NR_pread64, descriptor, address(to), static_cast<long>(size), static_cast<long>(offset));
}
inline long map(uint64_t at, uint64_t size, long protection, long flags, long descriptor, uint64_t offset) {
  return arch::syscall(__NR_mmap, static_cast<long>(at), static_cast<long>(size), protection, flags, descriptor,
                       static_cast<long>(offset));
}
inline long unmap(uint64_t at, uint64_t size) {
  return arch::syscall(__NR_munmap, static_cast<long>(at), static_cast<long>(size));
}
inline long protect(uint64_t at, uint64_t size, long protection) {
  return arch::syscall(__NR_mprotect, static_cast<long>(at), static_cast<long>(size), protection);
}
inline long read_link(const char* path, char* to, size_t size) {
  return arch::syscall(__NR_readlinkat, AT_FDCWD, address(path), address(to), static_cast<long>(size));
}
inline long working_folder(char* to, size_t size) {
  return arch::syscall(__NR_getcwd, address(to), static_cast<long>(size));
}
inline long execute(const char* path, char** argv, char** envp) {
  return arch::syscall(__NR_execve, address(path), address(argv), address(envp));
}

}  // namespace sys

/// Prints "NAME: PATH: WHAT: REASON" as one line on stderr and ends the process with the status that a shell
/// would give: 127 when the file is not there, 126 when it is and cannot be started. `error` is a negative
/// errno or 0.
[[noreturn]] void fail(const char* path, const char* what, long error, const char* advice = "");
/// The reason alone, of those that executing a file has, too.
void put_reason(text::Writer& line, long error);
/// Who speaks in fail(). Set once.
void set_speaker(const char* name);
