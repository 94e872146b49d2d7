// The dynamic symbols of a file: those of one that defines none, too, whose hash table is empty.
#include "elf/symbols.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>

#include "base/file.h"

namespace {

std::set<std::string> symbols_of(const std::string& source, bool defined) {
  const std::string path = "/tmp/bundle-symbols-test-" + std::to_string(getpid()) + ".so";
  const std::string command = "printf '" + source + "' | cc -shared -fPIC -nostdlib -x c - -o " + path;
  REQUIRE(std::system(command.c_str()) == 0);
  std::set<std::string> out;
  const auto file = bundle::MappedFile::open(path);
  bundle::elf::each_symbol(bundle::elf::Image(file->bytes(), path), [&](const bundle::elf::Symbol& symbol) {
    if (symbol.is_defined == defined && !symbol.is_weak) out.insert(symbol.name);
  });
  unlink(path.c_str());
  return out;
}

}  // namespace

TEST_CASE("symbols that are asked for are told of where none is defined, and where some are") {
  const std::string none = "int far(void); __attribute__((constructor)) static void f(void) { far(); }";
  CHECK(symbols_of(none, false) == std::set<std::string>{"far"});
  CHECK(symbols_of(none, true).empty());
  const std::string some = "int far(void); int near(void) { return far(); }";
  CHECK(symbols_of(some, false) == std::set<std::string>{"far"});
  CHECK(symbols_of(some, true) == std::set<std::string>{"near"});
}
