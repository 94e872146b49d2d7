// Archives of locales that are made up here, byte by byte, and the folders that a Root sees in their place.
#include "machine/locale_archive.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "machine/root.h"
#include "made_up_disk.h"

using bundle::Bytes;
using bundle::Error;
using bundle::machine::LocaleArchive;
using bundle::machine::Root;

namespace {

void put(std::string& bytes, size_t offset, uint32_t value) {
  if (bytes.size() < offset + 4) bytes.resize(offset + 4);
  bytes.replace(offset, 4, reinterpret_cast<const char*>(&value), 4);
}

constexpr size_t slots = 56, names = 100, records = 200, content = 500;

/// One locale, "de_DE.utf8", with an LC_CTYPE of "ctype" and an LC_MESSAGES of "words", and "german", which is the
/// same.
std::string archive() {
  std::string bytes(content, '\0');
  put(bytes, 0, 0xde020109);
  put(bytes, 8, slots);
  put(bytes, 12, 2);
  put(bytes, 16, 3);
  bytes.replace(names, 11, "de_DE.utf8\0", 11);
  bytes.replace(names + 11, 7, "german\0", 7);
  put(bytes, slots + 4, names);
  put(bytes, slots + 8, records);
  put(bytes, slots + 24 + 4, names + 11);
  put(bytes, slots + 24 + 8, records);
  put(bytes, records + 4, content);
  put(bytes, records + 8, 5);
  put(bytes, records + 4 + 5 * 8, content + 5);
  put(bytes, records + 8 + 5 * 8, 5);
  put(bytes, records + 4 + 6 * 8, content);  // LC_ALL
  put(bytes, records + 8 + 6 * 8, 10);
  return bytes + "ctypewords";
}

std::string fault_of(const std::string& bytes) {
  try {
    const LocaleArchive archive{Bytes(bytes)};
    for (const std::string& name : archive.names()) (void)archive.files(name);
  } catch (const Error& error) {
    CHECK(error.kind() == bundle::Exit::cannot_bundle);
    return error.sentence();
  }
  return "";
}

std::string fault_with(size_t offset, uint32_t value) {
  std::string bytes = archive();
  put(bytes, offset, value);
  return fault_of(bytes);
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a locale's files are where its record says") {
  const std::string bytes = archive();
  const LocaleArchive locales{Bytes(bytes)};
  CHECK(locales.names() == std::vector<std::string>{"de_DE.utf8", "german"});
  const std::vector<LocaleArchive::File> files = locales.files("german");
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == "LC_CTYPE");
  CHECK(files[0].content.text() == "ctype");
  CHECK(files[1].path == "LC_MESSAGES/SYS_LC_MESSAGES");
  CHECK(files[1].content.text() == "words");
  CHECK(locales.files("fr_FR.utf8").empty());
}

TEST_CASE("an empty archive has no locales, a damaged one says what is wrong with it") {
  CHECK(LocaleArchive{Bytes(std::string_view())}.names().empty());
  CHECK(fault_of(archive()).empty());
  CHECK(has(fault_of("no archive"), "fewer than its header"));
  CHECK(has(fault_with(0, 0x7f454c46), "it begins with 0x7f454c46"));
  CHECK(has(fault_with(16, 0xffffffff), "4294967295 slots"));
  CHECK(has(fault_with(8, 0xfffffff0), "slots"));
  CHECK(has(fault_with(slots + 8, 0xffffff00), "record of slot 0"));
  CHECK(has(fault_with(slots + 4, 0xffffff00), "name of slot 0"));
  CHECK(has(fault_with(records + 8, 0xffffffff), "LC_CTYPE of de_DE.utf8"));
  CHECK(has(fault_with(records + 4, 0xffffffff), "LC_CTYPE of de_DE.utf8"));
  CHECK_FALSE(fault_of(archive().substr(0, content)).empty());
  std::string endless = archive();
  put(endless, slots + 4, static_cast<uint32_t>(endless.size() - 1));
  CHECK_FALSE_MESSAGE(fault_of(endless).empty(), "a name without an end");
}

TEST_CASE("a name that no folder can have is none") {
  std::string bytes = archive();
  bytes.replace(names, 10, "../../etc/");
  CHECK(LocaleArchive{Bytes(bytes)}.names() == std::vector<std::string>{"german"});
}

TEST_CASE("an archive's locales lie beside it as folders, and what is there stays as it is") {
  auto disk = std::make_shared<made_up::Disk>();
  disk->file("/usr/lib/locale/locale-archive", archive());
  disk->file("/usr/lib/locale/german/LC_CTYPE", "own");
  Root root(disk);
  const std::string folder = "/usr/lib/locale/de_DE.utf8";
  CHECK(root.is_folder(folder));
  CHECK(root.real(folder + "/LC_CTYPE") == folder + "/LC_CTYPE");
  CHECK(root.read(folder + "/LC_CTYPE") == "ctype");
  CHECK(root.look(folder + "/LC_MESSAGES").is_folder());
  CHECK(root.look(folder + "/LC_MESSAGES/SYS_LC_MESSAGES").size == 5);
  CHECK(root.list(folder) == std::vector<std::string>{"LC_CTYPE", "LC_MESSAGES"});
  CHECK(root.list(folder + "/LC_MESSAGES") == std::vector<std::string>{"SYS_LC_MESSAGES"});
  CHECK(root.read("/usr/lib/locale/german/LC_CTYPE") == "own");
  CHECK(root.list("/usr/lib/locale") == std::vector<std::string>{"de_DE.utf8", "german", "locale-archive"});
  int why_not = 0;
  CHECK(root.open(folder, why_not) == nullptr);
  CHECK(why_not == EISDIR);
  CHECK_FALSE(root.real(folder + "/LC_TIME"));
  CHECK_FALSE(root.real("/usr/lib/locale/fr_FR.utf8"));
  CHECK_FALSE(root.real("/usr/lib/de_DE.utf8/LC_CTYPE"));
}

TEST_CASE("a damaged archive is an error of who asks for a locale, and says what to do") {
  auto disk = std::make_shared<made_up::Disk>();
  disk->file("/usr/lib/locale/locale-archive", "no archive");
  disk->file("/usr/lib/locale/C.utf8/LC_CTYPE", "own");
  Root root(disk);
  CHECK(root.read("/usr/lib/locale/C.utf8/LC_CTYPE") == "own");
  for (int again = 0; again < 2; ++again) {
    try {
      (void)root.look("/usr/lib/locale/de_DE.utf8");
      FAIL("nothing was said");
    } catch (const Error& error) {
      CHECK(error.path() == "/usr/lib/locale/locale-archive");
      CHECK(has(error.what(), "--locale none"));
    }
  }
}
