// Settings in /etc: those that are as their packages ship them hold nobody's secret, and go in.
//
// A file is as shipped when its sum is the one that its package states (Debian's conffiles), or when it has the very
// bytes of another file of the packages, which an installation copied (ucf: php's ctype.ini of mods-available). One
// that the installation made up, and nobody changed since, may hold what was asked then: it goes in only where the
// package's own files lead to it by a link (R's Renviron, without which R does not start), if nothing in it looks
// secret. Of a program's own packages all such files go in, named or not; those of its outer packages, whose extensions
// it loads, where it names their folder. A link goes in under its own name, and what it leads to under that one's:
// php's conf.d is made of links. What was changed here, or put there by people, may hold what is nobody else's
// business: one hint a folder, and --with-etc takes it, less what looks like a secret.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "knowledge/settings.h"

namespace bundle::discover {

namespace {

bool is_in_etc(std::string_view path) { return path.starts_with("/etc/"); }

/// "/etc/php" of all that lies below; a file straight in /etc stands for itself.
std::string top_of(const std::string& path) { return path.substr(0, path.find('/', std::string_view("/etc/").size())); }

/// A folder of settings may be made of links into one beside it: the folder that holds both is what has to be added.
/// `path` itself when there is none below a folder of /etc.
std::string with_what_links_lead_to(machine::Root& root, const std::string& path) {
  std::string whole = path;
  int why_not = 0;
  for (const auto& [name, node] : root.entries(path, why_not)) {
    if (node != Node::link) continue;
    const std::optional<std::string> target = root.real(path + "/" + name);
    if (!target || !is_in_etc(*target)) continue;
    while (whole.size() > 1 && !target->starts_with(whole + "/")) whole = folder_name(whole);
  }
  return whole == "/etc" || whole == "/" ? path : whole;
}

}  // namespace

/// What an installation copied into /etc: whether a package of the family ships the very bytes of `real` elsewhere.
bool Rules::is_copy_of_shipped(const std::string& real, const Family& family) {
  const auto [at, is_new] = facts_.shipped_sizes.try_emplace(&family);
  if (is_new) {
    for (const Family::File& file : family.files_under("")) {
      if (is_in_etc(file.path)) continue;
      const machine::Status status = root_.look_at_link(root_.as_it_lies(file.path));
      if (status.is_file()) at->second.emplace(status.size, root_.as_it_lies(file.path));
    }
  }
  const auto [copy, is_unknown] = facts_.shipped_copies.try_emplace({&family, real});
  if (is_unknown) {
    const machine::Status status = root_.look(real);
    const auto [first, last] = at->second.equal_range(status.size);
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file =
        status.is_file() && first != last ? root_.map(real, error_number) : nullptr;
    const auto same = std::find_if(first, file == nullptr ? first : last, [&](const auto& other) {
      const std::shared_ptr<const MappedFile> shipped = root_.map(other.second, error_number);
      return shipped != nullptr && shipped->bytes().text() == file->bytes().text();
    });
    if (file != nullptr && same != last) copy->second = same->second;
  }
  if (copy->second) pristine_.insert(*copy->second);
  return copy->second.has_value();
}

Rules::Setting Rules::judge_setting(const std::string& path, const Family& family) {
  const std::optional<std::string> real = root_.real(path);
  if (!real || root_.kind(*real) != Is::file) return Setting::absent;
  std::vector<PackageId> ids = database_->owners(path);
  if (*real != path) {
    for (const PackageId id : database_->owners(*real)) ids.push_back(id);
  }
  const bool is_mine = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); });
  if (!ids.empty() && !is_mine) return Setting::of_others;
  if (is_mine && database_->is_as_shipped(*real)) return Setting::as_shipped;
  if (!is_in_etc(*real)) return is_mine && !refusal_by_place(*real) ? Setting::as_shipped : Setting::of_others;
  if (is_copy_of_shipped(*real, family)) {
    collector_.note_public(*real);
    return Setting::as_shipped;
  }
  const bool is_needed = database_->is_as_installed(*real) && is_linked_by_package(*real, family);
  return is_needed ? Setting::as_installed : Setting::changed;
}

/// Whether an inner package ships a link, outside of /etc, that leads to `real`.
bool Rules::is_linked_by_package(const std::string& real, const Family& family) {
  const auto [at, is_new] = facts_.linked.try_emplace(&family);
  if (is_new) {
    for (const Family::File& file : family.inner_files()) {
      const std::string path = root_.as_it_lies(file.path);
      if (is_in_etc(path) || !root_.look_at_link(path).is_link) continue;
      if (std::optional<std::string> target = root_.real(path)) at->second.insert(std::move(*target));
    }
  }
  return at->second.contains(real);
}

