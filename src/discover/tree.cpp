// See tree.h.
#include "discover/tree.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "base/file.h"
#include "discover/beside.h"
#include "discover/names.h"
#include "discover/node_modules.h"
#include "knowledge/folders.h"
#include "knowledge/left_out.h"
#include "knowledge/qt.h"
#include "knowledge/toolchains.h"
#include "knowledge/trees.h"

namespace bundle::discover {

namespace {

/// Collects what texts say.
class Reader {
 public:
  Reader(machine::Root& root, const Tree& tree, const std::string& asker)
      : root_(root), tree_(tree), folder_(folder_name(asker)), asker_(asker) {}

  void look_at(std::string_view text) {
    constexpr size_t longest = 300;
    if (text.size() < 3 || text.size() > longest) return;
    if (text.find(tree_.top) != std::string_view::npos) return look_at_absolute(text);
    if (text.starts_with('/')) look_at_link(text);
    const std::string_view name = without_folder(text);
    const std::string fixed = fixed_part(name);
    const bool is_path = text.find('/') != std::string_view::npos;
    if (!is_path || fixed.size() < 3 || fixed.ends_with('/') || !is_written_as_path(fixed)) return;
    const size_t up = levels_up(fixed);
    if (up > 3 || fixed.size() <= 3 * up || fixed.find("/..", 3 * up) != std::string::npos) return;
    // A library, too, may ask where the program lies.
    const bool by_place = note(text, folder_ + "/" + fixed) || note(text, tree_.folder + "/" + fixed);
    if (up > 0 || by_place) return;
    // Of a tree with a folder for programs, names are from the top: "lib/jvm.cfg". One word alone is no path.
    if (tree_.has_bin && !tree_.is_home && fixed.find('/') != std::string::npos)
      (void)note(text, tree_.top + "/" + fixed);
  }

  /// Rust and Go put strings end to end, without a NUL between: a name of the tree in the midst of one. `text` may be
  /// long.
  void look_at_run(std::string_view text) {
    for (size_t at = text.find('/'); at != std::string_view::npos; at = text.find('/', at + 1)) {
      look_around(text, at, folder_);
      if (tree_.has_bin && !tree_.is_home) look_around(text, at, tree_.top);
    }
    if (tree_.has_bin) return;
    // Beside the program itself a name without a folder is one, if it is written as a file's.
    constexpr size_t shortest = 6;
    for (const std::string& name : names_in(folder_)) {
      const bool is_files = name.size() >= shortest && name.find('.', 1) != std::string::npos && !name.ends_with(".md");
      if (is_files && stands_alone(text, name) && root_.kind(folder_ + "/" + name) == machine::Kind::file)
        (void)note(name, folder_ + "/" + name);
    }
  }

  void look_for_landmarks(const std::set<std::string>& texts) {
    for (const knowledge::Landmark& mark : knowledge::landmarks) {
      if (!texts.contains(std::string(mark.text))) continue;
      const std::string folder = tree_.top + "/" + std::string(folder_name(mark.folder));
      for (const std::string& name : root_.list(folder)) {
        if (::fnmatch(std::string(base_name(mark.folder)).c_str(), name.c_str(), 0) == 0)
          (void)note(mark.text, folder + "/" + name);
      }
    }
  }

  void look_for_qt() {
    for (const std::string_view plugins : knowledge::qt_plugin_folders) {
      for (const std::string& base : {folder_, tree_.top + "/plugins"})
        (void)note(plugins, base + "/" + std::string(plugins));
    }
    for (const std::string_view settings : knowledge::qt_settings)
      (void)note(settings, folder_ + "/" + std::string(settings));
  }

  /// Names of the tree's own folders that a compiler put into the code: the beginning of "/../share/app".
  void look_in_code(const elf::Image& image) {
    for (const std::string& name : root_.list(tree_.top)) {
      const std::string path = tree_.top + "/" + name;
      if (knowledge::is_for_programs(name) || !root_.is_folder(path)) continue;
      for (const std::string& text : {"/../" + name + "/", "../" + name + "/"}) {
        if (text.size() < 8 || !code_holds(image, text)) continue;
        // A library's own folder is one, too, by which others are found.
        if (!note(text, path) && out_.text.empty() && is_below(asker_, path)) out_.text = text;
      }
    }
  }

  TreeEvidence take() {
    out_.paths.assign(paths_.begin(), paths_.end());
    for (const auto& [path, real] : links_) out_.links.push_back({path, real});
    return std::move(out_);
  }

 private:
  /// Not behind a slash, as Go's own library has "/index.html".
  static bool stands_alone(std::string_view text, std::string_view name) {
    for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      if (at == 0 || text[at - 1] != '/') return true;
    }
    return false;
  }

