// The loader's own search for a symbol, done over: for where no dlsym() is.
//
// glibc before 2.34 has dlsym in libdl.so.2, and a program that opens no library itself does not load that. What
// dl_iterate_phdr() tells, which every libc has, is enough: the objects in the order that the loader searches them,
// and of each the tables that it searches (gABI, "Dynamic Section"; glibc elf/dl-lookup.c).
#pragma once

namespace redirect {

enum class Scope {
  all,    // as dlsym(RTLD_DEFAULT)
  behind  // what is behind this library, as dlsym(RTLD_NEXT)
};

/// The first definition of `name`, of its versions the default one; null when there is none. Names that lie twice, in
/// libpthread and libc, are the first one's, as the program's own calls are.
void* search_symbol(Scope scope, const char* name);

/// The path that the loader knows this library by, or null.
const char* own_path();

}  // namespace redirect
