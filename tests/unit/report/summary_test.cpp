#include "report/summary.h"

#include <doctest/doctest.h>

#include "base/human_size.h"

#include <algorithm>

using namespace bundle;

TEST_CASE("sizes read as people write them") {
  CHECK(bundle::human_size(999) == "999 bytes");
  CHECK(bundle::human_size(1234) == "1.2 kB");
  CHECK(bundle::human_size(98'900'000) == "98.9 MB");
  CHECK(report::grouped(262144000) == "262,144,000");
  CHECK(report::grouped(999) == "999");
}

TEST_CASE("one byte over the limit does not read as 100.0%") {
  report::Totals totals;
  totals.unpacked = report::lambda_limit;
  CHECK(report::render_totals("x", 1, totals).find("100.0%") != std::string::npos);
  totals.unpacked += 1;
  CHECK(report::render_totals("x", 1, totals).find("100.1%") != std::string::npos);
}

TEST_CASE("over the limit, the ten largest files are named, the largest first") {
  Plan plan;
  std::vector<uint64_t> sizes;
  for (int i = 0; i < 12; ++i) {
    Item item;
    item.path = "lib/" + std::string(1, static_cast<char>('a' + i));
    plan.items.push_back(item);
    sizes.push_back(static_cast<uint64_t>(i) * 30'000'000);
  }
  const std::string text = report::render_over_limit(plan, sizes, 1'980'000'000);
  CHECK(text.find("lib/l") < text.find("lib/k"));
  CHECK(text.find("lib/c") != std::string::npos);
  CHECK(text.find("lib/b ") == std::string::npos);
  CHECK(text.find("1,717,856,000 more") != std::string::npos);
}