  /// The names of a folder, fewer than would be found by chance.
  const std::vector<std::string>& names_in(const std::string& folder) {
    constexpr size_t most = 500;
    const auto [entry, is_new] = listed_.try_emplace(folder);
    if (is_new) {
      entry->second = root_.list(folder);
      if (entry->second.size() > most) entry->second.clear();
      // The longest first, for one may begin as another does.
      std::sort(entry->second.begin(), entry->second.end(),
                [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    }
    return entry->second;
  }

  /// Whether around the slash at `at` stands a folder of `base` and something that is in it.
  void look_around(std::string_view text, size_t at, const std::string& base) {
    for (const std::string& name : names_in(base)) {
      if (name.size() < 2 || !text.substr(0, at).ends_with(name)) continue;
      const size_t begin = at - name.size();
      // "/usr/share/x" is another's.
      const bool is_up = begin >= 3 && text.substr(begin - 3, 3) == "../";
      if (begin > 0 && text[begin - 1] == '/' && !is_up) return;
      std::string path = base + "/" + name;
      std::string_view rest = text.substr(at);
      size_t depth = 0;
      while (rest.starts_with('/') && root_.is_folder(path)) {
        rest.remove_prefix(1);
        const std::vector<std::string>& inside = names_in(path);
        const auto next = std::find_if(inside.begin(), inside.end(),
                                       [&](const std::string& inner) { return rest.starts_with(inner); });
        if (next == inside.end()) break;
        path += "/" + *next;
        rest.remove_prefix(next->size());
        ++depth;
      }
      if (depth > 0 || is_up) (void)note(text.substr(begin, std::min<size_t>(path.size() - base.size(), 60)), path);
      return;
    }
  }

  static bool is_written_as_path(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("_-.+/@#").find(c) != std::string_view::npos;
    });
  }

  /// The tree's own path in a text, alone or with more behind it.
  void look_at_absolute(std::string_view text) {
    for (size_t at = text.find(tree_.top); at != std::string_view::npos; at = text.find(tree_.top, at + 1)) {
      size_t end = at + tree_.top.size();
      if (end < text.size() && text[end] != '/' && text[end] != ':') continue;
      while (end < text.size() && std::string_view(" \t:;\"'%$`()<>|&").find(text[end]) == std::string_view::npos)
        ++end;
      std::string path = normal_path(text.substr(at, end - at));
      if (knowledge::is_source_of_compiled(path) || !root_.look(path).is_there()) continue;
      out_.holds_top = true;
      if (path == tree_.top) {
        if (out_.text.empty()) out_.text = text;
      } else {
        (void)note(text, path);
      }
    }
  }

  /// A path outside of the tree that a link leads into it: "/opt/app/current/share/x", of a tree /opt/app/releases/3.
  void look_at_link(std::string_view text) {
    const std::string path = normal_path(fixed_part(text.substr(0, text.find_first_of(" \t:;\"'$`()<>|&"))));
    if (knowledge::is_systems(path)) return;
    const std::optional<std::string> real = root_.real(path);
    if (!real || *real == path || !is_at_or_below(*real, tree_.top) || is_at_or_below(path, tree_.top)) return;
    std::string_view inside = *real, outside = path;
    while (inside.size() > tree_.top.size() && base_name(inside) == base_name(outside)) {
      inside = folder_name(inside);
      outside = folder_name(outside);
    }
    if (*real == tree_.top) {
      if (out_.text.empty()) out_.text = text;
    } else if (!note(text, *real)) {
      return;
    }
    if (root_.is_folder(std::string(inside))) links_.emplace(outside, inside);
  }

  /// Whether there is such a thing in the tree, and not the asker itself or a folder above it.
  bool note(std::string_view text, const std::string& path) {
    const std::string whole = normal_path(path);
    if (!is_below(whole, tree_.top) || whole == asker_ || is_below(asker_, whole)) return false;
    if (knowledge::is_source_of_compiled(whole) || knowledge::is_left_out_of_tree(whole.substr(tree_.top.size() + 1)))
      return false;
    const machine::Kind kind = root_.kind(whole);
    if (kind == machine::Kind::absent) return false;
    if (out_.text.empty()) out_.text = text;
    paths_.insert(whole);
    return true;
  }

  machine::Root& root_;
  const Tree& tree_;
  const std::string folder_;
  const std::string& asker_;
  TreeEvidence out_;
  std::set<std::string> paths_;
  std::map<std::string, std::string> links_;
  std::map<std::string, std::vector<std::string>> listed_;
};

}  // namespace

