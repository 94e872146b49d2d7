// fontconfig's settings as data: where fonts lie, which are not to be seen, and the rules by which a name that was
// asked for becomes a list of families (fonts-conf(5)).
//
// Read from /etc/fonts/fonts.conf and what it includes, as FcConfigParseAndLoad does. Of the rules those for patterns
// alone: the ones for a font that was chosen, and for one that is scanned, do not say which file it is but in rare
// cases. A user's own files (prefix "xdg", "~") are left out: they are nobody else's.
#pragma once

#include <string>
#include <vector>

#include "machine/root.h"

namespace bundle::discover {

enum class FontBinding { weak, strong, same };

struct FontValue {
  bool is_number = false;  // a boolean, a constant and a number
  double number = 0;
  std::string text;
  FontBinding binding = FontBinding::weak;
};

/// A test of a rule or, behind all its tests, an edit.
struct FontStep {
  bool is_edit = false;
  std::string object;  // "family"
  std::string qual;    // of a test: any, all, first, not_first
  std::string how;     // compare of a test, mode of an edit
  bool ignores_blanks = false;
  FontBinding binding = FontBinding::weak;
  std::vector<FontValue> values;
  bool is_understood = true;  // its values are all constants
};

using FontRule = std::vector<FontStep>;

struct FontSettings {
  std::vector<std::string> folders;
  std::vector<std::string> accepted, rejected;  // globs over paths; what is accepted is not rejected
  std::vector<FontRule> rules;
};

constexpr const char* font_settings_folder = "/etc/fonts";

/// What the machine says; the settings that fontconfig has built in (no rules) when it has no fonts.conf.
FontSettings read_font_settings(machine::Root& root);

/// Adds what one file says. `text` may be no XML: then nothing.
void parse_font_settings(machine::Root& root, const std::string& path, const std::string& text, int depth,
                         FontSettings& settings);

/// The number that fontconfig has for a constant's name: "bold" is 200. Nothing for other words.
std::optional<double> font_constant(const std::string& name);

}  // namespace bundle::discover
