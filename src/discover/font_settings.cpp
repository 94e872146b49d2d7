// See font_settings.h. The order of rules is that of the files, by name in a folder (FcConfigReadConfigDir), and an
// alias is short for a rule (FcParseAlias).
#include "discover/font_settings.h"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "discover/xml.h"
#include "knowledge/fonts.h"

namespace bundle::discover {

namespace {

constexpr int most_includes = 8;  // one within the other

FontBinding binding_of(const XmlElement& element) {
  const std::string name = element.attribute("binding");
  return name == "same" ? FontBinding::same : name == "strong" ? FontBinding::strong : FontBinding::weak;
}

/// The constants among the children, in order; false when something else is there.
bool read_values(const XmlElement& element, std::vector<FontValue>& out) {
  for (const XmlElement& child : element.children) {
    FontValue value;
    if (child.name == "string" || child.name == "family" || child.name == "langset") {
      value.text = child.text;  // blanks count, as they do in there
    } else if (child.name == "int" || child.name == "double") {
      const std::string text(trimmed(child.text));
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.number);
      if (error != std::errc()) return false;
      value.is_number = true;
    } else if (child.name == "bool") {
      const std::string text(trimmed(child.text));
      value.is_number = true;
      value.number = text.starts_with('t') || text.starts_with('y') || text == "1" || text == "on" ? 1 : 0;
    } else if (child.name == "const") {
      const std::optional<double> number = font_constant(std::string(trimmed(child.text)));
      if (!number) return false;
      value.is_number = true;
      value.number = *number;
    } else {
      return false;
    }
    out.push_back(std::move(value));
  }
  return !out.empty();
}

FontStep read_step(const XmlElement& element) {
  FontStep step;
  step.is_edit = element.name == "edit";
  step.object = element.attribute("name");
  if (step.object.empty()) step.object = "family";
  step.how = element.attribute(step.is_edit ? "mode" : "compare");
  if (step.how.empty()) step.how = step.is_edit ? "assign" : "eq";
  step.qual = element.attribute("qual");
  if (step.qual.empty()) step.qual = "any";
  step.ignores_blanks = element.attribute("ignore-blanks") == "true";
  step.binding = binding_of(element);
  step.is_understood = read_values(element, step.values) || step.how == "delete" || step.how == "delete_all";
  return step;
}

void read_match(const XmlElement& element, FontSettings& settings) {
  const std::string target = element.attribute("target");
  if (!target.empty() && target != "pattern") return;
  FontRule rule;
  for (const XmlElement& child : element.children) {
    if (child.name == "test" || child.name == "edit") rule.push_back(read_step(child));
  }
  std::stable_partition(rule.begin(), rule.end(), [](const FontStep& step) { return !step.is_edit; });
  settings.rules.push_back(std::move(rule));
}

void read_alias(const XmlElement& element, FontSettings& settings) {
  FontRule rule;
  FontStep test;
  test.object = "family";
  test.qual = "any";
  test.how = "eq";
  test.ignores_blanks = true;
  for (const XmlElement& child : element.children) {
    if (child.name == "test") rule.push_back(read_step(child));
    if (child.name == "family") test.values.push_back({false, 0, child.text, FontBinding::weak});
  }
  if (test.values.empty()) return;
  rule.push_back(std::move(test));
  constexpr std::pair<const char*, const char*> parts[] = {
      {"prefer", "prepend"}, {"accept", "append"}, {"default", "append_last"}};
  for (const auto& [part, mode] : parts) {
    FontStep edit;
    for (const XmlElement& child : element.children) {
      if (child.name != part) continue;
      edit.values.clear();  // of two the later one holds
      for (const XmlElement& family : child.children) {
        if (family.name == "family") edit.values.push_back({false, 0, family.text, FontBinding::weak});
      }
    }
    if (edit.values.empty()) continue;
    edit.is_edit = true;
    edit.object = "family";
    edit.how = mode;
    edit.binding = binding_of(element);
    rule.push_back(std::move(edit));
  }
  if (rule.back().is_edit) settings.rules.push_back(std::move(rule));
}

void read_selection(const XmlElement& element, FontSettings& settings) {
  for (const XmlElement& child : element.children) {
    if (child.name != "acceptfont" && child.name != "rejectfont") continue;
    for (const XmlElement& what : child.children) {
      if (what.name != "glob") continue;  // patterns of the stock files reject bitmaps, which are none of ours
      (child.name == "acceptfont" ? settings.accepted : settings.rejected).emplace_back(trimmed(what.text));
    }
  }
}

/// The files of a folder that begin with a digit and end in .conf, or the file itself.
void include(machine::Root& root, const std::string& path, int depth, FontSettings& settings) {
  std::vector<std::string> files = {path};
  if (root.kind(path) == machine::Kind::folder) {
    files.clear();
    for (const std::string& name : root.list(path)) {
      if (name[0] >= '0' && name[0] <= '9' && name.ends_with(".conf")) files.push_back(path + "/" + name);
    }
    std::sort(files.begin(), files.end());
  }
  for (const std::string& file : files) {
    if (root.kind(file) != machine::Kind::file) continue;
    if (const std::optional<std::string> text = root.read(file))
      parse_font_settings(root, file, *text, depth, settings);
  }
}

}  // namespace

std::optional<double> font_constant(const std::string& name) {
  for (const knowledge::FontConstant& known : knowledge::font_constants) {
    if (name == known.name) return known.value;
  }
  return std::nullopt;
}

void parse_font_settings(machine::Root& root, const std::string& path, const std::string& text, int depth,
                         FontSettings& settings) {
  const std::optional<XmlElement> document = parse_xml(text);
  if (!document || document->name != "fontconfig") return;
  for (const XmlElement& element : document->children) {
    const std::string prefix = element.attribute("prefix");
    const bool is_users = prefix == "xdg" || prefix == "cwd" || trimmed(element.text).starts_with('~');
    if (element.name == "match") read_match(element, settings);
    if (element.name == "alias") read_alias(element, settings);
    if (element.name == "selectfont") read_selection(element, settings);
    if (element.name == "reset-dirs") settings.folders.clear();
    if (is_users || (element.name != "dir" && element.name != "include")) continue;
    std::string named(trimmed(element.text));
    if (named.empty()) continue;
    if (!named.starts_with('/')) {
      const bool is_beside = prefix == "relative";
      named = (is_beside ? std::string(folder_name(path)) : font_settings_folder) + ("/" + named);
    }
    named = normal_path(named);
    if (element.name == "include") {
      if (depth < most_includes) include(root, named, depth + 1, settings);
    } else if (std::find(settings.folders.begin(), settings.folders.end(), named) == settings.folders.end()) {
      settings.folders.push_back(named);
    }
  }
}

FontSettings read_font_settings(machine::Root& root) {
  FontSettings settings;
  include(root, std::string(font_settings_folder) + "/fonts.conf", 0, settings);
  if (settings.folders.empty()) settings.folders.assign(knowledge::font_folders.begin(), knowledge::font_folders.end());
  return settings;
}

}  // namespace bundle::discover
