// See fit.h. Each round is a whole one, for what was dropped may have led to more.
#include "run/fit.h"

#include <algorithm>
#include <map>

namespace bundle::run {

namespace {

/// Of all files that would go in, each once.
uint64_t weight(const std::vector<plan::NamedProgram>& programs, const Followed& followed) {
  std::map<std::string, uint64_t> sizes;
  const auto add = [&](const Closure& closure, const std::vector<Opening>& openings) {
    for (const Object& object : closure.objects) sizes[object.real_path] = object.size;
    for (const Opening& opening : openings) {
      for (const Object& object : opening.closure.objects) sizes[object.real_path] = object.size;
    }
  };
  for (const plan::NamedProgram& program : programs) add(program.closure, program.openings);
  uint64_t copies = 0;
  for (const Found& file : followed.added.files) {
    const auto loads = followed.added.loads.find(file.source);
    if (loads != followed.added.loads.end()) add(loads->second.closure, loads->second.openings);
    // Data of two names is there twice.
    if (!sizes.emplace(file.source, file.size).second && file.kind == Kind::data) copies += file.size;
  }
  for (const auto& [path, size] : sizes) copies += size;
  return copies;
}

}  // namespace

Followed follow_within(const BundleOptions& options, uint64_t limit, std::vector<plan::NamedProgram>& programs,
                       resolve::Resolver& resolver, const packages::Database* packages) {
  BundleOptions asked = options;
  LookedInto looked;
  for (;;) {
    Followed followed = follow(asked, programs, resolver, packages, looked);
    const uint64_t size = weight(programs, followed);
    if (size <= limit || followed.droppable.empty()) return followed;
    // The largest that is enough by itself would leave most in, but the largest of all is what is least in proportion.
    std::stable_sort(followed.droppable.begin(), followed.droppable.end(),
                     [](const auto& a, const auto& b) { return a.size > b.size; });
    uint64_t freed = 0;
    const size_t before = asked.discover.dropped.size();
    for (const Followed::Droppable& item : followed.droppable) {
      if (size - std::min(size, freed) <= limit) break;
      asked.discover.dropped.insert(item.key);
      freed += item.size;
    }
    if (asked.discover.dropped.size() == before) return followed;  // what was dropped is there for another reason, too
  }
}

}  // namespace bundle::run
