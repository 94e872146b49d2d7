// Fonts on a made-up machine: who gets them, which, what goes when there is no room, and what is told.
#include "discover/fonts.h"

#include <doctest/doctest.h>

#include "discover/xml.h"
#include "made_up.h"
#include "made_up_font.h"

using namespace made_up;
using bundle::discover::font_use_of;
using bundle::discover::FontUse;
using bundle::discover::parse_xml;
using bundle::discover::read_font_faces;
using bundle::discover::SetMode;

namespace {

const std::string fonts = "/usr/share/fonts/";
const std::string fontconfig = triplet + "/libfontconfig.so.1";

std::string settings(const std::string& rules) {
  return "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n<fontconfig>" + rules +
         "</fontconfig>\n";
}

/// A machine with fontconfig, four faces for its generic families and one for Helvetica.
struct Fonts {
  Fonts() {
    machine.program_package("app");
    machine.library_package("libfontconfig1", fontconfig, {"/etc/fonts", "FONTCONFIG_FILE", "fonts.conf"});
    put("/etc/fonts/fonts.conf", settings("<dir>/usr/share/fonts</dir><include>conf.d</include>"));
    put("/etc/fonts/conf.d/60-latin.conf",
        settings("<alias><family>sans-serif</family><prefer><family>Plain</family></prefer></alias>"
                 "<alias><family>serif</family><prefer><family>Feet</family></prefer></alias>"
                 "<alias><family>monospace</family><prefer><family>Typed</family></prefer></alias>"
                 "<alias binding='same'><family>Helvetica</family><accept><family>Swiss</family></accept></alias>"));
    for (const char* family : {"Plain", "Feet", "Typed", "Swiss", "Unasked"}) font({.family = family});
    font({.family = "Plain", .style = "Bold", .weight = 700});
    font({.family = "Feet", .style = "Italic", .is_italic = true});
  }
  void put(const std::string& path, const std::string& content) {
    machine.package("fontconfig-config").ships(path, content);
  }
  void font(const Font& made) { machine.disk().file(fonts + made.family + "-" + made.style + ".ttf", bytes_of(made)); }
  Findings discover(const Options& options = {}) { return machine.discover("/usr/bin/app", {fontconfig}, options); }

  Machine machine;
};

const Paths generic = {fonts + "Plain-Regular.ttf", fonts + "Plain-Bold.ttf",    fonts + "Feet-Regular.ttf",
                       fonts + "Feet-Italic.ttf",   fonts + "Typed-Regular.ttf", fonts + "Swiss-Regular.ttf"};

Paths fonts_of(const Findings& found) {
  Paths out;
  for (const std::string& path : found.taken()) {
    if (path.starts_with(fonts)) out.insert(path);
  }
  return out;
}

}  // namespace

TEST_CASE("fonts: what the standard names lead to, and no other, for a program that links fontconfig") {
  Fonts made;
  const Findings found = made.discover();
  CHECK(fonts_of(found) == generic);
  CHECK(found.has("/etc/fonts/fonts.conf"));
  CHECK(found.has("/etc/fonts/conf.d/60-latin.conf"));
}

TEST_CASE("fonts: a library with fontconfig linked into it, whatever it is called") {
  Fonts made;
  const std::string other = triplet + "/libdraw.so";
  made.machine.library_package("libdraw", other, {"/etc/fonts", "FONTCONFIG_FILE", "fonts.conf"});
  CHECK(fonts_of(made.machine.discover("/usr/bin/app", {other})) == generic);
  const std::string names = triplet + "/libnames.so";
  made.machine.library_package("libnames", names, {"/etc/fonts"});
  CHECK(fonts_of(made.machine.discover("/usr/bin/app", {names})).empty());
}

TEST_CASE("fonts: a program that walks the folder by itself gets fonts and no settings") {
  Fonts made;
  made.machine.program_package("walker", {"/usr/share/fonts/"});
  const Findings found = made.machine.discover("/usr/bin/walker");
  CHECK(fonts_of(found) == generic);
  CHECK(!found.has("/etc/fonts/fonts.conf"));
}

TEST_CASE("fonts: the uses are told apart by what stands in an object") {
  CHECK(font_use_of({"/etc/fonts"}, "FONTCONFIG_FILE fonts.conf") == FontUse::fontconfig);
  CHECK(font_use_of({"/opt/conda/etc/fonts"}, "FONTCONFIG_FILE fonts.conf") == FontUse::fontconfig);
  CHECK(font_use_of({"/etc/fonts"}, "fonts.conf") == FontUse::none);
  CHECK(font_use_of({"/usr/share/fonts/truetype"}, "") == FontUse::walks);
  CHECK(font_use_of({"/usr/share/font"}, "FONTCONFIG_FILE fonts.conf") == FontUse::none);
}

