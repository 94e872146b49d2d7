#include "cli/command_words.h"

#include <doctest/doctest.h>

#include "base/error.h"

using bundle::Error;
using bundle::cli::CommandWords;
using bundle::cli::parse_command;

namespace {

std::vector<std::string> words(const std::string& text) { return parse_command(text).words; }
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("words are split as a shell splits them") {
  CHECK(words("rig") == Words{"rig"});
  CHECK(words("  a\tb\n c ") == Words{"a", "b", "c"});
  CHECK(words("a 'b c' \"d e\" f\\ g") == Words{"a", "b c", "d e", "f g"});
  CHECK(words("a'b'\"c\"d") == Words{"abcd"});
  CHECK(words("a '' \"\"") == Words{"a", "", ""});
  CHECK(words("a '|&;$`<>()' \"|;<>()\" \\| \\$x") == Words{"a", "|&;$`<>()", "|;<>()", "|", "$x"});
  CHECK(words(R"(a "\$ \` \" \\ \n")") == Words{"a", R"($ ` " \ \n)"});
  CHECK(words("a *.c [x] ~ {} # %") == Words{"a", "*.c", "[x]", "~", "{}", "#", "%"});
}

TEST_CASE("variables stand ahead of the command, an input behind it") {
  const CommandWords command = parse_command("LANG=C X='a b' Y= jq -r x=1 < 'in put'");
  CHECK(command.words == Words{"jq", "-r", "x=1"});
  REQUIRE(command.environment.size() == 3);
  CHECK(command.environment[0] == std::pair<std::string, std::string>("LANG", "C"));
  CHECK(command.environment[1] == std::pair<std::string, std::string>("X", "a b"));
  CHECK(command.environment[2].second.empty());
  CHECK(command.input == "in put");
  CHECK(parse_command("a<b").input == "b");
  CHECK(words("1x=2") == Words{"1x=2"});
  CHECK(words("'x=2' y") == Words{"x=2", "y"});
  CHECK(words("=2") == Words{"=2"});
}

TEST_CASE("what a shell would do something about is refused") {
  for (const char* text : {"a | b", "a && b", "a; b", "a > b", "$x", "a \"$x\"", "a `b`", "a \"`b`\"", "(a)", "a &"}) {
    CHECK_THROWS_AS(parse_command(text), Error);
  }
  for (const char* text :
       {"", "  ", "''", "A=b", "< x", "a 'b", "a \"b", "a \\", "a <", "a < < b", "a < b < c", "a < ''"}) {
    CHECK_THROWS_AS(parse_command(text), Error);
  }
}
