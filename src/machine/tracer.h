// A program and all that it starts, and which files their system calls name, by ptrace(2).
//
// A seccomp filter that the child sets on itself stops it at the few calls that name files (SECCOMP_RET_TRACE), so that
// everything else runs at full speed; children and threads are followed. x86_64 and aarch64. Who calls waits: each
// status of waitpid(-1, &status, __WALL) goes to handle(). All that was started ends with this object.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "machine/file_calls.h"

namespace bundle::machine {

/// A call that named a file.
struct SeenCall {
  pid_t process = 0;
  Shape shape{};
  std::string base;  // the folder that a relative path counts from, as the process sees it; empty for an absolute one
  std::string path;
  long flags = 0;              // of open and its kin
  std::optional<long> result;  // with Tracing::results: what the kernel gave, below 0 an errno
};

struct Tracing {
  /// Nothing: calls are not looked at and children not followed.
  std::function<void(const SeenCall&)> each;
  /// Calls are told of when they have ended, and readlink and chdir among them: one stop more for each.
  bool results = false;
  /// When a process has become another program, the file of that.
  std::function<void(pid_t process, const std::string& path)> became = {};
  /// Signals do not reach the first process but for SIGCHLD, and what cannot be withheld.
  bool withhold_signals = false;
  /// The first process begins with it, and with this environment ("NAME=VALUE") in place of the caller's.
  std::optional<sigset_t> mask = {};
  std::optional<std::vector<std::string>> environment = {};
};

class Tracer {
 public:
  /// For `arguments`, whose first is a path. Throws Error (machine) where there is no /proc.
  Tracer(const std::vector<std::string>& arguments, Tracing tracing);
  /// Ends all that was started.
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// Throws Error (machine) when tracing is refused here and calls are to be looked at; else it does without.
  void start();
  /// What waitpid(2) gave: an end, or a stop, after which the process goes on.
  void handle(pid_t process, int status);
  /// Once waitpid(2) says that there is no child left.
  void all_ended() { is_running_ = false; }

  pid_t program() const { return program_; }
  /// Of the first process, when it has ended: 128 + N for signal N.
  std::optional<int> exit_status() const { return exit_status_; }
  /// Asked when all has ended: the errno of the execve(2) that should have started the program, else 0.
  int exec_error() const;

 private:
  [[noreturn]] void become_program(int release, int report);
  std::optional<SeenCall> call_of(pid_t process) const;
  std::optional<SeenCall> named(pid_t process, Shape shape, int folder, uint64_t path, long flags) const;
  void handle_stop(pid_t process, int status);

  std::vector<std::string> arguments_;
  std::vector<char*> argv_, envp_;
  Tracing tracing_;
  pid_t program_ = -1;
  int report_ = -1;  // where the child says why it could not exec
  bool is_running_ = false;
  std::optional<int> exit_status_;
  std::set<pid_t> processes_;          // that were seen to stop, and not to end
  std::map<pid_t, SeenCall> pending_;  // calls that have not ended
};

}  // namespace bundle::machine
