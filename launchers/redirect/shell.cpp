// system(), popen() and pclose() by the bundled shell.
//
// libc starts /bin/sh from within, past every function that is answered for. Where the bundle holds a shell
// it is started here, by posix_spawn() in exec.cpp, and what POSIX says of the three holds: the caller of
// system() ignores SIGINT and SIGQUIT and blocks SIGCHLD while it waits, the child does not; pclose() gives
// the status of the process whose stream it is. Without a bundled shell libc's own functions are called. Not
// covered: system() as a point of cancellation.
#include "../system.h"
#include "environment.h"
#include "functions.h"
#include "lock.h"
#include "place.h"

using redirect::real;
using redirect::Strings;

extern "C" int posix_spawn(int* pid, const char* path, const void* actions, const void* attributes, Strings argv,
                           Strings envp);

namespace {

constexpr char shell[] = "/bin/sh";
constexpr int sigint = 2, sigquit = 3, sigchld = 17;
constexpr uint64_t bit(int signal) { return uint64_t{1} << (signal - 1); }

struct SignalSet {  // sigset_t of glibc and musl; the kernel reads the first word
  uint64_t words[16] = {};
};
struct Action {  // the kernel's struct sigaction
  uintptr_t handler = 0;
  unsigned long flags = 0;
  void* restorer = nullptr;
  uint64_t mask = 0;
};
constexpr uintptr_t ignore = 1;  // SIG_IGN

/// posix_spawnattr_t and posix_spawn_file_actions_t are 336 and 80 bytes in both libcs.
struct Opaque {
  alignas(16) char bytes[512] = {};
};

template <class Type, class... Arguments>
Type libc(const char* name, Arguments... arguments) {
  auto* call = reinterpret_cast<Type (*)(Arguments...)>(redirect::find_symbol(name));
  return call == nullptr ? Type{} : call(arguments...);
}

[[gnu::noinline]] bool has_shell() {
  redirect::prepare();
  redirect::Buffer buffer;
  return redirect::map(shell, buffer, redirect::Last::looked_at) == buffer.text;
}

void set_action(int signal, const Action* action, Action* before) {
  arch::syscall(__NR_rt_sigaction, signal, sys::address(action), sys::address(before), sizeof(uint64_t));
}

/// SIGINT and SIGQUIT are the process's, not the thread's: the first that waits sets them aside, the last one
/// restores.
redirect::Lock signals_lock;
int waiting = 0;
Action saved_int, saved_quit;

void set_signals_aside() {
  signals_lock.lock();
  if (waiting++ == 0) {
    Action none;
    none.handler = ignore;
    set_action(sigint, &none, &saved_int);
    set_action(sigquit, &none, &saved_quit);
  }
  signals_lock.unlock();
}

void restore_signals() {
  signals_lock.lock();
  if (--waiting == 0) {
    set_action(sigint, &saved_int, nullptr);
    set_action(sigquit, &saved_quit, nullptr);
  }
  signals_lock.unlock();
}

long wait_for(long process, int& status) {
  long done = 0;
  do {
    done = arch::syscall(__NR_wait4, process, sys::address(&status), 0, 0);
  } while (done == -EINTR);
  return done;
}

int start_shell(int& process, const char* command, const Opaque* actions, const Opaque* attributes) {
  const char* const argv[] = {"sh", "-c", command, nullptr};
  return posix_spawn(&process, shell, actions, attributes, const_cast<Strings>(argv), redirect::caller_environment());
}

/// popen()'s streams, in sheets that are never unmapped, so that a walk along them needs no lock.
struct Stream {
  void* file = nullptr;  // null: free
  int process = 0;
};
struct Sheet {
  Stream streams[255];
  Sheet* next = nullptr;
};
Sheet first_sheet;
char reserved;  // by its address: a file that is about to be written

bool keep_stream(void* file, int process) {
  for (Sheet* sheet = &first_sheet;;) {
    for (Stream& stream : sheet->streams) {
      void* none = nullptr;
      if (__atomic_load_n(&stream.file, __ATOMIC_RELAXED) != nullptr ||
          !__atomic_compare_exchange_n(&stream.file, &none, &reserved, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        continue;
      stream.process = process;
      __atomic_store_n(&stream.file, file, __ATOMIC_RELEASE);
      return true;
    }
    Sheet* next = __atomic_load_n(&sheet->next, __ATOMIC_ACQUIRE);
    if (next == nullptr) {
      const long at = sys::map(0, sizeof(Sheet), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (sys::failed(at)) return false;
      auto* const fresh = reinterpret_cast<Sheet*>(at);
      if (__atomic_compare_exchange_n(&sheet->next, &next, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        next = fresh;
      } else {
        sys::unmap(static_cast<uint64_t>(at), sizeof(Sheet));
      }
    }
    sheet = next;
  }
}

/// Its process, which is forgotten; 0 for a stream that is not ours.
int take_stream(void* file) {
  if (file == nullptr) return 0;
  for (Sheet* sheet = &first_sheet; sheet != nullptr; sheet = __atomic_load_n(&sheet->next, __ATOMIC_ACQUIRE)) {
    for (Stream& stream : sheet->streams) {
      if (__atomic_load_n(&stream.file, __ATOMIC_ACQUIRE) != file) continue;
      const int process = stream.process;
      __atomic_store_n(&stream.file, nullptr, __ATOMIC_RELEASE);
      return process;
    }
  }
  return 0;
}

}  // namespace

void redirect::after_fork() {
  signals_lock.reset();
  waiting = 0;
}

#pragma GCC visibility push(default)
extern "C" {

int system(const char* command) {
  if (!has_shell()) return real<int(const char*)>("system")(command);
  if (command == nullptr) return 1;
  SignalSet child, before, defaults;
  child.words[0] = bit(sigchld);
  constexpr long block = 0, set = 2;
  set_signals_aside();
  arch::syscall(__NR_rt_sigprocmask, block, sys::address(&child), sys::address(&before), sizeof(uint64_t));
  if (saved_int.handler != ignore) defaults.words[0] |= bit(sigint);
  if (saved_quit.handler != ignore) defaults.words[0] |= bit(sigquit);
  Opaque attributes;
  constexpr short set_defaults = 4, set_mask = 8;
  libc<int>("posix_spawnattr_init", &attributes);
  libc<int>("posix_spawnattr_setsigdefault", &attributes, static_cast<const SignalSet*>(&defaults));
  libc<int>("posix_spawnattr_setsigmask", &attributes, static_cast<const SignalSet*>(&before));
  libc<int>("posix_spawnattr_setflags", &attributes, static_cast<short>(set_defaults | set_mask));
  int process = 0;
  int status = 127 << 8;  // as a shell that could not be started
  const int failure = start_shell(process, command, nullptr, &attributes);
  if (failure == 0 && sys::failed(wait_for(process, status))) status = -1;
  restore_signals();
  arch::syscall(__NR_rt_sigprocmask, set, sys::address(&before), 0, sizeof(uint64_t));
  if (status == -1) *redirect::errno_location() = ECHILD;
  return status;
}

void* popen(const char* command, const char* mode) {
  if (!has_shell()) return real<void*(const char*, const char*)>("popen")(command, mode);
  const bool reads = mode[0] == 'r';
  int ends[2] = {};
  const long made = arch::syscall(__NR_pipe2, sys::address(ends), O_CLOEXEC);
  if (sys::failed(made) || (!reads && mode[0] != 'w')) {
    *redirect::errno_location() = sys::failed(made) ? static_cast<int>(-made) : EINVAL;
    if (!sys::failed(made)) sys::close(ends[0]), sys::close(ends[1]);
    return nullptr;
  }
  const int mine = ends[reads ? 0 : 1], childs = ends[reads ? 1 : 0], target = reads ? 1 : 0;
  // dup2() of a descriptor onto itself leaves it closed on exec, in libcs older than POSIX 2018.
  constexpr long set_flags = 2;  // F_SETFD
  if (childs == target) arch::syscall(__NR_fcntl, childs, set_flags, 0);
  Opaque actions;
  libc<int>("posix_spawn_file_actions_init", &actions);
  libc<int>("posix_spawn_file_actions_adddup2", &actions, childs, target);
  int process = 0;
  int failure = start_shell(process, command, &actions, nullptr);
  libc<int>("posix_spawn_file_actions_destroy", &actions);
  sys::close(childs);
  void* file = failure == 0 ? libc<void*>("fdopen", mine, reads ? "r" : "w") : nullptr;
  if (file != nullptr && keep_stream(file, process)) return file;
  if (failure == 0) failure = ENOMEM;
  if (file != nullptr) {
    libc<int>("fclose", file);
  } else {
    sys::close(mine);
  }
  *redirect::errno_location() = failure;
  return nullptr;
}

int pclose(void* file) {
  const int process = take_stream(file);
  if (process == 0) {
    redirect::prepare();
    return real<int(void*)>("pclose")(file);
  }
  libc<int>("fclose", file);
  int status = 0;
  const long done = wait_for(process, status);
  if (!sys::failed(done)) return status;
  *redirect::errno_location() = static_cast<int>(-done);
  return -1;
}

}  // extern "C"
#pragma GCC visibility pop
