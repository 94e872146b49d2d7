// Scripts: what one that the user adds, or names as a program, needs beside its interpreter.
//
// Its package and the packages of modules that this depends on; what its text names, as the strings of a compiled
// program do; for a script of the shell the commands that it runs; or, where no package owns it, its own tree.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "discover/script_text.h"

namespace bundle::discover {

void Rules::add_script_packages(const std::string& script) {
  const std::optional<FirstLine> line = first_line(collector_.open(script)->bytes());
  if (!line) return;
  const std::string interpreter = line->by_env.empty() ? line->program : "/usr/bin/" + line->by_env;
  const bool is_python = base_name(interpreter).starts_with("python");
  std::set<std::string> sources;  // the interpreter's: perl, python3-defaults
  if (database_ == nullptr) {
    if (is_python) add_python_modules(script, interpreter, sources);
    return;
  }
  const auto& records = database_->records();
  for (const std::string& path : {interpreter, root_.real(interpreter).value_or(interpreter)}) {
    for (const PackageId id : database_->owners(path)) sources.insert(records[id].package.source);
  }
  if (is_python) return add_python_modules(script, interpreter, sources);
  std::vector<PackageId> wanted = database_->owners(script);
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (const PackageId id : database_->depends_of(wanted[i])) {
      if (sources.contains(records[id].package.source) || std::find(wanted.begin(), wanted.end(), id) != wanted.end())
        continue;
      if (is_module_package(id, sources)) wanted.push_back(id);
    }
  }
  rule_ = "script-package";
  for (const PackageId id : wanted) {
    if (sources.contains(records[id].package.source)) continue;
    const Family& family = family_of({id});
    add_inner(family, "for the script " + std::string(base_name(script)));
    std::vector<std::string> paths;
    for (const Family::File& file : family.inner_files()) paths.push_back(root_.as_it_lies(file.path));
    note_texts_of(paths, {id}, id == wanted.front(), collector_.source_of(program_));
  }
}

void Rules::add_script(const std::string& real, const std::string& path) {
  named_scripts_.insert(real);
  const Script script = read_script(real, Weight::named);
  const std::string_view text = script.text;
  std::vector<PackageId> ids;
  if (database_ != nullptr) ids = database_->owners(real);
  if (database_ != nullptr && ids.empty()) ids = database_->owners(normal_path(path));
  Source source;
  source.name = printable(base_name(path));
  source.is_close = true;
  source.is_unowned = ids.empty();
  source.family = &family_of(ids);
  take_wrapped(script, ids, source);
  rule_ = "settings";
  if (!ids.empty()) add_settings_of(*source.family, "settings of the package of " + source.name);
  for (const NamedPath& named : paths_in(text)) {
    rule_ = "named-path";
    look_at_path(named, source);
  }
  if (!ids.empty()) {
    rule_ = "own-package";
    add_inner(*source.family, "of the package of " + source.name);
    add_script_packages(real);
    add_module_of(real, source);
    take_script_programs(text, source);
  } else if (const std::optional<Tree> tree =
                 is_options_tree(real) ? options_.tree : tree_of(root_, real, std::string(base_name(path)));
             tree && !is_in_whole_tree(real)) {
    TreeState state;
    state.tree = *tree;
    state.asker = real;
    state.name = source.name;
    trees_.push_back(std::move(state));
    if (is_options_tree(real)) add_user_tree(trees_.back());
    rule_ = "own-tree";
    if (!tree->module.empty()) take_modules(trees_.back(), source.name);
    take_of_tree(trees_.back(), evidence_of_tree(text, root_, *tree, real), source.name,
                 [&](const std::vector<std::string>& names) {
                   std::vector<std::string> named;
                   for (const std::string& name : names) {
                     if (text.find(name) != std::string_view::npos) named.push_back(name);
                   }
                   return named;
                 });
  }
  if (ids.empty()) add_script_packages(real);
  if (script.is_shells) take_commands(script, source);
}

/// The folder of the module that it is a part of, where files lie that no package lists: npm puts a newer npm over its
/// package's own.
void Rules::add_module_of(const std::string& real, const Source& source) {
  std::string folder(folder_name(real));
  while (!is_broad_folder(folder) && root_.kind(folder + "/package.json") != Is::file) folder = folder_name(folder);
  if (is_broad_folder(folder)) return;
  rule_ = "own-package";
  Group group = group_for(folder, "of the module of " + source.name);
  add_generated(group, folder, *source.family);
  collector_.take(std::move(group));
}

/// The compiled programs of its own packages of which the text has the name behind a slash or as a word.
void Rules::take_script_programs(std::string_view text, const Source& source) {
  rule_ = "helpers";
  Group group = group_for("", fmt::format("programs that {} names", source.name));
  const auto has_word = [&](const std::string& word, bool is_path) {
    const auto is_part = [&](size_t at) {
      return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_' ||
                                  text[at] == '-' || text[at] == '.');
    };
    for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const size_t end = at + word.size();
      const bool is_folder = end < text.size() && text[end] == '/';  // of what is named
      if (!is_part(end) && !is_folder && (is_path || at == 0 || !is_part(at - 1))) return true;
    }
    return false;
  };
  for (const Family::File& listed : source.family->inner_files()) {
    const std::string path = root_.as_it_lies(listed.path);
    if (source.family->leaves_out(path) || path.starts_with("/etc/") || !root_.look(path).is_executable()) continue;
    const std::string name(base_name(path));
    const std::string with_folder = std::string(base_name(folder_name(path))) + "/" + name;
    if (has_word("/" + with_folder, true) || (name.size() >= 3 && has_word(name, false)))
      collector_.add(group, path, path);
  }
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  take_named(std::move(group), source);
}

}  // namespace bundle::discover
