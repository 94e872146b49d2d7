// See chain.h.
#include "run/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace bundle::run {

void Chains::note(const Closure& closure, const std::vector<Opening>& openings) {
  const std::vector<Object>& objects = closure.objects;
  const auto add = [&](const std::string& by, size_t target, std::string_view how) {
    if (target != no_object)
      needs_[by].emplace_back(objects[target].real_path, fmt::format("{} {}", how, base_name(by)));
  };
  for (size_t i = 0; i < objects.size(); ++i) {
    for (const Edge& edge : objects[i].needs) add(objects[i].real_path, edge.target, "needed by");
    for (const Filter& filter : objects[i].filters) add(objects[i].real_path, filter.edge.target, "filtered by");
    if (i > 0 && objects[i].loader != no_object) add(objects[objects[i].loader].real_path, i, "loaded by");
  }
  if (closure.interpreter != 0) add(objects.front().real_path, closure.interpreter, "the interpreter of");
  for (const Opening& opening : openings) {
    needs_[opening.asker].emplace_back(opening.closure.objects.front().real_path, opening.why);
    note(opening.closure, {});
  }
}

/// Breadth first, so that the first way to a file is a shortest one.
void Chains::walk(std::vector<std::string> sources) {
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string by = sources[i];
    const auto needs = needs_.find(by);
    if (needs == needs_.end()) continue;
    for (const auto& [source, text] : needs->second) {
      if (starts_.contains(source) || !nearest_.emplace(source, Need{by, text}).second) continue;
      sources.push_back(source);
    }
  }
}

Chains::Chains(const std::vector<plan::NamedProgram>& programs, const Followed& followed) {
  std::vector<std::string> named, found;
  for (const plan::NamedProgram& program : programs) {
    named.push_back(program.closure.objects.front().real_path);
    // Of one that is named for itself, too, that counts.
    if (program.script) {
      starts_.emplace(named.back(), fmt::format("the interpreter of {}", base_name(program.given)));
    } else {
      starts_.insert_or_assign(named.back(), "named on the command line");
    }
    note(program.closure, program.openings);
  }
  for (const Found& file : followed.added.files) {
    const auto loads = followed.added.loads.find(file.source);
    if (loads == followed.added.loads.end()) continue;
    found.push_back(file.source);
    starts_.emplace(file.source, fmt::format("here by rule {}: {}", file.rule, file.why));
    note(loads->second.closure, loads->second.openings);
  }
  walk(std::move(named));
  // What is here for the sake of the very file that it needs, libcrypto's engines, does not say why that one is.
  const auto ends = std::stable_partition(found.begin(), found.end(), [&](const std::string& source) {
    const auto needs = needs_.find(source);
    return needs == needs_.end() || std::none_of(needs->second.begin(), needs->second.end(), [&](const auto& need) {
             return starts_.at(source).find(base_name(need.first)) != std::string::npos;
           });
  });
  walk({found.begin(), ends});
  walk({ends, found.end()});
}

std::vector<std::string> Chains::of(const std::string& source) const {
  std::vector<std::string> out;
  std::string at = source;
  for (auto need = nearest_.find(at); need != nearest_.end(); need = nearest_.find(at)) {
    out.push_back(need->second.text);
    at = need->second.by;
  }
  const auto start = starts_.find(at);
  if (!out.empty() && start != starts_.end()) out.push_back(start->second);
  return out;
}

}  // namespace bundle::run
