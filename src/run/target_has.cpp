// See target_has.h.
#include "run/target_has.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "knowledge/drivers.h"
#include "knowledge/libc.h"

namespace bundle::run {

namespace {

void note(const Closure& closure, std::vector<LeftToTarget>& out) {
  for (const Closure::Missing& left : closure.left_to_target) {
    const Object& object = closure.objects.at(left.object);
    const Edge& edge = left.filter ? object.filters.at(left.edge).edge : object.needs.at(left.edge);
    out.push_back({edge.name, std::string(base_name(object.real_path)), false});
  }
}

bool is_there(const Closure& closure, const std::string& name) {
  return std::any_of(closure.objects.begin(), closure.objects.end(),
                     [&](const Object& object) { return object.name == name || object.soname == name; });
}

std::vector<LeftToTarget> left_by(const std::vector<plan::NamedProgram>& programs, const Followed& followed) {
  std::vector<LeftToTarget> out = followed.left_to_target;
  const auto note_opened = [&](const std::vector<Opening>& openings) {
    for (const Opening& opening : openings) note(opening.closure, out);
  };
  for (const plan::NamedProgram& program : programs) {
    note(program.closure, out);
    note_opened(program.openings);
  }
  for (const auto& [source, loads] : followed.added.loads) {
    note(loads.closure, out);
    note_opened(loads.openings);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void add_parts_of_libc(std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver) {
  for (plan::NamedProgram& program : programs) {
    const Object& first = program.closure.objects.front();
    if (first.is_static || program.closure.loader_kind != LoaderKind::glibc) continue;
    for (const std::string& name : knowledge::parts_of_glibc()) {
      if (is_there(program.closure, name)) continue;
      std::optional<Closure> part = resolver.open_by_name(program.closure, 0, name, nullptr);
      if (!part) continue;
      program.openings.push_back(
          {first.real_path, name, "a part of libc, for what is left to the target", std::move(*part)});
    }
  }
}

}  // namespace

std::vector<LeftToTarget> leave_to_target(std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                          resolve::Resolver& resolver) {
  std::vector<LeftToTarget> left = left_by(programs, followed);
  if (!left.empty()) add_parts_of_libc(programs, resolver);
  return left;
}

bool any_is_left(const std::vector<Opening>& openings) {
  return std::any_of(openings.begin(), openings.end(),
                     [](const Opening& opening) { return !opening.closure.left_to_target.empty(); });
}

std::vector<std::string> describe(const std::vector<LeftToTarget>& left) {
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> by_name;
  for (const LeftToTarget& item : left) {
    auto& [needed, opened] = by_name[item.name];
    if (!item.by.empty()) (item.by_name ? opened : needed).insert(printable(item.by));
  }
  std::vector<std::string> lines;
  for (const auto& [name, askers] : by_name) {
    std::string line = fmt::format("left to the target: {}", printable(name));
    if (!askers.first.empty()) line += fmt::format(", needed by {}", fmt::join(askers.first, ", "));
    if (!askers.second.empty()) line += fmt::format(", opened by {}", fmt::join(askers.second, ", "));
    if (knowledge::is_driver(name)) line += " (a driver's; --target-has none bundles it)";
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace bundle::run
