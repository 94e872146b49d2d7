// system(), popen() and pclose() by the bundled shell.
//
// libc starts /bin/sh from within, past every function that is answered for. Where the bundle holds a shell
// it is started here, by posix_spawn() in exec.cpp, and what POSIX says of the three holds: the caller of
// system() ignores SIGINT and SIGQUIT and blocks SIGCHLD while it waits, the child does not; pclose() gives
// the status of the process whose stream it is. Without a bundled shell libc's own functions are called. Not
// covered: system() as a point of cancellation, and more than 256 streams at a time, for which popen() fails
// with EMFILE.
#include "../system.h"
#include "environment.h"
#include "functions.h"
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

bool has_shell() {
  redirect::prepare();
  redirect::Buffer buffer;
  return redirect::map(shell, buffer, redirect::Last::looked_at) == buffer.text;
}

void set_action(int signal, const Action* action, Action* before) {
  arch::syscall(__NR_rt_sigaction, signal, sys::address(action), sys::address(before), sizeof(uint64_t));
}

class Lock {
 public:
  explicit Lock(bool& flag) : flag_(flag) {
    while (__atomic_test_and_set(&flag_, __ATOMIC_ACQUIRE)) {
    }
  }
  ~Lock() { __atomic_clear(&flag_, __ATOMIC_RELEASE); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  bool& flag_;
};

/// SIGINT and SIGQUIT are the process's, not the thread's: the first that waits sets them aside, the last one
/// restores.
bool signals_locked = false;
int waiting = 0;
Action saved_int, saved_quit;

void set_signals_aside() {
  const Lock lock(signals_locked);
  if (waiting++ > 0) return;
  Action none;
  none.handler = ignore;
  set_action(sigint, &none, &saved_int);
  set_action(sigquit, &none, &saved_quit);
}

void restore_signals() {
  const Lock lock(signals_locked);
  if (--waiting > 0) return;
  set_action(sigint, &saved_int, nullptr);
  set_action(sigquit, &saved_quit, nullptr);
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

constexpr unsigned most_streams = 256;
struct Stream {
  void* file = nullptr;
  int process = 0;
};
Stream streams[most_streams];
bool streams_locked = false;

bool keep_stream(void* file, int process) {
  const Lock lock(streams_locked);
  for (Stream& stream : streams) {
    if (stream.file != nullptr) continue;
    stream = {file, process};
    return true;
  }
  return false;
}

/// Its process, which is forgotten; 0 for a stream that is not ours.
int take_stream(void* file) {
  const Lock lock(streams_locked);
  for (Stream& stream : streams) {
    if (file == nullptr || stream.file != file) continue;
    stream.file = nullptr;
    return stream.process;
  }
  return 0;
}

}  // namespace

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
  if (failure == 0) failure = EMFILE;
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
