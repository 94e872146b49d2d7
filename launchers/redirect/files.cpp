// The functions that take the path of a file or folder: each asks map() what the path means and hands the
// rest on.
//
// Outside rule: the signatures of glibc and musl on 64-bit machines, where every *64 name is the same
// function. No libc header is read, since a header would pick one libc's names. What these functions do not
// see: calls that libc makes itself (locale archives, gconv, time zones, NSS, system() and popen() starting
// /bin/sh), raw system calls, and programs that are linked statically.
#include "../text.h"
#include "functions.h"
#include "place.h"

using redirect::Buffer;
using redirect::Last;
using redirect::place;
using redirect::real;
using redirect::redirected;

namespace {
constexpr int at_symlink_nofollow = 0x100;

Last last_of(int flags) { return (flags & at_symlink_nofollow) != 0 ? Last::looked_at : Last::followed; }

/// A launcher stands for its program as a symlink to it would: who looks for its data beside
/// realpath(argv[0]), as CMake does, is to find it. The program's place, composed in `buffer`, when `path`
/// leads to a launcher of this bundle, else `path`. Of several names of one program (git's) the shortest path
/// counts.
[[gnu::noinline]] const char* past_launcher(const char* path, Buffer& buffer) {
  if (path == nullptr || place.table.empty()) return path;
  Buffer launcher;
  if (real<char*(const char*, char*)>("realpath")(path, buffer.text) == nullptr) return path;
  const redirect_abi::Entry* best = nullptr;
  for (uint32_t i = 0; i < place.table.size(); ++i) {
    const redirect_abi::Entry& entry = place.table.entry(i);
    const char* start = place.table.string(entry.start);
    if (entry.kind != redirect_abi::kind_program || *start == 0) continue;
    if (best != nullptr && best->length <= entry.length) continue;
    Buffer untidy;
    text::Writer out(untidy.text, redirect::path_room - 1);
    out.put(place.home);
    out.put('/');
    out.put(start);
    if (!out.complete()) continue;
    untidy.text[out.used] = 0;
    if (redirect::tidy(untidy.text, launcher.text, redirect::path_room) == 0) continue;
    if (text::equal(launcher.text, buffer.text)) best = &entry;
  }
  if (best == nullptr) return path;
  text::Writer out(buffer.text, redirect::path_room - 1);
  out.put(place.root);
  out.put(place.table.string(best->path));
  if (!out.complete()) return path;
  buffer.text[out.used] = 0;
  return buffer.text;
}
}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// open and its family. The mode is an argument like any other to the registers of both machines.

using Open = int(const char*, int, unsigned);
int open(const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<Open>("open")(at, flags, mode); });
}
int open64(const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<Open>("open64")(at, flags, mode); });
}
int __open(const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<Open>("__open")(at, flags, mode); });
}
int __open64(const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<Open>("__open64")(at, flags, mode); });
}
using Open2 = int(const char*, int);
int __open_2(const char* path, int flags) {
  return redirected(path, [=](const char* at) { return real<Open2>("__open_2")(at, flags); });
}
int __open64_2(const char* path, int flags) {
  return redirected(path, [=](const char* at) { return real<Open2>("__open64_2")(at, flags); });
}
int creat(const char* path, unsigned mode) {
  return redirected(path,
                    [=](const char* at) { return real<int(const char*, unsigned)>("creat")(at, mode); });
}
int creat64(const char* path, unsigned mode) {
  return redirected(path,
                    [=](const char* at) { return real<int(const char*, unsigned)>("creat64")(at, mode); });
}
using OpenAt = int(int, const char*, int, unsigned);
int openat(int folder, const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<OpenAt>("openat")(folder, at, flags, mode); });
}
int openat64(int folder, const char* path, int flags, unsigned mode) {
  return redirected(path, [=](const char* at) { return real<OpenAt>("openat64")(folder, at, flags, mode); });
}
using OpenAt2 = int(int, const char*, int);
int __openat_2(int folder, const char* path, int flags) {
  return redirected(path, [=](const char* at) { return real<OpenAt2>("__openat_2")(folder, at, flags); });
}
int __openat64_2(int folder, const char* path, int flags) {
  return redirected(path, [=](const char* at) { return real<OpenAt2>("__openat64_2")(folder, at, flags); });
}

