// Own trees: what a program that no package owns has beside itself. See tree.h.
//
// With evidence the tree is the program's package and goes in whole, by the rules of a package: no documentation, no
// headers, no caches, and of its programs those that the program names. Where something is made rather than installed,
// and where all lies in one folder, only what is named goes in. Without evidence it is a hint.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/node_modules.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "elf/image.h"
#include "knowledge/left_out.h"
#include "knowledge/qt.h"
#include "knowledge/trees.h"

namespace bundle::discover {

void Rules::begin_tree(const Closure& closure) {
  tree_.reset();
  links_qt_ = std::any_of(closure.objects.begin(), closure.objects.end(),
                          [](const Object& object) { return knowledge::is_qt_looker(object.name); });
  if (!program_owners_.empty()) return;
  const bool is_first = trees_.empty();
  TreeState state;
  state.asker = program_;
  state.name = program_name_;
  const bool is_asked = is_first && is_options_tree(program_);
  if (is_asked) {
    state.tree = *options_.tree;
  } else if (const std::optional<Tree> tree = tree_of(root_, program_, std::string(base_name(program_)))) {
    state.tree = *tree;
  } else {
    return;
  }
  trees_.push_back(std::move(state));
  tree_ = trees_.size() - 1;
  if (is_asked) add_user_tree(trees_.back());
}

/// Whether the tree that the options bring is that of this program or script, and not of the script that it interprets.
bool Rules::is_options_tree(const std::string& real) const {
  return options_.tree && options_.tree->folder == folder_name(real);
}

/// A static program's names are answered by nobody, but those by which it finds what lies where it lies itself.
void Rules::look_at_static(const Closure& closure) {
  const Evidence evidence;
  std::vector<Wish> wishes;
  begin_program(closure, evidence, false, false);
  const Subject subject = subject_of(closure.objects[0], evidence, wishes);
  rule_ = "own-tree";
  collector_.begin_rule(rule_);
  take_tree(subject);
  end_program();
  collector_.begin_rule("");
}

void Rules::take_tree(const Subject& subject) {
  if (!tree_ || !subject.ids.empty()) return;
  TreeState& state = trees_[*tree_];
  const std::string& path = subject.object.real_path;
  if (!subject.is_named && !is_below(path, state.tree.top)) return;
  const std::shared_ptr<const MappedFile> file = collector_.open(path);
  const elf::Image image(file->bytes(), path);
  const TreeEvidence evidence = evidence_of_tree(image, root_, state.tree, path, links_qt_ && subject.is_named);
  take_of_tree(state, evidence, subject.source.name, [&](const std::vector<std::string>& names) {
    return subject.is_named ? named_words(image, names) : std::vector<std::string>();
  });
}

/// Whether a script lies in the tree of its interpreter, or of another program, that is in already.
bool Rules::is_in_whole_tree(const std::string& real) const {
  return std::any_of(trees_.begin(), trees_.end(),
                     [&](const TreeState& state) { return state.is_whole && is_below(real, state.tree.top); });
}

bool Rules::is_made_here(const Tree& tree) {
  const std::vector<std::string> names = root_.list(tree.top);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return knowledge::is_sign_of_project(name); });
}

void Rules::take_of_tree(TreeState& state, const TreeEvidence& evidence, const std::string& by,
                         const NamedPrograms& named) {
  const Tree& tree = state.tree;
  if (evidence.text.empty()) return;
  state.is_used = true;
  state.is_built_in = state.is_built_in || evidence.holds_top;
  for (const TreeEvidence::Link& link : evidence.links)
    state.links.push_back({link.path, tree.home + link.real.substr(tree.top.size())});
  if (state.is_whole) return;
  const bool may_be_whole = tree.has_bin && !tree.is_shared && !state.is_too_large && !is_made_here(tree);
  if (may_be_whole && take_whole_tree(state, evidence, by, named)) return;
  for (const std::string& path : evidence.paths) {
    if (is_broad_folder(path) || collector_.is_object(collector_.source_of(path))) continue;
    take_files_of_tree(group_of_tree(tree, path, fmt::format("named by {}", by), evidence.text), tree,
                       files_of_tree(state, path, named),
                       tree.is_shared ? std::optional(options_.branch_limit) : std::nullopt);
  }
}

