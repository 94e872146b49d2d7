// Scripts: what one that the user adds, or names as a program, needs beside its interpreter.
//
// Its package and the packages of modules that this depends on; what its text names, as the strings of a compiled
// program do; for a script of the shell the commands that it runs; or, where no package owns it, its own tree.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "elf/image.h"
#include "knowledge/shell.h"

namespace bundle::discover {

namespace {

/// The interpreter of a script, by the first line; nothing for other files.
std::optional<std::string> interpreter_of_script(const std::shared_ptr<const MappedFile>& file) {
  const std::optional<std::string> line = elf::script_interpreter(file->bytes());
  if (!line) return std::nullopt;
  std::vector<std::string> words = split(*line, " \t");
  std::erase(words, "");
  if (words.empty()) return std::nullopt;
  if (base_name(words[0]) != "env" || words.size() < 2) return words[0];
  return "/usr/bin/" + words.back();
}

/// The absolute paths that stand in a script, each as a word of its own.
std::vector<NamedPath> paths_in(std::string_view text) {
  std::vector<NamedPath> out;
  for (const std::string& line : split(text, "\n")) {
    if (line.find('/') == std::string::npos) continue;
    for (std::string& word : split(line, " \t\"'`$(){};=,<>|&[]:")) {
      const bool is_path = word.size() > 4 && word.starts_with('/') && word.find('/', 1) != std::string::npos &&
                           word.find_first_of("*?\\^%@") == std::string::npos;
      if (is_path) out.push_back({std::move(word), true});
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

constexpr size_t longest_script = 2'000'000;  // bytes; a larger file has something else behind its text

}  // namespace

void Rules::add_script_packages(const std::string& script) {
  const std::optional<std::string> interpreter = interpreter_of_script(collector_.open(script));
  if (!interpreter || database_ == nullptr) return;
  const auto& records = database_->records();
  std::set<std::string> sources;  // the interpreter's: perl, python3-defaults
  for (const std::string& path : {*interpreter, root_.real(*interpreter).value_or(*interpreter)}) {
    for (const PackageId id : database_->owners(path)) sources.insert(records[id].package.source);
  }
  std::vector<PackageId> wanted = database_->owners(script);
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (const PackageId id : database_->depends_of(wanted[i])) {
      if (sources.contains(records[id].package.source) || std::find(wanted.begin(), wanted.end(), id) != wanted.end())
        continue;
      const std::vector<PackageId> needs = database_->depends_of(id);
      const bool is_module = std::any_of(
          needs.begin(), needs.end(), [&](PackageId need) { return sources.contains(records[need].package.source); });
      if (is_module) wanted.push_back(id);
    }
  }
  rule_ = "script-package";
  for (const PackageId id : wanted) {
    if (!sources.contains(records[id].package.source))
      add_inner(family_of({id}), "for the script " + std::string(base_name(script)));
  }
}

void Rules::add_script(const std::string& real, const std::string& path) {
  const std::shared_ptr<const MappedFile> file = collector_.open(real);
  const std::string_view text = file->bytes().text().substr(0, longest_script);
  std::vector<PackageId> ids;
  if (database_ != nullptr) ids = database_->owners(real);
  if (database_ != nullptr && ids.empty()) ids = database_->owners(normal_path(path));
  Source source;
  source.name = printable(base_name(path));
  source.is_close = true;
  source.is_unowned = ids.empty();
  source.family = &family_of(ids);
  const std::string interpreter = interpreter_of_script(file).value_or("");
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
  if (knowledge::is_shell(base_name(interpreter))) take_commands(interpreter, text, paths_in(text), source);
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
      if (!is_part(at + word.size()) && (is_path || at == 0 || !is_part(at - 1))) return true;
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

/// What a script of the shell runs of the machine's own commands. Each is small, and the target may lack it.
void Rules::take_commands(const std::string& interpreter, std::string_view text, const std::vector<NamedPath>& paths,
                          const Source& source) {
  rule_ = "commands";
  Group group = group_for("", fmt::format("commands that {} runs", source.name), Strength::likely);
  for (const std::string& command : knowledge::commands_of(text)) {
    for (const std::string_view folder : knowledge::command_folders) {
      const std::string path = fmt::format("{}/{}", folder, command);
      if (!root_.look(path).is_executable()) continue;
      if (path != interpreter) collector_.add(group, path, path);
      break;
    }
  }
  for (const NamedPath& named : paths) {
    const std::string path = normal_path(named.text);
    const bool is_command = is_in_program_folder(path) && is_broad_folder(folder_name(path));
    if (is_command && path != interpreter && root_.look(path).is_executable()) collector_.add(group, path, path);
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  for (Found& found : group.files) found.why = "a command that " + source.name + " runs";
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  collector_.take(std::move(group));
}

}  // namespace bundle::discover
