// What of a package goes first where a bundle is over its target's limit: what is there for people to choose from and
// to look at (knowledge/choices.h), second copies of its settings, and the libraries beside the program that nothing
// names. Each is a finding of its own, so that all else of the package stays; within the limit all goes in.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "discover/rules.h"
#include "knowledge/choices.h"

namespace bundle::discover {

namespace {

/// A smaller library beside the program is not worth a finding of its own.
constexpr uint64_t small_library = 200'000;

struct Part {
  std::string path;      // of all that belongs to it
  std::string_view use;  // empty: it is none
};

Part by_name(const std::string& path) {
  // What lies there a new user gets a copy of.
  const bool is_preset = path.find("/presets/") != std::string::npos;
  for (size_t end = is_preset ? std::string::npos : path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    for (const knowledge::Choice& choice : knowledge::folders_of_choices) {
      if (base_name(folder) == choice.name && !is_broad_folder(folder)) return {folder, choice.use};
    }
  }
  for (const knowledge::Choice& choice : knowledge::endings_of_choices) {
    if (!is_preset && path.ends_with(choice.name)) return {std::string(choice.name), choice.use};
  }
  const std::string_view name = base_name(path);
  for (const knowledge::Choice& choice : knowledge::files_of_choices) {
    if (name.substr(0, name.find('.')) == choice.name) return {path, choice.use};
  }
  return {};
}

bool is_looks(const std::string& package) {
  return std::any_of(knowledge::looks.begin(), knowledge::looks.end(),
                     [&](std::string_view part) { return package.find(part) != std::string::npos; });
}

bool is_dialog(std::string_view text) {
  return std::any_of(knowledge::dialogs.begin(), knowledge::dialogs.end(),
                     [&](std::string_view dialog) { return text.find(dialog) != std::string_view::npos; });
}

}  // namespace

void Rules::take_part_by_part(Group&& group, std::optional<uint64_t> limit) {
  // What is too much as a whole is so in parts.
  if (limit && collector_.cost(group) > *limit) {
    group.path = common_folder(group.files);
    collector_.take(std::move(group), limit);
    return;
  }
  take_libraries_apart(group);
  // What is left is no choice, and where the package itself may go it does so behind them.
  if (take_choices_apart(group, limit)) group.goes_last = 1;
  group.path = common_folder(group.files);
  collector_.take(std::move(group), limit);
}

/// Those that lie beside the program and that nothing is known to name; beside a program that a script starts, which is
/// looked at later, all.
void Rules::take_libraries_apart(Group& group) {
  const std::string here(folder_name(program_));
  std::set<std::string> beside = {here};
  for (const std::string& program : wrapped_) beside.emplace(folder_name(program));
  std::vector<Group> libraries;
  std::erase_if(group.files, [&](Found& found) {
    const std::string folder(folder_name(root_.inside_of(found.source).value_or(found.source)));
    if (found.kind != Kind::library || is_broad_folder(folder) || !beside.contains(folder)) return false;
    if (folder != here) {
      Group& waiting = beside_wrapped_.try_emplace(folder, group_for("", group.why, group.strength)).first->second;
      waiting.package = group.package;
      waiting.files.push_back(std::move(found));
      return true;
    }
    if (registered_.contains(found.source)) return true;  // that rule's business
    if (found.size < small_library || collector_.is_object(found.source) || named_beside_.contains(found.source))
      return false;
    Group one = group_for(found.destination, group.why, group.strength);
    one.may_go = true;
    one.goes_last = named_by_stem_.contains(found.source) ? 1 : 0;
    one.package = found.package;
    one.files.push_back(std::move(found));
    libraries.push_back(std::move(one));
    return true;
  });
  take_each(std::move(libraries));
}

bool Rules::take_choices_apart(Group& group, std::optional<uint64_t> limit) {
  std::map<std::string, Group> parts;
  std::erase_if(group.files, [&](Found& found) {
    if (found.kind != Kind::data) return false;
    const std::string real = root_.inside_of(found.source).value_or(found.source);
    Part part = by_name(found.destination);
    if (pristine_.contains(real)) part = {std::string(folder_name(found.destination)), "copies of its settings"};
    if (part.use.empty() && is_looks(group.package.name)) part = {group.package.name, "how it looks"};
    if (part.use.empty() && found.destination.ends_with(".ui")) {
      const auto [at, is_new] = facts_.dialogs.try_emplace(real);
      if (is_new) at->second = is_dialog(collector_.open(real)->bytes().text());
      if (at->second) part = {".ui", "dialogs"};
    }
    if (part.use.empty()) return false;
    const std::string why = fmt::format("{}: {}", group.why, part.use);
    Group& own = parts.try_emplace(part.path, group_for("", why, group.strength)).first->second;
    own.may_go = true;
    own.package = group.package;
    own.files.push_back(std::move(found));
    return true;
  });
  for (auto& [path, part] : parts) {
    part.path = part.files.size() == 1 ? part.files[0].destination : common_folder(part.files);
    collector_.take(std::move(part), limit);
  }
  return !parts.empty();
}

}  // namespace bundle::discover
