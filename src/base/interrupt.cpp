#include "base/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace bundle {

namespace {
std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free, "it is written in a signal handler");
}  // namespace

void catch_interrupts() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action.sa_handler = [](int signal) { caught.store(signal); };
    action.sa_flags = SA_RESETHAND;  // a second Ctrl-C ends at once
    ::sigaction(number, &action, nullptr);
  }
}

void check_interrupted() {
  if (const int signal = caught.load()) throw Interrupted{signal};
}

void die_by(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace bundle