using FOpen = void*(const char*, const char*);
void* fopen(const char* path, const char* mode) {
  return redirected(path, [=](const char* at) { return real<FOpen>("fopen")(at, mode); });
}
void* fopen64(const char* path, const char* mode) {
  return redirected(path, [=](const char* at) { return real<FOpen>("fopen64")(at, mode); });
}
using FReopen = void*(const char*, const char*, void*);
void* freopen(const char* path, const char* mode, void* stream) {
  return redirected(path, [=](const char* at) { return real<FReopen>("freopen")(at, mode, stream); });
}
void* freopen64(const char* path, const char* mode, void* stream) {
  return redirected(path, [=](const char* at) { return real<FReopen>("freopen64")(at, mode, stream); });
}

// stat and its family, under the names of glibc before and since 2.33.

using Stat = int(const char*, void*);
int stat(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("stat")(at, out); });
}
int stat64(const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<Stat>("stat64")(at, out); });
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
      path, [=](const char* at) { return real<FStatAt>("fstatat64")(folder, at, out, flags); },
      last_of(flags));
}
using XStat = int(int, const char*, void*);
int __xstat(int version, const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<XStat>("__xstat")(version, at, out); });
}
int __xstat64(int version, const char* path, void* out) {
  return redirected(path, [=](const char* at) { return real<XStat>("__xstat64")(version, at, out); });
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
      path, [=](const char* at) { return real<StatX>("statx")(folder, at, flags, mask, out); },
      last_of(flags));
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
  return redirected(path, [=](const char* at) { return real<Access>("access")(at, mode); });
}
int eaccess(const char* path, int mode) {
  return redirected(path, [=](const char* at) { return real<Access>("eaccess")(at, mode); });
}
int euidaccess(const char* path, int mode) {
  return redirected(path, [=](const char* at) { return real<Access>("euidaccess")(at, mode); });
}
using FAccessAt = int(int, const char*, int, int);
int faccessat(int folder, const char* path, int mode, int flags) {
  return redirected(
      path, [=](const char* at) { return real<FAccessAt>("faccessat")(folder, at, mode, flags); },
      last_of(flags));
}
long pathconf(const char* path, int name) {
  return redirected(path, [=](const char* at) { return real<long(const char*, int)>("pathconf")(at, name); });
}
using GetAttribute = long(const char*, const char*, void*, size_t);
long getxattr(const char* path, const char* name, void* out, size_t size) {
  return redirected(path,
                    [=](const char* at) { return real<GetAttribute>("getxattr")(at, name, out, size); });
}
long lgetxattr(const char* path, const char* name, void* out, size_t size) {
  return redirected(
      path, [=](const char* at) { return real<GetAttribute>("lgetxattr")(at, name, out, size); },
      Last::looked_at);
}
using ListAttributes = long(const char*, char*, size_t);
long listxattr(const char* path, char* out, size_t size) {
  return redirected(path, [=](const char* at) { return real<ListAttributes>("listxattr")(at, out, size); });
}
long llistxattr(const char* path, char* out, size_t size) {
  return redirected(
      path, [=](const char* at) { return real<ListAttributes>("llistxattr")(at, out, size); },
      Last::looked_at);
}

// Links and true names. A bundled file's true name is where it lies: it serves a child process and a raw
// system call too.

/// What readlink(2) says of /proc/self/exe where the program was started in process; -1 for every other path.
static long own_link(const char* path, char* out, size_t size) {
  if (!redirect::may_be_ours(path) || !redirect::names_own_executable(path)) return -1;
  size_t used = 0;
  for (const char* from = redirect::place.program; *from != 0 && used < size; ++from) out[used++] = *from;
  return static_cast<long>(used);
}

