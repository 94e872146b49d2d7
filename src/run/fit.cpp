// See fit.h. Each round is a whole one, for what was dropped may have led to more.
#include "run/fit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/second_names.h"

namespace bundle::run {

namespace {

// What a bundle has beyond its files: of each ELF file that is rewritten a page or so, and more where many texts move;
// the launchers, what answers paths, the manifest.
constexpr uint64_t of_rewriting = 4096, of_manifest = 370, of_made_files = 400'000;

uint64_t rewritten(uint64_t size) { return size + of_rewriting + size / 1024; }

/// Of all files that would go in, each once, and of what is made for them.
uint64_t weight(const std::vector<plan::NamedProgram>& programs, const Followed& followed) {
  std::map<std::string, uint64_t> sizes;
  const auto add = [&](const Closure& closure, const std::vector<Opening>& openings) {
    for (const Object& object : closure.objects) sizes[object.real_path] = rewritten(object.size);
    for (const Opening& opening : openings) {
      for (const Object& object : opening.closure.objects) sizes[object.real_path] = rewritten(object.size);
    }
  };
  for (const plan::NamedProgram& program : programs) add(program.closure, program.openings);
  const plan::SecondNames second(followed.added.files, followed.folder_names);
  uint64_t copies = of_made_files, second_names = 0;
  for (const Found& file : followed.added.files) {
    const auto loads = followed.added.loads.find(file.source);
    if (loads != followed.added.loads.end()) add(loads->second.closure, loads->second.openings);
    if (second.stored_as(file) != nullptr || file.kind == Kind::program) continue;
    // Data of two names is there twice, and so is a library, which lies where it was found.
    const bool is_again =
        file.kind == Kind::data ? !sizes.emplace(file.source, file.size).second : !file.same_as.empty();
    if (!is_again) continue;
    copies += file.kind == Kind::data ? file.size : rewritten(file.size);
    ++second_names;
  }
  for (const auto& [path, size] : sizes) copies += size;
  return copies + of_manifest * (sizes.size() + second_names);
}

using Droppable = Followed::Droppable;

/// So often something is given back, and not for less than this part of the limit; so much stays free, for what is told
/// is not to the byte, and each attempt takes its time.
constexpr int most_tries = 4;
constexpr uint64_t least_worth = 1000;

/// So many times as much goes where what went did not free half of what it had to; up to where that is all there is.
constexpr uint64_t pull_more = 4, most_pull = 1U << 20U;

/// What is to go last first, and of that as many as there is room for.
std::vector<std::string> within(uint64_t room, std::vector<Droppable> dropped) {
  std::stable_sort(dropped.begin(), dropped.end(), [](const Droppable& a, const Droppable& b) {
    return a.goes_last != b.goes_last ? a.goes_last > b.goes_last : a.size < b.size;
  });
  std::vector<std::string> out;
  for (const Droppable& item : dropped) {
    if (item.size > room) continue;
    room -= item.size;
    out.push_back(item.key);
  }
  return out;
}

/// Of what is to go first the largest: the one that is enough by itself would leave most in, but the largest of all is
/// what is least in proportion. Then of what is to go next, where twice what is told of all that is not enough.
std::vector<Droppable> next_to_go(uint64_t excess, std::vector<Droppable> droppable) {
  std::stable_sort(droppable.begin(), droppable.end(), [](const Droppable& a, const Droppable& b) {
    return a.goes_last != b.goes_last ? a.goes_last < b.goes_last : a.size > b.size;
  });
  std::vector<Droppable> out;
  uint64_t freed = 0;
  for (const Droppable& item : droppable) {
    const bool is_next_kind = !out.empty() && item.goes_last != out.back().goes_last;
    if (freed >= excess || (is_next_kind && freed >= excess / 2)) break;
    freed += item.size;
    out.push_back(item);
  }
  return out;
}

}  // namespace

std::set<std::string> fit(uint64_t limit, const std::function<Attempt(const std::set<std::string>& dropped)>& attempt) {
  std::set<std::string> dropped;
  std::map<std::string, int> goes_last;
  std::map<std::set<std::string>, uint64_t> too_large;  // what was tried, and by how much
  Attempt latest = attempt(dropped);
  for (uint64_t pull = 1; latest.size > limit;) {
    const uint64_t before = latest.size, excess = before - limit;
    const size_t count = dropped.size();
    too_large.emplace(dropped, excess);
    for (const Droppable& item : next_to_go(excess * pull, latest.droppable)) {
      dropped.insert(item.key);
      goes_last.emplace(item.key, item.goes_last);
    }
    if (dropped.size() == count)
      return dropped;  // nothing may go, or what was dropped is there for another reason, too
    latest = attempt(dropped);
    // What several bring along counts for each, and none of them frees it: the more of them have to go.
    if (latest.size + excess / 2 > before) pull = std::min(pull * pull_more, most_pull);
  }
  const uint64_t spare = limit / least_worth;
  uint64_t room = limit - latest.size;
  const auto with_back = [&] {
    std::vector<Droppable> out;
    for (const auto& [key, cost] : latest.dropped) {
      if (dropped.contains(key)) out.push_back({key, cost, goes_last.at(key)});
    }
    std::set<std::string> fewer = dropped;
    for (const std::string& key : within(room - std::min(room, spare), std::move(out))) fewer.erase(key);
    return fewer;
  };
  for (int tries = 0; tries < most_tries && room > spare; ++tries) {
    std::set<std::string> fewer = with_back();
    for (auto known = too_large.find(fewer); known != too_large.end() && room > 0; known = too_large.find(fewer)) {
      room -= std::min(room, known->second);
      fewer = with_back();
    }
    if (fewer.size() == dropped.size() || too_large.contains(fewer)) break;
    Attempt larger = attempt(fewer);
    if (larger.size <= limit) {
      dropped = std::move(fewer);
      latest = std::move(larger);
      room = limit - latest.size;
    } else {  // it brings more along than was counted for it
      too_large.emplace(std::move(fewer), larger.size - limit);
    }
  }
  return dropped;
}

Followed follow_within(const BundleOptions& options, uint64_t limit, std::vector<plan::NamedProgram>& programs,
                       resolve::Resolver& resolver, const packages::Database* packages) {
  struct Kept {
    std::vector<plan::NamedProgram> programs;  // which following adds to
    Followed followed;
  };
  BundleOptions asked = options;
  LookedInto looked;
  const std::vector<plan::NamedProgram> named = programs;
  std::optional<Kept> within, over;  // the latest of each
  fit(limit, [&](const std::set<std::string>& dropped) {
    asked.discover.dropped = dropped;
    Kept kept{named, {}};
    kept.followed = follow(asked, kept.programs, resolver, packages, looked);
    Attempt out{weight(kept.programs, kept.followed), kept.followed.droppable, kept.followed.dropped};
    (out.size <= limit ? within : over) = std::move(kept);
    return out;
  });
  Kept& answer = within ? *within : *over;
  programs = std::move(answer.programs);
  return std::move(answer.followed);
}

}  // namespace bundle::run
