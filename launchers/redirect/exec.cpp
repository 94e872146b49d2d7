// The functions that execute a file: execve and its family, posix_spawn, and syscall() for who calls the
// kernel by number.
//
// A bundled program starts by itself at the bundle's home; anywhere else its PT_INTERP leads nowhere, so its
// launcher is executed in its place, with the arguments as they are. A bundled script is handed to its
// interpreter when that is in the bundle. Invariant: safe between vfork and exec, and on a small stack - only
// that and blocks of room.h are written to.
#include "../system.h"
#include "../text.h"
#include "environment.h"
#include "functions.h"
#include "place.h"

using redirect::Buffer;
using redirect::Function;
using redirect::Last;
using redirect::List;
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
  const char* const start = place().table.string(entry.start);
  if (!buffer.reserve(place().home_length + 1 + text::length(start) + 1)) return nullptr;
  text::Writer out(buffer.text, buffer.room);
  out.put(place().home);
  out.put('/');
  out.put(start);
  out.put('\0');
  return buffer.text;
}

/// `path` made absolute and tidy, when it is meant for a file below the bundle's root: what a program gets
/// from readlink("/proc/self/exe"), realpath() or a working folder in the bundle. Else null.
const char* inside_root(const char* path, Buffer& buffer) {
  Buffer whole;
  path = redirect::absolute(path, whole);
  if (path == nullptr || !buffer.reserve(text::length(path) + 2)) return nullptr;
  if (redirect::tidy(path, buffer.text, buffer.room) == 0) return nullptr;
  if (!text::begins(buffer.text, place().root) || buffer.text[place().root_length] != '/') return nullptr;
  return buffer.text;
}

/// What is executed for `path`: itself, a bundled file, or a launcher. `script` tells that it is a bundled
/// file that is no known program. [[gnu::noinline]]: its caller's frame stays small.
[[gnu::noinline]] const char* executed(const char* path, Buffer& buffer, bool& script) {
  script = false;
  // The launcher starts this very program again.
  if (redirect::names_own_executable(path))
    return text::equal(place().starter, place().launcher) ? path : place().starter;
  const Entry* entry = nullptr;
  // Not followed: what stands for a program is executed itself.
  const char* lies = redirect::map(path, buffer, redirect::Last::looked_at, &entry);
  if (entry == nullptr) {
    lies = inside_root(path, buffer);
    if (lies == nullptr) return path;
    entry = redirect::find_stored(buffer, text::length(lies + place().root_length)).entry;
    lies = buffer.text;
  }
  if (place().in_process && text::equal(lies, place().program) && place().starter[0] == '/') return place().starter;
  if (entry == nullptr || entry->kind != redirect_abi::kind_program) {
    script = true;
    return lies;
  }
  // In process at its home means that the kernel refused to start what lies there.
  if (place().at_home && !place().in_process && (entry->flags & redirect_abi::flag_always_start) == 0) return lies;
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

/// An executable copy of a file in memory, for as long as this lives; what executes it closes it.
class Copy {
 public:
  Copy() {}
  ~Copy() {
    if (descriptor_ >= 0) sys::close(descriptor_);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  bool make(const char* original) {
    constexpr long close_on_exec = 1;  // MFD_CLOEXEC
    constexpr long most = 1 << 30;
    const long from = sys::open_for_reading(original);
    if (sys::failed(from)) return false;
    descriptor_ = arch::syscall(__NR_memfd_create, sys::address(text::base_name(original)), close_on_exec);
    long copied = sys::failed(descriptor_) ? -1 : 1;
    while (copied > 0) copied = arch::syscall(__NR_sendfile, descriptor_, from, 0, most);
    sys::close(from);
    text::Writer out(path, sizeof path);
    out.put("/proc/self/fd/");
    out.put_number(static_cast<uint64_t>(descriptor_));
    out.put('\0');
    return copied == 0;
  }

  char path[40];

 private:
  long descriptor_ = -1;
};

/// Whether `path` is a file of the bundle that the kernel refuses to execute, for its run bit got lost.
bool lost_run_bit(const char* path) {
  return place().in_process && text::begins(path, place().top) && path[text::length(place().top)] == '/' &&
         redirect::lacks_run_bit(path);
}

/// `envp` with the bundle's place, which a launcher that does not lie in it cannot see.
bool with_root(List& list, Buffer& variable, Strings envp) {
  const size_t count = count_of(envp);
  const size_t room = text::length("BUNDLE_ROOT=") + text::length(place().top) + 2;
  if (!variable.reserve(room) || !list.reserve(count + 2)) return false;
  text::Writer out(variable.text, variable.room);
  out.put("BUNDLE_ROOT=");
  out.put(place().top[0] != 0 ? place().top : "/");
  out.put('\0');
  size_t used = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!text::begins(envp[i], "BUNDLE_ROOT=")) list.strings[used++] = envp[i];
  }
  list.strings[used++] = variable.text;
  list.strings[used] = nullptr;
  return true;
}

