// Paths of stores, and what is said of them as of those of other systems.
#include "knowledge/stores.h"

#include <doctest/doctest.h>

#include "knowledge/folders.h"
#include "knowledge/left_out.h"

using namespace bundle::knowledge;

namespace {

const std::string top = "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-app-1.0";

}  // namespace

TEST_CASE("the folder of a store that a path lies in") {
  CHECK(store_path_above(top + "/bin/app") == top);
  CHECK(store_path_above(top) == top);
  for (const char* none :
       {"/nix/store", "/nix/store/", "/nix/storex/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-app-1.0", "/nix/store/.links/x",
        "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v", "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2-app",
        "/nix/store/0c5e0yk6y1zjsalsf1q6h3pzpb3l7q2v-app", "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-a b",
        "/usr/bin/app", ""}) {
    CAPTURE(none);
    CHECK(store_path_above(none).empty());
  }
  CHECK(as_in_usr(top + "/share/man") == "/usr/share/man");
  CHECK(as_in_usr("/opt/x") == "/opt/x");
}

TEST_CASE("what is said of folders of a store") {
  for (const std::string& broad : {std::string("/nix"), std::string("/nix/store"), top, top + "/bin", top + "/share"}) {
    CAPTURE(broad);
    CHECK(is_broad_folder(broad));
  }
  CHECK_FALSE(is_broad_folder(top + "/share/zoneinfo"));
  CHECK(is_left_out(top + "/share/man/man1/app.1"));
  CHECK(is_left_out(top + "/include/app.h"));
  CHECK(is_left_out(top + "/lib/pkgconfig/app.pc"));
  CHECK(is_left_out(top + "/nix-support/propagated-build-inputs"));
  CHECK_FALSE(is_left_out(top + "/share/app/motd"));
  CHECK(is_in_library_folder(top + "/lib/libapp.so.1"));
  CHECK_FALSE(is_found_by_search(top + "/lib/libapp.so.1"));
  CHECK(is_found_by_search("/usr/lib/libapp.so.1"));
  CHECK(is_in_program_folder(top + "/bin/app"));
  CHECK(is_installed_place(top + "/share/app"));
  // A package's own folder is answered for as a whole; the store's other packages are the target's.
  CHECK_FALSE(is_targets_folder(top));
  CHECK(is_targets_folder("/nix/store"));
  CHECK(is_targets_folder("/nix"));
}
