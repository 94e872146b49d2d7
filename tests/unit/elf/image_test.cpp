#include "elf/image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "resolve/tiny_elf.h"

using bundle::Bytes;
using bundle::MappedFile;
using bundle::elf::Image;

TEST_CASE("a program of this machine reads as readelf says") {
  const auto file = MappedFile::open("/bin/sh");
  const Image image(file->bytes(), "/bin/sh");
  CHECK(image.is_64());
  CHECK(image.interpreter() == "/lib64/ld-linux-x86-64.so.2");
  CHECK(image.needed() == std::vector<std::string>{"libc.so.6"});
  CHECK(image.null_slots() > 0);
  CHECK_FALSE(image.soname());
  const std::vector<std::string> imports = image.imported_symbols();
  CHECK(std::find(imports.begin(), imports.end(), "fork") != imports.end());
  REQUIRE(image.version_needs().size() == 1);
  CHECK(image.version_needs()[0].file == "libc.so.6");
  const std::vector<bundle::elf::Note> notes = image.notes();
  CHECK(std::any_of(notes.begin(), notes.end(), [](const auto& note) { return note.type == NT_GNU_BUILD_ID; }));
}

TEST_CASE("libc defines its versions and a SONAME") {
  const std::string path = "/lib/x86_64-linux-gnu/libc.so.6";
  const auto file = MappedFile::open(path);
  const Image image(file->bytes(), path);
  CHECK(image.soname() == "libc.so.6");
  const bundle::elf::VersionDefinitions versions = image.version_definitions();
  const std::vector<std::string_view> names = versions.names();
  CHECK(std::find(names.begin(), names.end(), "GLIBC_2.34") != names.end());
  CHECK(std::find(names.begin(), names.end(), "libc.so.6") == names.end());  // VER_FLG_BASE
  CHECK(versions.defines("GLIBC_2.34", 0x069691b4));
  CHECK(versions.defines("libc.so.6", 0x0865f4e6));
  CHECK_FALSE(versions.defines("GLIBC_2.34", 0x0865f4e6));
  CHECK_FALSE(versions.defines("GLIBC_9.99", 0x069691b4));
}

TEST_CASE("an image of an open file says what one of a mapped file says") {
  const std::string path = "/lib/x86_64-linux-gnu/libc.so.6";
  const auto mapped = MappedFile::open(path);
  const auto opened = bundle::OpenFile::open(path);
  const Image whole(mapped->bytes(), path);
  const Image pieces(bundle::Source(*opened), path);
  CHECK(pieces.size() == whole.size());
  CHECK(pieces.soname() == whole.soname());
  CHECK(pieces.needed() == whole.needed());
  CHECK(pieces.interpreter() == whole.interpreter());
  CHECK(pieces.sections().size() == whole.sections().size());
  CHECK(pieces.imported_symbols() == whole.imported_symbols());
  CHECK(pieces.version_definitions().names() == whole.version_definitions().names());
}

TEST_CASE("a copy of an image stands for itself") {
  const auto file = MappedFile::open("/bin/sh");
  std::optional<Image> image(std::in_place, file->bytes(), "/bin/sh");
  const Image copy = *image;
  const bundle::elf::Segment* const segment = &image->dynamic_segment();
  image.reset();
  CHECK(&copy.dynamic_segment() != segment);
  CHECK(copy.dynamic_segment().p_type == PT_DYNAMIC);
  CHECK(&copy.dynamic_segment() == copy.find_segment(PT_DYNAMIC));
  CHECK(copy.version_needs().size() == 1);
}

TEST_CASE("the strings of DT_VERNEED and DT_VERDEF lie where their records say") {
  const std::string path = "/lib/x86_64-linux-gnu/libm.so.6";
  const auto file = MappedFile::open(path);
  const Image image(file->bytes(), path);
  const std::vector<bundle::elf::VersionNeedRecord> records = image.version_need_records();
  REQUIRE(records.size() == image.version_needs().size());
  for (size_t i = 0; i < records.size(); ++i) {
    CHECK(image.bytes().read<uint32_t>(records[i].file_field.value) == records[i].file);
    CHECK(image.dynamic_string(records[i].file) == image.version_needs()[i].file);
    CHECK(records[i].versions.size() == image.version_needs()[i].versions.size());
  }
  std::vector<std::string> names;
  for (const uint64_t offset : image.version_definition_strings()) names.push_back(image.dynamic_string(offset));
  CHECK(std::find(names.begin(), names.end(), "GLIBC_2.29") != names.end());
  CHECK(std::find(names.begin(), names.end(), "libm.so.6") != names.end());
}

TEST_CASE("a file cut short anywhere is an error or reads well, and never a crash") {
  const auto file = MappedFile::open("/bin/sh");
  for (uint64_t size = 0; size < file->bytes().size(); size += size < 2000 ? 1 : 997) {
    try {
      const Image image(file->bytes().slice(0, size), "cut");
      (void)image.imported_symbols();
      (void)image.version_needs();
      (void)image.version_definitions();
      (void)image.notes();
    } catch (const bundle::Error& error) {
      CHECK(std::string(error.what()).starts_with("cut: "));
    }
  }
}

TEST_CASE("a file that names one long string over and over is corrupt, and fills no memory") {
  tiny::Elf elf;
  elf.strings.push_back({DT_NEEDED, std::string(100000, 'a')});
  const std::string once = tiny::bytes_of(elf);
  CHECK(Image(Bytes(once), "once").needed().size() == 1);
  for (int i = 0; i < 5000; ++i) elf.values.push_back({DT_NEEDED, 1});  // where that string begins
  const std::string often = tiny::bytes_of(elf);
  CHECK_THROWS_WITH(Image(Bytes(often), "often"), doctest::Contains("over and over"));
}

TEST_CASE("what two PT_LOADs map in one piece is one, and what lies apart in file or memory is not") {
  const auto image_with = [](uint64_t second_offset, uint64_t second_address) {
    std::string bytes;
    Elf64_Ehdr header = {};
    std::copy_n(ELFMAG, SELFMAG, header.e_ident);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    bundle::append_value(bytes, header);
    bundle::append_value(bytes, Elf64_Phdr{PT_LOAD, PF_R, 0, 0x3ff000, 0x3ff000, 0x1000, 0x1000, 0x1000});
    bundle::append_value(
        bytes, Elf64_Phdr{PT_LOAD, PF_R, second_offset, second_address, second_address, 0x1000, 0x1000, 0x1000});
    bytes.resize(0x4000);
    return bytes;
  };
  const auto place_of = [&](const std::string& bytes, uint64_t length) {
    const std::optional<bundle::elf::FileOffset> found = Image(Bytes(bytes), "two").offset_of({0x3ff800}, length);
    return found ? found->value : 0;
  };
  CHECK(place_of(image_with(0x1000, 0x400000), 0x1800) == 0x800);
  CHECK(place_of(image_with(0x1000, 0x400000), 0x1801) == 0);
  CHECK(place_of(image_with(0x2000, 0x400000), 0x1000) == 0);
  CHECK(place_of(image_with(0x1000, 0x401000), 0x1000) == 0);
}

TEST_CASE("a script names its interpreter") {
  CHECK(bundle::elf::script_interpreter(Bytes("#! /usr/bin/env python3 \nprint()")) == "/usr/bin/env python3");
  CHECK_FALSE(bundle::elf::script_interpreter(Bytes("plain text")));
}