/// call() with `path`, or with a copy of it where run bits got lost.
template <class Call>
[[gnu::noinline]] auto call_runnable(const char* path, Strings argv, Strings envp, const Call& call) {
  if (!lost_run_bit(path)) return call(path, argv, envp);
  Copy copy;
  List list;
  Buffer variable;
  if (!copy.make(path) || !with_root(list, variable, envp)) return call(path, argv, envp);
  return call(copy.path, argv, static_cast<Strings>(list.strings));
}

/// call() with the interpreter of the bundled script at `target`, if that is bundled too. Else with `target` itself,
/// and libc or the kernel says what is wrong with it.
template <class Call>
[[gnu::noinline]] auto call_script(const char* target, Strings argv, Strings envp, const Call& call) {
  Shebang shebang;
  if (!read_shebang(target, shebang)) return call_runnable(target, argv, envp, call);
  Buffer buffer;
  bool script = false;
  const char* interpreter = executed(shebang.interpreter, buffer, script);
  const size_t count = count_of(argv);
  List list;
  if (interpreter == shebang.interpreter || !list.reserve(count + 4)) return call(target, argv, envp);
  size_t used = 0;
  list.strings[used++] = shebang.interpreter;
  if (shebang.argument != nullptr) list.strings[used++] = shebang.argument;
  list.strings[used++] = const_cast<char*>(target);
  for (size_t i = 1; i < count; ++i) list.strings[used++] = argv[i];
  list.strings[used] = nullptr;
  return call_runnable(interpreter, static_cast<Strings>(list.strings), envp, call);
}

/// call(path, argv, envp) with what they have to be. `call` gets `path` itself when nothing is redirected.
template <class Call>
[[gnu::noinline]] auto call_executed(const char* path, Strings argv, Strings envp, const Call& call) {
  envp = redirect::caller_environment(envp);
  if (place().table.empty() && !place().in_process) return call(path, argv, envp);
  Buffer buffer;
  bool script = false;
  const char* target = executed(path, buffer, script);
  return script ? call_script(target, argv, envp, call) : call_runnable(target, argv, envp, call);
}

Strings environment() { return redirect::caller_environment(); }