TEST_CASE("fonts: an explicit set holds for whatever program, and with --no-discover") {
  Fonts made;
  made.machine.program_package("jq");
  Options options;
  CHECK(fonts_of(made.machine.discover("/usr/bin/jq", {}, options)).empty());
  for (const bool enabled : {true, false}) {
    options.enabled = enabled;
    options.fonts = SetMode::usual;
    CHECK(fonts_of(made.machine.discover("/usr/bin/jq", {}, options)) == generic);
    options.fonts = SetMode::all;
    CHECK(made.machine.discover("/usr/bin/jq", {}, options).has(fonts + "Unasked-Regular.ttf"));
  }
  options.fonts = SetMode::automatic;
  CHECK(made.discover(options).taken().empty());
  options.enabled = true;
  options.fonts = SetMode::none;
  CHECK(fonts_of(made.discover(options)).empty());
}

TEST_CASE("fonts: by cost, and the one that makes text at all goes last") {
  Fonts made;
  made.font({.family = "Feet", .padding = 9'000'000});
  const Findings found = made.discover();
  CHECK(!found.has(fonts + "Feet-Regular.ttf"));
  CHECK(found.has(fonts + "Plain-Regular.ttf"));
  CHECK(found.hints_at(fonts + "Feet-Regular.ttf", "--fonts usual"));
  Options options;
  options.fonts = SetMode::usual;
  CHECK(made.discover(options).has(fonts + "Feet-Regular.ttf"));
  for (const bundle::Finding& finding : found.all.findings) {
    if (finding.rule != "fonts" || !finding.path.starts_with(fonts)) continue;
    CHECK(finding.may_go);
    CHECK(finding.goes_last == (finding.path == fonts + "Plain-Regular.ttf" ? 2 : 1));
  }
}

TEST_CASE("fonts: without one, or without room for one, blank results are foreseen") {
  Fonts made;
  Options options;
  for (const bundle::Finding& finding : made.discover().all.findings) {
    if (finding.rule == "fonts") options.dropped.insert(finding.key);
  }
  const Findings dropped = made.discover(options);
  CHECK(fonts_of(dropped).empty());
  CHECK(dropped.hints_at(fonts, "Blank results are foreseen"));
  CHECK(dropped.hints_at(fonts, "no room"));
  Options without;
  without.exclude = {fonts + "*"};
  CHECK(made.discover(without).hints_at(fonts, "--exclude keeps it out"));

  Machine bare;
  bare.program_package("app");
  bare.library_package("libfontconfig1", fontconfig, {"/etc/fonts", "FONTCONFIG_FILE", "fonts.conf"});
  const Findings none = bare.discover("/usr/bin/app", {fontconfig});
  CHECK(none.hints_at(fonts, "none is installed here"));
  const auto blank = std::find_if(none.all.hints.begin(), none.all.hints.end(),
                                  [](const auto& hint) { return hint.path == "/usr/share/fonts/"; });
  REQUIRE(blank != none.all.hints.end());
  CHECK(blank->is_lacking);
}

TEST_CASE("fonts: settings of this machine's own go in where they name nobody's home") {
  Fonts made;
  const std::string own = "/etc/fonts/conf.d/99-own.conf", home = "/etc/fonts/conf.d/99-home.conf";
  made.machine.disk().file(own, settings("<dir>/srv/fonts</dir>"));
  made.machine.disk().file(home, settings("<dir>/home/somebody/fonts</dir>"));
  const Findings found = made.discover();
  CHECK(found.has(own));
  CHECK(!found.has(home));
  CHECK(found.hints_at(home, "somebody's home"));
  CHECK(fonts_of(made.machine.without_database("/usr/bin/app")).empty());  // it links nothing that draws
  Options options;
  options.fonts = SetMode::usual;
  const Findings bare = made.machine.without_database("/usr/bin/app", options);
  CHECK(bare.has("/etc/fonts/fonts.conf"));
  CHECK(fonts_of(bare) == generic);
}

