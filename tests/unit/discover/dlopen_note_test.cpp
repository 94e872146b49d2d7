#include "discover/dlopen_note.h"

#include <doctest/doctest.h>

using bundle::discover::parse_dlopen_note;
using bundle::discover::Wish;

TEST_CASE("the final form: an array, several names, a priority") {
  const std::vector<Wish> wishes =
      parse_dlopen_note(
          R"([{"soname":["libz.so.1","libz.so"],"feature":"zip","description":"d","priority":"required"},)"
          R"({"soname":["libb.so.2"]},{"soname":["libc.so.9"],"priority":"suggested"}])" +
          std::string(1, '\0'))
          .wishes;
  REQUIRE(wishes.size() == 3);
  CHECK(wishes[0].names == std::vector<std::string>{"libz.so.1", "libz.so"});
  CHECK(wishes[0].priority == Wish::Priority::required);
  CHECK(wishes[0].feature == "zip");
  CHECK(wishes[1].priority == Wish::Priority::recommended);  // what the specification says when there is none
  CHECK(wishes[2].priority == Wish::Priority::suggested);
}

TEST_CASE("the draft: one object, the name a string") {
  const std::vector<Wish> wishes = parse_dlopen_note(R"({"soname":"liba.so.1","description":"words"})").wishes;
  REQUIRE(wishes.size() == 1);
  CHECK(wishes[0].names == std::vector<std::string>{"liba.so.1"});
  CHECK(wishes[0].feature == "words");
}

TEST_CASE("what is malformed is said to be, what is around it still counts") {
  for (const char* text : {"", "{", "[\"\xff\"]", "nonsense"}) {
    CHECK(parse_dlopen_note(text).wishes.empty());
    CHECK(parse_dlopen_note(text).problem == "is no JSON");
  }
  for (const char* text :
       {"[1,null,{}]", "null", R"([{"soname":[]}])", R"([{"soname":{}}])", R"([{"soname":["/tmp/evil.so"]}])"}) {
    CHECK(parse_dlopen_note(text).wishes.empty());
    CHECK(parse_dlopen_note(text).problem == "has an entry that names no library");
  }
  CHECK(parse_dlopen_note(std::string(100'000, '[')).problem == "is no JSON");
  const bundle::discover::DlopenNote note = parse_dlopen_note(R"([{"soname":[7,"liba.so.1"],"priority":3},7])");
  CHECK(note.problem == "has an entry that names no library");
  const std::vector<Wish>& wishes = note.wishes;
  REQUIRE(wishes.size() == 1);
  CHECK(wishes[0].names == std::vector<std::string>{"liba.so.1"});
  CHECK(wishes[0].priority == Wish::Priority::recommended);
}
