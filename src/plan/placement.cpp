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

/// One name an object, unique in the closure. Two files of one SONAME in one namespace (asked for by different names)
/// are told apart by a number; their dependents' DT_NEEDED follow. The first object's is `first`: none for a program.
std::vector<std::string> unique_names(const Closure& closure, const std::string& first) {
  std::vector<std::string> names(closure.objects.size());
  std::set<std::string> taken;
  if (!names.empty() && !first.empty()) taken.insert(names[0] = first);
  for (size_t i = 1; i < names.size(); ++i) {
    const std::string name = stored_name(closure, i);
    names[i] = name;
    for (int n = 2; !taken.insert(names[i]).second; ++n) names[i] = fmt::format("{}.{}", n, name);
  }
  return names;
}

}  // namespace

bool Placement::has_run_path(const Closure& closure, size_t index) const {
  const Object& object = closure.objects[index];
  const auto is_searched = [&](const Edge& edge) {
    return edge.target != no_object && edge.target != closure.interpreter;
  };
  return index != closure.interpreter &&
         (object.rpath || object.runpath ||
          (!inherits_ && std::any_of(object.needs.begin(), object.needs.end(), is_searched)));
}

std::vector<std::string> Placement::Namespace::folders_of(const std::string& real_path) const {
  const auto first = ahead.find(real_path);
  std::vector<std::string> out = first == ahead.end() ? std::vector<std::string>() : first->second;
  for (const std::string& folder : folders) {
    if (std::find(out.begin(), out.end(), folder) == out.end()) out.push_back(folder);
  }
  return out;
}

/// An earlier closure's folder, when neither misleads the other: all that search it go on to find theirs, and so the
/// run paths of the libraries in it are those that this closure would write. Else a new one. `is_closed`: what is
/// written into a library is this closure's alone.
size_t Placement::own_folder(const Wants& wants, bool is_closed) {
  const auto differs = [&](const auto& known) {
    const auto same_name = wants.find(known.first);
    return same_name != wants.end() && same_name->second.source != known.second;
  };
  size_t own = 1;
  for (; own < folders_.size() && !is_closed; ++own) {
    const Folder& folder = folders_[own];
    if (!folder.is_closed && std::none_of(folder.files.begin(), folder.files.end(), differs) &&
        std::none_of(folder.searched.begin(), folder.searched.end(), differs)) {
      return own;
    }
  }
  own = folders_.size();
  folders_.push_back({fmt::format("{}/{}", folders_[0].path, own + 1), {}, {}, is_closed});
  return own;
}

/// The folder that holds this file under this name, and nothing else.
std::string Placement::place_alone(const std::string& name, const std::string& source) {
  std::string& folder = single_[{name, source}];
  if (folder.empty()) {
    folder = fmt::format("{}/{}", folders_[0].path, folders_.size() + 1);
    folders_.push_back({folder, {{name, source}}, {}, true});
  }
  return folder;
}

/// What is written into the file for what goes ahead in this closure. Two closures share a file only where that is the
/// same.
std::string Placement::signature(const std::string& source, const Namespace& placed) const {
  const auto first = placed.ahead.find(source);
  return first == placed.ahead.end() ? std::string() : fmt::format("{}", fmt::join(first->second, ":"));
}

