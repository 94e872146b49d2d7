#include "resolve/versions.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bundle::resolve {

void check_versions(Closure& closure, Files& files) {
  closure.version_problems.clear();
  if (closure.loader_kind != LoaderKind::glibc) return;
  // The loader looks the name of a version's file up among all that is loaded, not among the asker's own
  // needs.
  std::unordered_map<std::string, size_t> names;
  std::vector<std::shared_ptr<const ElfFile>> loaded;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    const Object& object = closure.objects[i];
    loaded.push_back(files.look(object.path, object.is_64, object.machine).file);
    names.emplace(object.path, i);
    names.emplace(object.name, i);
    for (const Edge& edge : object.needs) {
      if (edge.target != no_object) names.emplace(edge.name, edge.target);
    }
  }
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    if (closure.objects[i].soname) names.emplace(*closure.objects[i].soname, i);
  }
  std::vector<std::vector<std::string_view>> defined(loaded.size());  // sorted
  for (size_t i = 0; i < loaded.size(); ++i) {
    if (loaded[i] == nullptr) continue;
    for (const elf::VersionNeed& need : loaded[i]->version_needs) {
      const auto found = names.find(need.file);
      if (found == names.end() || loaded[found->second] == nullptr) continue;
      const size_t target = found->second;
      const ElfFile& library = *loaded[target];
      std::vector<std::string_view>& versions = defined[target];
      if (versions.empty()) {
        versions.assign(library.version_definitions.begin(), library.version_definitions.end());
        std::sort(versions.begin(), versions.end());
      }
      if (versions.empty()) {
        closure.version_problems.push_back(
            {i, target, need.file, need.versions.empty() ? "" : need.versions[0].name, false});
        continue;
      }
      for (const elf::VersionNeed::Version& version : need.versions) {
        // The base version is the file's own name, and version_definitions() leaves it out.
        if (version.weak || version.name == library.soname) continue;
        if (std::binary_search(versions.begin(), versions.end(), version.name)) continue;
        closure.version_problems.push_back({i, target, need.file, version.name, true});
      }
    }
  }
}

}  // namespace bundle::resolve
