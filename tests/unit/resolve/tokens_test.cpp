#include "resolve/tokens.h"

#include <doctest/doctest.h>

using bundle::resolve::expand_origin;
using bundle::resolve::expand_tokens;
using bundle::resolve::Token;
using bundle::resolve::TokenValue;

static TokenValue values(std::string origin, std::string lib, std::string platform) {
  return [=](Token token) { return token == Token::origin ? origin : token == Token::lib ? lib : platform; };
}

TEST_CASE("glibc's tokens expand with and without braces, and only as whole words") {
  const TokenValue tokens = values("/o", "lib64", "x86_64");
  CHECK(expand_tokens("$ORIGIN/../$LIB/${PLATFORM}", tokens) == "/o/../lib64/x86_64");
  CHECK(expand_tokens("${ORIGIN}s", tokens) == "/os");
  CHECK(expand_tokens("$ORIGINS/$LIB_", tokens) == "$ORIGINS/$LIB_");
  CHECK(expand_tokens("$ORIGIN$LIB", tokens) == "/olib64");
  CHECK(expand_tokens("${ORIGIN/a", tokens) == "${ORIGIN/a");
  CHECK(expand_tokens("a$", tokens) == "a$");
  CHECK(expand_tokens("$$ORIGIN", tokens) == "$/o");
}

TEST_CASE("a token without a value voids the text") {
  CHECK_FALSE(expand_tokens("/a/$PLATFORM", values("/o", "lib", "")));
}

TEST_CASE("musl knows $ORIGIN only, as a prefix of any word, and another token voids the whole path") {
  CHECK(expand_origin("$ORIGIN/a:${ORIGIN}b:$ORIGINc", "/o") == "/o/a:/ob:/oc");
  CHECK_FALSE(expand_origin("/a:$LIB/b", "/o"));
  CHECK_FALSE(expand_origin("$ORIGIN/a$", "/o"));
}

TEST_CASE("a token that the text does not hold is not asked for") {
  const auto value_of = [](Token token) {
    CHECK(token == Token::origin);
    return std::string("/o");
  };
  CHECK(expand_tokens("$ORIGIN/../lib:$LIBS", value_of) == "/o/../lib:$LIBS");
}
