#include "knowledge/folders.h"

#include <doctest/doctest.h>

using bundle::knowledge::is_broad_folder;
using bundle::knowledge::is_targets_folder;

TEST_CASE("what is everybody's is so for discovery and for the plan") {
  for (const char* folder : {"/",
                             "/usr",
                             "/usr/share",
                             "/usr/lib",
                             "/lib",
                             "/lib/x86_64-linux-gnu",
                             "/usr/lib/x86_64-linux-gnu",
                             "/usr/lib/aarch64-linux-gnu",
                             "/usr/share/fonts",
                             "/usr/share/fonts/truetype",
                             "/usr/local/share/fonts",
                             "/usr/share/icons",
                             "/usr/share/man",
                             "/usr/local/etc",
                             "/usr/lib/python3",
                             "/usr/lib/jvm",
                             "/usr/share/misc",
                             "/usr/lib/locale",
                             "/opt",
                             "/srv",
                             "/etc"}) {
    CAPTURE(folder);
    CHECK(is_broad_folder(folder));
    CHECK(is_targets_folder(folder));
  }
  for (const char* folder : {"/usr/share/rig", "/usr/share/fonts/truetype/dejavu", "/usr/lib/x86_64-linux-gnu/gconv",
                             "/opt/app/lib", "/usr/lib/git-core", "/usr/lib/jvm/java-17"}) {
    CAPTURE(folder);
    CHECK_FALSE(is_broad_folder(folder));
    CHECK_FALSE(is_targets_folder(folder));
  }
}

TEST_CASE("where the two differ, and why") {
  // A bundle's time zones are all there are; their folder's name says nothing of which are needed.
  CHECK(is_broad_folder("/usr/share/zoneinfo"));
  CHECK_FALSE(is_targets_folder("/usr/share/zoneinfo"));
  // A folder at the root that no distribution has is the program's own, though not to be searched for its name.
  CHECK(is_broad_folder("/data"));
  CHECK_FALSE(is_targets_folder("/data"));
  // Everybody's, and a sign all the same that certificates are wanted.
  CHECK_FALSE(is_broad_folder("/etc/ssl/certs"));
  CHECK(is_targets_folder("/etc/ssl/certs"));
}

TEST_CASE("the walk up from a path comes to an end, whatever the path") {
  CHECK(is_targets_folder("."));
  CHECK(is_targets_folder(""));
}
