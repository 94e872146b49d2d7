#include "report/missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "knowledge/drivers.h"
#include "report/tree.h"

namespace bundle::report {

MissingLibrary missing_library(const Closure& closure, const Closure::Missing& missing) {
  const Object& object = closure.objects.at(missing.object);
  const Edge& edge = missing.filter ? object.filters.at(missing.edge).edge : object.needs.at(missing.edge);
  MissingLibrary out;
  out.name = edge.name;
  out.needed_by = object.path;
  out.is_driver = knowledge::is_driver(base_name(edge.name));
  for (const Tried& tried : edge.tried) {
    const Edge as_found{edge.name, no_object, tried.rule, tried.rule_owner, {}, ""};
    out.trail.push_back(
        fmt::format("{}: {} [{}]", printable(tried.path), describe_look(tried), describe_rule(closure, as_found)));
    if (tried.outcome != Probe::absent) {
      out.obstacle = fmt::format("{}: {}", printable(tried.path), describe_look(tried));
    }
    std::string folder(folder_name(tried.path));
    if (std::find(out.folders.begin(), out.folders.end(), folder) == out.folders.end())
      out.folders.push_back(std::move(folder));
  }
  return out;
}

bool lacks_something(const Closure& closure) {
  return !closure.missing.empty() ||
         (closure.interpreter == no_object && !closure.objects.empty() && closure.objects[0].interpreter);
}

Error missing_error(const std::vector<Closure>& closures, const PackageHint& hint) {
  struct Want {
    std::set<std::string> needed_by;
    std::vector<std::string> trail;
  };
  std::map<std::string, Want> wants;
  std::set<std::string> interpreters;
  for (const Closure& closure : closures) {
    if (closure.objects.empty()) continue;
    for (const Closure::Missing& missing : closure.missing) {
      const MissingLibrary library = missing_library(closure, missing);
      Want& want = wants[library.name];
      want.needed_by.insert(library.needed_by);
      for (const std::string& line : library.trail) {
        if (std::find(want.trail.begin(), want.trail.end(), line) == want.trail.end()) want.trail.push_back(line);
      }
    }
    const Object& program = closure.objects[0];
    if (closure.interpreter == no_object && program.interpreter) {
      interpreters.insert(fmt::format("\n  {}, the interpreter of {}: {}", printable(*program.interpreter),
                                      printable(program.path), describe_look(closure.interpreter_look)));
    }
  }
  const size_t count = wants.size() + interpreters.size();
  std::string sentence =
      fmt::format("needs {} that {} not found:", count == 1 ? "a file" : fmt::format("{} files", count),
                  count == 1 ? "was" : "were");
  for (const std::string& line : interpreters) sentence += line;
  for (const auto& [name, want] : wants) {
    sentence += fmt::format("\n  {}", printable(name));
    std::string by;
    for (const std::string& path : want.needed_by) by += (by.empty() ? "" : ", ") + printable(path);
    sentence += fmt::format(", needed by {}", by);
    for (const std::string& line : want.trail) sentence += "\n    " + line;
    if (want.trail.empty()) sentence += "\n    nowhere was looked: the name leads to no folder";
    if (const std::string source = hint ? hint(name) : ""; !source.empty()) sentence += "\n    " + source;
  }
  sentence += "\nName the folder that holds them with -L DIR, or install them";
  const std::string path = closures.size() == 1 && !closures[0].objects.empty() ? closures[0].objects[0].path : "";
  return {Exit::cannot_bundle, path, std::move(sentence)};
}

std::string describe_version_problem(const Closure& closure, const VersionProblem& problem) {
  const std::string by = printable(closure.objects.at(problem.object).path);
  const std::string name = printable(problem.library);
  const std::string version = printable(problem.version);
  if (problem.kind == VersionProblem::Kind::nameless) {
    return fmt::format(
        "{} needs version {} of {}, and no library that is loaded goes by that name: its version table and its "
        "DT_NEEDED differ, and the loader stops at an assertion. bundle edit --rename-needed renames both",
        by, version, name);
  }
  const std::string library = printable(closure.objects.at(problem.target).path);
  if (problem.kind == VersionProblem::Kind::unversioned) {
    return fmt::format("{} was linked to a {} with symbol versions, and {} has none; the loader warns and goes on", by,
                       name, library);
  }
  return fmt::format("{} needs version {} of {}, and {} does not define it", by, version, name, library);
}

}  // namespace bundle::report