Placement::Namespace Placement::place(const Closure& closure, const std::vector<Opening>& openings) {
  Namespace out;
  out.names = unique_names(closure, "");
  Wants wants;
  const auto want = [&](const Closure& whose, size_t index, const std::string& name) {
    // What is opened may need who opened it.
    if (whose.objects[index].real_path == closure.objects[0].real_path) return;
    wants.emplace(name, Want{whose.objects[index].real_path, has_run_path(whose, index), false, ""});
  };
  for (size_t i = 1; i < closure.objects.size(); ++i) want(closure, i, out.names[i]);
  const Wants linked = wants;
  for (const Opening& opening : openings) {
    Namespace& opened = out.opened.emplace_back();
    opened.names = unique_names(opening.closure, opening.name);
    const auto loaded = linked.find(opening.name);
    opened.is_loaded = loaded != linked.end() && loaded->second.source != opening.closure.objects[0].real_path;
    if (opened.is_loaded) continue;
    for (size_t i = 0; i < opened.names.size(); ++i) {
      const auto same_name = wants.find(opened.names[i]);
      const bool differs = same_name != wants.end() && same_name->second.source != opening.closure.objects[i].real_path;
      opened.stands_alone = opened.stands_alone || differs;
    }
    if (opened.stands_alone) {
      const std::string folder = place_alone(opening.name, opening.closure.objects[0].real_path);
      std::vector<std::string>& ahead = out.ahead[opening.asker];
      if (std::find(ahead.begin(), ahead.end(), folder) == ahead.end()) ahead.push_back(folder);
    } else {
      for (size_t i = 0; i < opened.names.size(); ++i) want(opening.closure, i, opened.names[i]);
    }
  }
  bool any_apart = false;
  for (auto& [name, wanted] : wants) {
    wanted.bends = wanted.bends || out.goes_ahead(wanted.source);
    const auto taken = folders_[0].files.find(name);
    if (taken == folders_[0].files.end()) continue;
    const auto shared = shared_.find(wanted.source);
    wanted.apart = taken->second != wanted.source ||
                   (shared == shared_.end() ? "" : shared->second) != signature(wanted.source, out);
    any_apart = any_apart || wanted.apart;
  }
  size_t own = 0;
  if (any_apart) {
    // A library with a run path names the folders of its closure, so now that this closure has one of its own, such a
    // library cannot be the copy that other closures use.
    for (auto& [name, wanted] : wants) wanted.apart = wanted.apart || wanted.bends;
    own = own_folder(wants, !out.ahead.empty());
    for (const auto& [name, wanted] : wants) folders_[own].searched.emplace(name, wanted.source);
    out.folders.push_back(folders_[own].path);
  }
  std::vector<std::string> pinned_folders;
  for (auto& [name, wanted] : wants) {
    Folder& folder = folders_[wanted.apart ? own : 0];
    folder.files.emplace(name, wanted.source);
    if (!wanted.apart) shared_.emplace(wanted.source, signature(wanted.source, out));
    wanted.path = folder.path + "/" + name;
    if (const auto kept = kept_.find(wanted.source); kept != kept_.end()) {
      // Where home has another file of that name, this folder is searched first.
      std::vector<std::string>& folders = wanted.apart ? out.folders : pinned_folders;
      wanted.path = kept->second + "/" + name;
      if (std::find(folders.begin(), folders.end(), kept->second) == folders.end()) folders.push_back(kept->second);
      continue;
    }
    const auto pin = pins_.find(wanted.source);
    if (wanted.apart || pin == pins_.end() || base_name(pin->second) != name) continue;
    wanted.path = pin->second;
    const std::string pinned(folder_name(pin->second));
    if (std::find(pinned_folders.begin(), pinned_folders.end(), pinned) == pinned_folders.end()) {
      pinned_folders.push_back(pinned);
    }
  }
  out.folders.push_back(folders_[0].path);
  out.folders.insert(out.folders.end(), pinned_folders.begin(), pinned_folders.end());
  const auto find_paths = [&](Namespace& placed) {
    placed.paths.resize(placed.names.size());
    for (size_t i = 0; i < placed.paths.size(); ++i) {
      if (const auto wanted = wants.find(placed.names[i]); wanted != wants.end()) placed.paths[i] = wanted->second.path;
    }
  };
  find_paths(out);
  for (size_t k = 0; k < openings.size(); ++k) {
    Namespace& opened = out.opened[k];
    if (opened.is_loaded) continue;
    const Object& library = openings[k].closure.objects[0];
    if (opened.stands_alone) {
      opened = place(openings[k].closure);
      opened.stands_alone = true;
      opened.names[0] = openings[k].name;
      opened.paths[0] = place_alone(openings[k].name, library.real_path) + "/" + openings[k].name;
    } else {
      opened.folders = out.folders;
      find_paths(opened);
    }
    out.opens[openings[k].asker].emplace_back(folder_name(opened.paths[0]));
  }
  // What was opened may open more.
  for (Namespace& opened : out.opened) {
    opened.ahead = out.ahead;
    opened.opens = out.opens;
  }
  return out;
}

std::vector<std::string> Placement::folders_below(const Closure& closure, size_t index, const Namespace& placed) const {
  std::vector<bool> seen(closure.objects.size(), false);
  std::vector<size_t> stack = {index};
  std::set<std::string_view> below = {folders_[0].path, placed.folders.front()};
  const auto note_opened = [&](const Object& object) {
    const auto opens = placed.opens.find(object.real_path);
    if (opens != placed.opens.end()) below.insert(opens->second.begin(), opens->second.end());
  };
  seen[index] = true;
  while (!stack.empty()) {
    const Object& object = closure.objects[stack.back()];
    stack.pop_back();
    note_opened(object);
    for (const Edge& edge : object.needs) {
      if (edge.target == no_object || seen[edge.target]) continue;
      seen[edge.target] = true;
      stack.push_back(edge.target);
      if (!placed.paths[edge.target].empty()) below.insert(folder_name(placed.paths[edge.target]));
    }
  }
  std::vector<std::string> out;
  for (const std::string& folder : placed.folders_of(closure.objects[index].real_path)) {
    if (placed.goes_ahead(closure.objects[index].real_path) || below.contains(folder)) out.push_back(folder);
  }
  return out;
}

}  // namespace bundle::plan
