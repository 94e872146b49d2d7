// Results of parallel work, handed over one by one in index order while later ones are still being made.
//
// Invariant: at most `window` results exist at any moment, so memory is bounded whatever the count; what is
// handed over, and which failure is thrown, does not depend on the number of threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace bundle::pack {

/// For i from 0 to count-1: take(i, work(i, thread)), where work runs on one of `jobs` threads (`thread` is
/// its number below `jobs`) and take on the caller's, in order. What either throws ends it all and is
/// rethrown.
template <class Result, class Work, class Take>
void for_each_in_order(size_t count, unsigned jobs, size_t window, const Work& work, const Take& take) {
  if (jobs <= 1 || count <= 1) {
    for (size_t i = 0; i < count; ++i) take(i, work(i, 0U));
    return;
  }
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr failure;
  };
  std::vector<Slot> slots(window);
  std::mutex mutex;
  std::condition_variable ready, room;
  size_t next = 0, taken = 0;
  bool stop = false;

  const auto run = [&](unsigned thread) {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [&] { return stop || next >= count || next < taken + window; });
      if (stop || next >= count) return;
      const size_t index = next++;
      lock.unlock();
      Slot slot;
      try {
        slot.result.emplace(work(index, thread));
      } catch (...) {
        slot.failure = std::current_exception();
      }
      lock.lock();
      slots[index % window] = std::move(slot);
      if (index == taken) ready.notify_one();
    }
  };

  // Declared after what the threads use, so that it is gone (and they are joined) before that is.
  struct Pool {
    std::vector<std::jthread> threads;
    std::mutex& mutex;
    std::condition_variable& room;
    bool& stop;
    ~Pool() {
      {
        const std::lock_guard lock(mutex);
        stop = true;
      }
      room.notify_all();
    }
  } pool{{}, mutex, room, stop};
  try {
    for (unsigned i = 0; i < jobs; ++i) pool.threads.emplace_back(run, i);
  } catch (const std::system_error&) {
    // No more threads for this user or this container: those that there are do the work, or else this one.
  }
  if (pool.threads.empty()) {
    for (size_t i = 0; i < count; ++i) take(i, work(i, 0U));
    return;
  }

  for (size_t i = 0; i < count; ++i) {
    Slot slot;
    {
      std::unique_lock lock(mutex);
      Slot& mine = slots[i % window];
      ready.wait(lock, [&] { return mine.result || mine.failure; });
      slot = std::move(mine);
      mine = {};
      taken = i + 1;
    }
    room.notify_all();
    if (slot.failure) std::rethrow_exception(slot.failure);
    take(i, std::move(*slot.result));
  }
}

}  // namespace bundle::pack
