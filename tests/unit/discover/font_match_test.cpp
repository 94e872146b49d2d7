// Which file a name leads to, held against fontconfig's own answer: fc-match in a folder that stands for a machine,
// with this machine's settings and one set of its fonts after the other.
#include "discover/font_match.h"

#include <doctest/doctest.h>
#include <stdio.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scratch.h"

using bundle::discover::FontFace;
using bundle::discover::FontMatcher;
using bundle::discover::FontWish;
using discover_test::Scratch;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> families = {"sans-serif",
                                           "serif",
                                           "monospace",
                                           "Helvetica",
                                           "Arial",
                                           "Times",
                                           "Times New Roman",
                                           "Courier",
                                           "Courier New",
                                           "sans",
                                           "mono",
                                           "system-ui",
                                           "DejaVu Sans",
                                           "DejaVu Serif",
                                           "Nimbus Sans",
                                           "Palatino",
                                           "Bookman",
                                           "Verdana",
                                           "Georgia",
                                           "Calibri",
                                           "Cambria",
                                           "Symbol",
                                           "ZapfDingbats",
                                           "Zapf Dingbats",
                                           "Helvetica Narrow",
                                           "Arial Narrow",
                                           "ITC Bookman",
                                           "Century Schoolbook",
                                           "Avant Garde",
                                           "Latin Modern Roman",
                                           "no such family",
                                           "nimbussans",
                                           "Bitstream Vera Sans",
                                           "Luxi Mono",
                                           "Liberation Sans",
                                           "Liberation Serif",
                                           "Tahoma",
                                           "Comic Sans MS",
                                           "Lucida Console",
                                           "cursive",
                                           "fantasy",
                                           "OpenSymbol"};

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (size_t got = 0; (got = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  REQUIRE_MESSAGE(::pclose(pipe) == 0, command << " failed; Debian's package fontconfig has fc-match");
  return out;
}

/// A machine with this one's settings and those of its fonts that lie in `folders`.
struct FontMachine {
  explicit FontMachine(const std::vector<std::string>& folders) {
    const fs::copy_options all = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
    for (const std::string& folder : {std::string("/etc/fonts"), std::string("/usr/share/fontconfig")}) {
      fs::create_directories(fs::path(scratch.path() + folder).parent_path());
      fs::copy(folder, scratch.path() + folder, all);
    }
    for (const std::string& folder : folders) {
      REQUIRE_MESSAGE(fs::exists(folder), folder << " is missing: ./dev has the packages");
      fs::create_directories(fs::path(scratch.path() + folder).parent_path());
      fs::copy(folder, scratch.path() + folder, fs::copy_options::recursive);
    }
    // Links of the settings lead where they would on that machine.
    for (const auto& entry : fs::directory_iterator(scratch.path() + "/etc/fonts/conf.d")) {
      if (!entry.is_symlink()) continue;
      const fs::path target = fs::weakly_canonical("/etc/fonts/conf.d" / fs::read_symlink(entry.path()));
      const std::string content = fs::exists(target) ? target.string() : std::string();
      fs::remove(entry.path());
      if (!content.empty()) fs::copy_file(content, entry.path());
    }
  }

  std::map<std::string, std::string> told_by_fontconfig(const std::vector<std::string>& names) const {
    std::string script;
    for (const std::string& name : names)
      script += "fc-match -f '" + name + "|%{file}\\n' '" + name + "' 2>/dev/null || exit 1\n";
    scratch.write("names.sh", script);
    const std::string told =
        output_of("LC_ALL=C.UTF-8 HOME=" + scratch.path() + " XDG_CACHE_HOME=" + scratch.path() +
                  "/cache FONTCONFIG_SYSROOT=" + scratch.path() + " sh " + scratch.path() + "/names.sh");
    std::map<std::string, std::string> out;
    for (size_t at = 0; at < told.size();) {
      const size_t end = told.find('\n', at), bar = told.find('|', at);
      std::string file = told.substr(bar + 1, end - bar - 1);
      if (file.starts_with(scratch.path())) file = file.substr(scratch.path().size());
      out[told.substr(at, bar - at)] = file;
      at = end + 1;
    }
    return out;
  }

  Scratch scratch;
};

void check(const std::vector<std::string>& folders) {
  const FontMachine machine(folders);
  bundle::machine::Root root(machine.scratch.path());
  const FontMatcher matcher(root);
  REQUIRE(!matcher.faces().empty());
  std::vector<std::string> names;
  std::map<std::string, FontWish> wishes;
  for (const std::string& family : families) {
    for (const std::string style : {"", ":bold", ":italic", ":bold:italic"}) {
      names.push_back(family + style);
      wishes[names.back()] = {family, style.find("bold") != std::string::npos,
                              style.find("italic") != std::string::npos};
    }
  }
  const auto told = machine.told_by_fontconfig(names);
  for (const std::string& name : names) {
    const FontFace* face = matcher.match(wishes[name]);
    REQUIRE(face != nullptr);
    CHECK_MESSAGE(face->path == told.at(name), name);
  }
}

}  // namespace

TEST_CASE("font match: the same file as fc-match names, whatever is installed") {
  const std::string dejavu = "/usr/share/fonts/truetype/dejavu", urw = "/usr/share/fonts/opentype/urw-base35",
                    type1 = "/usr/share/fonts/type1/urw-base35";
  SUBCASE("DejaVu alone") { check({dejavu}); }
  SUBCASE("URW's, OpenType") { check({urw}); }
  SUBCASE("URW's, Type 1") { check({type1}); }
  SUBCASE("DejaVu and URW's") { check({dejavu, urw, type1}); }
  SUBCASE("all of this machine") { check({"/usr/share/fonts"}); }
}
