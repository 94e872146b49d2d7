// See tracer.h. Calls are looked at where they begin; where results are wanted, the process is stopped once more as
// they end (from Linux 4.8 on: ptrace(2), PTRACE_EVENT_SECCOMP).
#include "machine/tracer.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/folder.h"

namespace bundle::machine {

namespace {

struct TracedCall {
  long number;
  Shape shape;
};

// By their names in the table that logs are read by, too.
constexpr TracedCall traced_calls[] = {
#ifdef __x86_64__
    {SYS_open, *shape_of("open")},
    {SYS_creat, *shape_of("creat")},
    {SYS_stat, *shape_of("stat")},
    {SYS_lstat, *shape_of("lstat")},
    {SYS_access, *shape_of("access")},
#endif
    {SYS_openat, *shape_of("openat")},
    {SYS_openat2, *shape_of("openat2")},
    {SYS_newfstatat, *shape_of("newfstatat")},
    {SYS_statx, *shape_of("statx")},
    {SYS_faccessat, *shape_of("faccessat")},
    {SYS_faccessat2, *shape_of("faccessat2")},
    {SYS_execve, *shape_of("execve")},
    {SYS_execveat, *shape_of("execveat")},
    // From here on only where results are wanted.
    {SYS_readlinkat, Shape::linkat},
#ifdef __x86_64__
    {SYS_readlink, Shape::link},
#endif
    {SYS_chdir, Shape::chdir},
};
constexpr size_t call_count = sizeof traced_calls / sizeof *traced_calls;
constexpr size_t of_results = 2
#ifdef __x86_64__
                              + 1
#endif
    ;

#ifdef __x86_64__
constexpr uint32_t native_arch = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t native_arch = AUDIT_ARCH_AARCH64;
#endif

struct Call {
  long number = 0;
  std::array<uint64_t, 4> arguments{};
  long result = 0;  // once it has ended
};

std::optional<Call> registers_of(pid_t process) {
  user_regs_struct registers = {};
  iovec area{&registers, sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, process, NT_PRSTATUS, &area) != 0) return std::nullopt;
#ifdef __x86_64__
  return Call{static_cast<long>(registers.orig_rax),
              {registers.rdi, registers.rsi, registers.rdx, registers.r10},
              static_cast<long>(registers.rax)};
#else
  return Call{static_cast<long>(registers.regs[8]),
              {registers.regs[0], registers.regs[1], registers.regs[2], registers.regs[3]},
              static_cast<long>(registers.regs[0])};
#endif
}

bool read_memory(pid_t process, uint64_t address, void* to, size_t size) {
  iovec here{to, size};
  iovec there{reinterpret_cast<void*>(address), size};
  return ::process_vm_readv(process, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

/// The C string at `address` of the process. Read in steps that cross no page, as the next one may not be
/// mapped.
std::optional<std::string> read_string(pid_t process, uint64_t address) {
  std::string out;
  while (out.size() < PATH_MAX) {
    char chunk[256];
    const size_t size = std::min<size_t>(sizeof chunk, 4096 - (address & 4095U));
    if (!read_memory(process, address, chunk, size)) return std::nullopt;
    const void* end = std::memchr(chunk, '\0', size);
    if (end != nullptr) return out.append(chunk, static_cast<size_t>(static_cast<const char*>(end) - chunk));
    out.append(chunk, size);
    address += size;
  }
  return std::nullopt;
}

/// What the link in /proc says, or "" when it leads to no file.
std::string path_behind(const std::string& link) {
  int why_not = 0;
  std::optional<std::string> text = link_text(link, why_not);
  return text && text->starts_with('/') ? std::move(*text) : std::string();
}

std::string base_folder(pid_t process, int descriptor) {
  return path_behind(descriptor == AT_FDCWD ? fmt::format("/proc/{}/cwd", process)
                                            : fmt::format("/proc/{}/fd/{}", process, descriptor));
}

}  // namespace

Tracer::Tracer(const std::vector<std::string>& arguments, Tracing tracing)
    : arguments_(arguments), tracing_(std::move(tracing)) {
  for (std::string& argument : arguments_) argv_.push_back(argument.data());
  argv_.push_back(nullptr);
  if (tracing_.environment) {
    for (std::string& variable : *tracing_.environment) envp_.push_back(variable.data());
    envp_.push_back(nullptr);
  }
  if (tracing_.each && !status_of("/proc/self/fd")) {
    throw Error(Exit::machine, arguments_[0], "cannot be traced, for there is no /proc here to say where it stands");
  }
}

/// All that it started ends with this process (PTRACE_O_EXITKILL). Who stops earlier, for a signal came, waits for it:
/// what runs on could still write where its caller, told that all is over, looks.
Tracer::~Tracer() {
  if (report_ >= 0) ::close(report_);
  if (!is_running_) return;
  for (const pid_t process : processes_) ::kill(process, SIGKILL);
  for (;;) {
    int status = 0;
    const pid_t process = ::waitpid(-1, &status, __WALL);
    if (process < 0 && errno != EINTR) return;
    if (process > 0 && WIFSTOPPED(status)) ::kill(process, SIGKILL);  // one that was being born
  }
}

/// In the child, between fork and exec: system calls only.
void Tracer::become_program(int release, int report) {
  char byte = 0;
  ssize_t count = 0;
  while ((count = ::read(release, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (count == 0) ::_exit(127);  // who was to trace it has gone
  const size_t count_of_calls = tracing_.results ? call_count : call_count - of_results;
  std::array<sock_filter, call_count + 5> filter;
  size_t size = 0;
  filter[size++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  // A program of another architecture (i386) has other numbers: it runs unseen.
  filter[size++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native_arch, 0, static_cast<uint8_t>(count_of_calls + 1));
  filter[size++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (size_t i = 0; i < count_of_calls; ++i) {
    const auto to_trace = static_cast<uint8_t>(count_of_calls - i);
    filter[size++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(traced_calls[i].number), to_trace, 0);
  }
  filter[size++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[size++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  sock_fprog program{static_cast<unsigned short>(size), filter.data()};
  const bool is_filtered = !tracing_.each || (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                                              ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  if (tracing_.mask) ::sigprocmask(SIG_SETMASK, &*tracing_.mask, nullptr);
  if (is_filtered) ::execve(argv_[0], argv_.data(), envp_.empty() ? environ : envp_.data());
  const int error_number = errno;
  (void)!::write(report, &error_number, sizeof error_number);
  ::_exit(127);
}

void Tracer::start() {
  int release[2] = {-1, -1};
  int report[2] = {-1, -1};
  if (::pipe2(release, O_CLOEXEC) != 0 || ::pipe2(report, O_CLOEXEC) != 0) {
    const int error_number = errno;
    throw system_error(arguments_[0], "cannot be traced: pipe", error_number);
  }
  program_ = ::fork();
  if (program_ == 0) {
    ::close(release[1]);  // or the end of the other side would never be seen
    become_program(release[0], report[1]);
  }
  int error_number = errno;
  ::close(release[0]);
  ::close(report[1]);
  if (program_ < 0) {
    ::close(release[1]);
    ::close(report[0]);
    throw system_error(arguments_[0], "cannot be traced: fork", error_number);
  }
  report_ = report[0];
  constexpr long following = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                             PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
  const long options = PTRACE_O_EXITKILL | (tracing_.each ? following : 0);
  if (::ptrace(PTRACE_SEIZE, program_, nullptr, options) != 0 && tracing_.each) {
    error_number = errno;
    ::close(release[1]);
    ::kill(program_, SIGKILL);
    ::waitpid(program_, nullptr, __WALL);
    throw Error(Exit::machine, arguments_[0], fmt::format("cannot be traced here: {}", std::strerror(error_number)));
  }
  (void)!::write(release[1], "", 1);
  ::close(release[1]);
  is_running_ = true;
  processes_.insert(program_);
}

std::optional<SeenCall> Tracer::named(pid_t process, Shape shape, int folder, uint64_t path, long flags) const {
  std::optional<std::string> text = read_string(process, path);
  if (!text || text->empty()) return std::nullopt;
  std::string base = text->starts_with('/') ? "" : base_folder(process, folder);
  return SeenCall{process, shape, std::move(base), std::move(*text), flags, {}};
}

std::optional<SeenCall> Tracer::call_of(pid_t process) const {
  const std::optional<Call> call = registers_of(process);
  if (!call) return std::nullopt;
  const auto found = std::find_if(std::begin(traced_calls), std::end(traced_calls),
                                  [&](const TracedCall& traced) { return traced.number == call->number; });
  if (found == std::end(traced_calls)) return std::nullopt;
  const std::array<uint64_t, 4>& a = call->arguments;
  const int folder = static_cast<int>(a[0]);
  const Shape shape = found->shape;
  switch (shape) {
    case Shape::open:
    case Shape::creat:
    case Shape::stat:
    case Shape::execute:
    case Shape::chdir:
    case Shape::link:
      return named(process, shape, AT_FDCWD, a[0], static_cast<long>(a[1]));
    case Shape::openat:
      return named(process, shape, folder, a[1], static_cast<long>(a[2]));
    case Shape::openat2: {
      uint64_t flags = 0;  // the first field of struct open_how
      if (!read_memory(process, a[2], &flags, sizeof flags)) return std::nullopt;
      return named(process, shape, folder, a[1], static_cast<long>(flags));
    }
    case Shape::statat:
    case Shape::executeat:
    case Shape::linkat:
      return named(process, shape, folder, a[1], 0);
    case Shape::fchdir:
    case Shape::fork:
      break;
  }
  return std::nullopt;
}

void Tracer::handle_stop(pid_t process, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
    // A group-stop: the process stays stopped until SIGCONT, as it would untraced.
    ::ptrace(PTRACE_LISTEN, process, nullptr, nullptr);
    return;
  }
  if (event == PTRACE_EVENT_SECCOMP && tracing_.each) {
    if (std::optional<SeenCall> call = call_of(process)) {
      if (tracing_.results) {
        pending_[process] = std::move(*call);
      } else {
        tracing_.each(*call);
      }
    }
  } else if (event == PTRACE_EVENT_EXEC) {
    // A thread that was not the first takes the number of that.
    unsigned long before = 0;
    ::ptrace(PTRACE_GETEVENTMSG, process, nullptr, &before);
    if (auto call = pending_.extract(static_cast<pid_t>(before))) {
      call.key() = process;
      pending_.insert(std::move(call));
    }
    if (tracing_.became) tracing_.became(process, path_behind(fmt::format("/proc/{}/exe", process)));
  } else if (event == 0 && signal == (SIGTRAP | 0x80)) {
    if (auto call = pending_.extract(process)) {
      if (const std::optional<Call> ended = registers_of(process)) call.mapped().result = ended->result;
      tracing_.each(call.mapped());
    }
    ::ptrace(PTRACE_CONT, process, nullptr, nullptr);
    return;
  }
  const bool is_withheld = tracing_.withhold_signals && process == program_ && signal != SIGCHLD;
  const long delivered = event == 0 && !is_withheld ? signal : 0;
  ::ptrace(pending_.contains(process) ? PTRACE_SYSCALL : PTRACE_CONT, process, nullptr, delivered);
}

void Tracer::handle(pid_t process, int status) {
  if (WIFSTOPPED(status)) {
    processes_.insert(process);
    handle_stop(process, status);
    return;
  }
  processes_.erase(process);
  pending_.erase(process);
  if (process == program_) exit_status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int Tracer::exec_error() const {
  int error_number = 0;
  return ::read(report_, &error_number, sizeof error_number) == sizeof error_number ? error_number : 0;
}

}  // namespace bundle::machine
