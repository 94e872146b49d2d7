// See beside.h.
#include "discover/beside.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "discover/names.h"
#include "knowledge/qt.h"

namespace bundle::discover {

namespace {

constexpr size_t longest = 300;

bool is_path_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.+/%@#").find(c) != std::string_view::npos;
}

}  // namespace

bool code_holds(const elf::Image& image, std::string_view text) {
  if (text.size() < 4) return false;
  text = text.substr(0, text.size() < 8 ? 4 : 8);
  return std::any_of(image.sections().begin(), image.sections().end(), [&](const elf::Section& section) {
    return (section.sh_flags & SHF_EXECINSTR) != 0 && section.sh_type == SHT_PROGBITS &&
           image.bytes().contains(section.sh_offset.value, section.sh_size) &&
           image.bytes().slice(section.sh_offset.value, section.sh_size).text().find(text) != std::string_view::npos;
  });
}

std::string_view without_folder(std::string_view text) {
  for (;;) {
    if (text.starts_with('/')) {
      text.remove_prefix(1);
    } else if (text.starts_with("./")) {
      text.remove_prefix(2);
    } else if (text.starts_with('%') && text.size() > 1) {
      size_t end = 1;
      while (end < text.size() &&
             std::string_view("-+ #0123456789.*hlLqjzt$'").find(text[end]) != std::string_view::npos)
        ++end;
      text.remove_prefix(std::min(text.size(), end + 1));
    } else {
      return text;
    }
  }
}

std::string fixed_part(std::string_view name) {
  const size_t conversion = name.find('%');
  if (conversion == std::string_view::npos) return std::string(name);
  const size_t slash = name.rfind('/', conversion);
  return slash == std::string_view::npos ? std::string() : std::string(name.substr(0, slash));
}

size_t levels_up(std::string_view name) {
  size_t levels = 0;
  for (; name.starts_with("../"); name.remove_prefix(3)) ++levels;
  return levels;
}

std::vector<NameBeside> names_beside(const elf::Image& image, machine::Root& root, const std::string& folder,
                                     bool is_own) {
  std::set<std::string, std::less<>> entries;
  for (std::string& name : root.list(folder)) entries.insert(std::move(name));
  std::set<NameBeside> found;
  const auto look_at = [&](std::string_view text) {
    if (text.size() < 2 || text.size() > longest || !std::all_of(text.begin(), text.end(), is_path_char)) return;
    const std::string_view name = without_folder(text);
    const std::string fixed = fixed_part(name);
    if (fixed.size() < 2 || fixed.find("/..") != std::string::npos || fixed.ends_with('/')) return;
    const size_t up = levels_up(fixed);
    if (fixed.size() == 3 * up || fixed == "..") return;
    if (up == 0 && !entries.contains(fixed.substr(0, fixed.find('/')))) return;
    if (root.kind(folder + "/" + fixed) == machine::Kind::absent) return;
    found.insert({std::string(name), text.find('/') != std::string_view::npos});
  };
  std::set<std::string> above, names;  // "..", "../.."; and what may lie there
  const bool is_qt = knowledge::is_qt_looker(image.soname().value_or(""));
  for_each_text(image, [&](std::string_view text) {
    look_at(text);
    if (!is_own || text.size() > longest) return;
    if (text == ".." || text == "../.." || text == "../../..") above.emplace(text);
    if (text.find('/') != std::string_view::npos && std::all_of(text.begin(), text.end(), is_path_char)) {
      const std::string_view name = without_folder(text);
      const size_t slash = fixed_part(name).find('/');
      if (levels_up(name) == 0 && slash != std::string_view::npos) names.emplace(name);
    } else if (is_qt && text == knowledge::qt_plugins.usual) {
      names.emplace(text);
    }
  });
  for (const std::string& up : above) {
    std::set<std::string, std::less<>> there;
    for (std::string& name : root.list(folder + "/" + up)) there.insert(std::move(name));
    for (const std::string& name : names) {
      if (there.contains(name.substr(0, name.find('/')))) look_at(up + "/" + name);
    }
  }
  // Few entries lie beside a library that has a folder to itself; where many do, chance would find some.
  constexpr size_t few = 100;
  for (const std::string& entry : entries.size() <= few ? entries : std::set<std::string, std::less<>>()) {
    if (entry.find(".so") != std::string::npos || found.contains({entry, true})) continue;
    const bool is_folder = root.kind(folder + "/" + entry) == machine::Kind::folder;
    if (code_holds(image, "/" + entry) || (is_folder && code_holds(image, entry + "/"))) found.insert({entry, false});
  }
  return {found.begin(), found.end()};
}

}  // namespace bundle::discover
