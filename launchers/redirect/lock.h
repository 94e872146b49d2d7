// A lock that sleeps: however many threads want it, the one that has it runs.
#pragma once

#include <linux/futex.h>

#include "../system.h"

namespace redirect {

class Lock {
 public:
  void lock() {
    int free = 0;
    if (__atomic_compare_exchange_n(&state_, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    while (__atomic_exchange_n(&state_, 2, __ATOMIC_ACQUIRE) != 0) {
      arch::syscall(__NR_futex, sys::address(&state_), FUTEX_WAIT_PRIVATE, 2, 0);
    }
  }
  void unlock() {
    if (__atomic_exchange_n(&state_, 0, __ATOMIC_RELEASE) == 2)
      arch::syscall(__NR_futex, sys::address(&state_), FUTEX_WAKE_PRIVATE, 1);
  }
  /// In a child of fork(), where the thread that held it is not.
  bool is_held() const { return state_ != 0; }
  void reset() { state_ = 0; }

 private:
  int state_ = 0;  // 0 free, 1 held, 2 held and waited for
};

}  // namespace redirect