/// Where a search of PATH would find `file`, if that is in the bundle; else null, and libc may search.
[[gnu::noinline]] const char* search(const char* file, Buffer& found) {
  redirect::prepare();
  if (place().table.empty() || file == nullptr || *file == 0) return nullptr;
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
  for (const size_t length = text::length(file);;) {
    size_t folder = 0;
    while (path[folder] != 0 && path[folder] != ':') ++folder;
    if (found.reserve(folder + 1 + length + 1)) {
      text::Writer out(found.text, found.room);
      for (size_t i = 0; i < folder; ++i) out.put(path[i]);
      if (folder > 0) out.put('/');
      out.put(file);
      out.put('\0');
      Buffer mapped;
      if (redirect::map(found.text, mapped, redirect::Last::looked_at) != found.text) return found.text;
      if (executable(found.text)) {
        // In the bundle's own folders it needs its launcher; else the target's own comes first.
        return inside_root(found.text, mapped) != nullptr ? found.text : nullptr;
      }
    }
    path += folder;
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

/// The arguments of execl and its kin with the null that ends them, as execv() takes them; `arguments` is then behind
/// it. False, with errno, when there is no memory.
bool take_arguments(List& list, const char* first, __builtin_va_list& arguments) {
  __builtin_va_list counted;
  __builtin_va_copy(counted, arguments);
  size_t count = first != nullptr ? 1 : 0;
  if (first != nullptr) {
    while (__builtin_va_arg(counted, const char*) != nullptr) ++count;
  }
  if (!list.reserve(count + 1)) {
    *redirect::errno_location() = ENOMEM;
    return false;
  }
  list.strings[0] = const_cast<char*>(first);
  for (size_t i = 1; i <= count; ++i) list.strings[i] = __builtin_va_arg(arguments, char*);
  return true;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int execve(const char* path, Strings argv, Strings envp) { return run(path, argv, envp); }
int execv(const char* path, Strings argv) { return run(path, argv, environment()); }
int execvp(const char* file, Strings argv) { return run_from_path(file, argv, environment()); }
int execvpe(const char* file, Strings argv, Strings envp) { return run_from_path(file, argv, envp); }

int execl(const char* path, const char* first, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, first);
  List list;
  return take_arguments(list, first, arguments) ? run(path, list.strings, environment()) : -1;
}
int execlp(const char* file, const char* first, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, first);
  List list;
  return take_arguments(list, first, arguments) ? run_from_path(file, list.strings, environment()) : -1;
}
int execle(const char* path, const char* first, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, first);
  List list;
  if (!take_arguments(list, first, arguments)) return -1;
  return run(path, list.strings, __builtin_va_arg(arguments, Strings));
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
  const auto last_of = [](bool looks_at_link, Last otherwise) { return looks_at_link ? Last::looked_at : otherwise; };
  bool first = false;  // the path is the first argument
  bool reads_link = false;
  Last last = Last::described;
  switch (number) {
#ifdef __NR_open  // aarch64 has none of these
    case __NR_readlink:
      reads_link = first = true;
      last = Last::looked_at;
      break;
    case __NR_lstat:
      first = true;
      last = Last::looked_at;
      break;
    case __NR_open:
      first = true;
      last = last_of((b & O_NOFOLLOW) != 0, Last::followed);
      break;
    case __NR_stat:
    case __NR_access:
      first = true;
      break;
#endif
    case __NR_openat:
      last = last_of((c & O_NOFOLLOW) != 0, Last::followed);
      break;
    case __NR_newfstatat:
#ifdef __NR_faccessat2
    case __NR_faccessat2:
#endif
      last = last_of((d & redirect::at_symlink_nofollow) != 0, Last::described);
      break;
    case __NR_statx:
      last = last_of((c & redirect::at_symlink_nofollow) != 0, Last::described);
      break;
    case __NR_readlinkat:
      reads_link = true;
      last = Last::looked_at;
      break;
    case __NR_faccessat:  // has no flags
      break;
    default:
      return call(number, a, b, c, d, e, f);
  }
  const auto* path = reinterpret_cast<const char*>(first ? a : b);
  if (reads_link) {
    const long size = first ? c : d;
    const long own =
        size > 0 ? redirect::own_link(path, reinterpret_cast<char*>(first ? b : c), static_cast<size_t>(size)) : -1;
    if (own >= 0) return own;
  }
  const auto at_path = [=](const char* at) {
    return first ? call(number, sys::address(at), b, c, d, e, f) : call(number, a, sys::address(at), c, d, e, f);
  };
  return redirect::redirected(path, at_path, last);
}

}  // extern "C"
#pragma GCC visibility pop
