#include "base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

TEST_CASE("every index is worked once, with any number of threads") {
  for (const unsigned jobs : {0U, 1U, 2U, 7U, 200U}) {
    std::vector<std::atomic<int>> seen(100);
    bundle::parallel_for(seen.size(), jobs, [&](size_t i) { ++seen[i]; });
    for (const std::atomic<int>& count : seen) CHECK(count == 1);
  }
  bundle::parallel_for(0, 4, [](size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("of several failures the lowest index is thrown") {
  for (int round = 0; round < 50; ++round) {
    CHECK_THROWS_WITH(bundle::parallel_for(64, 4,
                                           [](size_t i) {
                                             if (i >= 3) throw std::runtime_error(std::to_string(i));
                                           }),
                      "3");
  }
}
