// Folders are listed, walked and taken away without following a link, and what cannot be read is a value.
#include "base/folder.h"

#include <doctest/doctest.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

namespace {
struct Scratch {
  Scratch() : path(::mkdtemp(name)) {}
  ~Scratch() { bundle::remove_tree(path); }
  char name[32] = "/tmp/bundle-unit-XXXXXX";
  std::string path;
};
}  // namespace

TEST_CASE("a walk follows no link, and goes into no folder that it is told to pass over") {
  const Scratch scratch;
  bundle::make_folders(scratch.path + "/a/b");
  bundle::make_folders(scratch.path + "/skipped/c");
  bundle::write_new_file(scratch.path + "/a/b/file", "x", 0644);
  REQUIRE(::symlink("/etc", (scratch.path + "/a/link").c_str()) == 0);
  REQUIRE(::mkfifo((scratch.path + "/a/pipe").c_str(), 0600) == 0);
  std::string seen;
  bundle::walk_folder(scratch.path, {[&](const std::string& path, bundle::Node node) {
                        seen += path.substr(scratch.path.size()) + std::to_string(static_cast<int>(node)) + " ";
                        return !path.ends_with("/skipped");
                      }});
  CHECK(seen == "/a1 /skipped1 /a/b1 /a/link2 /a/pipe3 /a/b/file0 ");
}

TEST_CASE("a folder that is not there, or none, is a value") {
  int error_number = 0;
  CHECK(bundle::list_folder("/no/such", error_number).empty());
  CHECK(error_number == ENOENT);
  CHECK(bundle::list_folder("/etc/passwd", error_number).empty());
  CHECK(error_number == ENOTDIR);
  CHECK_FALSE(bundle::status_of("/no/such"));
  int why_not = 0;
  CHECK_FALSE(bundle::link_text("/etc/passwd", why_not));
  CHECK(why_not == EINVAL);
}

TEST_CASE("a tree is removed with folders that may not be written to, and nothing behind its links") {
  const Scratch scratch;
  bundle::make_folders(scratch.path + "/tree/closed/deep");
  bundle::write_new_file(scratch.path + "/tree/closed/deep/file", "x", 0444);
  bundle::write_new_file(scratch.path + "/kept", "x", 0644);
  REQUIRE(::symlink("../kept", (scratch.path + "/tree/link").c_str()) == 0);
  REQUIRE(::chmod((scratch.path + "/tree/closed/deep").c_str(), 0555) == 0);
  REQUIRE(::chmod((scratch.path + "/tree/closed").c_str(), 0) == 0);
  CHECK_FALSE(bundle::remove_tree(scratch.path + "/tree"));
  CHECK_FALSE(bundle::link_status_of(scratch.path + "/tree"));
  CHECK(bundle::read_file(scratch.path + "/kept") == "x");
}

TEST_CASE("what an errno speaks of") {
  for (const int answer : {ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG}) CHECK_FALSE(bundle::is_machine_fault(answer));
  for (const int fault : {EIO, EMFILE, ENFILE, ENOMEM, EINTR, ESTALE}) CHECK(bundle::is_machine_fault(fault));
  CHECK_THROWS_WITH(bundle::throw_machine_fault("/x", "open", EIO),
                    "/x: cannot be read: open: Input/output error. The disk or the way to it has a fault: look at the "
                    "kernel's log (dmesg)");
}