void Rules::add_settings(const std::vector<std::string>& paths, const Family& family, const std::string& why) {
  std::map<std::string, Group> groups;                      // by the folder straight in /etc
  std::map<std::string, std::vector<std::string>> changed;  // by the folder that they lie in
  for (const std::string& path : paths) {
    const Setting setting = judge_setting(path, family);
    if (setting == Setting::absent || setting == Setting::of_others) continue;
    if (setting == Setting::changed && !options_.with_etc) {
      // A link is no file of its own: what it leads to is.
      changed[std::string(folder_name(root_.real(path).value_or(path)))].push_back(root_.real(path).value_or(path));
      continue;
    }
    const std::string top = top_of(path);
    Group& group = groups.try_emplace(top, group_for(top, why)).first->second;
    group.evidence = setting == Setting::changed        ? "--with-etc"
                     : setting == Setting::as_installed ? "as its package's installation made it"
                                                        : "as its package ships it";
    const std::string real = root_.real(path).value_or(path);
    collector_.add(group, path, path, Collector::License::settings);
    if (real != path && is_in_etc(real)) collector_.add(group, real, real, Collector::License::settings);
  }
  for (auto& [top, group] : groups) {
    if (group.files.size() == 1) group.path = group.files[0].destination;
    if (!group.files.empty()) group.package = group.files[0].package;
    collector_.take(std::move(group));
  }
  for (auto& [folder, files] : changed) {
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    const bool is_one = files.size() == 1;
    const std::string& shown = is_one ? files[0] : folder;
    collector_.hint(shown,
                    is_one
                        ? fmt::format("{} is not as its package ships it, and is not added: --with-etc or --add {} if "
                                      "it is wanted",
                                      printable(shown), shell_word(shown))
                        : fmt::format("{} files of {} are not as their packages ship them, and are not added: "
                                      "--with-etc or --add {} if they are wanted",
                                      files.size(), printable(shown), shell_word(shown)),
                    rule_);
  }
}

void Rules::take_settings(const Subject& subject) {
  const bool is_whole = subject.is_named || subject.is_started || subject.is_driver;
  if (is_whole && !subject.ids.empty())
    add_settings_of(*subject.source.family, "settings of the package of " + subject.source.name);
}

void Rules::add_settings_of(const Family& family, const std::string& why) {
  if (database_ == nullptr || !family.is_known()) return;
  std::set<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (knowledge::is_every_systems(path) || knowledge::is_for_the_system(path)) return;
    if (root_.kind(path) == Is::file) paths.insert(path);
  };
  for (const Family::File& file : family.files_under("/etc")) {
    if (!std::binary_search(family.inner().begin(), family.inner().end(), file.package)) continue;
    add(file.path);
    if (is_broad_folder(file.path) || !root_.is_folder(file.path)) continue;
    // In a folder of the packages' own lies what their installation copied there, in no list: R's Renviron.
    const std::vector<PackageId> ids = database_->owners(file.path);
    if (!std::all_of(ids.begin(), ids.end(), [&](PackageId id) { return family.contains(id); })) continue;
    for (const std::string& name : root_.list(file.path)) add(file.path + "/" + name);
  }
  add_settings({paths.begin(), paths.end()}, family, why);
}

/// A path in /etc or /var that an object names.
void Rules::look_at_settings(const std::string& path, const Source& source) {
  if (!source.is_close || knowledge::is_every_systems(path)) return;
  if (path.find('%') != std::string::npos || root_.kind(path) == Is::absent || is_broad_folder(path)) return;
  const bool is_known = database_ != nullptr && source.family->is_known();
  const std::vector<PackageId> ids = is_known ? database_->owners(path) : std::vector<PackageId>();
  const bool is_mine = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return source.family->contains(id); });
  // Of a program that no package owns, the packages of what it names are others'.
  if (is_known && is_in_etc(path) && !source.is_unowned && (is_mine || ids.empty())) {
    std::vector<std::string> paths;
    if (root_.kind(path) == Is::file) paths.push_back(path);
    if (root_.kind(path) == Is::folder) {
      root_.walk(path, {[&](const std::string& below, Node node) {
                   if (node == Node::file || node == Node::link) paths.push_back(below);
                   return true;
                 }});
    }
    const bool is_anyones = is_mine || std::any_of(paths.begin(), paths.end(), [&](const std::string& below) {
                              return judge_setting(below, *source.family) == Setting::as_shipped;
                            });
    rule_ = "settings";
    if (is_anyones) return add_settings(paths, *source.family, "settings that " + source.name + " names");
  }
  if (const std::optional<std::string> why = refusal_by_name(path)) {
    collector_.hint(path, fmt::format("{0} is not added: it {1}. --add {0} if it is wanted", printable(path), *why));
    return;
  }
  const std::string whole = with_what_links_lead_to(root_, path);
  if (whole == path) return collector_.hint_named(path, source.name);
  collector_.hint(path, fmt::format("{} names {}, which has links to other files in {}: --add {} if wanted",
                                    source.name, printable(path), printable(whole), shell_word(whole)));
}

}  // namespace bundle::discover
