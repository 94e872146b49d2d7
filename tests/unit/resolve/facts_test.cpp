#include "resolve/facts.h"

#include <doctest/doctest.h>

#include "base/file.h"

using bundle::Bytes;
using bundle::MappedFile;
using bundle::ProgramFacts;
using bundle::elf::Image;
using bundle::resolve::read_facts;
using bundle::resolve::version_below;

TEST_CASE("versions compare by their numbers") {
  CHECK(version_below("2.9", "2.34"));
  CHECK_FALSE(version_below("2.34", "2.9"));
  CHECK(version_below("2.2", "2.2.5"));
  CHECK_FALSE(version_below("2.34", "2.34"));
}

TEST_CASE("a hardened program of this machine says so") {
  const auto file = MappedFile::open("/bin/sh");
  const Image image(file->bytes(), "/bin/sh");
  const ProgramFacts facts = read_facts(image, image.version_needs());
  CHECK(facts.position_independent);
  CHECK_FALSE(facts.executable_stack);
  CHECK(facts.stack_protector);
  CHECK(facts.relro != ProgramFacts::Relro::none);
  CHECK(version_below("2.3", facts.lowest_glibc));
  CHECK_FALSE(facts.kernel_floor.empty());
  CHECK(facts.build_id.size() == 40);
  CHECK_FALSE(facts.is_static);
}

TEST_CASE("what the program calls is seen whether or not its hash table holds any symbol") {
  const auto file = MappedFile::open("/bin/sh");
  const Image image(file->bytes(), "/bin/sh");
  const std::vector<std::string> called = image.imported_symbols(Image::Imports::called);
  const std::vector<std::string> all = image.imported_symbols();
  CHECK(called.size() <= all.size());
  CHECK(called.size() > 50);
}