std::optional<Tree> tree_of(machine::Root& root, const std::string& program, const std::string& name) {
  Tree tree;
  const std::string folder(folder_name(program));
  tree.top = tree.folder = folder;
  if (std::string module = module_of(program); !module.empty()) {
    tree.module = std::move(module);
    tree.top = tree.module.substr(0, tree.module.rfind("/node_modules/"));
    if (tree.top.empty()) return std::nullopt;
    tree.home = knowledge::is_installed_place(tree.top) ? tree.top : "/opt/" + name;
    return tree;
  }
  if (knowledge::is_for_programs(base_name(folder))) {
    const std::string above(folder_name(folder));
    // P/bin alone, with nothing beside it, is one folder like any other.
    const std::vector<std::string> beside = root.list(above);
    tree.has_bin = beside.size() > 1;
    if (tree.has_bin) tree.top = above;
  }
  tree.is_shared = tree.has_bin && knowledge::is_users_prefix(base_name(tree.top));
  const std::vector<std::string> names = root.list(tree.top);
  tree.is_home = knowledge::is_home(tree.top) || std::any_of(names.begin(), names.end(), [](const std::string& inside) {
                   return knowledge::is_sign_of_home(inside);
                 });
  if (tree.is_home || !knowledge::may_be_top(tree.top)) {
    if (!tree.has_bin || !(tree.is_home || is_below(tree.top, "/usr"))) return std::nullopt;
    tree.is_shared = true;
  }
  // ~/go, where programs lie beside the sources of modules.
  const bool is_go_path = tree.has_bin && root.is_folder(tree.top + "/pkg/mod");
  if (is_go_path || (tree.has_bin && knowledge::is_installers_prefix(base_name(tree.top)))) return std::nullopt;
  // The name of a folder where software is installed tells nothing of whoever made it.
  tree.home = knowledge::is_installed_place(tree.top) ? tree.top : "/opt/" + name;
  return tree;
}

namespace {

/// Whether a compiler made the file that marks no string's end: Go by a section of its own, Rust by the paths of its
/// library's sources.
bool puts_strings_end_to_end(const elf::Image& image) {
  for (const elf::Section& section : image.sections()) {
    if (image.section_name(section) == ".gopclntab" || image.section_name(section) == ".go.buildinfo") return true;
  }
  bool is_rust = false;
  for_each_text(image,
                [&](std::string_view text) { is_rust = is_rust || text.find("/rustc") != std::string_view::npos; });
  return is_rust;
}

}  // namespace

std::string place_in(const Tree& tree, const std::string& path) { return tree.home + path.substr(tree.top.size()); }

TreeEvidence evidence_of_tree(const elf::Image& image, machine::Root& root, const Tree& tree, const std::string& asker,
                              bool links_qt) {
  Reader reader(root, tree, asker);
  std::set<std::string> texts;  // of landmarks
  const auto note_landmark = [&](std::string_view text) {
    for (const knowledge::Landmark& row : knowledge::landmarks) {
      if (row.text == text) texts.emplace(text);
    }
  };
  const bool runs_on = puts_strings_end_to_end(image);
  for_each_text(image, [&](std::string_view text) {
    note_landmark(text);
    reader.look_at(text);
    if (runs_on && !tree.is_shared) reader.look_at_run(text);
  });
  for (const std::string& name : image.imported_symbols()) note_landmark(name);
  reader.look_for_landmarks(texts);
  if (tree.has_bin && !tree.is_shared) reader.look_in_code(image);
  if (links_qt) reader.look_for_qt();
  if (!tree.has_bin) {
    for (const NameBeside& beside : names_beside(image, root, std::string(folder_name(asker)))) {
      reader.look_at("./" + fixed_part(beside.text));
    }
  }
  return reader.take();
}

namespace {

/// The variables of a line, "$here" and "${here}", as printf would have them.
std::string with_conversions(std::string_view line) {
  std::string out;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '$' || at + 1 == line.size()) {
      out += line[at];
      continue;
    }
    size_t end = at + 1;
    const bool has_brace = line[end] == '{';
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (has_brace) {
      while (end < line.size() && line[end] != '}') ++end;
      ++end;
    } else {
      while (end < line.size() && is_name(line[end])) ++end;
    }
    out += end > at + 1 ? "%s" : "$";
    at = std::min(end, line.size()) - 1;
  }
  return out;
}

}  // namespace

TreeEvidence evidence_of_tree(std::string_view script, machine::Root& root, const Tree& tree,
                              const std::string& asker) {
  Reader reader(root, tree, asker);
  for (const std::string& line : split(script.substr(0, 200'000), "\n")) {
    for (const std::string& word : split(with_conversions(line), " \t\"'`(){};=,<>|&[]")) {
      if (!word.empty()) reader.look_at(word);
    }
  }
  return reader.take();
}

}  // namespace bundle::discover
