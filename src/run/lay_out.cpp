// See lay_out.h. Where each file goes is plan's to decide; here it is told what it has to know for that.
#include "run/lay_out.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"
#include "elf/image.h"
#include "knowledge/drivers.h"
#include "run/target_has.h"

namespace bundle::run {

namespace {

/// Whether anything in the bundle calls dlmopen: programs, plugins, what they need and what they open.
bool calls_dlmopen(const machine::Root& root, const std::vector<plan::NamedProgram>& programs,
                   const plan::Added& added) {
  std::set<std::string> objects;
  const auto note = [&](const Closure& closure, const std::vector<Opening>& openings) {
    for (const Object& object : closure.objects) objects.insert(object.real_path);
    for (const Opening& opening : openings) {
      for (const Object& object : opening.closure.objects) objects.insert(object.real_path);
    }
  };
  for (const plan::NamedProgram& program : programs) note(program.closure, program.openings);
  for (const auto& [source, loads] : added.loads) note(loads.closure, loads.openings);
  return std::any_of(objects.begin(), objects.end(), [&root](const std::string& path) {
    const std::shared_ptr<const MappedFile> file = root.map_source(path);
    const std::vector<std::string> imports = elf::Image(file->bytes(), path).imported_symbols();
    return std::find(imports.begin(), imports.end(), "dlmopen") != imports.end();
  });
}

/// Whether a program's run path has to lead to the target's libraries for others than itself: what a library opens, or
/// what is found needs, is searched for by the run path of the program.
bool opens_targets(const std::vector<plan::NamedProgram>& programs, const Followed& followed,
                   const std::vector<LeftToTarget>& left) {
  return std::any_of(left.begin(), left.end(), [](const LeftToTarget& item) { return item.by_name; }) ||
         std::any_of(followed.added.loads.begin(), followed.added.loads.end(),
                     [](const auto& found) {
                       return !found.second.closure.left_to_target.empty() || any_is_left(found.second.openings);
                     }) ||
         std::any_of(programs.begin(), programs.end(),
                     [](const plan::NamedProgram& program) { return any_is_left(program.openings); });
}

}  // namespace

Plan lay_out(const BundleOptions& options, const plan::Target& target, const machine::Root& root,
             const std::vector<plan::NamedProgram>& programs, const Followed& followed,
             const std::vector<LeftToTarget>& left) {
  plan::LayoutOptions layout;
  layout.name = options.name;
  layout.target = &target;
  layout.prefix = options.prefix;
  layout.flat = options.flat;
  layout.runpath = options.runpath;
  layout.launchers = options.launchers;
  layout.has_client = !options.handler.empty();
  layout.renames = options.renames;
  layout.environment = options.environment;
  layout.prefer_target = options.prefer_target;
  layout.sysroot = root.sysroot();
  layout.opens_namespaces = calls_dlmopen(root, programs, followed.added);
  layout.opens_targets = opens_targets(programs, followed, left);
  const Object& first = programs.front().closure.objects.front();
  layout.target_folders = knowledge::library_folders_of_targets(first.machine, first.is_64);
  layout.kept_folders = followed.kept;
  layout.homes = followed.homes;
  layout.folder_names = followed.folder_names;
  layout.defaults = followed.defaults;
  Plan plan = plan::make_layout(programs, followed.added, layout);
  plan.left_to_target = left;
  return plan;
}

}  // namespace bundle::run
