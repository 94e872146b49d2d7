#include "discover/dlopen_note.h"

#include <doctest/doctest.h>

using bundle::discover::parse_dlopen_note;
using bundle::discover::Wish;

TEST_CASE("the final form: an array, several names, a priority") {
  const std::vector<Wish> wishes = parse_dlopen_note(
      R"([{"soname":["libz.so.1","libz.so"],"feature":"zip","description":"d","priority":"required"},)"
      R"({"soname":["libb.so.2"]},{"soname":["libc.so.9"],"priority":"suggested"}])" +
      std::string(1, '\0'));
  REQUIRE(wishes.size() == 3);
  CHECK(wishes[0].names == std::vector<std::string>{"libz.so.1", "libz.so"});
  CHECK(wishes[0].priority == Wish::Priority::required);
  CHECK(wishes[0].feature == "zip");
  CHECK(wishes[1].priority == Wish::Priority::recommended);  // what the specification says when there is none
  CHECK(wishes[2].priority == Wish::Priority::suggested);
}

TEST_CASE("the draft: one object, the name a string") {
  const std::vector<Wish> wishes = parse_dlopen_note(R"({"soname":"liba.so.1","description":"words"})");
  REQUIRE(wishes.size() == 1);
  CHECK(wishes[0].names == std::vector<std::string>{"liba.so.1"});
  CHECK(wishes[0].feature == "words");
}

TEST_CASE("what is malformed says nothing, what is around it still does") {
  CHECK(parse_dlopen_note("").empty());
  CHECK(parse_dlopen_note("{").empty());
  CHECK(parse_dlopen_note("[1,null,{}]").empty());
  CHECK(parse_dlopen_note(R"([{"soname":[]}])").empty());
  CHECK(parse_dlopen_note(R"([{"soname":["/tmp/evil.so"]}])").empty());
  const std::vector<Wish> wishes = parse_dlopen_note(R"([{"soname":[7,"liba.so.1"],"priority":3}])");
  REQUIRE(wishes.size() == 1);
  CHECK(wishes[0].names == std::vector<std::string>{"liba.so.1"});
  CHECK(wishes[0].priority == Wish::Priority::recommended);
}