TEST_CASE("fonts: a list in a program's settings names the files that it draws with") {
  Fonts made;
  const std::string list = "/etc/ImageMagick-6/type-sample.xml", swiss = "/usr/share/fonts/type1/Swiss.t1",
                    metrics = "/usr/share/fonts/type1/Swiss.afm", other = "/usr/share/fonts/type1/Other.t1";
  for (const std::string& file : {swiss, metrics, other}) made.machine.disk().file(file, "x");
  made.machine.package("app").ships(
      list, "<typemap><type family=\"Helvetica\" weight=\"400\" style=\"normal\" metrics=\"" + metrics +
                "\" glyphs=\"" + swiss + "\"/><type family=\"Other\" glyphs=\"" + other + "\"/></typemap>");
  Options options;
  options.add.push_back({list, "", true});
  const Findings found = made.discover(options);
  CHECK(found.has(swiss));
  CHECK(found.has(metrics));
  CHECK(!found.has(other));
  CHECK(!made.discover().has(swiss) == !made.discover().has(list));
}

TEST_CASE("fonts: what writes Chinese and what writes emoji is a hint of one line each, with its size") {
  Fonts made;
  made.font({.family = "Han Sans", .characters = {{0x20, 0x7e}, {0x4e00, 0x9fff}}, .padding = 19'000'000});
  made.font({.family = "Kana", .characters = {{0x3040, 0x30ff}}, .padding = 2'000'000});
  made.font({.family = "Face Emoji", .characters = {{0x1f600, 0x1f64f}}, .padding = 10'000'000});
  const Findings found = made.discover();
  CHECK(found.hints_at(fonts + "Han Sans-Regular.ttf", "Chinese"));
  CHECK(found.hints_at(fonts + "Han Sans-Regular.ttf", "Kana"));
  CHECK(found.hints_at(fonts + "Han Sans-Regular.ttf", "19.0 MB"));
  CHECK(found.hint(fonts + "Kana-Regular.ttf").empty());
  CHECK(found.hints_at(fonts + "Face Emoji-Regular.ttf", "emoji"));
  Options options;
  options.fonts = SetMode::all;
  CHECK(made.discover(options).hint(fonts + "Han Sans-Regular.ttf").empty());
}

TEST_CASE("font settings: rejected files, names in any spelling, a list that is replaced") {
  Fonts made;
  made.put(
      "/etc/fonts/conf.d/10-reject.conf",
      settings("<selectfont><rejectfont><glob>*/Feet-*</glob></rejectfont></selectfont>"
               "<match><test name=\"family\"><string>mono space</string></test>"
               "<edit name=\"family\" mode=\"assign\" binding=\"same\"><string>monospace</string></edit></match>"));
  bundle::discover::FontMatcher matcher(made.machine.root());
  const auto file = [&](const std::string& family) { return matcher.match({family, false, false})->path; };
  CHECK(file("mono space") == fonts + "Typed-Regular.ttf");
  CHECK(file("PLAIN") == fonts + "Plain-Regular.ttf");
  CHECK(file("s w i s s") == fonts + "Swiss-Regular.ttf");
  CHECK(file("serif") != fonts + "Feet-Regular.ttf");
}

TEST_CASE("font settings: broken XML says nothing, and no depth is too deep") {
  CHECK(!parse_xml("<a><b></a>"));
  CHECK(!parse_xml("<a b=c/>"));
  CHECK(!parse_xml("<a"));
  CHECK(!parse_xml(""));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK(!parse_xml(deep));
  CHECK(!parse_xml("<!DOCTYPE a [<!ENTITY y \"z\">]><a>&y;</a>"));  // entities of its own, which may grow without end
  const auto parsed = parse_xml(
      "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'urn:a.dtd'><!-- - --><a b='&lt;&#65;'>x<![CDATA[<y>]]><c/></a>");
  REQUIRE(parsed);
  CHECK(parsed->attribute("b") == "<A");
  CHECK(parsed->text == "x<y>");
  CHECK(parsed->children.size() == 1);
}

TEST_CASE("font files: cut anywhere, they have no face or the same, and nothing is read past the end") {
  const std::string whole = bytes_of(Font{.family = "Whole", .padding = 8});
  const auto faces = read_font_faces(bundle::Bytes(whole), "f");
  REQUIRE(faces.size() == 1);
  CHECK(faces[0].families == std::vector<std::string>{"Whole"});
  CHECK(faces[0].writes_english);
  for (size_t size = 0; size < whole.size(); ++size)
    CHECK(read_font_faces(bundle::Bytes(std::string_view(whole).substr(0, size)), "f").size() <= 1);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string poked = whole;
    poked[at] = '\xff';
    CHECK(read_font_faces(bundle::Bytes(poked), "f").size() <= 1);
  }
}
