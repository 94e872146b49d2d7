#include "knowledge/left_out.h"

#include <doctest/doctest.h>

#include "knowledge/folders.h"

using bundle::knowledge::has_left_out_name;
using bundle::knowledge::is_left_out;
using bundle::knowledge::is_left_out_of_tree;
using bundle::knowledge::left_out_folder;

TEST_CASE("a package's programs run without these folders, by either spelling") {
  CHECK(left_out_folder("/usr/share/doc/rig/copyright") == "/usr/share/doc");
  CHECK(left_out_folder("/usr/share/doc") == "/usr/share/doc");
  CHECK(left_out_folder("/usr/lib/systemd/system/rig.service") == "/lib/systemd");
  CHECK(left_out_folder("/lib/systemd/system/rig.service") == "/lib/systemd");
  CHECK(left_out_folder("/usr/share/documents/x").empty());
  CHECK(left_out_folder("/usr/share/fonts/x.ttf").empty());
  CHECK(left_out_folder("/etc/rig.conf").empty());
}

TEST_CASE("and without files of these names, wherever they lie") {
  for (const char* path :
       {"/usr/lib/x86_64-linux-gnu/pkgconfig/x.pc", "/usr/lib/x86_64-linux-gnu/girepository-1.0/X.typelib",
        "/usr/lib/x86_64-linux-gnu/cmake", "/usr/lib64/pkgconfig/x.pc", "/usr/lib64/python3.12/test/x.py",
        "/usr/lib/rig/libx.a", "/usr/lib/rig/__pycache__/x.py", "/usr/share/rig/doc/x.txt",
        "/usr/lib/R/library/grid/docs/x/y.html", "/usr/lib/rig/LC_MESSAGES/x.mo", "/usr/lib/rig/man/man1/x.1",
        "/usr/lib/perl/CORE/perl.h", "/etc/x.dpkg-new"}) {
    CAPTURE(path);
    CHECK(has_left_out_name(path));
    CHECK(is_left_out(path));
  }
  // What only a tree does without; a file of a folder's name; girepository-1.0 in no multiarch folder.
  for (const char* path :
       {"/usr/lib/rig/x.o", "/usr/lib/rig/.git/config", "/usr/lib/rig/LC_MESSAGES",
        "/usr/lib/girepository-1.0/X.typelib", "/usr/lib/rig/src/x", "/usr/lib/rig/pkgconfig/x.pc",
        "/usr/lib/python3/dist-packages/x/doc/y.py", "/usr/share/R/doc/KEYWORDS", "/usr/share/rig/x.txt"}) {
    CAPTURE(path);
    CHECK_FALSE(is_left_out(path));
  }
}

TEST_CASE("a tree has in common with /usr what it does without, and more of its own") {
  for (const char* path : {"share/man/man1/x.1", "share/man", "include/x.h", "lib/pkgconfig/x.pc", "lib/cmake/x",
                           "docs/x", "lib/src.zip", "lib/x.o", "lib/x.orig", "a/.git/config", "a/.git", "LC_MESSAGES",
                           "lib/python3.11/test/x.py", "conda-meta/x.json"}) {
    CAPTURE(path);
    CHECK(is_left_out_of_tree(path));
  }
  for (const char* path : {"share/icons/x.svg", "share/fish/x", "lib/systemd/x", "lib/girepository-1.0/X.typelib",
                           "lib/python3.11/site-packages/x/test/y.py", "source/x", "x.dpkg-new"}) {
    CAPTURE(path);
    CHECK_FALSE(is_left_out_of_tree(path));
  }
}
