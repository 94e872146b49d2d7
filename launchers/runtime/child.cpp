// See child.h. The end of the program is told by SIGCHLD, which is read from a descriptor among the others, so that
// what it left running with its output open does not keep an answer waiting.
#include "child.h"

namespace runtime {

namespace {

constexpr long sigkill = 9, sigpipe = 13, sigchld = 17, pollin = 1, pollout = 4, o_nonblock = 04000, f_setfl = 4;

struct Poll {
  int descriptor;
  short events, happened;
};

struct Action {  // the kernel's struct sigaction
  uint64_t handler = 0, flags = 0, restorer = 0, mask = 0;
};

struct Time {
  int64_t seconds, nanoseconds;
};

int signals = -1;

void set_action(long signal, uint64_t handler) {
  Action action;
  action.handler = handler;
  arch::syscall(__NR_rt_sigaction, signal, sys::address(&action), 0, sizeof action.mask);
}

void block_children(bool block) {
  constexpr long sig_block = 0, sig_unblock = 1;
  const uint64_t mask = uint64_t{1} << (sigchld - 1);
  arch::syscall(__NR_rt_sigprocmask, block ? sig_block : sig_unblock, sys::address(&mask), 0, sizeof mask);
}

void close_one(int& end) {
  if (end >= 0) sys::close(end);
  end = -1;
}

struct Pipes {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, error[2] = {-1, -1}, failure[2] = {-1, -1};

