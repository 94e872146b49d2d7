#include "base/bytes.h"

#include <doctest/doctest.h>

#include "base/error.h"

using bundle::Bytes;
using bundle::Error;

TEST_CASE("a read that fits exactly is allowed, one byte more is not") {
  const Bytes bytes("\1\0\0\0\2\0\0\0", 8);
  CHECK(bytes.read<uint32_t>(4) == 2);
  CHECK(bytes.read<uint64_t>(0) == 0x2'0000'0001);
  CHECK_THROWS_AS(bytes.read<uint32_t>(5), Error);
  CHECK_THROWS_AS(bytes.read<uint64_t>(1), Error);
}

TEST_CASE("offsets and lengths near the end of the integers do not wrap") {
  const Bytes bytes("abcd", 4);
  CHECK_THROWS_AS(bytes.read<uint32_t>(UINT64_MAX), Error);
  CHECK_THROWS_AS(bytes.slice(1, UINT64_MAX), Error);
  CHECK_THROWS_AS(bytes.slice(UINT64_MAX, UINT64_MAX), Error);
  CHECK_THROWS_AS(bytes.array<uint64_t>(0, UINT64_MAX / 8 + 1), Error);
  CHECK(bytes.slice(4, 0).empty());
  CHECK_THROWS_AS(bytes.slice(5, 0), Error);
}

TEST_CASE("a string must end inside the bytes") {
  const Bytes bytes("ab\0cd", 5);
  CHECK(bytes.c_string(0) == "ab");
  CHECK(bytes.c_string(2).empty());
  CHECK_THROWS_AS(bytes.c_string(3), Error);
  CHECK_THROWS_AS(bytes.c_string(5), Error);
}

TEST_CASE("an array checks its index") {
  const Bytes bytes("\1\0\2\0\3", 5);
  const bundle::Array<uint16_t> array = bytes.array<uint16_t>(0, 2);
  CHECK(array[1] == 2);
  CHECK_THROWS_AS(array[2], Error);
  CHECK_THROWS_AS(bytes.array<uint16_t>(0, 3), Error);
}

TEST_CASE("names for messages hold no control characters and no broken UTF-8") {
  CHECK(bundle::printable("a\nb\033[2J") == "a\\x0ab\\x1b[2J");
  CHECK(bundle::printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(bundle::printable("\xff\xc3") == "\\xff\\xc3");
  CHECK(bundle::printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(bundle::printable(std::string(10000, 'x')).size() < 310);
}
