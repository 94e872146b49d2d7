// What the checks stand on: findings that stand once, a disk over another, stubs that the resolver reads as libraries.
#include "verify/checks.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <cerrno>
#include <set>

#include "base/file.h"
#include "elf/image.h"
#include "knowledge/runtimes.h"
#include "verify/laid_disk.h"
#include "verify/scratch.h"
#include "verify/stub_library.h"

using bundle::Bytes;
using bundle::verify::Finding;
using bundle::verify::Findings;
using bundle::verify::LaidDisk;
using bundle::verify::Scratch;
using bundle::verify::Severity;

TEST_CASE("the same thing found twice stands once, and as bad as it was found first") {
  std::vector<Finding> all;
  Findings findings("needed", all);
  findings.error("a", "lacks b", "do");
  findings.warning("a", "lacks b", "do");
  findings.warning("a", "lacks c", "do");
  REQUIRE(all.size() == 2);
  CHECK(all[0].severity == Severity::error);
  CHECK(all[1].what == "lacks c");
}

TEST_CASE("each check has an id of its own, and says what it looks at") {
  std::set<std::string_view> ids;
  for (const bundle::verify::Check& check : bundle::verify::checks()) {
    CHECK(ids.insert(check.id).second);
    CHECK(!check.about.empty());
    CHECK((check.run != nullptr));
  }
}

TEST_CASE("what lies on a disk hides what lies below it") {
  Scratch scratch;
  const auto below = std::make_shared<LaidDisk>(nullptr);
  const std::string text = "below";
  scratch.write(Bytes(text));
  below->add_file("/lib64/libz.so.1", scratch.finish(), text.size(), 0755);
  below->add_file("/opt/lib/x", "", 0, 0644);
  LaidDisk disk(below);
  disk.add_file("/opt/lib", "", 3, 0644);
  disk.add_link("/opt/bin", "lib");
  int error_number = 0;
  CHECK(disk.status("/lib64/libz.so.1").is_file());
  CHECK(disk.status("/opt/lib").is_file());
  CHECK_FALSE(disk.status("/opt/lib/x").is_there());
  CHECK(disk.link_target("/opt/bin", error_number) == "lib");
  CHECK(disk.link_target("/opt/lib", error_number) == std::nullopt);
  CHECK(error_number == EINVAL);
  CHECK(disk.list("/opt", error_number).size() == 2);
  CHECK(disk.list("/", error_number).size() == 2);
  const std::shared_ptr<const bundle::OpenFile> opened = disk.open("/lib64/libz.so.1", error_number);
  REQUIRE(opened != nullptr);
  CHECK(opened->size() == 5);
  CHECK(disk.open("/opt/lib", error_number) == nullptr);
  CHECK(error_number == EACCES);
  CHECK(disk.open("/lib64/libq.so.1", error_number) == nullptr);
  CHECK(error_number == ENOENT);
}

TEST_CASE("a stub is a library of its name that defines its versions") {
  const std::string bytes = bundle::verify::make_stub_library(EM_X86_64, "libz.so.1", {"ZLIB_1.2.0", "ZLIB_1.2.9"});
  const bundle::elf::Image image(Bytes(bytes), "libz.so.1");
  CHECK(image.soname() == "libz.so.1");
  CHECK(image.header().e_machine == EM_X86_64);
  CHECK(image.version_definitions().names() == std::vector<std::string_view>{"ZLIB_1.2.0", "ZLIB_1.2.9"});
  const std::string plain = bundle::verify::make_stub_library(EM_AARCH64, "libx.so", {});
  CHECK(bundle::elf::Image(Bytes(plain), "libx.so").version_definitions().empty());
}

TEST_CASE("Lambda's runtimes are known, the newest first, and of other targets none") {
  const auto& runtimes = bundle::knowledge::runtimes_of("aws-lambda");
  REQUIRE(runtimes.size() == 2);
  CHECK(runtimes[0].name == "Amazon Linux 2023");
  CHECK(bundle::knowledge::runtimes_of("plain").empty());
  const auto newest = [](const bundle::knowledge::Runtime& runtime, std::string_view soname) {
    for (const bundle::knowledge::RuntimeLibrary& library : runtime.libraries) {
      if (library.soname == soname && !library.versions.empty()) return library.versions.back();
    }
    return std::string();
  };
  CHECK(newest(runtimes[0], "libz.so.1") == "ZLIB_1.2.9");
  CHECK(newest(runtimes[1], "libz.so.1") == "ZLIB_1.2.5.2");
  for (const bundle::knowledge::Runtime& runtime : runtimes) {
    CHECK(runtime.is_confirmed("libc.so.6"));
    CHECK_FALSE(runtime.is_confirmed("libcurl.so.4"));
    CHECK_FALSE(runtime.is_confirmed("libjq.so.1"));
  }
  CHECK(bundle::knowledge::library_path_of("aws-bootstrap").ends_with(":/opt/lib"));
}
