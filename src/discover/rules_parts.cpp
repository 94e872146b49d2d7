// A folder that is too much as a whole, of which a part is essential: proj.db among the grids beside it.
//
// What is in it by a name that the object holds goes in first, for the object asks for that file; then what the
// object's own packages have there, the small ones first, as far as the limit of the whole reaches. The rest is a hint
// with sizes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/human_size.h"
#include "base/printable.h"
#include "discover/rules.h"
#include "elf/image.h"

namespace bundle::discover {

namespace {

/// What is asked for by its own name may be larger than what lies in a folder.
constexpr uint64_t most_of_named = 16'000'000;

/// What is small beside the limit: so much of it.
constexpr uint64_t small_part = 8;

/// Names and sizes of the largest.
std::string shown(std::vector<Found> files) {
  constexpr size_t most = 3;
  std::stable_sort(files.begin(), files.end(), [](const Found& a, const Found& b) { return a.size > b.size; });
  std::vector<std::string> out;
  for (const Found& file : files) {
    if (out.size() < most) out.push_back(fmt::format("{} {}", base_name(file.destination), human_size(file.size)));
  }
  if (files.size() > most) out.push_back(fmt::format("{} more", files.size() - most));
  return fmt::format("{}", fmt::join(out, ", "));
}

}  // namespace

void Rules::take_in_parts(Group&& group, const Source& source, uint64_t limit) {
  const std::string folder = group.path;
  const auto part_of = [&](const std::string& why, Strength strength) {
    Group part = group_for(folder, why, strength);
    part.evidence = group.evidence;
    part.package = group.package;
    part.may_go = group.may_go;
    part.goes_last = group.goes_last;
    return part;
  };
  // Only a name with an ending is no word of prose, and then a message counts: "Cannot find proj.db". A compiler may
  // have put the name itself into the code, where nobody finds it.
  std::vector<std::string> names;
  for (const Found& file : group.files) {
    const std::string_view name = base_name(file.destination);
    if (name.find('.', 1) != std::string_view::npos) names.emplace_back(name);
  }
  const std::shared_ptr<const MappedFile> object = collector_.open(source.object);
  const std::vector<std::string> held = names_in_text(elf::Image(object->bytes(), source.object), names);
  const auto is_named = [&](const Found& file) {
    return file.destination == folder || std::binary_search(held.begin(), held.end(), base_name(file.destination));
  };
  Group named = part_of(group.why, Strength::likely);
  Group own = part_of(group.why, group.strength);
  std::vector<Found> rest;
  // Many libraries of a folder are plugins, which a name in the object says less of: those are all own.
  for (Found& file : group.files)
    (is_named(file) && file.kind == Kind::data ? named.files : rest).push_back(std::move(file));
  std::stable_sort(rest.begin(), rest.end(), [](const Found& a, const Found& b) { return a.size < b.size; });
  uint64_t spent = 0;
  std::vector<Found> left;
  for (Found& file : rest) {
    const std::vector<PackageId> ids =
        database_ == nullptr ? std::vector<PackageId>() : database_->owners(file.destination);
    const std::vector<PackageId>& inner = source.family->inner();
    const bool is_own = std::any_of(ids.begin(), ids.end(),
                                    [&](PackageId id) { return std::binary_search(inner.begin(), inner.end(), id); });
    Group one = part_of("", group.strength);
    one.files.push_back(file);
    const uint64_t cost = collector_.cost(one);
    if (is_own && cost <= limit / small_part && spent + cost <= limit) {
      spent += cost;
      own.files.push_back(std::move(file));
    } else {
      left.push_back(std::move(file));
    }
  }
  group.files.clear();
  const bool any = !named.files.empty() || !own.files.empty();
  if (named.files.size() == 1) named.path = named.files[0].destination;
  if (named.path != folder) named.why += ", and the file by its name";
  collector_.take(std::move(named), most_of_named);
  collector_.take(std::move(own), limit);
  group.files = std::move(left);
  if (!any) {
    collector_.take(std::move(group), source.is_close ? std::nullopt : std::optional(limit));
    return;
  }
  group.why = fmt::format("the rest of what is {}: {}", group.why, printable(shown(group.files)));
  collector_.take(std::move(group), 0);
}

}  // namespace bundle::discover