/// Whether it has room. Where it has not, what is named may.
bool Rules::take_whole_tree(TreeState& state, const TreeEvidence& evidence, const std::string& by,
                            const NamedPrograms& named) {
  const Tree& tree = state.tree;
  // Modules that were installed into the tree may be many: each folder of them by itself, behind the rest.
  std::map<std::string, std::vector<std::string>> parts;
  for (std::string& file : files_of_tree(state, tree.top, named)) {
    parts[std::string(knowledge::modules_folder(std::string_view(file).substr(tree.top.size() + 1)))].push_back(
        std::move(file));
  }
  for (const auto& [folder, files] : parts) {
    const std::string path = folder.empty() ? tree.top : tree.top + "/" + folder;
    const bool fits = take_files_of_tree(group_of_tree(tree, path, "the tree of " + by, evidence.text), tree, files);
    if (folder.empty() && !fits) {
      state.is_too_large = true;
      return false;
    }
  }
  state.is_whole = true;
  return true;
}

/// A script that npm installed has a package: its module, and the modules that this depends on.
void Rules::take_modules(TreeState& state, const std::string& by) {
  state.is_used = true;
  for (const std::string& module : modules_with(root_, state.tree.module, state.tree.top)) {
    const bool is_own = module == state.tree.module;
    const std::string why = is_own ? "the module of " + by : "a module that " + by + " depends on";
    Group group = group_for(module, why);
    group.folder = state.tree.top;
    group.evidence = is_own ? "it lies there" : "package.json of a module names it";
    take_files_of_tree(std::move(group), state.tree, files_of_tree(state, module, nullptr));
  }
}

/// Looks at what is in the files only when all of them have room; whether they have.
bool Rules::take_files_of_tree(Group&& group, const Tree& tree, const std::vector<std::string>& files,
                               std::optional<uint64_t> limit) {
  uint64_t size = 0;
  for (const std::string& file : files) size += root_.look_at_link(file).size;
  if (!collector_.has_data_room(group, {size, 0})) return false;
  for (const std::string& file : files) {
    const std::string place = place_in(tree, file);
    collector_.add(group, file, place, Collector::License::own_tree);
    // A library that a program links keeps its place in the tree, for what it finds from there.
    const std::string source = collector_.source_of(file);
    if (collector_.is_object(source)) kept_.push_back({source, std::string(folder_name(place)), {place}});
  }
  collector_.take(std::move(group), limit);
  return true;
}

Group Rules::group_of_tree(const Tree& tree, const std::string& path, std::string why,
                           const std::string& evidence) const {
  Group group = group_for(path, std::move(why));
  group.folder = tree.top;
  group.evidence = fmt::format("\"{}\" leads to something there", printable(evidence));
  return group;
}

