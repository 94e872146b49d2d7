// The functions that take the path of a file or folder: each asks map() what the path means and hands the
// rest on.
//
// Outside rule: the signatures of glibc and musl on 64-bit machines, where every *64 name is the same
// function. No libc header is read, since a header would pick one libc's names. What these functions do not
// see: calls that libc makes itself (for locales, gconv and time zones see environment.h, for system() and
// popen() shell.cpp; NSS remains), raw system calls, and programs that are linked statically.
#include <asm/errno.h>
#include <linux/fcntl.h>

#include "../system.h"
#include "../text.h"
#include "environment.h"
#include "functions.h"
#include "place.h"

using redirect::Last;
using redirect::real;
using redirect::redirected;

namespace {

Last last_of(int flags) { return (flags & redirect::at_symlink_nofollow) != 0 ? Last::looked_at : Last::described; }
Last last_of_open(int flags) { return (flags & O_NOFOLLOW) != 0 ? Last::looked_at : Last::followed; }
Last last_of_walk(int flags) {
  constexpr int ftw_phys = 1;
  return (flags & ftw_phys) != 0 ? Last::looked_at : Last::followed;
}
Last last_of_fts(int options) {
  constexpr int fts_comfollow = 1, fts_physical = 0x10;
  return (options & (fts_comfollow | fts_physical)) == fts_physical ? Last::looked_at : Last::followed;
}

/// Whether something may be executed is asked of what would be, which for a program itself is its launcher.
Last last_for(int mode) {
  constexpr int x_ok = 1;
  return (mode & x_ok) != 0 ? Last::executed : Last::followed;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// open and its family. The mode is an argument like any other to the registers of both machines.

using Open = int(const char*, int, unsigned);
int open(const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<Open>("open")(at, flags, mode); }, last_of_open(flags));
}
int open64(const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<Open>("open64")(at, flags, mode); }, last_of_open(flags));
}
int __open(const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<Open>("__open")(at, flags, mode); }, last_of_open(flags));
}
int __open64(const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<Open>("__open64")(at, flags, mode); }, last_of_open(flags));
}
using Open2 = int(const char*, int);
int __open_2(const char* path, int flags) {
  return redirected(
      path, [=](const char* at) { return real<Open2>("__open_2")(at, flags); }, last_of_open(flags));
}
int __open64_2(const char* path, int flags) {
  return redirected(
      path, [=](const char* at) { return real<Open2>("__open64_2")(at, flags); }, last_of_open(flags));
}
int creat(const char* path, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<int(const char*, unsigned)>("creat")(at, mode); });
}
int creat64(const char* path, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<int(const char*, unsigned)>("creat64")(at, mode); });
}
using OpenAt = int(int, const char*, int, unsigned);
int openat(int folder, const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<OpenAt>("openat")(folder, at, flags, mode); }, last_of_open(flags));
}
int openat64(int folder, const char* path, int flags, unsigned mode) {
  return redirected(
      path, [=](const char* at) { return real<OpenAt>("openat64")(folder, at, flags, mode); }, last_of_open(flags));
}
using OpenAt2 = int(int, const char*, int);
int __openat_2(int folder, const char* path, int flags) {
  return redirected(
      path, [=](const char* at) { return real<OpenAt2>("__openat_2")(folder, at, flags); }, last_of_open(flags));
}
int __openat64_2(int folder, const char* path, int flags) {
  return redirected(
      path, [=](const char* at) { return real<OpenAt2>("__openat64_2")(folder, at, flags); }, last_of_open(flags));
}

using FOpen = void*(const char*, const char*);
void* fopen(const char* path, const char* mode) {
  redirect::before_stream(mode);
  return redirected(path, [=](const char* at) { return real<FOpen>("fopen")(at, mode); });
}
void* fopen64(const char* path, const char* mode) {
  redirect::before_stream(mode);
  return redirected(path, [=](const char* at) { return real<FOpen>("fopen64")(at, mode); });
}
using FReopen = void*(const char*, const char*, void*);
void* freopen(const char* path, const char* mode, void* stream) {
  redirect::before_stream(mode);
  return redirected(path, [=](const char* at) { return real<FReopen>("freopen")(at, mode, stream); });
}
void* freopen64(const char* path, const char* mode, void* stream) {
  redirect::before_stream(mode);
  return redirected(path, [=](const char* at) { return real<FReopen>("freopen64")(at, mode, stream); });
}

// stat and its family, under the names of glibc before and since 2.33.

