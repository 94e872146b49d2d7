#include "resolve/versions.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resolve/tokens.h"

namespace bundle::resolve {

namespace {

/// Whether tokens stand in a name: the loader knows the object by what they stand for.
bool has_tokens(const std::string& name) {
  return name.find('$') != std::string::npos && !expand_tokens(name, [](Token) { return std::string(); });
}

/// What the loader looks the name of a version's file up among (find_needed): the names of all that is loaded, not of
/// the asker's own needs alone. An object goes by its path and by each name that led to it; by its SONAME only where
/// that was asked for, but for the interpreter, which is known by it from the start. A missing one is no_object.
std::unordered_map<std::string_view, size_t> names_of(const Closure& closure) {
  std::unordered_map<std::string_view, size_t> names;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    const Object& object = closure.objects[i];
    names.try_emplace(object.path, i);
    if (object.rule == Rule::preload) names.try_emplace(object.name, i);
    if (i == closure.interpreter && object.soname) names.try_emplace(*object.soname, i);
    const auto know = [&](const Edge& edge) {
      if (edge.target == no_object || !has_tokens(edge.name)) names.try_emplace(edge.name, edge.target);
    };
    for (const Edge& edge : object.needs) know(edge);
    for (const Filter& filter : object.filters) know(filter.edge);
  }
  return names;
}

}  // namespace

void check_versions(Closure& closure, Files& files) {
  closure.version_problems.clear();
  if (closure.loader_kind != LoaderKind::glibc) return;
  const std::unordered_map<std::string_view, size_t> names = names_of(closure);
  std::vector<std::shared_ptr<const ElfFile>> loaded;
  for (const Object& object : closure.objects) {
    loaded.push_back(files.look(object.path, object.is_64, object.machine).file);
  }
  for (size_t i = 0; i < loaded.size(); ++i) {
    if (loaded[i] == nullptr) continue;
    for (const elf::VersionNeed& need : loaded[i]->version_needs) {
      const std::string any = need.versions.empty() ? "" : need.versions[0].name;
      const auto found = names.find(need.file);
      if (found == names.end()) {
        closure.version_problems.push_back({i, no_object, need.file, any, VersionProblem::Kind::nameless});
        continue;
      }
      // Of a library that is missing nothing more is to be said.
      if (found->second == no_object || loaded[found->second] == nullptr) continue;
      const elf::VersionDefinitions& defined = loaded[found->second]->version_definitions;
      if (defined.empty()) {
        closure.version_problems.push_back({i, found->second, need.file, any, VersionProblem::Kind::unversioned});
        continue;
      }
      for (const elf::VersionNeed::Version& version : need.versions) {
        if (version.weak || defined.defines(version.name, version.hash)) continue;
        closure.version_problems.push_back(
            {i, found->second, need.file, version.name, VersionProblem::Kind::undefined});
      }
    }
  }
}

}  // namespace bundle::resolve
