#include "knowledge/folders.h"

#include <doctest/doctest.h>

#include <algorithm>

using bundle::knowledge::beginnings_of_names;
using bundle::knowledge::is_broad_folder;
using bundle::knowledge::is_for_programs;
using bundle::knowledge::is_in_library_folder;
using bundle::knowledge::is_in_program_folder;
using bundle::knowledge::is_installed_place;
using bundle::knowledge::is_targets_folder;
using bundle::knowledge::private_place;
using bundle::knowledge::state_place;

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

TEST_CASE("one folder may be several things to several askers") {
  CHECK(private_place("/etc") == "/etc");
  CHECK(private_place("/var/lib/rig/x") == "/var");
  CHECK(private_place("/usr/local/etc/x") == "/usr/local/etc");
  CHECK(private_place("/homes/x").empty());
  CHECK(private_place("/usr/share/x").empty());
  CHECK(state_place("/var/lib/rig/x") == "/var/lib");
  CHECK(state_place("/var/cache/rig") == "/var/cache");
  CHECK(state_place("/var/spool/rig").empty());
  CHECK_FALSE(is_broad_folder("/var/cache"));
  CHECK_FALSE(is_targets_folder("/home"));
  CHECK(is_installed_place("/opt/rig"));
  CHECK(is_installed_place("/srv/x/y"));
  CHECK_FALSE(is_installed_place("/opt"));
  CHECK_FALSE(is_installed_place("/data/rig"));
}

TEST_CASE("where programs, libraries and names of files are looked for") {
  CHECK(is_in_program_folder("/opt/x/bin/y"));
  CHECK(is_in_program_folder("/usr/games/y"));
  CHECK_FALSE(is_in_program_folder("/usr/libexec/y"));
  CHECK(is_for_programs("libexec"));
  CHECK_FALSE(is_for_programs("lib"));
  for (const char* path : {"/lib/x.so", "/usr/lib/x.so", "/usr/lib64/x.so", "/lib32/x.so", "/usr/local/lib/x.so",
                           "/usr/lib/aarch64-linux-gnu/x.so"}) {
    CAPTURE(path);
    CHECK(is_in_library_folder(path));
  }
  for (const char* path : {"/usr/lib/rig/x.so", "/libx32/x.so", "/usr/local/lib64/x.so", "/opt/lib/x.so"}) {
    CAPTURE(path);
    CHECK_FALSE(is_in_library_folder(path));
  }
  std::vector<std::string> beginnings = beginnings_of_names();
  std::sort(beginnings.begin(), beginnings.end());
  CHECK(beginnings == std::vector<std::string>{"/bin/", "/etc/", "/gnu/store/", "/lib/", "/lib32/", "/lib64/",
                                               "/nix/store/", "/opt/", "/sbin/", "/srv/", "/usr/", "/var/lib/"});
}

TEST_CASE("Fedora's and SUSE's folders of 64-bit libraries are as Debian's triplets") {
  using bundle::knowledge::is_data_place;
  using bundle::knowledge::is_folder_of_anything;
  using bundle::knowledge::is_left_out_of_machine;
  using bundle::knowledge::unmerged;
  for (const char* folder : {"/usr/lib64", "/lib64", "/usr/libexec", "/usr/lib64/jvm"}) {
    CAPTURE(folder);
    CHECK(is_broad_folder(folder));
    CHECK(is_targets_folder(folder));
  }
  for (const char* folder : {"/usr/lib64/qt6", "/usr/lib64/gconv", "/usr/libexec/git-core", "/usr/lib64/jvm/java-17"}) {
    CAPTURE(folder);
    CHECK_FALSE(is_targets_folder(folder));
  }
  CHECK(is_in_library_folder("/usr/lib64/libz.so.1"));
  CHECK_FALSE(is_in_library_folder("/usr/libexec/libz.so.1"));
  CHECK(unmerged("/usr/lib64/libz.so.1") == "/lib64/libz.so.1");
  CHECK(unmerged("/usr/libexec/git-core") == "/usr/libexec/git-core");
  CHECK(is_folder_of_anything("/usr/libexec"));
  CHECK_FALSE(is_folder_of_anything("/usr/libexec/git-core"));
  for (const char* path : {"/usr/lib64/pkgconfig/x.pc", "/lib64/cmake/X/x.cmake",
                           "/usr/lib64/girepository-1.0/X.typelib", "/usr/lib/x86_64-linux-gnu/pkgconfig/x.pc"}) {
    CAPTURE(path);
    CHECK(is_left_out_of_machine(path));
  }
  CHECK_FALSE(is_left_out_of_machine("/usr/lib64/x/pkgconfig/x.pc"));
  CHECK_FALSE(is_left_out_of_machine("/usr/lib/girepository-1.0/X.typelib"));
  for (const char* path : {"/usr/lib64/gimp/2.0/x", "/usr/libexec/gcc/x", "/usr/share/x", "/usr/lib/x"})
    CHECK(is_data_place(path));
  for (const char* path : {"/usr/lib64", "/usr/lib641/x", "/usr/bin/x"}) CHECK_FALSE(is_data_place(path));
}

TEST_CASE("modules of interpreters, wherever a family has them") {
  using bundle::knowledge::interpreter_of_modules;
  CHECK(interpreter_of_modules("/usr/lib64/python3.12/site-packages/numpy") == "python");
  CHECK(interpreter_of_modules("/usr/share/perl5/vendor_perl/JSON") == "perl");
  CHECK(interpreter_of_modules("/usr/lib64/perl5/vendor_perl/auto") == "perl");
  CHECK(interpreter_of_modules("/usr/share/gems/gems/rexml-3.2") == "ruby");
  CHECK(interpreter_of_modules("/usr/lib64/gems/ruby/json-2.6") == "ruby");
  CHECK(interpreter_of_modules("/usr/lib/node_modules/npm") == "node");
  CHECK(interpreter_of_modules("/usr/lib64/lua/5.4/lpeg.so") == "lua");
  CHECK(interpreter_of_modules("/usr/lib64/qt6/plugins").empty());
}
