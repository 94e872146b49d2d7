// Fonts: where they lie, the names that programs and documents ask for, and fontconfig's words and numbers for a face.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Where fonts lie; those of packages in the first.
inline constexpr std::array<std::string_view, 2> font_folders = {"/usr/share/fonts", "/usr/local/share/fonts"};

/// fontconfig's constants (fontconfig.h, FcNameConstant) for what tells faces of a family apart.
struct FontConstant {
  std::string_view name;
  double value = 0;
};
inline constexpr std::array<FontConstant, 46> font_constants = {{
    {"thin", 0},
    {"extralight", 40},
    {"ultralight", 40},
    {"demilight", 55},
    {"semilight", 55},
    {"light", 50},
    {"book", 75},
    {"regular", 80},
    {"medium", 100},
    {"demibold", 180},
    {"semibold", 180},
    {"bold", 200},
    {"extrabold", 205},
    {"ultrabold", 205},
    {"black", 210},
    {"heavy", 210},
    {"extrablack", 215},
    {"ultrablack", 215},
    {"roman", 0},
    {"italic", 100},
    {"oblique", 110},
    {"ultracondensed", 50},
    {"extracondensed", 63},
    {"condensed", 75},
    {"semicondensed", 87},
    {"normal", 100},
    {"semiexpanded", 113},
    {"expanded", 125},
    {"extraexpanded", 150},
    {"ultraexpanded", 200},
    {"proportional", 0},
    {"dual", 90},
    {"mono", 100},
    {"charcell", 110},
    {"unknown", 0},
    {"rgb", 1},
    {"bgr", 2},
    {"vrgb", 3},
    {"vbgr", 4},
    {"none", 5},
    {"hintnone", 0},
    {"hintslight", 1},
    {"hintmedium", 2},
    {"hintfull", 3},
    {"lcddefault", 1},
    {"lcdlight", 2},
}};

/// Words in the name of a style, in the order in which fontconfig looks for them (fcfreetype.c).
inline constexpr std::array<FontConstant, 22> weight_words = {{
    {"thin", 0},        {"extralight", 40}, {"ultralight", 40},  {"demilight", 55},   {"semilight", 55},
    {"light", 50},      {"book", 75},       {"regular", 80},     {"normal", 80},      {"medium", 100},
    {"demibold", 180},  {"demi", 180},      {"semibold", 180},   {"extrabold", 205},  {"superbold", 205},
    {"ultrabold", 205}, {"bold", 200},      {"ultrablack", 215}, {"superblack", 215}, {"extrablack", 215},
    {"black", 210},     {"heavy", 210},
}};
inline constexpr std::array<FontConstant, 10> width_words = {{
    {"ultracondensed", 50},
    {"extracondensed", 63},
    {"semicondensed", 87},
    {"condensed", 75},
    {"normal", 100},
    {"semiexpanded", 113},
    {"extraexpanded", 150},
    {"ultraexpanded", 200},
    {"expanded", 125},
    {"extended", 125},
}};
inline constexpr std::array<FontConstant, 3> slant_words = {{{"italic", 100}, {"kursiv", 100}, {"oblique", 110}}};
inline constexpr std::array<std::string_view, 6> decorative_words = {"shadow",  "caps",    "antiqua",
                                                                     "romansc", "embosed", "dunhill"};

/// OpenType's weight classes in fontconfig's numbers (fcweight.c); between two of them it is a straight line.
struct WeightClass {
  double open_type = 0, fontconfig = 0;
};
inline constexpr std::array<WeightClass, 13> weight_classes = {{{0, 0},
                                                                {100, 0},
                                                                {200, 40},
                                                                {300, 50},
                                                                {350, 55},
                                                                {380, 75},
                                                                {400, 80},
                                                                {500, 100},
                                                                {600, 180},
                                                                {700, 200},
                                                                {800, 205},
                                                                {900, 210},
                                                                {1000, 215}}};

