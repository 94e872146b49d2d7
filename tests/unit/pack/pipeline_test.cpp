#include "pack/pipeline.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>

using bundle::pack::for_each_in_order;

TEST_CASE("results arrive in order, and never more than the window are waiting") {
  for (const unsigned jobs : {1U, 2U, 5U}) {
    std::atomic<int> alive{0}, most{0};
    std::vector<size_t> seen;
    for_each_in_order<size_t>(
        300, jobs, 8,
        [&](size_t index, unsigned thread) {
          CHECK(thread < jobs);
          const int now = ++alive;
          for (int old = most; now > old && !most.compare_exchange_weak(old, now);) {
          }
          if (index % 17 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
          return index;
        },
        [&](size_t index, size_t result) {
          CHECK(index == result);
          seen.push_back(index);
          --alive;
        });
    CHECK(seen.size() == 300);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(most <= 9);  // the window, and the one that is being taken
  }
}

TEST_CASE("the first failure in order is the one that is thrown") {
  for (const unsigned jobs : {1U, 4U}) {
    size_t taken = 0;
    const auto work = [](size_t index, unsigned) -> int {
      if (index >= 10) throw std::runtime_error(std::to_string(index));
      return 0;
    };
    CHECK_THROWS_WITH(for_each_in_order<int>(100, jobs, 16, work, [&](size_t, int) { ++taken; }), "10");
    CHECK(taken == 10);
    const auto full = [](size_t index, int) {
      if (index == 3) throw std::runtime_error("disk full");
    };
    CHECK_THROWS_WITH(for_each_in_order<int>(9, jobs, 4, work, full), "disk full");
  }
}
