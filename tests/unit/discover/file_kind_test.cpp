#include "discover/file_kind.h"

#include <doctest/doctest.h>

#include "../resolve/tiny_elf.h"
#include "base/error.h"

using bundle::Found;
using bundle::Kind;
using bundle::discover::Machine;

namespace {

Kind file_kind(const std::string& path, const Machine& machine) {
  return bundle::discover::file_kind(*bundle::MappedFile::open(path), machine);
}
std::string why_not_loadable(const std::string& path, const Machine& machine) {
  return bundle::discover::why_not_loadable(*bundle::MappedFile::open(path), machine);
}

const Machine here = {EM_X86_64, true};

tiny::Elf library(uint16_t machine) { return {{{DT_SONAME, "libx.so"}}, {}, "", machine}; }
tiny::Elf program(uint16_t machine) { return {{}, {}, "/lib/ld.so", machine}; }

/// The bytes of `elf` with another e_type, or of another class.
std::string poked(const tiny::Elf& elf, size_t at, char value) {
  std::string bytes = tiny::bytes_of(elf);
  bytes[at] = value;
  return bytes;
}

}  // namespace

TEST_CASE("programs and libraries are those of the program's machine") {
  const tiny::Folder folder;
  CHECK(file_kind(folder.write("libx.so", library(EM_X86_64)), here) == Kind::library);
  CHECK(file_kind(folder.write("module", library(EM_X86_64)), here) == Kind::library);
  CHECK(file_kind(folder.write("program", program(EM_X86_64)), here) == Kind::program);
  CHECK(file_kind(folder.write("both.so", program(EM_X86_64)), here) == Kind::library);
}

TEST_CASE("ELF files that no loader of the machine reads are data") {
  const tiny::Folder folder;
  CHECK(file_kind(folder.write("compiled.go", library(EM_NONE)), here) == Kind::data);
  CHECK(file_kind(folder.write("linux-arm64/x.so", library(EM_AARCH64)), here) == Kind::data);
  CHECK(file_kind(folder.write("firmware", program(EM_RISCV)), here) == Kind::data);
  constexpr size_t e_type = 16;
  CHECK(file_kind(folder.write("x.o", poked(library(EM_X86_64), e_type, ET_REL)), here) == Kind::data);
  CHECK(file_kind(folder.write("core", poked(program(EM_X86_64), e_type, ET_CORE)), here) == Kind::data);
  CHECK(file_kind(folder.write("short.so", std::string("\x7f"
                                                       "ELF and no more")),
                  here) == Kind::data);
  CHECK(file_kind(folder.write("text.so", std::string("INPUT(-lx)")), here) == Kind::data);
}

TEST_CASE("where the machine is not known, any will do but none") {
  const tiny::Folder folder;
  CHECK(file_kind(folder.write("libx.so", library(EM_AARCH64)), {}) == Kind::library);
  CHECK(file_kind(folder.write("compiled.go", library(EM_NONE)), {}) == Kind::data);
}

TEST_CASE("a plugin of another machine is said to be one") {
  const tiny::Folder folder;
  CHECK(why_not_loadable(folder.write("libx.so", library(EM_X86_64)), here).empty());
  CHECK(why_not_loadable(folder.write("liby.so", library(EM_AARCH64)), here).find("is for aarch64") == 0);
  CHECK(why_not_loadable(folder.write("x.py", std::string("print(1)")), here) == "is not an ELF file");
}
