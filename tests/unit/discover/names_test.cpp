#include "discover/names.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"

using bundle::Bytes;
using bundle::MappedFile;
using bundle::discover::glob_of_format;
using bundle::discover::holds_path;
using bundle::discover::named_libraries;
using bundle::discover::named_paths;
using bundle::discover::named_words;
using bundle::discover::NamedPath;
using bundle::discover::names_in_text;
using bundle::elf::Image;

namespace {

/// An ELF file of one PT_LOAD that is `content` and has no sections, as a program that sstrip went over.
std::string elf_holding(const std::string& content) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment = {};
  segment.p_type = PT_LOAD;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_vaddr = 0x1000 + segment.p_offset;
  segment.p_filesz = segment.p_memsz = content.size();
  std::string file;
  bundle::append_value(file, header);
  bundle::append_value(file, segment);
  return file + content;
}

std::vector<std::string> texts(const std::string& content) {
  const std::string file = elf_holding(content);
  std::vector<std::string> out;
  for (const NamedPath& path : named_paths(Image(Bytes(file), "test"))) out.push_back(path.text);
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("paths are found behind a NUL, in lists, behind an option, and end where a path ends") {
  const std::string nul(1, '\0');
  CHECK(texts(nul + "/usr/share/rig" + nul) == Strings{"/usr/share/rig"});
  CHECK(texts(nul + ".:/usr/share/awk" + nul) == Strings{"/usr/share/awk"});
  CHECK(texts(nul + "/etc/magic:/usr/share/misc/magic" + nul) == Strings{"/etc/magic", "/usr/share/misc/magic"});
  CHECK(texts(nul + "-L/usr/lib/x" + nul) == Strings{"/usr/lib/x"});
  CHECK(texts(nul + "PREFIX=/opt/x" + nul) == Strings{"/opt/x"});
  CHECK(texts(nul + "cannot open \"/usr/share/x y\"" + nul) == Strings{"/usr/share/x"});
  CHECK(texts(nul + "/usr/share/%s/a.dat" + nul) == Strings{"/usr/share/%s/a.dat"});
}

TEST_CASE("what only looks like a path is none") {
  const std::string nul(1, '\0');
  CHECK(texts(nul + "file:///usr/share/x" + nul).empty());
  CHECK(texts(nul + "../usr/share/x" + nul).empty());
  CHECK(texts(nul + "%s/usr/x" + nul).empty());
  CHECK(texts(nul + "/nowhere/x" + nul).empty());
}

TEST_CASE("a path is held alone, or with more of a path behind it") {
  const std::string nul(1, '\0');
  const std::string file =
      elf_holding(nul + "/home/alice/plugins/%s.so" + nul + "x=/srv/app:" + nul + "/srv/bundled" + nul);
  const Image image(Bytes(file), "test");
  CHECK(holds_path(image, "/home/alice/plugins"));
  CHECK(holds_path(image, "/srv/app"));
  CHECK_FALSE(holds_path(image, "/srv/bundle"));
  CHECK_FALSE(holds_path(image, "/alice/plugins"));
}

TEST_CASE("strings without a NUL between them, as Rust and Go have them, are marked as such") {
  const std::string file = elf_holding("error/usr/share/rigfile not found");
  const std::vector<NamedPath> paths = named_paths(Image(Bytes(file), "test"));
  REQUIRE(paths.size() == 1);
  CHECK(paths[0].text == "/usr/share/rigfile");
  CHECK_FALSE(paths[0].is_terminated);
}

TEST_CASE("library names are whole strings; words are whole words") {
  const std::string nul(1, '\0');
  const std::string file =
      elf_holding(nul + "libfoo.so.1" + nul + "the libbar.so file" + nul + "libbaz.so" + nul + "@libnim.so(.3|.1|)" +
                  nul + "libno.so(1" + nul + "ditroff" + nul + "grops" + nul);
  const Image image(Bytes(file), "test");
  CHECK(named_libraries(image) == Strings{"libbaz.so", "libfoo.so.1", "libnim.so", "libnim.so.1", "libnim.so.3"});
  CHECK(named_words(image, {"troff", "grops", "grotty"}) == Strings{"grops"});
}

TEST_CASE("a compiler's specs name its tools in the midst of text") {
  const std::string file = elf_holding("%{!S:-o %g.s} \n as %(asm_options) %m.s; %{fuse:%<fuse ld.gold}\"nm\" assume");
  const Image image(Bytes(file), "test");
  CHECK(names_in_text(image, {"as", "ld", "ld.gold", "nm"}) == Strings{"as", "ld.gold", "nm"});
  CHECK(named_words(image, {"as"}).empty());
}

TEST_CASE("sections tell code from data: a path in code is not read") {
  const auto file = MappedFile::open("/usr/bin/rig");
  const std::vector<NamedPath> paths = named_paths(Image(file->bytes(), "/usr/bin/rig"));
  CHECK(
      std::any_of(paths.begin(), paths.end(), [](const NamedPath& p) { return p.text.starts_with("/usr/share/rig"); }));
}

TEST_CASE("a format becomes a glob") {
  CHECK(glob_of_format("/usr/share/x/%s.dat") == "/usr/share/x/*.dat");
  CHECK(glob_of_format("/usr/share/x/%-5.3lu%d/a") == "/usr/share/x/*/a");
  CHECK(glob_of_format("/a/100%%[x]") == "/a/100%\\[x]");
  CHECK(glob_of_format("/a/%") == "/a/*");
}

TEST_CASE("texts are passed over that have no such letter, or others than a path's") {
  using bundle::discover::for_each_path_text;
  using bundle::discover::for_each_text_holding;
  const std::string nul(1, '\0');
  const auto told = [](auto each, const std::string& content) {
    const std::string file = elf_holding(content);
    const Image image(Bytes(file), "test");
    Strings out;
    each(bundle::discover::Texts(image), [&](std::string_view text) { out.emplace_back(text); });
    return out;
  };
  const auto paths = [&](const std::string& content) { return told(for_each_path_text, content); };
  const auto holding = [&](const std::string& content) {
    return told([](const auto& all, const auto& look) { for_each_text_holding('/', all, look); }, content);
  };
  // Wherever it begins: each third letter alone is looked at first.
  for (size_t ahead = 0; ahead < 7; ++ahead) {
    CAPTURE(ahead);
    const std::string zeros(ahead, '\0'), noise = ahead == 0 ? "" : std::string(ahead, '\x90') + nul;
    CHECK(paths(zeros + "abc" + nul) == Strings{"abc"});
    CHECK(paths(zeros + "abc" + nul + "%s/d.e" + nul + "ab" + nul + "xyz" + nul) == Strings{"abc", "%s/d.e", "xyz"});
    CHECK(paths(noise + "share/x" + nul) == Strings{"share/x"});
    CHECK(holding(zeros + "a=/b:c" + nul + "none" + nul + "/d" + nul) == Strings{"a=/b:c", "/d"});
  }
  CHECK(paths("a b/c" + nul + "d\xff/e" + nul + "=fgh" + nul + "end").empty());
  CHECK(holding("x" + nul + "a/b/c" + nul + "none" + nul + "/open") == Strings{"a/b/c"});
}

TEST_CASE("words are the same whether few are looked for or many") {
  const std::string nul(1, '\0');
  const std::string file = elf_holding("troff" + nul + "/bin/less -R" + nul + "see also more" + nul + "ditroff" + nul +
                                       "sh" + nul + "x/y" + nul + "end");
  const Image image(Bytes(file), "test");
  const Strings names = {"troff", "less", "more", "sh", "y", "", "x", "end", "y/", "R"};
  CHECK(named_words(image, names) == Strings{"less", "sh", "troff", "y"});
  for (const std::string& name : names) {
    const bool is_found = name == "less" || name == "sh" || name == "troff" || name == "y";
    CHECK(named_words(image, {name}) == (is_found ? Strings{name} : Strings{}));
  }
}