/// The characters that a font has to have for English (fontconfig's en.orth), first and last of each range.
struct CodeRange {
  unsigned first = 0, last = 0;
};
inline constexpr std::array<CodeRange, 14> english = {{{0x41, 0x5a},
                                                       {0x61, 0x7a},
                                                       {0xc0, 0xc0},
                                                       {0xc7, 0xcb},
                                                       {0xcf, 0xcf},
                                                       {0xd1, 0xd1},
                                                       {0xd4, 0xd4},
                                                       {0xd6, 0xd6},
                                                       {0xe0, 0xe0},
                                                       {0xe7, 0xeb},
                                                       {0xef, 0xef},
                                                       {0xf1, 0xf1},
                                                       {0xf4, 0xf4},
                                                       {0xf6, 0xf6}}};
/// The same for a Type 1 font, whose characters have names; those without one letter alone.
inline constexpr std::array<std::string_view, 18> english_accented = {
    "Agrave", "Ccedilla", "Egrave", "Eacute", "Ecircumflex", "Edieresis", "Idieresis", "Ntilde", "Ocircumflex",
    "agrave", "ccedilla", "egrave", "eacute", "ecircumflex", "edieresis", "idieresis", "ntilde", "ocircumflex"};

/// What is asked for, and how much without it is lost.
struct FontName {
  /// In this order as long as there is room: text at all, the usual faces of the generic families, the families that
  /// documents name and that have the metrics of PDF's standard fonts, and the generic families' slanted faces.
  enum class Tier { any, usual, metric, slanted };
  std::string_view family;
  bool is_bold = false, is_slanted = false;
  Tier tier = Tier::usual;
};
inline constexpr std::array<FontName, 38> standard_names = {{
    {"sans-serif", false, false, FontName::Tier::any},
    {"sans-serif", true, false, FontName::Tier::usual},
    {"serif", false, false, FontName::Tier::usual},
    {"monospace", false, false, FontName::Tier::usual},
    {"serif", true, false, FontName::Tier::usual},
    {"monospace", true, false, FontName::Tier::usual},
    {"Helvetica", false, false, FontName::Tier::metric},
    {"Helvetica", true, false, FontName::Tier::metric},
    {"Times", false, false, FontName::Tier::metric},
    {"Courier", false, false, FontName::Tier::metric},
    {"Times", true, false, FontName::Tier::metric},
    {"Courier", true, false, FontName::Tier::metric},
    {"Helvetica", false, true, FontName::Tier::metric},
    {"Helvetica", true, true, FontName::Tier::metric},
    {"Times", false, true, FontName::Tier::metric},
    {"Times", true, true, FontName::Tier::metric},
    {"Courier", false, true, FontName::Tier::metric},
    {"Courier", true, true, FontName::Tier::metric},
    {"Arial", false, false, FontName::Tier::metric},
    {"Arial", true, false, FontName::Tier::metric},
    {"Times New Roman", false, false, FontName::Tier::metric},
    {"Times New Roman", true, false, FontName::Tier::metric},
    {"Courier New", false, false, FontName::Tier::metric},
    {"Courier New", true, false, FontName::Tier::metric},
    {"Arial", false, true, FontName::Tier::metric},
    {"Arial", true, true, FontName::Tier::metric},
    {"Times New Roman", false, true, FontName::Tier::metric},
    {"Times New Roman", true, true, FontName::Tier::metric},
    {"Courier New", false, true, FontName::Tier::metric},
    {"Courier New", true, true, FontName::Tier::metric},
    {"Symbol", false, false, FontName::Tier::metric},
    {"ZapfDingbats", false, false, FontName::Tier::metric},
    {"serif", false, true, FontName::Tier::slanted},
    {"serif", true, true, FontName::Tier::slanted},
    {"monospace", false, true, FontName::Tier::slanted},
    {"monospace", true, true, FontName::Tier::slanted},
    {"sans-serif", false, true, FontName::Tier::slanted},
    {"sans-serif", true, true, FontName::Tier::slanted},
}};

/// Lists in which programs name the files of their fonts themselves: ImageMagick's and its kin's.
inline constexpr std::array<const char*, 6> font_lists = {"/etc/ImageMagick-*/type*.xml",
                                                          "/usr/share/ImageMagick-*/type*.xml",
                                                          "/usr/lib/*/ImageMagick-*/config*/type*.xml",
                                                          "/usr/lib64/ImageMagick-*/config*/type*.xml",
                                                          "/usr/lib/GraphicsMagick-*/config/type*.mgk",
                                                          "/usr/share/GraphicsMagick-*/config/type*.mgk"};

}  // namespace bundle::knowledge
