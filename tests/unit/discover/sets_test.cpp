#include "discover/sets.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using bundle::discover::locale_folders;

using Names = std::vector<std::string>;

TEST_CASE("a locale's folder goes by the codeset as glibc normalizes it, and as it is written") {
  CHECK(locale_folders("C.UTF-8") == Names{"C.utf8", "C.UTF-8"});
  CHECK(locale_folders("de_DE.ISO-8859-1") == Names{"de_DE.iso88591", "de_DE.ISO-8859-1"});
  CHECK(locale_folders("de_DE.8859-15@euro") == Names{"de_DE.iso885915@euro", "de_DE.8859-15@euro"});
  CHECK(locale_folders("ja_JP.eucJP") == Names{"ja_JP.eucjp", "ja_JP.eucJP"});
}

TEST_CASE(
    "UTF-8 is looked for under both its spellings, whichever is asked for: Debian 11 has C.UTF-8, later ones C.utf8") {
  CHECK(locale_folders("C.utf8") == Names{"C.utf8", "C.UTF-8"});
  CHECK(locale_folders("ca_ES.utf8@valencia") == Names{"ca_ES.utf8@valencia", "ca_ES.UTF-8@valencia"});
}

TEST_CASE("a locale without a codeset has one folder") {
  CHECK(locale_folders("POSIX") == Names{"POSIX"});
  CHECK(locale_folders("de_DE@euro") == Names{"de_DE@euro"});
}