long readlink(const char* path, char* out, size_t size) {
  const long own = size > 0 ? own_link(path, out, size) : -1;
  if (own >= 0) return own;
  return redirected(
      path, [=](const char* at) { return real<ListAttributes>("readlink")(at, out, size); }, Last::looked_at);
}
long __readlink_chk(const char* path, char* out, size_t size, size_t room) {
  const long own = size > 0 && size <= room ? own_link(path, out, size) : -1;
  if (own >= 0) return own;
  using Type = long(const char*, char*, size_t, size_t);
  return redirected(
      path, [=](const char* at) { return real<Type>("__readlink_chk")(at, out, size, room); },
      Last::looked_at);
}
long readlinkat(int folder, const char* path, char* out, size_t size) {
  const long own = size > 0 ? own_link(path, out, size) : -1;
  if (own >= 0) return own;
  using Type = long(int, const char*, char*, size_t);
  return redirected(
      path, [=](const char* at) { return real<Type>("readlinkat")(folder, at, out, size); }, Last::looked_at);
}
long __readlinkat_chk(int folder, const char* path, char* out, size_t size, size_t room) {
  const long own = size > 0 && size <= room ? own_link(path, out, size) : -1;
  if (own >= 0) return own;
  using Type = long(int, const char*, char*, size_t, size_t);
  return redirected(
      path, [=](const char* at) { return real<Type>("__readlinkat_chk")(folder, at, out, size, room); },
      Last::looked_at);
}
char* realpath(const char* path, char* out) {
  return redirected(path, [=](const char* at) {
    Buffer buffer;
    return real<char*(const char*, char*)>("realpath")(past_launcher(at, buffer), out);
  });
}
char* __realpath_chk(const char* path, char* out, size_t room) {
  using Type = char*(const char*, char*, size_t);
  return redirected(path, [=](const char* at) {
    Buffer buffer;
    return real<Type>("__realpath_chk")(past_launcher(at, buffer), out, room);
  });
}
char* canonicalize_file_name(const char* path) {
  return redirected(path, [=](const char* at) {
    Buffer buffer;
    return real<char*(const char*)>("canonicalize_file_name")(past_launcher(at, buffer));
  });
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
  return redirected(path,
                    [=](const char* at) { return real<ScanDir>("scandir64")(at, list, filter, order); });
}
using ScanDirAt = int(int, const char*, void*, void*, void*);
int scandirat(int folder, const char* path, void* list, void* filter, void* order) {
  return redirected(
      path, [=](const char* at) { return real<ScanDirAt>("scandirat")(folder, at, list, filter, order); });
}
int scandirat64(int folder, const char* path, void* list, void* filter, void* order) {
  return redirected(
      path, [=](const char* at) { return real<ScanDirAt>("scandirat64")(folder, at, list, filter, order); });
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
  return redirected(path, [=](const char* at) { return real<Nftw>("nftw")(at, visit, descriptors, flags); });
}
int nftw64(const char* path, void* visit, int descriptors, int flags) {
  return redirected(path,
                    [=](const char* at) { return real<Nftw>("nftw64")(at, visit, descriptors, flags); });
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
  if (pattern[end] == 0) return redirect::map(pattern, buffer);
  redirect::Buffer folder;
  if (slash == 0 || slash >= redirect::path_room) return pattern;
  for (size_t i = 0; i < slash; ++i) folder.text[i] = pattern[i];
  folder.text[slash] = 0;
  if (redirect::map(folder.text, buffer) != buffer.text) return pattern;
  size_t used = 0;
  while (buffer.text[used] != 0) ++used;
  for (; pattern[slash] != 0; ++slash) {
    if (used + 1 >= redirect::path_room) return pattern;
    buffer.text[used++] = pattern[slash];
  }
  buffer.text[used] = 0;
  return buffer.text;
}

using Glob = int(const char*, int, void*, void*);
[[gnu::noinline]] int glob_mapped(Glob* call, const char* pattern, int flags, void* on_error, void* out) {
  redirect::Buffer buffer;
  return call(map_pattern(pattern, buffer), flags, on_error, out);
}

using FtsOpen = void*(char* const*, int, void*);
void* fts_open_mapped(FtsOpen* call, char* const* paths, int options, void* order) {
  constexpr size_t most = 64;
  char* mapped[most + 1];
  size_t count = 0;
  for (; paths[count] != nullptr; ++count) {
    if (count == most) return call(paths, options, order);
    mapped[count] = paths[count];
    redirected(paths[count], [&](const char* at) {
      const char* kept = at == paths[count] ? at : redirect::keep(at);
      if (kept != nullptr) mapped[count] = const_cast<char*>(kept);
      return 0;
    });
  }
  mapped[count] = nullptr;
  return call(mapped, options, order);
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
  redirect_real_dlopen = redirect::addresses[redirect::Function("dlopen").index];
  const char* meant = path;
  redirected(path, [&](const char* at) {
    const char* kept = at == path ? nullptr : redirect::keep(at);
    if (kept != nullptr) meant = kept;
    return 0;
  });
  return meant;
}
