// See python_modules.h. Where a module's file is: importlib's order (a package's folder, then the file of its name,
// then a compiled one), without what only a run knows of sys.path.
#include "discover/python_modules.h"

#include <utility>

#include "base/file.h"
#include "discover/module_text.h"

namespace bundle::discover {

namespace {

constexpr size_t most = 20'000;  // files that are looked into

}  // namespace

std::string PythonModules::folder_above(const std::string& path) const {
  std::string best;
  for (const std::string& folder : folders_) {
    if (is_below(path, folder) && folder.size() > best.size()) best = folder;
  }
  return best;
}

std::optional<std::string> PythonModules::file_of(const std::string& base) {
  for (const char* const ending : {"/__init__.py", ".py"}) {
    if (root_.kind(base + ending) == machine::Kind::file) return base + ending;
  }
  const std::string folder(folder_name(base));
  if (!root_.is_folder(folder)) return std::nullopt;
  const auto [at, is_new] = compiled_.try_emplace(folder);
  if (is_new) {
    int error_number = 0;
    for (const auto& [name, node] : root_.entries(folder, error_number)) {
      if (name.ends_with(".so")) at->second.emplace(name.substr(0, name.find('.')), folder + "/" + name);
    }
  }
  const auto found = at->second.find(std::string(base_name(base)));
  return found == at->second.end() ? std::nullopt : std::optional(found->second);
}

void PythonModules::reach(const std::string& file, const Reached& how) {
  Reached& known = reached_[file];
  const bool is_known = known.is_firm || (!known.by.empty() && !how.is_firm);
  if (known.is_own || (is_known && !how.is_own)) return;
  known = how;
  next_.push_back(file);
  if (how.is_firm) note_taken(topmost(file));
}

std::string PythonModules::topmost(const std::string& path) const {
  const std::string folder = folder_above(path);
  return folder.empty() ? std::string() : path.substr(0, path.find('/', folder.size() + 1));
}

void PythonModules::note_taken(const std::string& module) {
  if (!taken_.insert(module).second) return;
  const auto held = held_.find(module);
  if (held == held_.end()) return;
  next_.insert(next_.end(), held->second.begin(), held->second.end());
  held_.erase(held);
}

void PythonModules::add_own(const std::string& file) { reach(file, {true, true, {}}); }

/// `dotted` from `folder` on, and each of `names` that is a module of it.
void PythonModules::reach_below(const std::string& folder, const std::string& dotted,
                                const std::vector<std::string>& names, const Reached& how) {
  std::string base = folder;
  for (const std::string& part : split(dotted, ".")) {
    if (part.empty()) continue;
    base += "/" + part;
    if (const std::optional<std::string> file = file_of(base)) reach(*file, how);
  }
  if (!root_.is_folder(base)) return;
  for (const std::string& name : names) {
    if (const std::optional<std::string> file = file_of(base + "/" + name)) reach(*file, how);
  }
}

void PythonModules::reach_module(const std::string& dotted, const std::vector<std::string>& names, const Reached& how) {
  const std::string first = dotted.substr(0, dotted.find('.'));
  if (first.empty()) return;
  for (const std::string& folder : folders_) {
    const std::string base = folder + "/" + first;
    if (file_of(base) || root_.is_folder(base)) return reach_below(folder, dotted, names, how);
  }
}

void PythonModules::add_module(const std::string& module, const std::string& by) {
  reach_module(module, {}, {true, false, by});
}

void PythonModules::look_into(const std::string& file) {
  const Reached known = reached_.at(file);
  const std::optional<std::string> text = root_.read(file);
  if (!text) return;
  for (const PythonImport& import : python_imports(*text)) {
    const Reached how{known.is_firm && (import.is_firm || known.is_own), false, file};
    if (import.level == 0) {
      reach_module(import.module, import.names, how);
      continue;
    }
    std::string folder(folder_name(file));
    for (int up = 1; up < import.level; ++up) folder = folder_name(folder);
    reach_below(folder, import.module, import.names, how);
  }
}

const std::map<std::string, PythonModules::Reached>& PythonModules::follow() {
  while (!next_.empty() && reached_.size() < most) {
    const std::string file = std::move(next_.back());
    next_.pop_back();
    if (file.ends_with(".so") || folder_above(file) == standard_) continue;
    const std::string module = topmost(file);
    if (!reached_.at(file).is_firm && !taken_.contains(module)) {
      held_[module].push_back(file);
    } else {
      look_into(file);
    }
  }
  return reached_;
}

}  // namespace bundle::discover
