#include "base/printable.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/human_size.h"
#include "base/say.h"

using bundle::harmless;
using bundle::harmless_json;
using bundle::printable;
using bundle::shell_word;

TEST_CASE("printable: what is not seen and changes what is") {
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\u0085\u009b") == "\\xc2\\x85\\xc2\\x9b");
  CHECK(printable("a\u202eb\u2066") == "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6");
  CHECK(printable("\u200e\u200f\u061c\u2028\u2029") ==
        "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
  CHECK(printable("\u200b\ufeff") == "\\xe2\\x80\\x8b\\xef\\xbb\\xbf");
  CHECK(printable("\U000e0041") == "\\xf3\\xa0\\x81\\x81");
  CHECK(printable("\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80") == "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc0\\x80");
  for (const char* seen : {"größe", "日本語", "שלום", "مرحبا", "😀", "e\u0301", "\u00a0", "\U0001f3f4"})
    CHECK(printable(seen) == seen);
}

TEST_CASE("printable: at most so much, then a sign") {
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("abcd", 3) == "abc…");
  CHECK(printable("ab\n", 3) == "ab\\x0a");
  CHECK(printable("ab\ncd", 3) == "ab\\x0a…");
  CHECK(printable("", 0) == "");
}

TEST_CASE("the door: newlines are ours, and nothing else that could drive a terminal") {
  CHECK(harmless("a\nb\t\r\033[2J\u009b\u202e\xff") == "a\nb\\x09\\x0d\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\\xff");
  CHECK(harmless("├── größe │") == "├── größe │");
  CHECK(harmless(bundle::colour::red) == "\\x1b[1;31m");
}

TEST_CASE("the door for JSON: the same text in JSON's own escapes") {
  CHECK(harmless_json("{\"a\": \"\x7f\u009b\u202e\"}\n") == "{\"a\": \"\\u007f\\u009b\\u202e\"}\n");
  CHECK(harmless_json("\"\U000e0041\"") == "\"\\udb40\\udc41\"");
  CHECK(harmless_json("\"größe\"") == "\"größe\"");
}

TEST_CASE("shell_word: one word, whatever is in it") {
  CHECK(shell_word("/usr/share/x-1.0+b1") == "/usr/share/x-1.0+b1");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word(";id>x;$(id)`id`") == "';id>x;$(id)`id`'");
  CHECK(shell_word("größe") == "'größe'");
  CHECK(shell_word("a\nb'\\") == "$'a\\x0ab\\'\\\\'");
  CHECK(shell_word("~x") == "'~x'");
}

TEST_CASE("sizes have one spelling") {
  CHECK(bundle::human_size(0) == "0 bytes");
  CHECK(bundle::human_size(1) == "1 byte");
  CHECK(bundle::human_size(999) == "999 bytes");
  CHECK(bundle::human_size(1234) == "1.2 kB");
  CHECK(bundle::human_size(98'900'000) == "98.9 MB");
  CHECK(bundle::human_size(1'500'000'000) == "1.50 GB");
}
