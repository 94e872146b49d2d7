// The handlers do what signal-safety(7) allows: system calls and atomics.
#include "base/interrupt.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "base/mapping.h"

namespace bundle {

namespace {

constexpr long patience_ms = 600;

std::atomic<int> caught{0};
std::array<std::atomic<const char*>, 16> half_done{};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<const char*>::is_always_lock_free,
              "they are used in signal handlers");
timer_t deadline{};
bool has_deadline = false;

/// Removes a file, or a folder with all in it. opendir(3) allocates, so the folder is read as the kernel gives it.
void remove_whole(int folder, const char* name) {
  if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return;
  const int self = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (self < 0) return;
  struct Record {  // linux_dirent64, getdents64(2)
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  alignas(Record) std::array<char, 4096> buffer;
  for (long size = 0; (size = ::syscall(SYS_getdents64, self, buffer.data(), buffer.size())) > 0;) {
    for (long at = 0; at < size;) {
      const char* record = buffer.data() + at;
      unsigned short length = 0;
      __builtin_memcpy(&length, record + offsetof(Record, length), sizeof length);
      const char* entry = record + offsetof(Record, name);
      const bool is_dots = entry[0] == '.' && (entry[1] == '\0' || (entry[1] == '.' && entry[2] == '\0'));
      if (!is_dots) remove_whole(self, entry);
      at += length;
    }
  }
  ::close(self);
  ::unlinkat(folder, name, AT_REMOVEDIR);
}

[[noreturn]] void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::kill(::getpid(), signal);
  ::_exit(128 + signal);
}

void end_now(int) {
  const int signal = caught.load();
  // A thread that is still at work may write into a folder while it goes: twice is enough, for threads look, too.
  for (int round = 0; round < 2; ++round) {
    for (std::atomic<const char*>& path : half_done) {
      if (const char* name = path.load()) remove_whole(AT_FDCWD, name);
    }
  }
  end_by(signal != 0 ? signal : SIGALRM);
}

void take_note(int signal) {
  const int before = errno;
  int none = 0;
  if (caught.compare_exchange_strong(none, signal)) {
    const itimerspec when = {{0, 0}, {0, patience_ms * 1'000'000}};
    if (!has_deadline || ::timer_settime(deadline, 0, &when, nullptr) != 0) ::alarm(1);
  }
  errno = before;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  struct sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  has_deadline = ::timer_create(CLOCK_MONOTONIC, &event, &deadline) == 0;
  handle(SIGALRM, end_now);
  sigset_t ours;
  ::sigemptyset(&ours);
  ::sigaddset(&ours, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &ours, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU}) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) handle(number, take_note);
  }
  // Where a caller ignores it, the kernel takes children away as they end, and nobody could wait for them (wait(2)).
  handle(SIGCHLD, SIG_DFL);
  // Not SIG_IGN, which a program that is traced would inherit.
  handle(SIGXFSZ, [](int) {});
}

void check_interrupted() {
  if (const int signal = caught.load(std::memory_order_relaxed)) throw Interrupted{signal};
  check_mappings();
}

void die_by(int signal) { end_by(signal); }

void litter(const std::string& path) {
  for (std::atomic<const char*>& slot : half_done) {
    const char* none = nullptr;
    if (slot.compare_exchange_strong(none, path.c_str())) return;
  }
}

void no_litter(const std::string& path) {
  for (std::atomic<const char*>& slot : half_done) {
    const char* mine = path.c_str();
    if (slot.compare_exchange_strong(mine, nullptr)) return;
  }
}

}  // namespace bundle
