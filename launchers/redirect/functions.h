// libc's own functions behind ours: found once by dlsym(RTLD_NEXT), called through a table.
//
// Every name that the library answers for stands in one list; real<Type>("name") is checked against it at
// compile time. Invariant: after find_functions() no entry is null. What this libc lacks is the kernel's call of that
// name, or fails with ENOSYS, as that would.
#pragma once

#include <stddef.h>

namespace redirect {

struct Name {
  const char* name;
  const char* instead = nullptr;  // musl 1.2.4 and later know no *64 names at run time; ours are one function
  bool pointer = false;           // what it returns: decides how a missing one fails
};

constexpr Name names[] = {
    {"open"},
    {"open64", "open"},
    {"__open", "open"},
    {"__open64", "open"},
    {"__open_2"},
    {"__open64_2"},
    {"openat"},
    {"openat64", "openat"},
    {"__openat_2"},
    {"__openat64_2"},
    {"creat"},
    {"creat64", "creat"},
    {"fopen", nullptr, true},
    {"fopen64", "fopen", true},
    {"freopen", nullptr, true},
    {"freopen64", "freopen", true},
    {"stat"},  // in glibc from 2.33 on, before that __xstat
    {"stat64", "stat"},
    {"lstat"},
    {"lstat64", "lstat"},
    {"fstatat"},
    {"fstatat64", "fstatat"},
    {"__xstat"},
    {"__xstat64", "__xstat"},
    {"__lxstat"},
    {"__lxstat64", "__lxstat"},
    {"__fxstatat"},
    {"__fxstatat64", "__fxstatat"},
    {"statx"},
    {"statfs"},
    {"statfs64", "statfs"},
    {"statvfs"},
    {"statvfs64", "statvfs"},
    {"access"},
    {"eaccess"},
    {"euidaccess", "eaccess"},
    {"faccessat"},
    {"pathconf"},
    {"getxattr"},
    {"lgetxattr"},
    {"listxattr"},
    {"llistxattr"},
    {"readlink"},
    {"__readlink_chk"},
    {"readlinkat"},
    {"__readlinkat_chk"},
    {"realpath", nullptr, true},
    {"__realpath_chk", nullptr, true},
    {"canonicalize_file_name", nullptr, true},
    {"chdir"},
    {"opendir", nullptr, true},
    {"scandir"},
    {"scandir64", "scandir"},
    {"scandirat"},
    {"scandirat64", "scandirat"},
    {"ftw"},
    {"ftw64", "ftw"},
    {"nftw"},
    {"nftw64", "nftw"},
    {"fts_open", nullptr, true},
    {"fts64_open", "fts_open", true},
    {"glob"},
    {"glob64", "glob"},
    {"bindtextdomain", nullptr, true},
    {"dlopen", nullptr, true},
    {"dlmopen", nullptr, true},
    {"execve"},
    {"execvpe"},
    {"execveat"},
    {"posix_spawn"},
    {"posix_spawnp"},
    {"system"},
    {"popen", nullptr, true},
    {"pclose"},
    {"syscall"},
    {"fork"},
    {"setenv"},
    {"unsetenv"},
    {"putenv"},
    {"clearenv"},
    {"iconv_open", nullptr, true},
    {"__gconv_open"},
    {"setlocale", nullptr, true},
    {"newlocale", nullptr, true},
    {"__newlocale", "newlocale", true},
    {"tzset"},
    {"localtime", nullptr, true},
    {"localtime_r", nullptr, true},
    {"gmtime", nullptr, true},
    {"gmtime_r", nullptr, true},
    {"ctime", nullptr, true},
    {"ctime_r", nullptr, true},
    {"mktime"},
    {"timelocal", "mktime"},
    {"timegm"},
    {"strftime"},
    {"strftime_l"},
    {"__strftime_l", "strftime_l"},
    {"wcsftime"},
    {"wcsftime_l"},
    {"__wcsftime_l", "wcsftime_l"},
};
constexpr unsigned name_count = sizeof names / sizeof names[0];

void not_in_the_list_of_names();  // not constexpr, and nowhere defined: a wrong name does not compile

/// An index into names, from a name that must be there.
struct Function {
  unsigned index;
  consteval Function(const char* name) : index(index_of(name)) {}

 private:
  static consteval unsigned index_of(const char* name) {
    for (unsigned i = 0; i < name_count; ++i) {
      const char *a = names[i].name, *b = name;
      while (*a != 0 && *a == *b) ++a, ++b;
      if (*a == *b) return i;
    }
    not_in_the_list_of_names();
    return 0;
  }
};

extern void* addresses[name_count];

template <class Type>
Type* real(Function function) {
  return reinterpret_cast<Type*>(addresses[function.index]);
}

/// Fills `addresses`. Idempotent.
void find_functions();
/// Looks again for a function that was nowhere when the program started: libdl.so.2 may have come with a library that
/// libc opened by itself, for NSS or a conversion.
void find_late(Function function);
/// This thread's errno.
int* errno_location();
/// A symbol of the program or any of its libraries, or null.
void* find_symbol(const char* name);

}  // namespace redirect
