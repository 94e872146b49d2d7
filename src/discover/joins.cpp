// See joins.h. Looked up are first components alone, in folders that are read once; what is asked of the disk beyond
// that has a limit, however many texts an object holds.
#include "discover/joins.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "discover/beside.h"
#include "knowledge/folders.h"
#include "knowledge/left_out.h"
#include "knowledge/prefixes.h"

namespace bundle::discover {

namespace {

constexpr size_t longest = 300;
constexpr size_t most_prefixes = 32, most_looks = 2'000;

/// What stands in any text, and what any prefix has.
bool is_word_of_prefixes(std::string_view word) {
  const auto& words = knowledge::words_of_prefixes;
  return knowledge::is_for_programs(word) || std::find(words.begin(), words.end(), word) != words.end();
}

/// A name from a folder on, as one text has it.
struct Name {
  std::string_view text;  // as it stands there
  size_t begin = 0;       // behind the place of the folder: "%s/", "/"
  bool is_word = false;   // with no slash at all
  std::string_view name() const { return text.substr(begin); }
};

/// The folder that `text` names, tidy; empty where it is none that software is installed in.
std::string folder_named(std::string_view text) {
  if (!text.starts_with('/')) {
    const size_t equals = text.find("=/");  // "qt_prfxpath=/usr"
    if (equals == std::string_view::npos) return {};
    text.remove_prefix(equals + 1);
  }
  if (text.size() < 4 || !is_written_as_path(text) || text.find('%') != std::string_view::npos) return {};
  std::string path = normal_path(text);
  const std::string with_slash = path + "/";
  const std::vector<std::string>& roots = knowledge::beginnings_of_names();
  if (std::none_of(roots.begin(), roots.end(), [&](const std::string& root) { return with_slash.starts_with(root); }))
    return {};
  if (knowledge::is_for_programs(base_name(path)) || knowledge::is_left_out(path)) return {};
  return path;
}

class Joiner {
 public:
  explicit Joiner(FolderNames& folders) : folders_(folders) {}

  void look_for_prefix(std::string_view text) {
    if (text.size() < 3 || text.size() > longest) return;
    if (text.starts_with('/') || text.find("=/") != std::string_view::npos) {
      for (const std::string& one : split(text, ":")) {
        if (const std::string path = folder_named(one); !path.empty()) add_prefix(path, '"' + printable(one) + '"');
      }
    }
  }
  bool has_prefix() const { return !prefixes_.empty(); }

  void look_for_name(std::string_view text) {
    if (text.size() > longest) return;
    const std::string_view name = without_folder(text);
    if (name.size() < 3 || name.starts_with('.')) return;
    names_.push_back({text, text.size() - name.size(), text.find('/') == std::string_view::npos});
  }

  std::vector<NamedPath> take() {
    // A prefix that two others make lies behind them in the list.
    for (size_t i = 0; i < prefixes_.size(); ++i) {
      check_interrupted();
      const Prefix prefix = prefixes_[i];  // for what is found may be the next
      for (const Name& name : names_) join(prefix, name);
    }
    std::vector<NamedPath> out;
    for (auto& [path, joined] : joined_) {
      const auto below = joined_.lower_bound(path + "/");
      joined.is_above_others = below != joined_.end() && below->first.starts_with(path + "/");
      out.push_back(std::move(joined));
    }
    return out;
  }

 private:
  struct Prefix {
    std::string path, text;
    std::shared_ptr<const FolderNames::Names> inside;
    bool is_broad = false;
    bool is_made = false;  // of two
  };

  void add_prefix(const std::string& path, const std::string& text, bool is_made = false) {
    if (prefixes_.size() >= most_prefixes) return;
    const auto is_same = [&](const Prefix& known) { return known.path == path; };
    if (std::any_of(prefixes_.begin(), prefixes_.end(), is_same)) return;
    std::shared_ptr<const FolderNames::Names> inside = folders_.of(path);
    if (inside != nullptr)
      prefixes_.push_back({path, text, std::move(inside), knowledge::is_broad_folder(path), is_made});
  }

  void join(const Prefix& prefix, const Name& name) {
    const std::string_view first = name.name().substr(0, name.name().find('/'));
    if (!prefix.inside->contains(first) || looks_ >= most_looks) return;
    std::string fixed = fixed_part(name.name());
    while (fixed.ends_with('/')) fixed.pop_back();
    if (fixed.size() < 3 || fixed.find("/..") != std::string::npos) return;
    const std::string path = normal_path(prefix.path + "/" + fixed);
    ++looks_;
    const machine::Kind kind = folders_.kind(path);
    if (kind == machine::Kind::absent || knowledge::is_left_out(path) || knowledge::is_left_out_below_prefix(fixed))
      return;
    // Programs are the helpers' rules' business.
    if (knowledge::is_in_program_folder(path)) return;
    const bool is_common = is_word_of_prefixes(fixed);
    if (is_common || knowledge::is_broad_folder(path)) {
      if (kind == machine::Kind::folder && !prefix.is_made && !knowledge::is_for_programs(base_name(path)))
        add_prefix(path, fmt::format("{}, \"{}\"", prefix.text, printable(name.text)), true);
      return;
    }
    if (name.is_word) {
      const bool is_files = kind == machine::Kind::file && fixed.find('.', 1) != std::string::npos;
      if (prefix.is_broad || prefix.is_made || (kind == machine::Kind::file && !is_files)) return;
    }
    const std::string whole = fixed.size() == name.name().size() ? path : prefix.path + "/" + std::string(name.name());
    joined_.try_emplace(
        whole, NamedPath{whole, true, fmt::format("{} and \"{}\"", prefix.text, printable(name.text)), name.is_word});
  }

  FolderNames& folders_;
  std::vector<Prefix> prefixes_;
  std::vector<Name> names_;
  std::map<std::string, NamedPath> joined_;
  size_t looks_ = 0;
};

}  // namespace

std::shared_ptr<const FolderNames::Names> FolderNames::of(const std::string& folder) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [at, is_new] = names_.try_emplace(folder);
  if (is_new && root_.is_folder(folder)) {
    Names names;
    for (std::string& name : root_.list(folder)) names.insert(std::move(name));
    if (!names.empty()) at->second = std::make_shared<const Names>(std::move(names));
  }
  return at->second;
}

machine::Kind FolderNames::kind(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return root_.kind(path);
}

std::vector<NamedPath> joined_paths(const Texts& texts, FolderNames& folders) {
  Joiner joiner(folders);
  for_each_text_holding('/', texts, [&](std::string_view text) { joiner.look_for_prefix(text); });
  if (!joiner.has_prefix()) return {};
  for_each_path_text(texts, [&](std::string_view text) { joiner.look_for_name(text); });
  return joiner.take();
}

}  // namespace bundle::discover
