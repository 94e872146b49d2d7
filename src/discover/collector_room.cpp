// What a group costs, and whether there is room for it: by its strength, its limit, the data limit and the budget of
// all that is likely.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/collector.h"

namespace bundle::discover {

namespace {

/// What is likely may cost so much, whatever the size of the program.
constexpr uint64_t least_budget = 32'000'000;
/// Below that no plugin is too large, whatever it lies among.
constexpr uint64_t least_outsized = 32'000'000;

/// Of the package of a program that the user named.
bool is_of_program(const Group& group) { return group.rule == "own-package" && group.strength == Strength::certain; }

}  // namespace

const std::vector<Dragged>& Collector::dragged_by(const Found& found) const {
  const auto [at, is_new] = looked_.dragged.try_emplace(found.source);
  if (is_new) at->second = closer_(found);
  return at->second;
}

Collector::Cost Collector::cost_of(const Group& group) const {
  // Each content counts once, whatever its names, and so does each library.
  Cost cost;
  std::unordered_set<std::string_view> own, dragged;
  for (const Found& found : group.files) {
    if (!first_.contains(found.source) && !brought_.contains(found.source) && own.insert(found.source).second)
      cost.own += found.size;
  }
  for (const Found& found : group.files) {
    if (found.kind == Kind::data || !closer_ || first_.contains(found.source)) continue;
    for (const Dragged& object : dragged_by(found)) {
      const bool is_new = !brought_.contains(object.source) && !own.contains(object.source) &&
                          !first_.contains(object.source) && dragged.insert(object.source).second;
      if (is_new) cost.dragged += object.size;
    }
  }
  return cost;
}

/// One plugin among many may bring along more than the program and all its other plugins: PostgreSQL's llvmjit.so. It
/// stays out, whoever names it later.
void Collector::drop_outsized(Group& group) {
  std::erase_if(group.files, [&](const Found& file) {
    return group.strength == Strength::certain ? outsized_.contains(file.source) : is_out(file.source);
  });
  if (group.strength == Strength::weak || !closer_ || group.files.size() < 2 || cost_of(group).dragged < least_outsized)
    return;
  std::map<std::string, std::set<std::string>> draggers;  // by what is dragged
  std::map<std::string, uint64_t> sizes;
  for (const Found& found : group.files) {
    if (found.kind == Kind::data || first_.contains(found.source)) continue;
    for (const Dragged& object : dragged_by(found)) {
      if (brought_.contains(object.source) || first_.contains(object.source)) continue;
      draggers[object.source].insert(found.source);
      sizes[object.source] = object.size;
    }
  }
  std::map<std::string, uint64_t> alone;  // what only this one brings, by its source
  for (const auto& [object, by] : draggers) {
    if (by.size() == 1) alone[*by.begin()] += sizes[object];
  }
  const uint64_t all = cost_of(group).all();
  for (const auto& [name, size] : alone) {
    const std::string& source = name;  // clang 14 takes no structured binding into a lambda
    if (size < least_outsized || size <= program_size_ || size <= all - size) continue;
    const auto found =
        std::find_if(group.files.begin(), group.files.end(), [&](const Found& file) { return file.source == source; });
    Hint said{found->destination,
              fmt::format("{} is not added, for what it needs is {}, more than all else here: --plugin "
                          "{} if it is wanted",
                          printable(found->destination), human_size(size), shell_word(found->destination)),
              group.rule, size, Strength::likely};
    leave_out(std::move(said), group.evidence, {found->destination});
    outsized_.insert(source);
    std::erase_if(group.files, [&](const Found& file) { return file.source == source; });
    return;
  }
}

void Collector::note_dropped(const std::string& key, const Group& group, uint64_t cost) {
  uint64_t& most = discovery_.dropped[key];
  most = std::max(most, cost);
  for (const Found& found : group.files) dropped_.insert(found.source);
}

bool Collector::leave(const Group& group, const Cost& cost, const std::string& text) {
  std::vector<std::string> files;
  for (const Found& found : group.files) files.push_back(found.destination);
  constexpr size_t most_places = 3;
  const std::vector<std::string> places = telling_places(group.path, group.files);
  const bool is_named = !places.empty() && places.size() <= most_places;
  std::string where = is_named ? fmt::format("{}", fmt::join(places, ", ")) : group.path;
  if (!is_named && group.package.known()) where = "package " + group.package.name;
  const std::string what = fmt::format("{} ({}{}, {})", printable(where), human_size(cost.all()),
                                       cost.dragged > 0 ? " with what it needs" : "", printable(group.why));
  leave_out({group.path, what + text, group.rule, cost.all(), group.strength}, group.evidence, std::move(files));
  return false;
}

bool Collector::has_data_room(const Group& group, const Cost& cost) {
  if (counted_ + cost.own <= options_.data_limit) return true;
  if (is_of_program(group)) {
    // Whatever else went in ahead of it.
    if (own_ + cost.own <= options_.data_limit) return true;
    throw Error(
        Exit::limit, group.path,
        fmt::format("is {} ({}, {}), without which it may not work, and the data of the bundle would be over the "
                    "limit of {}",
                    printable(group.why),
                    fmt::format("{} {}", group.files.size(), group.files.size() == 1 ? "file" : "files"),
                    human_size(cost.own), human_size(options_.data_limit)),
        fmt::format("--data-limit {}MB takes it, --exclude GLOB leaves out what of it is not needed",
                    (own_ + cost.own) / 1'000'000 + 1));
  }
  return leave(group, cost,
               fmt::format(" is not added: the data would be over the limit of {}. Raise it by --data-limit if it is "
                           "wanted",
                           human_size(options_.data_limit)));
}

/// Whether the group may go in; a hint says why not.
bool Collector::has_room(const Group& group, const Cost& cost, std::optional<uint64_t> limit) {
  std::string if_wanted = ":";
  for (const std::string& place : telling_places(group.path, group.files)) if_wanted += " --add " + shell_word(place);
  if_wanted += " if it is wanted";
  const auto leave_for = [&](const char* reason) { return leave(group, cost, reason + if_wanted); };
  if (options_.dropped.contains(group.key)) {
    note_dropped(group.key, group, cost.all());
    return leave_for(" is not added, for the bundle would be over the target's limit");
  }
  if (group.strength == Strength::weak) return leave_for(" is not added, for little speaks for it");
  if (limit && cost.all() > *limit) return leave_for(" is not added, for its size");
  if (group.strength == Strength::likely && likely_ + cost.all() > std::max(least_budget, program_size_)) {
    return leave_for(" is not added, for its size beside that of the program");
  }
  return has_data_room(group, cost);
}

bool Collector::take(Group&& group, std::optional<uint64_t> limit) {
  leave_refused(group);
  drop_outsized(group);
  if (group.files.empty()) return false;
  group.key = key_of(group.rule, group.path, group.why, group.package);
  const Cost cost = cost_of(group);
  if (!has_room(group, cost, limit)) return false;
  if (group.strength == Strength::likely) likely_ += cost.all();
  counted_ += cost.own;
  if (is_of_program(group)) own_ += cost.own;
  commit(std::move(group), cost);
  return true;
}

std::vector<Collector::Left> Collector::take_cheapest(Group&& whole, std::vector<Group>&& plugins, Room room) {
  constexpr uint64_t room_of_program = 64'000'000, limit_of_linked = 16'000'000;
  const bool is_own = room == Room::of_program;
  const uint64_t most = std::max(is_own ? room_of_program : least_budget, program_size_);
  const uint64_t limit = is_own ? most : room == Room::of_linked ? limit_of_linked : options_.library_item_limit;
  uint64_t& spent = is_own ? plugins_ : likely_;
  std::vector<Left> sorted;
  for (Group& plugin : plugins) {
    leave_refused(plugin);
    std::erase_if(plugin.files, [&](const Found& file) { return is_out(file.source); });
    if (plugin.files.empty()) continue;
    const uint64_t cost = cost_of(plugin).all();
    sorted.push_back({std::move(plugin), cost});
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Left& a, const Left& b) { return a.cost < b.cost; });
  std::vector<Left> left;
  whole.key = key_of(whole.rule, whole.path, whole.why, whole.package);
  const bool is_dropped = options_.dropped.contains(whole.key);
  whole.strength = Strength::likely;
  Cost cost;  // of those in `whole`: what two drag in counts once
  for (Left& next : sorted) {
    const size_t before = whole.files.size();
    whole.files.insert(whole.files.end(), next.plugin.files.begin(), next.plugin.files.end());
    const Cost with_it = cost_of(whole);
    const uint64_t own = with_it.all() - cost.all();
    if (!is_dropped && own <= limit && spent + with_it.all() <= most && counted_ + with_it.own <= options_.data_limit) {
      cost = with_it;
    } else {
      if (is_dropped) note_dropped(whole.key, next.plugin, own);
      whole.files.resize(before);
      left.push_back({std::move(next.plugin), own});
    }
  }
  if (whole.files.empty()) return left;
  whole.package = whole.files[0].package;
  spent += cost.all();
  counted_ += cost.own;
  commit(std::move(whole), cost);
  return left;
}

void Collector::take_unlimited(Group&& group) {
  leave_refused(group);
  const Cost cost = cost_of(group);
  commit(std::move(group), cost);
}

}  // namespace bundle::discover
