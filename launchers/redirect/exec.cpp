// The functions that execute a file: execve and its family, posix_spawn, and syscall() for who calls the
// kernel by number.
//
// A bundled program starts by itself at the bundle's home; anywhere else its PT_INTERP leads nowhere, so its
// launcher is executed in its place, with the arguments as they are. A bundled script is handed to its
// interpreter when that is in the bundle. Invariant: safe between vfork and exec - only the stack is written
// to.
#include "../system.h"
#include "../text.h"
#include "environment.h"
#include "functions.h"
#include "place.h"

using redirect::Buffer;
using redirect::Function;
using redirect::place;
using redirect::real;
using redirect_abi::Entry;

namespace {

using redirect::Strings;

bool executable(const char* path) {
  constexpr long x_ok = 1;
  return arch::syscall(__NR_faccessat, AT_FDCWD, sys::address(path), x_ok) == 0;
}

/// Puts the file that has to be executed for the bundled `entry` into `buffer`.
const char* starter(const Entry& entry, Buffer& buffer) {
  text::Writer out(buffer.text, redirect::path_room - 1);
  out.put(place.home);
  out.put('/');
  out.put(place.table.string(entry.start));
  if (!out.complete()) return nullptr;
  buffer.text[out.used] = 0;
  return buffer.text;
}

/// `path` made absolute and tidy, when it is meant for a file below the bundle's root: what a program gets
/// from readlink("/proc/self/exe"), realpath() or a working folder in the bundle. Else null.
const char* inside_root(const char* path, Buffer& buffer) {
  Buffer whole;
  text::Writer out(whole.text, redirect::path_room - 1);
  if (*path != '/') {
    if (sys::failed(sys::working_folder(buffer.text, redirect::path_room)) || buffer.text[0] != '/') return nullptr;
    out.put(buffer.text);
    out.put('/');
  }
  out.put(path);
  if (!out.complete()) return nullptr;
  whole.text[out.used] = 0;
  if (redirect::tidy(whole.text, buffer.text, redirect::path_room) == 0) return nullptr;
  if (!text::begins(buffer.text, place.root) || buffer.text[place.root_length] != '/') return nullptr;
  return buffer.text;
}

/// What is executed for `path`: itself, a bundled file, or a launcher. `script` tells that it is a bundled
/// file that is no known program. [[gnu::noinline]]: its caller's frame stays small.
[[gnu::noinline]] const char* executed(const char* path, Buffer& buffer, bool& script) {
  script = false;
  if (redirect::names_own_executable(path)) return path;  // the launcher, which starts this very program again
  const Entry* entry = nullptr;
  // Not followed: what stands for a program is executed itself.
  const char* lies = redirect::map(path, buffer, redirect::Last::looked_at, &entry);
  if (entry == nullptr) {
    lies = inside_root(path, buffer);
    if (lies == nullptr) return path;
    entry = place.table.find(lies + place.root_length, text::length(lies + place.root_length));
  }
  if (place.in_process && text::equal(lies, place.program) && place.launcher[0] == '/') return place.launcher;
  if (entry == nullptr || entry->kind != redirect_abi::kind_program) {
    script = true;
    return lies;
  }
  if (place.at_home && (entry->flags & redirect_abi::flag_always_start) == 0) return lies;
  const char* launcher = starter(*entry, buffer);
  return launcher == nullptr ? path : launcher;
}

size_t count_of(Strings strings) {
  size_t count = 0;
  while (strings != nullptr && strings[count] != nullptr) ++count;
  return count;
}
/// `argument` of "#! INTERPRETER ARGUMENT" is the rest of the line, as the kernel has it.
struct Shebang {
  char line[256];
  char* interpreter = nullptr;
  char* argument = nullptr;
};

bool read_shebang(const char* path, Shebang& shebang) {
  const long descriptor = sys::open_for_reading(path);
  if (sys::failed(descriptor)) return false;
  const long size = sys::read_at(descriptor, shebang.line, sizeof shebang.line - 1, 0);
  sys::close(descriptor);
  if (size < 3 || shebang.line[0] != '#' || shebang.line[1] != '!') return false;
  shebang.line[size] = 0;
  char* at = shebang.line + 2;
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  char* end = at;
  while (*end != 0 && *end != '\n') ++end;
  if (*end == 0) return false;  // longer than the kernel would have it in all versions
  while (end > at && blank(end[-1])) --end;
  *end = 0;
  while (blank(*at)) ++at;
  if (*at == 0) return false;
  shebang.interpreter = at;
  while (*at != 0 && !blank(*at)) ++at;
  if (*at == 0) return true;
  *at++ = 0;
  while (blank(*at)) ++at;
  shebang.argument = at;
  return true;
}

/// Beyond this many strings a list is passed on as it is: the stack of a signal handler or a vforked child is
/// not ours to fill.
constexpr size_t most_strings = 4096;

/// call(path, argv, envp) with what they have to be. `call` gets `path` itself when nothing is redirected.
template <class Call>
[[gnu::noinline]] auto call_executed(const char* path, Strings argv, Strings envp, const Call& call) {
  envp = redirect::caller_environment(envp);
  if (place.table.empty() && !place.in_process) return call(path, argv, envp);
  Buffer buffer;
  bool script = false;
  const char* target = executed(path, buffer, script);
  Shebang shebang;
  if (!script || !read_shebang(target, shebang)) return call(target, argv, envp);
  Buffer second;
  const char* interpreter = executed(shebang.interpreter, second, script);
  const size_t count = count_of(argv);
  if (interpreter == shebang.interpreter || count >= most_strings) return call(target, argv, envp);
  auto** list = static_cast<char**>(__builtin_alloca((count + 4) * sizeof(char*)));
  size_t used = 0;
  list[used++] = shebang.interpreter;
  if (shebang.argument != nullptr) list[used++] = shebang.argument;
  list[used++] = const_cast<char*>(target);
  for (size_t i = 1; i < count; ++i) list[used++] = argv[i];
  list[used] = nullptr;
  return call(interpreter, static_cast<Strings>(list), envp);
}

Strings environment() { return redirect::caller_environment(); }

/// Where a search of PATH would find `file`, if that is in the bundle; else null, and libc may search.
[[gnu::noinline]] const char* search(const char* file, Buffer& found) {
  redirect::prepare();
  if (place.table.empty() || file == nullptr || *file == 0) return nullptr;
  for (const char* at = file; *at != 0; ++at) {
    if (*at == '/') return nullptr;
  }
  const char* path = nullptr;
  for (Strings variable = environment(); variable != nullptr && *variable != nullptr; ++variable) {
    if (text::begins(*variable, "PATH=")) {
      path = *variable + 5;
      break;
    }
  }
  if (path == nullptr) path = "/bin:/usr/bin";  // glibc's and musl's own default, as far as a bundle can lie there
  for (;;) {
    text::Writer out(found.text, redirect::path_room - 1);
    while (*path != 0 && *path != ':') out.put(*path++);
    if (out.used > 0) out.put('/');
    out.put(file);
    if (out.complete()) {
      found.text[out.used] = 0;
      Buffer mapped;
      if (redirect::map(found.text, mapped, redirect::Last::looked_at) != found.text) return found.text;
      if (executable(found.text)) {
        // In the bundle's own folders it needs its launcher; else the target's own comes first.
        return inside_root(found.text, mapped) != nullptr ? found.text : nullptr;
      }
    }
    if (*path++ == 0) return nullptr;
  }
}

using Execve = int(const char*, Strings, Strings);

int run(const char* path, Strings argv, Strings envp) {
  redirect::prepare();
  if (path == nullptr) return real<Execve>("execve")(path, argv, envp);
  return call_executed(path, argv, envp, [](const char* file, Strings arguments, Strings variables) {
    return real<Execve>("execve")(file, arguments, variables);
  });
}

int run_from_path(const char* file, Strings argv, Strings envp) {
  Buffer found;
  const char* path = search(file, found);
  if (path != nullptr) return run(path, argv, envp);
  if (file == nullptr) return real<Execve>("execvpe")(file, argv, envp);
  // Not through execve: libc's also runs a file without "#!" by the shell.
  return call_executed(file, argv, envp, [](const char* target, Strings arguments, Strings variables) {
    return real<Execve>("execvpe")(target, arguments, variables);
  });
}

using Spawn = int(int*, const char*, const void*, const void*, Strings, Strings);

int spawn(Spawn* call, int* pid, const char* path, const void* actions, const void* attributes, Strings argv,
          Strings envp) {
  return call_executed(path, argv, envp, [=](const char* file, Strings arguments, Strings variables) {
    return call(pid, file, actions, attributes, arguments, variables);
  });
}

/// The arguments of execl and its kin up to their null, which `list` then stands behind.
/// How many of execl's arguments there are ahead of the null that ends them.
size_t count_arguments(const char* first, __builtin_va_list& list) {
  __builtin_va_list counted;
  __builtin_va_copy(counted, list);
  size_t count = first != nullptr ? 1 : 0;
  if (first != nullptr) {
    while (__builtin_va_arg(counted, const char*) != nullptr) ++count;
  }
  return count;
}

/// They and that null, as execv() takes them; `list` is then behind it. `argv` is room on the caller's stack, since
/// exec may follow vfork().
void take_arguments(char** argv, size_t count, const char* first, __builtin_va_list& list) {
  argv[0] = const_cast<char*>(first);
  for (size_t i = 1; i <= count; ++i) argv[i] = __builtin_va_arg(list, char*);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int execve(const char* path, Strings argv, Strings envp) { return run(path, argv, envp); }
int execv(const char* path, Strings argv) { return run(path, argv, environment()); }
int execvp(const char* file, Strings argv) { return run_from_path(file, argv, environment()); }
int execvpe(const char* file, Strings argv, Strings envp) { return run_from_path(file, argv, envp); }

int execl(const char* path, const char* first, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, first);
  const size_t count = count_arguments(first, list);
  auto** argv = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*)));
  take_arguments(argv, count, first, list);
  return run(path, argv, environment());
}
int execlp(const char* file, const char* first, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, first);
  const size_t count = count_arguments(first, list);
  auto** argv = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*)));
  take_arguments(argv, count, first, list);
  return run_from_path(file, argv, environment());
}
int execle(const char* path, const char* first, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, first);
  const size_t count = count_arguments(first, list);
  auto** argv = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*)));
  take_arguments(argv, count, first, list);
  return run(path, argv, __builtin_va_arg(list, Strings));
}