/// The path itself, or what goes in of a folder of the tree; sorted. A link to another folder of it is that folder
/// under another name.
std::vector<std::string> Rules::files_of_tree(TreeState& state, const std::string& path, const NamedPrograms& named) {
  const Tree& tree = state.tree;
  if (root_.kind(path) == Is::file) return {path};
  std::vector<std::string> files, programs;
  Walk walk;
  walk.each = [&](const std::string& inner, Node node) {
    const std::string_view rest = std::string_view(inner).substr(tree.top.size() + 1);
    if (knowledge::is_left_out_of_tree(rest) || (tree.is_shared && is_left_out(inner))) return false;
    if (node == Node::folder) return !root_.is_made_by_kernel(inner);
    if (node == Node::link && root_.kind(inner) == Is::folder) {
      const std::optional<std::string> real = root_.real(inner);
      if (real && is_below(*real, tree.top) && !inner.starts_with(*real + "/"))
        state.links.push_back({place_in(tree, inner), place_in(tree, *real)});
      return false;
    }
    const bool is_in_bin = folder_name(inner) != tree.top && folder_name(folder_name(inner)) == tree.top &&
                           knowledge::is_for_programs(base_name(folder_name(inner)));
    if (is_in_bin && is_elf(inner)) {
      programs.push_back(inner);
    } else {
      files.push_back(inner);
    }
    return true;
  };
  root_.walk(path, walk);
  if (!programs.empty() && named) {
    std::vector<std::string> names;
    for (const std::string& program : programs) names.emplace_back(base_name(program));
    const std::vector<std::string> wanted = named(names);
    for (const std::string& program : programs) {
      if (std::find(wanted.begin(), wanted.end(), base_name(program)) != wanted.end()) files.push_back(program);
    }
  }
  std::erase(files, state.asker);
  std::sort(files.begin(), files.end());
  return files;
}

bool Rules::is_elf(const std::string& path) {
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = root_.open(path, error_number);
  return file != nullptr && file->size() >= 4 && elf::has_elf_magic(bundle::Source(*file).slice(0, 4));
}

void Rules::end_program() {
  if (!tree_) return;
  const TreeState& state = trees_[*tree_];
  if (state.is_used || !state.tree.has_bin || state.tree.is_shared || is_made_here(state.tree)) return;
  constexpr size_t most = 50'000;  // files that are counted for a hint
  size_t count = 0;
  uint64_t size = 0;
  Walk walk;
  walk.each = [&](const std::string& path, Node node) {
    if (knowledge::is_left_out_of_tree(std::string_view(path).substr(state.tree.top.size() + 1))) return false;
    if (node == Node::file && path != state.asker && !collector_.is_object(collector_.source_of(path))) {
      ++count;
      size += root_.look(path).size;
    }
    return count < most;
  };
  root_.walk(state.tree.top, walk);
  if (count == 0) return;
  collector_.hint(state.tree.top,
                  fmt::format("{} lies in a tree of its own, {} ({} files, {}), and names nothing in it: --tree if it "
                              "reads it",
                              state.name, printable(state.tree.top), count, human_size(size)),
                  "own-tree", size);
}

void Rules::add_user_tree(TreeState& state) {
  rule_ = "named-by-user";
  const auto add = [&](const std::string& top, const std::string& home) {
    Group group = group_for(top, "--tree");
    group.folder = top;
    for (Hint& unread : collector_.unreadable_below(top)) group.refused.push_back(std::move(unread));
    collector_.add_folder(group, top, home, Collector::License::user_folder,
                          [&](const std::string& path) { return path != state.asker; });
    collector_.take_unlimited(std::move(group));
  };
  if (options_.whole_tree) {
    state.is_used = state.is_whole = true;
    add(state.tree.top, state.tree.home);
  }
}

std::vector<TreePlace> Rules::homes() const {
  std::vector<TreePlace> out;
  for (const TreeState& state : trees_) {
    const bool is_kept = state.is_used || collector_.has_below(state.tree.home);
    // What lies in /usr/local is found where it is.
    const bool has_own_home = !state.tree.is_shared || state.tree.home != state.tree.top;
    if (is_kept && has_own_home) out.push_back({collector_.source_of(state.tree.top), state.tree.home});
  }
  return out;
}

std::vector<FolderName> Rules::folder_names() const {
  std::vector<FolderName> out;
  for (const TreeState& state : trees_) {
    const Tree& tree = state.tree;
    if (state.is_built_in && tree.home != tree.top && collector_.has_below(tree.home))
      out.push_back({tree.top, tree.home});
    for (const FolderName& link : state.links) {
      if (collector_.has_below(link.stored)) out.push_back(link);
    }
  }
  return out;
}

}  // namespace bundle::discover
