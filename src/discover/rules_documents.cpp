// What a document's template asks of TeX: the packages of LaTeX that it loads, from whatever package of the system they
// come (pandoc's default.latex: lmodern, xcolor, bookmark).
//
// The names stand in the template, and in what it loads, as \usepackage{NAME} and its like; the files have those names,
// and lie where TeX looks. Those of a font go in as far as its descriptions (t1lmr.fd) name them, in the encodings that
// LaTeX itself uses: the metrics, and by the list of pdfTeX the outlines. Only where TeX is in the bundle, and by cost.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/printable.h"
#include "discover/rules.h"
#include "knowledge/documents.h"

namespace bundle::discover {

namespace {

/// Of one package of the system, with all that it brings.
constexpr uint64_t most_of_package = 16'000'000;
constexpr uint64_t longest_text = 2'000'000;

bool is_name(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

/// Without comments.
std::string code_of(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, "\n")) {
    size_t end = line.find('%');
    while (end != std::string::npos && end > 0 && line[end - 1] == '\\') end = line.find('%', end + 1);
    out += line.substr(0, end) + "\n";
  }
  return out;
}

/// The names in braces behind a command that loads, its options passed over: what is put together (\@foo, $class$) is
/// none.
std::vector<std::string> loaded_by(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view command : knowledge::loading_commands) {
    for (size_t at = text.find(command); at != std::string::npos; at = text.find(command, at + 1)) {
      size_t begin = at + command.size();
      if (begin < text.size() && text[begin] == '[') {
        begin = text.find("]{", begin);
        if (begin == std::string::npos) break;
        ++begin;
      }
      if (begin >= text.size() || text[begin] != '{') continue;
      const size_t end = text.find('}', begin);
      if (end == std::string::npos) break;
      for (std::string& name : split(text.substr(begin + 1, end - begin - 1), ", \n\t")) {
        if (is_name(name)) out.push_back(std::move(name));
      }
    }
  }
  return out;
}

bool is_template(const Found& found) {
  const std::string_view path = found.destination;
  const bool has_ending = path.ends_with(".latex") || path.ends_with(".tex") || path.ends_with(".ltx");
  return has_ending && found.kind == Kind::data && path.find("/texmf") == std::string_view::npos;
}

bool is_description(std::string_view name) {
  const auto& known = knowledge::kernel_encodings;
  return name.ends_with(".fd") && std::any_of(known.begin(), known.end(), [&](std::string_view encoding) {
           return name.starts_with(encoding) && name.size() > encoding.size() + 3;
         });
}

}  // namespace

/// Where TeX would find a file: in a tree of a package.
std::optional<std::string> Rules::find_of_tex(const std::string& name) {
  for (const auto& [id, shipped] : database_->find_by_base_name(name)) {
    std::string path = root_.as_it_lies(shipped);
    if (path.find("/texmf") != std::string::npos && root_.kind(path) == Is::file) return path;
  }
  return std::nullopt;
}

/// Metrics and outlines of the fonts that a description names.
void Rules::add_fonts_of_tex(const std::string& description, std::set<std::string>& files) {
  if (font_maps_.empty()) {
    font_maps_[""];  // looked for
    for (const Found& found : collector_.taken()) {
      if (base_name(found.destination) != "pdftex.map") continue;
      const std::string map = root_.inside_of(found.source).value_or(found.source);
      for (const std::string& row : split(root_.read(map).value_or(""), "\n")) {
        std::vector<std::string> words = split(row, " \t<\"");
        if (words.size() > 1 && !row.starts_with('%')) font_maps_.emplace(words[0], std::move(words));
      }
    }
  }
  const std::string text = code_of(root_.read(description).value_or(""));
  for (const std::string& word : split(text, " \t\n{}<>*[],")) {
    if (word.size() < 3 || !is_name(word)) continue;
    for (const char* ending : {".tfm", ".vf"}) {
      if (const std::optional<std::string> there = find_of_tex(word + ending)) files.insert(*there);
    }
    const auto row = font_maps_.find(word);
    if (row == font_maps_.end()) continue;
    for (const std::string& part : row->second) {
      if (!part.ends_with(".pfb") && !part.ends_with(".enc")) continue;
      if (const std::optional<std::string> there = find_of_tex(part)) files.insert(*there);
    }
  }
}

void Rules::take_of_template(const Found& found) {
  const std::string by = printable(base_name(found.destination));
  rule_ = "documents";
  std::set<std::string> seen, files;
  std::vector<std::string> texts = {root_.inside_of(found.source).value_or(found.source)};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (root_.look(texts[i]).size > longest_text) continue;
    for (const std::string& name : loaded_by(code_of(root_.read(texts[i]).value_or("")))) {
      if (!seen.insert(name).second) continue;
      std::optional<std::string> there = find_of_tex(name + ".sty");
      if (!there) there = find_of_tex(name + ".cls");
      if (!there) continue;
      texts.push_back(*there);
      // What belongs to it lies beside it, in a folder of its name or of several of a kind.
      const std::string folder(folder_name(*there));
      for (const std::string& other : root_.list(folder)) {
        const std::string path = folder + "/" + other;
        if (root_.kind(path) != Is::file) continue;
        files.insert(path);
        if (is_description(other)) add_fonts_of_tex(path, files);
      }
    }
  }
  std::map<PackageId, Group> groups;
  for (const std::string& file : files) {
    const std::optional<PackageId> id = database_->owner_id(file);
    if (!id) continue;
    Group& group =
        groups.try_emplace(*id, group_for("", "packages of TeX that " + by + " loads", Strength::likely)).first->second;
    group.package = database_->package(*id);
    collector_.add(group, file, file);
  }
  for (auto& [id, group] : groups) {
    if (group.files.empty()) continue;
    group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
    collector_.take(std::move(group), most_of_package);
  }
}

/// `found` may be of use only when TeX turns up later.
void Rules::note_template(const Found& found) {
  if (database_ != nullptr && is_template(found)) templates_.push_back(found);
}

void Rules::take_of_templates() {
  if (!has_tex_) return;
  for (const Found& found : std::exchange(templates_, {})) take_of_template(found);
}

}  // namespace bundle::discover