  long make() {
    int(*const all[])[2] = {&in, &out, &error, &failure};
    for (auto* ends : all) {
      const long made = arch::syscall(__NR_pipe2, sys::address(*ends), O_CLOEXEC);
      if (sys::failed(made)) return made;
    }
    const int own[] = {in[1], out[0], error[0]};
    for (const int end : own) arch::syscall(__NR_fcntl, end, f_setfl, o_nonblock);
    return 0;
  }
  void close() {
    int* const all[] = {in, out, error, failure};
    for (int* ends : all) {
      close_one(ends[0]);
      close_one(ends[1]);
    }
  }
};

[[noreturn]] void become(const Run& run, const Pipes& pipes) {
  arch::syscall(__NR_setpgid, 0, 0);
  arch::syscall(__NR_dup3, pipes.in[0], 0, 0);
  arch::syscall(__NR_dup3, pipes.out[1], 1, 0);
  arch::syscall(__NR_dup3, pipes.error[1], 2, 0);
  arch::syscall(__NR_chdir, sys::address("/tmp"));
  set_action(sigpipe, 0);
  block_children(false);
  const auto error = static_cast<int>(sys::execute(run.program, run.arguments, run.environment));
  arch::syscall(__NR_write, pipes.failure[1], sys::address(&error), sizeof error);
  for (;;) arch::syscall(__NR_exit_group, 127);
}

/// What can be read without waiting. False at its end.
bool drain(int descriptor, Buffer& to) {
  constexpr size_t step = 65536;
  for (;;) {
    const long got = arch::syscall(__NR_read, descriptor, sys::address(to.reserve(step)), static_cast<long>(step));
    if (got == -EINTR) continue;
    if (got == -EAGAIN) return true;
    if (got <= 0) return false;
    to.size += static_cast<size_t>(got);
    if (to.size > most_printed) return true;
  }
}

/// What can be written without waiting. False when there is no more to write, or nobody who reads.
bool feed(int descriptor, const Buffer& from, size_t& at) {
  while (at < from.size) {
    const long put =
        arch::syscall(__NR_write, descriptor, sys::address(from.data + at), static_cast<long>(from.size - at));
    if (put == -EINTR) continue;
    if (put == -EAGAIN) return true;
    if (put <= 0) return false;
    at += static_cast<size_t>(put);
  }
  return false;
}

void end_group(long process) {
  arch::syscall(__NR_kill, -process, sigkill);
  arch::syscall(__NR_kill, process, sigkill);
}

/// Whether it has ended. Its number, which is its group's, too, stays its own until reap().
bool has_ended(long process) {
  constexpr long p_pid = 1, w_no_hang = 1, w_exited = 4, w_no_wait = 0x1000000;
  int event[32] = {};  // siginfo_t, the signal ahead
  const long asked =
      arch::syscall(__NR_waitid, p_pid, process, sys::address(event), w_no_hang | w_exited | w_no_wait, 0);
  return sys::failed(asked) || event[0] != 0;
}

/// Waits for it; its status. What it left behind is a child of ours where this is process 1.
int reap(long process) {
  constexpr long any = -1, no_hang = 1;
  int status = 0;
  while (arch::syscall(__NR_wait4, process, sys::address(&status), 0, 0) == -EINTR) {
  }
  while (arch::syscall(__NR_wait4, any, 0, no_hang, 0) > 0) {
  }
  return status;
}

/// Until the program has ended, or has to: run.end says which.
void serve(Run& run, Pipes& pipes, long process) {
  size_t written = 0;
  if (run.input->size == 0) close_one(pipes.in[1]);
  for (;;) {
    const int64_t left = run.end_ms - now_ms();
    if (left <= 0) {
      run.end = Run::End::too_late;
      return;
    }
    Poll polls[4] = {{signals, static_cast<short>(pollin), 0},
                     {pipes.out[0], static_cast<short>(pollin), 0},
                     {pipes.error[0], static_cast<short>(pollin), 0},
                     {pipes.in[1], static_cast<short>(pollout), 0}};
    Time wait = {left / 1000, left % 1000 * 1'000'000};
    arch::syscall(__NR_ppoll, sys::address(polls), 4, sys::address(&wait), 0, 0);
    if (polls[3].happened != 0 && !feed(pipes.in[1], *run.input, written)) close_one(pipes.in[1]);
    if (polls[1].happened != 0 && !drain(pipes.out[0], run.output)) close_one(pipes.out[0]);
    if (polls[2].happened != 0 && !drain(pipes.error[0], run.error)) close_one(pipes.error[0]);
    if (run.output.size + run.error.size > most_printed) {
      run.end = Run::End::too_much;
      return;
    }
    if (polls[0].happened == 0) continue;
    char event[128];  // signalfd_siginfo; of which process is asked of the kernel
    arch::syscall(__NR_read, signals, sys::address(event), sizeof event);
    if (!has_ended(process)) continue;
    if (pipes.out[0] >= 0) drain(pipes.out[0], run.output);
    if (pipes.error[0] >= 0) drain(pipes.error[0], run.error);
    if (run.output.size + run.error.size > most_printed) run.end = Run::End::too_much;
    return;
  }
}

}  // namespace

int64_t now_ms() {
  Time now = {};
  arch::syscall(__NR_clock_gettime, 0, sys::address(&now));
  return now.seconds * 1000 + now.nanoseconds / 1'000'000;
}

void prepare_runs() {
  constexpr uint64_t ignore = 1;
  set_action(sigpipe, ignore);
  set_action(sigchld, 0);  // who is started with it ignored is told of no end
  block_children(true);
  const uint64_t mask = uint64_t{1} << (sigchld - 1);
  const long made = arch::syscall(__NR_signalfd4, -1, sys::address(&mask), sizeof mask, O_CLOEXEC | o_nonblock);
  if (sys::failed(made)) fail("bootstrap", "cannot watch programs", made);
  signals = static_cast<int>(made);
}

void run(Run& run) {
  run.output.clear();
  run.error.clear();
  run.end = Run::End::exited;
  run.number = 0;
  Pipes pipes;
  const long made = pipes.make();
  const long process = sys::failed(made) ? made : arch::syscall(__NR_clone, sigchld, 0, 0, 0, 0);
  if (process == 0) become(run, pipes);
  if (sys::failed(process)) {
    pipes.close();
    run.end = Run::End::not_started;
    run.number = static_cast<int>(process);
    return;
  }
  arch::syscall(__NR_setpgid, process, process);
  close_one(pipes.in[0]);
  close_one(pipes.out[1]);
  close_one(pipes.error[1]);
  close_one(pipes.failure[1]);
  int failure = 0;
  long got = 0;
  do {
    got = arch::syscall(__NR_read, pipes.failure[0], sys::address(&failure), sizeof failure);
  } while (got == -EINTR);
  const bool is_started = got != static_cast<long>(sizeof failure);
  if (is_started) serve(run, pipes, process);
  end_group(process);  // and with it what it left behind
  const int status = reap(process), signal = status & 0x7F;
  pipes.close();
  if (!is_started) {
    run.end = Run::End::not_started;
    run.number = failure;
  } else if (run.end == Run::End::exited) {
    if (signal != 0) run.end = Run::End::killed;
    run.number = signal != 0 ? signal : status >> 8 & 0xFF;
  }
}

}  // namespace runtime