using Stat = int(const char*, void*);
int stat(const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<Stat>("stat")(at, out); }, Last::described);
}
int stat64(const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<Stat>("stat64")(at, out); }, Last::described);
}
int lstat(const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<Stat>("lstat")(at, out); }, Last::looked_at);
}
int lstat64(const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<Stat>("lstat64")(at, out); }, Last::looked_at);
}
using FStatAt = int(int, const char*, void*, int);
int fstatat(int folder, const char* path, void* out, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FStatAt>("fstatat")(folder, at, out, flags); }, last_of(flags));
}
int fstatat64(int folder, const char* path, void* out, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FStatAt>("fstatat64")(folder, at, out, flags); }, last_of(flags));
}
using XStat = int(int, const char*, void*);
int __xstat(int version, const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<XStat>("__xstat")(version, at, out); }, Last::described);
}
int __xstat64(int version, const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<XStat>("__xstat64")(version, at, out); }, Last::described);
}
int __lxstat(int version, const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<XStat>("__lxstat")(version, at, out); }, Last::looked_at);
}
int __lxstat64(int version, const char* path, void* out) {
  return redirected(
      path, [=](const char* at) { return real<XStat>("__lxstat64")(version, at, out); }, Last::looked_at);
}
using FXStatAt = int(int, int, const char*, void*, int);
int __fxstatat(int version, int folder, const char* path, void* out, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FXStatAt>("__fxstatat")(version, folder, at, out, flags); },
      last_of(flags));
}
int __fxstatat64(int version, int folder, const char* path, void* out, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FXStatAt>("__fxstatat64")(version, folder, at, out, flags); },
      last_of(flags));
}
using StatX = int(int, const char*, int, unsigned, void*);
int statx(int folder, const char* path, int flags, unsigned mask, void* out) {
  return redirected(
      path, [=](const char* at) { return real<StatX>("statx")(folder, at, flags, mask, out); }, last_of(flags));
}
int statfs(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("statfs")(at, out); });
}
int statfs64(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("statfs64")(at, out); });
}
int statvfs(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("statvfs")(at, out); });
}
int statvfs64(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("statvfs64")(at, out); });
}

// What a path may be used for, and what is written beside it.

using Access = int(const char*, int);
int access(const char* path, int mode) {
  return redirected(
      path, [=](const char* at) { return real<Access>("access")(at, mode); }, last_for(mode));
}
int eaccess(const char* path, int mode) {
  return redirected(
      path, [=](const char* at) { return real<Access>("eaccess")(at, mode); }, last_for(mode));
}
int euidaccess(const char* path, int mode) {
  return redirected(
      path, [=](const char* at) { return real<Access>("euidaccess")(at, mode); }, last_for(mode));
}
using FAccessAt = int(int, const char*, int, int);
int faccessat(int folder, const char* path, int mode, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FAccessAt>("faccessat")(folder, at, mode, flags); }, last_of(flags));
}
long pathconf(const char* path, int name) {
  return redirected(path, [=](const char* at) { return real<long(const char*, int)>("pathconf")(at, name); });
}
using GetAttribute = long(const char*, const char*, void*, size_t);
long getxattr(const char* path, const char* name, void* out, size_t size) {
  return redirected(path, [=](const char* at) { return real<GetAttribute>("getxattr")(at, name, out, size); });
}
long lgetxattr(const char* path, const char* name, void* out, size_t size) {
  return redirected(
      path, [=](const char* at) { return real<GetAttribute>("lgetxattr")(at, name, out, size); }, Last::looked_at);
}
using ListAttributes = long(const char*, char*, size_t);
long listxattr(const char* path, char* out, size_t size) {
  return redirected(path, [=](const char* at) { return real<ListAttributes>("listxattr")(at, out, size); });
}
long llistxattr(const char* path, char* out, size_t size) {
  return redirected(
      path, [=](const char* at) { return real<ListAttributes>("llistxattr")(at, out, size); }, Last::looked_at);
}

// Links and true names. A bundled file's true name is where it lies: it serves a child process and a raw
// system call too.

}  // extern "C"
#pragma GCC visibility pop

