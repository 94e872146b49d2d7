// What a loader of glibc has built in, by the texts of its file.
#include "resolve/loader.h"

#include <doctest/doctest.h>

#include "../discover/scratch.h"
#include "tiny_elf.h"

using bundle::OpenFile;
using bundle::resolve::BuiltIn;
using bundle::resolve::Loader;

namespace {

BuiltIn built_into(const std::string& path, const std::vector<std::string>& texts) {
  const discover_test::Scratch scratch;
  tiny::Elf elf;
  elf.texts = texts;
  const std::string file = scratch.write("loader", tiny::bytes_of(elf));
  return Loader(path, EM_X86_64, true, false, [&] { return OpenFile::open(file); }).built_in();
}

const std::string store = "/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-glibc-2.38";
using Folders = std::vector<std::string>;

}  // namespace

TEST_CASE("a loader of a store searches its own folder, and not the system's cache") {
  const BuiltIn own =
      built_into(store + "/lib/ld-linux-x86-64.so.2", {"x", store + "/lib/", store + "/etc/ld.so.cache"});
  CHECK(own.default_folders == Folders{store + "/lib"});
  CHECK_FALSE(own.asks_system_cache);
  CHECK(own.lib == "lib");
}

TEST_CASE("one of a distribution searches the folders that it lists, and the cache, wherever it lies") {
  for (const std::string& path : {std::string("/lib64/ld-linux-x86-64.so.2"), store + "/lib/ld-linux-x86-64.so.2"}) {
    const BuiltIn usual = built_into(path, {"x", "/lib64/", "/usr/lib64/", "", "/etc/ld.so.cache"});
    CHECK(usual.default_folders == Folders{"/lib64", "/usr/lib64"});
    CHECK(usual.asks_system_cache);
  }
}
