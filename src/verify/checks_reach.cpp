// Files that take room and that nothing leads to: libraries that no program of the archive needs, programs that are on
// no path, data of a bundle without what would answer for it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

/// "libfoo.so.1" and "libfoo.so.1.2", not "foo.so": what programs need by a linker's doing, and no plugin.
bool has_version_in_name(std::string_view name) {
  return name.starts_with("lib") && name.find(".so.") != std::string_view::npos;
}

}  // namespace

void check_reach(const Subject& subject, Findings& findings) {
  if (!subject.manifests.empty()) return;  // a manifest says of each file why it is there
  std::set<std::string> loaded;
  bool has_programs = false;
  for (const Loading& loading : subject.loadings) {
    if (!loading.is_plugin) has_programs = true;
    for (const Object& object : loading.closure.objects) {
      if (!loading.is_plugin || object.loader != no_object) loaded.insert(object.real_path);
    }
  }
  if (!has_programs) return;
  for (const Loading& loading : subject.loadings) {
    const std::string& path = subject.path_of(loading);
    if (!loading.is_plugin || loading.is_older || loaded.contains(subject.absolute(path))) continue;
    if (!has_version_in_name(base_name(path))) continue;
    const ElfFacts& elf = subject.elfs[loading.elf];
    if (elf.soname && (elf.soname->starts_with("ld-linux") || elf.soname->starts_with("ld-musl"))) continue;
    findings.warning(path, "is loaded for no program of the archive",
                     "Leave it out, or see why the program does not find it");
  }
}

}  // namespace bundle::verify
