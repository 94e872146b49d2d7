// See sandbox_process.h.
#include "verify/sandbox_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "verify/process_tree.h"
#include "verify/sandbox_mounts.h"

namespace bundle::verify {

namespace {

constexpr long look_at_memory_ms = 25;
constexpr int out_of_time = 124;  // timeout(1)

#ifdef __x86_64__
constexpr uint32_t native_arch = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t native_arch = AUDIT_ARCH_AARCH64;
#endif

std::string bubblewrap() {
  const char* const path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ":")) {
    std::string candidate = folder + "/bwrap";
    if (folder.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw Error(Exit::machine, "", "bubblewrap makes the root that a bundle runs in, and PATH has no bwrap",
              "Install it: apt install bubblewrap, dnf install bubblewrap, apk add bubblewrap");
}

/// A descriptor that the program started next inherits.
class Inherited {
 public:
  explicit Inherited(int descriptor) : descriptor_(descriptor) {}
  ~Inherited() { close(); }
  Inherited(const Inherited&) = delete;
  Inherited& operator=(const Inherited&) = delete;
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

/// A filter that keeps what runs in the root from typing at the user's terminal (ioctl_tty(2), TIOCSTI; CVE-2017-5226),
/// which else only a session of its own would, without the terminal's Ctrl-C and Ctrl-Z.
int terminal_filter() {
  const sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native_arch, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  const int descriptor = ::memfd_create("filter", 0);
  if (descriptor < 0 || ::write(descriptor, filter, sizeof filter) != sizeof filter ||
      ::lseek(descriptor, 0, SEEK_SET) != 0) {
    const int error_number = errno;
    throw system_error("", "no root can be made: memfd_create", error_number);
  }
  return descriptor;
}

/// Whether bubblewrap can make such a root here with a /proc of its own.
World world(const std::string& bwrap) {
  const std::string mounts = read_file("/proc/self/mountinfo").value_or("");
  if (mounts.find(" /proc/") == std::string::npos) return {true};
  // Something covers a part of it. The kernel knows whether that is too much: ask it.
  const pid_t child = ::fork();
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int descriptor : {0, 1, 2}) ::dup2(nothing, descriptor);
    ::execl(bwrap.c_str(), "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", bwrap.c_str(),
            "--version", nullptr);
    ::_exit(127);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

timespec now() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time;
}

long milliseconds_from(const timespec& from, const timespec& to) {
  return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1'000'000;
}

/// Signals are taken one by one while it lasts, and the caller's mask is back afterwards. One that is ignored here, as
/// nohup(1) does it, stays so: a signal that is blocked would be taken all the same (sigwaitinfo(2)).
class BlockedSignals {
 public:
  BlockedSignals() {
    ::sigemptyset(&taken_);
    ::sigaddset(&taken_, SIGCHLD);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
      struct sigaction action = {};
      if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::sigaddset(&taken_, signal);
    }
    ::sigprocmask(SIG_BLOCK, &taken_, &before_);
  }
  ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  const sigset_t& before() const { return before_; }
  /// The next one, or 0 when none came in that time.
  int next(siginfo_t& info, long milliseconds) const {
    const timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    const int signal = ::sigtimedwait(&taken_, &info, &wait);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t taken_{}, before_{};
};

class Run {
 public:
  Run(const Place& place, const std::vector<std::string>& arguments, machine::Tracing tracing);
  Ended to_its_end();

 private:
  std::vector<std::string> command(const std::vector<std::string>& arguments);
  void wait(Ended& ended);
  bool reap();
  void forward(int signal);
  void end_all();
  std::string told();
  pid_t program();

  const Place& place_;
  const BlockedSignals signals_;
  const std::set<pid_t> others_;  // children that this process was born with
  int said_[2] = {-1, -1};        // bubblewrap's words on the program: JSON
  std::string said_so_far_;
  int signal_ = 0;
  Inherited filter_;
  machine::Tracer tracer_;
};

std::set<pid_t> set_of(const std::vector<pid_t>& processes) { return {processes.begin(), processes.end()}; }

machine::Tracing complete(machine::Tracing tracing, const sigset_t& mask) {
  tracing.withhold_signals = true;
  tracing.mask = mask;
  tracing.environment.emplace();  // none: a library path of the user's is not for bubblewrap
  return tracing;
}

Run::Run(const Place& place, const std::vector<std::string>& arguments, machine::Tracing tracing)
    : place_(place),
      others_(set_of(children_of(::getpid()))),
      filter_(terminal_filter()),
      tracer_(command(arguments), complete(std::move(tracing), signals_.before())) {}

std::vector<std::string> Run::command(const std::vector<std::string>& arguments) {
  if (::pipe2(said_, O_NONBLOCK) != 0 || ::fcntl(said_[0], F_SETFD, FD_CLOEXEC) != 0) {
    const int error_number = errno;
    throw system_error("", "no root can be made: pipe", error_number);
  }
  std::string bwrap = bubblewrap();
  std::vector<std::string> words = bubblewrap_options(place_, world(bwrap), arguments);
  words.insert(words.begin(), {std::move(bwrap), "--json-status-fd", std::to_string(said_[1]), "--seccomp",
                               std::to_string(filter_.get())});
  return words;
}

/// What bubblewrap has said until now.
std::string Run::told() {
  char part[512];
  for (ssize_t size = 0; (size = ::read(said_[0], part, sizeof part)) > 0;) {
    said_so_far_.append(part, static_cast<size_t>(size));
  }
  return said_so_far_;
}

/// 0 when it has not begun. In a namespace of processes the one that bubblewrap tells of is the first, which waits for
/// the program.
pid_t Run::program() {
  const std::string said = told();
  constexpr std::string_view name = "\"child-pid\":";
  const size_t at = said.find(name);
  const pid_t child = at == std::string::npos ? 0 : std::atoi(said.c_str() + at + name.size());
  if (child <= 0 || !is_first_of_namespace(child)) return child;
  const std::vector<pid_t> children = children_of(child);
  return children.empty() ? 0 : children.front();
}

/// What came from the terminal went to the program, too: it stands in the foreground with this process.
void Run::forward(int signal) {
  const pid_t to = program();
  if (to > 0) {
    ::kill(to, signal);
  } else {
    end_all();
  }
}

/// Ends what descends from here, until nothing does: what loses its parent becomes this process's child.
void Run::end_all() {
  if (!tracer_.exit_status()) ::kill(tracer_.program(), SIGKILL);
  for (;;) {
    const std::vector<pid_t> left = descendants_of(::getpid(), others_);
    if (left.empty()) return;
    for (const pid_t process : left) ::kill(process, SIGKILL);
    siginfo_t info = {};
    if (!reap()) signals_.next(info, 5);
  }
}

/// Whether there was anything to be taken note of.
bool Run::reap() {
  bool is_any = false;
  for (;;) {
    int status = 0;
    const pid_t process = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (process <= 0) return is_any;
    is_any = true;
    tracer_.handle(process, status);
  }
}

void Run::wait(Ended& ended) {
  const timespec began = now();
  while (reap(), !tracer_.exit_status()) {
    long patience = 3'600'000;
    if (place_.seconds > 0) {
      const long left = static_cast<long>(place_.seconds) * 1000 - milliseconds_from(began, now());
      if (left <= 0) {
        ended = {Ended::How::out_of_time, out_of_time};
        return;
      }
      patience = left;
    }
    if (place_.memory > 0) {
      uint64_t memory = 0;
      for (const pid_t process : descendants_of(tracer_.program())) memory += memory_of(process);
      if (memory > place_.memory) {
        ended = {Ended::How::out_of_memory, 128 + SIGKILL};
        return;
      }
      patience = std::min(patience, look_at_memory_ms);
    }
    siginfo_t info = {};
    const int signal = signals_.next(info, patience);
    if (signal == 0 || signal == SIGCHLD) continue;
    signal_ = signal;
    if (info.si_code != SI_KERNEL) forward(signal);
  }
}

Ended Run::to_its_end() {
  // What outlives its parent is to be found below this process and not below the first of all.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  tracer_.start();
  ::close(said_[1]);
  filter_.close();
  Ended ended;
  wait(ended);
  end_all();
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  tracer_.all_ended();
  ended.signal = signal_;
  const bool was_started = told().find("\"exit-code\"") != std::string::npos;
  ::close(said_[0]);
  if (ended.how != Ended::How::by_itself) return ended;
  ended.status = tracer_.exit_status().value_or(0);
  if (!was_started) ended.how = Ended::How::not_started;
  if (was_started && ended.status > 128) ended.how = Ended::How::by_signal;
  return ended;
}

}  // namespace

Ended run_bubblewrap(const Place& place, const std::vector<std::string>& arguments, machine::Tracing tracing) {
  check_interrupted();
  return Run(place, arguments, std::move(tracing)).to_its_end();
}

}  // namespace bundle::verify
