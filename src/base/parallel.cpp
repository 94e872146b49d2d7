#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/interrupt.h"

namespace bundle {

unsigned default_jobs() {
  // The affinity mask, not the machine: a CI container is often given two of sixty-four.
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

void parallel_for(size_t count, unsigned jobs, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr failure;
  size_t failed_index = count;
  const auto run = [&] {
    for (;;) {
      if (failed.load()) return;
      const size_t index = next.fetch_add(1);
      if (index >= count) return;
      try {
        check_interrupted();
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (index < failed_index) {
          failed_index = index;
          failure = std::current_exception();
        }
        failed.store(true);
      }
    }
  };
  const size_t threads = std::min<size_t>(std::max(1U, jobs), count);
  if (threads <= 1) {
    run();
  } else {
    std::vector<std::jthread> pool;
    try {
      for (size_t i = 1; i < threads; ++i) pool.emplace_back(run);
    } catch (const std::system_error&) {
      // No more threads for this user (ulimit -u) or this container: those that there are do the work.
    }
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace bundle