namespace {

/// The link that a launcher stands for, when the kernel said that `path` is there and is none. Else `result`.
long launcher_link(long result, int folder, const char* path, char* out, size_t size) {
  int* const error = redirect::errno_location();
  if (result >= 0 || *error != EINVAL || size == 0 || !redirect::place().has_launchers) return result;
  if (*path != '/' && folder != AT_FDCWD) return result;
  redirect::Buffer buffer;
  const char* program = redirect::behind_path(path, buffer);
  return program == nullptr ? result : redirect::copy_link(program, out, size);
}

template <class Call>
long read_link(int folder, const char* path, char* out, size_t size, const Call& call) {
  const long own = size > 0 ? redirect::own_link(path, out, size) : -1;
  if (own >= 0) return own;
  int* const error = redirect::errno_location();
  const int before = *error;
  const long found = redirected(path, call, Last::looked_at);
  const long result = launcher_link(found, folder, path, out, size);
  if (result != found) *error = before;
  return result;
}

/// The true name of what a launcher stands for, when that is what realpath() came to. Else `found`.
template <class Call>
[[gnu::noinline]] char* past_launcher(char* found, bool allocated, const Call& call) {
  redirect::Buffer buffer;
  const char* program = redirect::behind_launcher(found, buffer);
  if (program == nullptr) return found;
  if (allocated) {
    auto* free = reinterpret_cast<void (*)(void*)>(redirect::find_symbol("free"));
    if (free != nullptr) free(found);
  }
  return call(program);
}
template <class Call>
char* true_path(const char* path, bool allocated, const Call& call) {
  char* const found = redirected(path, call);
  if (!redirect::may_be_launcher(found)) [[likely]]
    return found;
  return past_launcher(found, allocated, call);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

long readlink(const char* path, char* out, size_t size) {
  return read_link(AT_FDCWD, path, out, size,
                   [=](const char* at) { return real<ListAttributes>("readlink")(at, out, size); });
}
long __readlink_chk(const char* path, char* out, size_t size, size_t room) {
  using Type = long(const char*, char*, size_t, size_t);
  const auto call = [=](const char* at) { return real<Type>("__readlink_chk")(at, out, size, room); };
  if (size > room) return call(path);  // which ends the program
  return read_link(AT_FDCWD, path, out, size, call);
}
long readlinkat(int folder, const char* path, char* out, size_t size) {
  using Type = long(int, const char*, char*, size_t);
  return read_link(folder, path, out, size,
                   [=](const char* at) { return real<Type>("readlinkat")(folder, at, out, size); });
}
long __readlinkat_chk(int folder, const char* path, char* out, size_t size, size_t room) {
  using Type = long(int, const char*, char*, size_t, size_t);
  const auto call = [=](const char* at) { return real<Type>("__readlinkat_chk")(folder, at, out, size, room); };
  if (size > room) return call(path);
  return read_link(folder, path, out, size, call);
}
char* realpath(const char* path, char* out) {
  return true_path(path, out == nullptr,
                   [=](const char* at) { return real<char*(const char*, char*)>("realpath")(at, out); });
}
char* __realpath_chk(const char* path, char* out, size_t room) {
  using Type = char*(const char*, char*, size_t);
  return true_path(path, out == nullptr, [=](const char* at) { return real<Type>("__realpath_chk")(at, out, room); });
}
char* canonicalize_file_name(const char* path) {
  return true_path(path, true, [=](const char* at) { return real<char*(const char*)>("canonicalize_file_name")(at); });
}

// Folders.

int chdir(const char* path) {
  return redirected(path, [=](const char* at) { return real<int(const char*)>("chdir")(at); });
}
void* opendir(const char* path) {
  return redirected(path, [=](const char* at) { return real<void*(const char*)>("opendir")(at); });
}
using ScanDir = int(const char*, void*, void*, void*);
int scandir(const char* path, void* list, void* filter, void* order) {
  return redirected(path, [=](const char* at) { return real<ScanDir>("scandir")(at, list, filter, order); });
}
int scandir64(const char* path, void* list, void* filter, void* order) {
  return redirected(path, [=](const char* at) { return real<ScanDir>("scandir64")(at, list, filter, order); });
}
using ScanDirAt = int(int, const char*, void*, void*, void*);
int scandirat(int folder, const char* path, void* list, void* filter, void* order) {
  return redirected(path,
                    [=](const char* at) { return real<ScanDirAt>("scandirat")(folder, at, list, filter, order); });
}
int scandirat64(int folder, const char* path, void* list, void* filter, void* order) {
  return redirected(path,
                    [=](const char* at) { return real<ScanDirAt>("scandirat64")(folder, at, list, filter, order); });
}
using Ftw = int(const char*, void*, int);
int ftw(const char* path, void* visit, int descriptors) {
  return redirected(path, [=](const char* at) { return real<Ftw>("ftw")(at, visit, descriptors); });
}
int ftw64(const char* path, void* visit, int descriptors) {
  return redirected(path, [=](const char* at) { return real<Ftw>("ftw64")(at, visit, descriptors); });
}
using Nftw = int(const char*, void*, int, int);
int nftw(const char* path, void* visit, int descriptors, int flags) {
  return redirected(
      path, [=](const char* at) { return real<Nftw>("nftw")(at, visit, descriptors, flags); }, last_of_walk(flags));
}
int nftw64(const char* path, void* visit, int descriptors, int flags) {
  return redirected(
      path, [=](const char* at) { return real<Nftw>("nftw64")(at, visit, descriptors, flags); }, last_of_walk(flags));
}
/// Translations of a package that were bundled: libc opens them itself, below the folder that it is told
/// here.
char* bindtextdomain(const char* domain, const char* path) {
  using Type = char*(const char*, const char*);
  return redirected(path, [=](const char* at) { return real<Type>("bindtextdomain")(domain, at); });
}

}  // extern "C"
#pragma GCC visibility pop

namespace {

/// A pattern is in the bundle when the folder ahead of its first wildcard is. Results are then paths in the
/// bundle.
const char* map_pattern(const char* pattern, redirect::Buffer& buffer) {
  size_t slash = 0, end = 0;
  for (; pattern[end] != 0; ++end) {
    const char c = pattern[end];
    if (c == '*' || c == '?' || c == '[' || c == '{' || c == '\\') break;
    if (c == '/') slash = end;
  }
  if (pattern[end] == 0) return redirect::map(pattern, buffer, Last::looked_at);
  redirect::Buffer folder;
  if (slash == 0 || !folder.reserve(slash + 1)) return pattern;
  for (size_t i = 0; i < slash; ++i) folder.text[i] = pattern[i];
  folder.text[slash] = 0;
  if (redirect::map(folder.text, buffer) != buffer.text) return pattern;
  const size_t used = text::length(buffer.text), rest = text::length(pattern + slash) + 1;
  if (!buffer.reserve(used + rest)) return pattern;
  memcpy(buffer.text + used, pattern + slash, rest);
  return buffer.text;
}

using Glob = int(const char*, int, void*, void*);
[[gnu::noinline]] int glob_mapped(Glob* call, const char* pattern, int flags, void* on_error, void* out) {
  redirect::Buffer buffer;
  return call(map_pattern(pattern, buffer), flags, on_error, out);
}

using FtsOpen = void*(char* const*, int, void*);
void* fts_open_mapped(FtsOpen* call, char* const* paths, int options, void* order) {
  size_t count = 0;
  while (paths[count] != nullptr) ++count;
  redirect::List mapped;
  if (!mapped.reserve(count + 1)) return call(paths, options, order);
  for (size_t i = 0; i < count; ++i) {
    char* const path = mapped.strings[i] = paths[i];
    const auto keep = [&](const char* at) {
      const char* kept = at == path ? at : redirect::keep(at);
      if (kept != nullptr) mapped.strings[i] = const_cast<char*>(kept);
      return 0;
    };
    redirected(path, keep, last_of_fts(options));
  }
  mapped.strings[count] = nullptr;
  return call(mapped.strings, options, order);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int glob(const char* pattern, int flags, void* on_error, void* out) {
  if (!redirect::may_be_ours(pattern)) return real<Glob>("glob")(pattern, flags, on_error, out);
  return glob_mapped(real<Glob>("glob"), pattern, flags, on_error, out);
}
int glob64(const char* pattern, int flags, void* on_error, void* out) {
  if (!redirect::may_be_ours(pattern)) return real<Glob>("glob64")(pattern, flags, on_error, out);
  return glob_mapped(real<Glob>("glob64"), pattern, flags, on_error, out);
}
void* fts_open(char* const* paths, int options, void* order) {
  redirect::prepare();
  return fts_open_mapped(real<FtsOpen>("fts_open"), paths, options, order);
}
void* fts64_open(char* const* paths, int options, void* order) {
  redirect::prepare();
  return fts_open_mapped(real<FtsOpen>("fts64_open"), paths, options, order);
}

void* dlmopen(long space, const char* path, int flags) {
  using Type = void*(long, const char*, int);
  redirect::prepare();
  redirect::find_late("dlmopen");
  return redirected(path, [=](const char* at) { return real<Type>("dlmopen")(space, at, flags); });
}

}  // extern "C"
#pragma GCC visibility pop

// dlopen and syscall are entered through arch/: they jump to libc's function, so that the return address is
// the caller's own. By it dlopen finds the namespace and the run path that apply.

extern "C" {
void* redirect_real_dlopen = nullptr;
const char* redirect_dlopen_path(const char* path);
}

const char* redirect_dlopen_path(const char* path) {
  redirect::prepare();
  redirect::find_late("dlopen");
  redirect_real_dlopen = redirect::addresses[redirect::Function("dlopen").index];
  const char* meant = path;
  redirected(path, [&](const char* at) {
    const char* kept = at == path ? nullptr : redirect::keep(at);
    if (kept != nullptr) meant = kept;
    return 0;
  });
  return meant;
}
