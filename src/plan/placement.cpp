#include "plan/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.h"

namespace bundle::plan {

namespace {

/// The name that an object is stored under. A library's is its SONAME, for that is what the linker wrote into nearly
/// all of its dependents, and it is the same in every closure; one without a SONAME goes by the name it was asked for.
std::string stored_name(const Closure& closure, size_t index) {
  if (index == closure.interpreter) return "ld.so";
  const Object& object = closure.objects[index];
  const std::string& name = object.soname && !object.soname->empty() ? *object.soname : object.name;
  return std::string(base_name(name));
}

/// Whether a file bends to the closure it is in: an own run path is written to name the closure's folders.
bool follows_closure(const Closure& closure, size_t index) {
  const Object& object = closure.objects[index];
  return index != closure.interpreter && (object.rpath || object.runpath);
}

/// One name an object, unique in the closure. Two files of one SONAME in one namespace (asked for by different names)
/// are told apart by a number; their dependents' DT_NEEDED follow.
std::vector<std::string> unique_names(const Closure& closure) {
  std::vector<std::string> names(closure.objects.size());
  std::set<std::string> taken;
  for (size_t i = 1; i < names.size(); ++i) {
    const std::string name = stored_name(closure, i);
    names[i] = name;
    for (int n = 2; !taken.insert(names[i]).second; ++n) names[i] = fmt::format("{}.{}", n, name);
  }
  return names;
}

}  // namespace

Placement::Namespace Placement::place(const Closure& closure) {
  Namespace out;
  out.names = unique_names(closure);
  const size_t count = closure.objects.size();
  out.paths.resize(count);
  std::vector<bool> apart(count, false);  // cannot lie in the shared folder
  std::map<std::string, std::string> mine;
  for (size_t i = 1; i < count; ++i) {
    const std::string& source = closure.objects[i].real_path;
    mine.emplace(out.names[i], source);
    const auto taken = folders_[0].files.find(out.names[i]);
    apart[i] = taken != folders_[0].files.end() && taken->second != source;
  }
  size_t own = 0;
  if (std::find(apart.begin(), apart.end(), true) != apart.end()) {
    // A library with a run path names the folders of its closure, so now that this closure has one of its own, such a
    // library cannot be the copy that other closures use.
    bool bends = false;
    for (size_t i = 1; i < count; ++i) {
      if (follows_closure(closure, i)) apart[i] = bends = true;
    }
    // An earlier closure's folder serves when nothing in it would mislead this one.
    const auto misleads = [&](const auto& file) {
      const auto same_name = mine.find(file.first);
      return same_name != mine.end() && same_name->second != file.second;
    };
    for (own = 1; own < folders_.size(); ++own) {
      const auto& files = folders_[own].files;
      if (!bends && std::none_of(files.begin(), files.end(), misleads)) break;
    }
    if (own == folders_.size()) folders_.push_back({fmt::format("{}/{}", folders_[0].path, own + 1), {}});
    out.folders.push_back(folders_[own].path);
  }
  std::vector<std::string> pinned_folders;
  for (size_t i = 1; i < count; ++i) {
    const std::string& source = closure.objects[i].real_path;
    Folder& folder = folders_[apart[i] ? own : 0];
    folder.files.emplace(out.names[i], source);
    out.paths[i] = folder.path + "/" + out.names[i];
    const auto pin = pins_.find(source);
    if (apart[i] || pin == pins_.end() || base_name(pin->second) != out.names[i]) continue;
    out.paths[i] = pin->second;
    const std::string pinned(folder_name(pin->second));
    if (std::find(pinned_folders.begin(), pinned_folders.end(), pinned) == pinned_folders.end()) {
      pinned_folders.push_back(pinned);
    }
  }
  out.folders.push_back(folders_[0].path);
  out.folders.insert(out.folders.end(), pinned_folders.begin(), pinned_folders.end());
  return out;
}

std::vector<std::string> Placement::folders_below(const Closure& closure, size_t index, const Namespace& placed) const {
  std::vector<bool> seen(closure.objects.size(), false);
  std::vector<size_t> stack = {index};
  std::set<std::string_view> below = {folders_[0].path, placed.folders.front()};
  seen[index] = true;
  while (!stack.empty()) {
    const Object& object = closure.objects[stack.back()];
    stack.pop_back();
    for (const Edge& edge : object.needs) {
      if (edge.target == no_object || seen[edge.target]) continue;
      seen[edge.target] = true;
      stack.push_back(edge.target);
      if (!placed.paths[edge.target].empty()) below.insert(folder_name(placed.paths[edge.target]));
    }
  }
  std::vector<std::string> out;
  for (const std::string& folder : placed.folders) {
    if (below.contains(folder)) out.push_back(folder);
  }
  return out;
}

}  // namespace bundle::plan