int execveat(int folder, const char* path, Strings argv, Strings envp, int flags) {
  redirect::prepare();
  using Type = int(int, const char*, Strings, Strings, int);
  if (path == nullptr || *path != '/') return real<Type>("execveat")(folder, path, argv, envp, flags);
  return call_executed(path, argv, envp, [=](const char* file, Strings arguments, Strings variables) {
    return real<Type>("execveat")(folder, file, arguments, variables, flags);
  });
}

int posix_spawn(int* pid, const char* path, const void* actions, const void* attributes, Strings argv, Strings envp) {
  redirect::prepare();
  return spawn(real<Spawn>("posix_spawn"), pid, path, actions, attributes, argv, envp);
}
int posix_spawnp(int* pid, const char* file, const void* actions, const void* attributes, Strings argv, Strings envp) {
  Buffer found;
  const char* path = search(file, found);
  if (path != nullptr) return spawn(real<Spawn>("posix_spawn"), pid, path, actions, attributes, argv, envp);
  return spawn(real<Spawn>("posix_spawnp"), pid, file, actions, attributes, argv, envp);
}

/// syscall(): libuv (node) asks for statx by its number, Rust's standard library too. Whatever takes no path
/// is jumped to.
long syscall(long number, long a, long b, long c, long d, long e, long f) {
  redirect::prepare();
  using Type = long(long, long, long, long, long, long, long);
  Type* const call = real<Type>("syscall");
  int first = 0;  // 1: the path is the first argument
  switch (number) {
#ifdef __NR_open  // aarch64 has none of these
    case __NR_open:
    case __NR_stat:
    case __NR_lstat:
    case __NR_access:
    case __NR_readlink:
      first = 1;
      break;
#endif
    case __NR_openat:
    case __NR_newfstatat:
    case __NR_statx:
    case __NR_faccessat:
#ifdef __NR_faccessat2
    case __NR_faccessat2:
#endif
    case __NR_readlinkat:
      break;
    default:
      return call(number, a, b, c, d, e, f);
  }
  const auto* path = reinterpret_cast<const char*>(first != 0 ? a : b);
  bool link = number == __NR_readlinkat;
#ifdef __NR_open
  link = link || number == __NR_readlink;
  const bool itself = link || number == __NR_lstat;
  const bool opens = number == __NR_openat || number == __NR_open;
#else
  const bool itself = link;
  const bool opens = number == __NR_openat;
#endif
  if (link) {
    const long size = first != 0 ? c : d;
    const long own =
        size > 0 ? redirect::own_link(path, reinterpret_cast<char*>(first != 0 ? b : c), static_cast<size_t>(size))
                 : -1;
    if (own >= 0) return own;
  }
  return redirect::redirected(
      path,
      [=](const char* at) {
        return first != 0 ? call(number, sys::address(at), b, c, d, e, f)
                          : call(number, a, sys::address(at), c, d, e, f);
      },
      itself  ? redirect::Last::looked_at
      : opens ? redirect::Last::followed
              : redirect::Last::described);
}

}  // extern "C"
#pragma GCC visibility pop
