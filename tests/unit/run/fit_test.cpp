// What goes, and what comes back, where a bundle is over its limit.
#include "run/fit.h"

#include <doctest/doctest.h>

#include <algorithm>

using bundle::run::Attempt;
using bundle::run::fit;
using Keys = std::set<std::string>;

namespace {

struct Thing {
  std::string key;
  uint64_t size = 0;
  int goes_last = 0;
  std::string drags = {};       // what several may bring along: counted once
  std::string instead_of = {};  // it is there only where that one is out
  uint64_t uncounted = 0;       // what it takes beyond what is told of it
};

/// A bundle of these, and of what stays in it.
struct World {
  uint64_t stays = 0;
  std::vector<Thing> things;
  uint64_t size_of_dragged = 0;
  std::vector<Keys> tried = {};

  Attempt attempt(const Keys& dropped) {
    tried.push_back(dropped);
    Attempt out;
    out.size = stays;
    Keys dragged;
    for (const Thing& thing : things) {
      if (dropped.contains(thing.key)) continue;
      if (!thing.instead_of.empty() && !dropped.contains(thing.instead_of)) continue;
      uint64_t cost = thing.size;
      if (!thing.drags.empty() && dragged.insert(thing.drags).second) cost += size_of_dragged;
      out.size += cost + thing.uncounted;
      out.droppable.push_back({thing.key, cost, thing.goes_last});
    }
    for (const Thing& thing : things) {
      if (!dropped.contains(thing.key)) continue;
      const bool is_more = !thing.drags.empty() && !dragged.contains(thing.drags);
      out.dropped.emplace(thing.key, thing.size + (is_more ? size_of_dragged : 0));
    }
    return out;
  }
  /// What stays out of the answer, after no two attempts of the same.
  Keys out_within(uint64_t limit) {
    tried.clear();
    const Keys answer = fit(limit, [this](const Keys& dropped) { return attempt(dropped); });
    CHECK(std::set<Keys>(tried.begin(), tried.end()).size() == tried.size());
    return answer;
  }
};

}  // namespace

TEST_CASE("fit: within the limit all is in, by one attempt") {
  World world{10, {{"a", 5}}};
  CHECK(world.out_within(15).empty());
  CHECK(world.tried.size() == 1);
}

TEST_CASE("fit: the largest goes first, and nothing that need not") {
  World world{10, {{"small", 1}, {"large", 8}, {"middle", 4}}};
  CHECK(world.out_within(16) == Keys{"large"});
  CHECK(world.tried.size() == 2);
}

TEST_CASE("fit: what goes last stays as long as there is anything else, whatever its size") {
  World world{10, {{"font", 8, 1}, {"any font", 9, 2}, {"menu", 1}, {"dialogs", 2}}};
  CHECK(world.out_within(27) == Keys{"dialogs", "menu"});
  CHECK(world.out_within(19) == Keys{"dialogs", "font", "menu"});
}

TEST_CASE("fit: what goes last is not taken for what is told too small, or comes up behind another") {
  World world{10, {{"plugin", 4, 0, "", "", 4}, {"its other copy", 7, 0, "", "plugin"}, {"font", 5, 1}}};
  CHECK(world.out_within(17) == Keys{"its other copy", "plugin"});
}

TEST_CASE("fit: what went although it had not to comes back, the essential first") {
  // As long as both filters are in, the library that both bring counts for the first alone.
  World world{10, {{"filter", 4, 0, "x"}, {"other", 3, 0, "x"}, {"tips", 12}}, 20};
  CHECK(world.out_within(23) == Keys{"filter", "other"});
  World last{10, {{"filter", 4, 1, "x"}, {"other", 3, 1, "x"}, {"font", 6, 1}, {"adverts", 5}}, 20};
  CHECK(last.out_within(17) == Keys{"adverts", "filter", "other"});
}

TEST_CASE("fit: what comes back and brings more along than was counted stays out") {
  World world{10, {{"filter", 4, 0, "x"}, {"other", 3, 0, "x"}, {"tips", 2}}, 20};
  World blind = world;
  const Keys answer = fit(18, [&](const Keys& dropped) {
    Attempt out = blind.attempt(dropped);
    for (auto& [key, cost] : out.dropped) cost = std::min<uint64_t>(cost, 4);  // without what is dragged
    return out;
  });
  CHECK(blind.tried.size() > 3);
  CHECK(blind.attempt(answer).size <= 18);
}

TEST_CASE("fit: what is told to cost nothing and does stays out") {
  World world{10, {{"told free", 0, 0, "", "", 30}}};
  CHECK(world.out_within(20) == Keys{"told free"});
}

TEST_CASE("fit: where each that goes frees little, more go at once") {
  World world{10, {}, 500};
  for (char name = 'a'; name <= 'z'; ++name) world.things.push_back({std::string(1, name), 1, 0, "x"});
  CHECK(world.out_within(20).size() == 26);
  CHECK(world.tried.size() < 8);
}

TEST_CASE("fit: where each kind frees little, more kinds go at once, and what had not to go comes back") {
  World world{10, {{"font", 6, 9}, {"sound", 7, 9}}, 20};
  for (int i = 0; i < 9; ++i) world.things.push_back({"menu " + std::to_string(i), 0, i, i == 8 ? "x" : ""});
  const Keys answer = world.out_within(24);
  CHECK(answer.contains("menu 8"));
  CHECK_FALSE(answer.contains("sound"));
  CHECK_FALSE(answer.contains("font"));
  CHECK(world.tried.size() < 8);
}

TEST_CASE("fit: where nothing more may go the last attempt is the smallest") {
  World world{30, {{"a", 5}, {"font", 3, 1}}};
  CHECK(world.out_within(20) == Keys{"a", "font"});
  World bare{30, {}};
  CHECK(bare.out_within(20).empty());
}
