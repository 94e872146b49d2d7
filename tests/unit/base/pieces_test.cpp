#include "base/pieces.h"

#include <doctest/doctest.h>

#include "base/error.h"

using bundle::Bytes;
using bundle::Pieces;

TEST_CASE("pieces read as one content, across their borders too") {
  const std::string input = "0123456789";
  Pieces pieces;
  pieces.append_span(Bytes(input).slice(0, 4));
  pieces.append_text("ABC");
  pieces.append_span(Bytes(input).slice(7, 0));
  pieces.append_span(Bytes(input).slice(7, 3));
  CHECK(pieces.size() == 10);
  CHECK(pieces.pieces().size() == 3);
  CHECK(pieces.to_string() == "0123ABC789");
  std::string scratch;
  for (uint64_t from = 0; from <= 10; ++from) {
    for (uint64_t length = 0; from + length <= 10; ++length) {
      CHECK(pieces.read(from, length, scratch).text() == std::string("0123ABC789").substr(from, length));
    }
  }
  CHECK_THROWS_AS(pieces.read(5, 6, scratch), bundle::Error);
  CHECK_THROWS_AS(pieces.read(UINT64_MAX, 2, scratch), bundle::Error);
  CHECK(pieces.read(1, 2, scratch).data() == Bytes(input).data() + 1);
}

TEST_CASE("pieces of another content are shared, and outlive it") {
  const std::string input = "0123456789";
  Pieces whole = Pieces::of_text("head ");
  const char* own = nullptr;
  {
    Pieces part = Pieces::of_span(Bytes(input));
    part.append_text("ABC");
    own = part.pieces()[1].owned->data();
    whole.append(part);
    whole.append(Pieces());
  }
  whole.append(whole);
  CHECK(whole.to_string() == "head 0123456789ABChead 0123456789ABC");
  CHECK(whole.size() == 36);
  std::string scratch;
  CHECK(whole.read(15, 3, scratch).text().data() == own);
  CHECK(whole.read(33, 3, scratch).text().data() == own);
  CHECK(whole.read(16, 4, scratch).text() == "BChe");
}
