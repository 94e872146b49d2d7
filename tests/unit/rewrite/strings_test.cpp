#include "rewrite/strings.h"

#include <doctest/doctest.h>

using bundle::rewrite::OffsetSet;

TEST_CASE("an OffsetSet finds the next offset in it and not in it, across its words") {
  OffsetSet set(200);
  CHECK(set.next_in(0) == 200);
  CHECK(set.next_not_in(0) == 0);
  set.add(0, 1);
  set.add(60, 130);
  set.add(100, 110);
  CHECK(set.contains(0));
  CHECK_FALSE(set.contains(1));
  CHECK(set.contains(129));
  CHECK_FALSE(set.contains(130));
  CHECK(set.next_not_in(0) == 1);
  CHECK(set.next_in(1) == 60);
  CHECK(set.next_not_in(60) == 130);
  CHECK(set.next_in(130) == 200);
  set.add(130, 200);
  CHECK(set.next_not_in(60) == 200);
  CHECK(set.next_in(200) == 200);
}

TEST_CASE("an OffsetSet of nothing holds nothing") {
  const OffsetSet set(0);
  CHECK(set.next_in(0) == 0);
  CHECK(set.next_not_in(0) == 0);
}
