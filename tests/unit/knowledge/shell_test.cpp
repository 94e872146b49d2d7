// What is known of the shell's language.
#include "knowledge/shell.h"

#include <doctest/doctest.h>

using namespace bundle::knowledge;

TEST_CASE("a link to a script is followed by some interpreters, and by a script that says so") {
  CHECK(resolves_links("node"));
  CHECK(resolves_links("python3.11"));
  CHECK_FALSE(resolves_links("sh"));
  CHECK_FALSE(resolves_links("perl"));
  CHECK(follows_links("here=$(dirname \"$(readlink -f \"$0\")\")\n"));
  CHECK(follows_links("while [ -h \"$s\" ]; do s=$(ls -l \"$s\" | sed 's/.* -> //'); done\n"));
  CHECK_FALSE(follows_links("exec \"$(dirname \"$0\")/prog\"\n"));
}
