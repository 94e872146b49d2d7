#include "discover/collector.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>

#include "base/error.h"
#include "base/human_size.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "discover/family.h"
#include "discover/file_kind.h"
#include "discover/refusal.h"
#include "knowledge/folders.h"
#include "knowledge/generated.h"

namespace bundle::discover {

namespace {

/// "/var/lib/NAME" or "/var/cache/NAME" of a path below; empty elsewhere.
std::string state_folder(const std::string& path) {
  const std::string_view place = knowledge::state_place(path);
  const size_t end = place.empty() ? std::string::npos : path.find('/', place.size() + 1);
  return end == std::string::npos ? std::string() : path.substr(0, end);
}

}  // namespace

std::optional<std::string> excluding_glob(const Options& options, const std::string& destination) {
  const auto glob = std::find_if(options.exclude.begin(), options.exclude.end(), [&](const std::string& candidate) {
    return ::fnmatch(candidate.c_str(), destination.c_str(), 0) == 0 ||
           ::fnmatch((candidate + "/*").c_str(), destination.c_str(), 0) == 0;
  });
  return glob == options.exclude.end() ? std::nullopt : std::optional(*glob);
}

std::string common_folder(const std::vector<Found>& files) {
  std::string folder = files.empty() ? "" : std::string(folder_name(files[0].destination));
  for (const Found& file : files) {
    while (folder.size() > 1 && !file.destination.starts_with(folder + "/")) folder = folder_name(folder);
  }
  return folder;
}

std::vector<std::string> telling_places(const std::string& folder, const std::vector<Found>& files) {
  if (!knowledge::is_folder_of_anything(folder)) return {folder};
  std::set<std::string> places;
  for (const Found& file : files) {
    size_t end = file.destination.find('/', 1);
    for (; end != std::string::npos; end = file.destination.find('/', end + 1)) {
      const std::string above = file.destination.substr(0, end);
      if (!knowledge::is_folder_of_anything(above) && !is_broad_folder(above)) break;
    }
    places.insert(file.destination.substr(0, end));
  }
  return {places.begin(), places.end()};
}

std::shared_ptr<const MappedFile> Collector::open(const std::string& real) const {
  // Each file is looked at for what it holds and for what it is, and an object by one rule behind the other, with what
  // the rule found looked at in between.
  constexpr size_t a_few = 4;
  const std::string source = source_of(real);
  const auto known =
      std::find_if(latest_.begin(), latest_.end(), [&](const auto& file) { return file->path() == source; });
  if (known != latest_.end()) {
    std::rotate(known, known + 1, latest_.end());
    return latest_.back();
  }
  if (latest_.size() == a_few) latest_.erase(latest_.begin());
  latest_.push_back(root_.map_source(source));
  return latest_.back();
}

std::vector<std::string> Collector::files_below(const std::string& folder, std::vector<Hint>* unread) const {
  constexpr size_t most = 200'000;  // a folder of more files is no program's data
  std::vector<std::string> out;
  Walk walk;
  walk.each = [&](const std::string& path, Node node) {
    if (node != Node::folder && out.size() < most) out.push_back(path);
    if (node == Node::folder && root_.is_made_by_kernel(path)) {  // /proc of a chroot
      if (unread != nullptr) {
        unread->push_back(
            {path, fmt::format("{} is not added: the kernel makes it up when it is read", printable(path))});
      }
      return false;
    }
    return out.size() < most;
  };
  if (unread != nullptr) {
    walk.unreadable = [&](const std::string& path, int error_number) {
      unread->push_back({path, fmt::format("{} is not added: it cannot be read: {}", printable(path),
                                           std::generic_category().message(error_number))});
    };
  }
  root_.walk(folder, walk);
  if (unread != nullptr && out.size() == most) {
    unread->push_back(
        {folder, fmt::format("{} holds more than {} files, and the rest is not added: --add what is wanted",
                             printable(folder), most)});
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Hint> Collector::unreadable_below(const std::string& folder) const {
  std::vector<Hint> unread;
  files_below(folder, &unread);
  return unread;
}

std::optional<std::string> Collector::refusal_of(const Group& group, const std::string& path, const std::string& real,
                                                 License license) const {
  if (license == License::user) return std::nullopt;
  const auto judge_place = [&](const std::string& where) {
    std::optional<std::string> why = refusal_by_place(where);
    if (!why) return why;
    if (license == License::own_tree && where.starts_with(group.folder + "/")) why.reset();
    if (license == License::named_set || knowledge::is_generated(where)) why.reset();
    if (license == License::settings && where.starts_with("/etc/")) why.reset();
    if (license == License::user_folder && (where == path || where.starts_with(group.folder + "/"))) why.reset();
    return why;
  };
  if (std::optional<std::string> why = judge_place(path)) return why;
  if (std::optional<std::string> why = judge_place(real)) {
    const bool is_shipped = database_ != nullptr && database_->owner_id(path) && is_public(path, real);
    // What the user added by its own path may be found by a link to it, too.
    if (!is_shipped && !first_.contains(source_of(real)))
      return fmt::format("leads to {}, which {}", printable(real), *why);
  }
  // The modes of the folders above what the user named, or above its program's tree, do not count.
  const bool is_users = license == License::own_tree || license == License::user_folder;
  if (is_users && real.starts_with(group.folder + "/")) return refusal_of_file(path, real, group.folder);
  const auto [at, is_new] = looked_.refusals.try_emplace({path, real, public_.contains(real)});
  if (is_new) at->second = refusal_of_file(path, real, "");
  return at->second;
}

std::optional<std::string> Collector::refusal_of_file(const std::string& path, const std::string& real,
                                                      const std::string& above) const {
  std::optional<std::string> why = refusal_by_name(path);
  if (!why && real != path) why = refusal_by_name(real);
  // A package's own file holds nobody's secret: the key of a test, a sample of settings.
  if (why && !is_public(path, real)) return why;
  if (root_.is_made_by_kernel(real)) return "is made up by the kernel when it is read";
  if (std::optional<std::string> mode = refusal_by_mode(root_, real, above)) return mode;
  const auto [at, is_new] = looked_.secrets.try_emplace(source_of(real));
  if (is_new) at->second = secret_in(real, open(real)->bytes());
  std::optional<std::string> secret = at->second;
  if (secret && is_public(path, real)) secret.reset();
  return secret;
}

bool Collector::is_public(const std::string& path, const std::string& real) const {
  if (public_.contains(real)) return true;
  return database_ != nullptr && (database_->owner_id(real) || database_->owner_id(path)) &&
         database_->is_as_shipped(real);
}

bool Collector::has_below(const std::string& destination) const {
  if (taken_.contains(destination)) return true;
  const auto next = taken_.lower_bound(destination + "/");
  return next != taken_.end() && next->starts_with(destination + "/");
}

std::optional<std::string> Collector::destination_of(const std::string& source) const {
  const auto found = first_.find(source);
  return found == first_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Collector::matching(const std::string& glob) const {
  std::vector<std::string> found = root_.matching(glob);
  std::erase_if(found, [&](const std::string& path) {
    const machine::Status status = root_.look_at_link(path);
    return !status.is_there() || status.is_folder();
  });
  return found;
}

void Collector::add(Group& group, const std::string& path, const std::string& destination, License license) {
  check_interrupted();
  if (taken_.contains(destination) || excluding_glob(options_, destination)) return;
  const std::optional<std::string> real = root_.real(path);
  if (!real) {
    if (license == License::user_folder) {
      group.refused.push_back({path, fmt::format("{} is not added: it leads nowhere", printable(path))});
    }
    return;
  }
  const machine::Status status = root_.look(*real);
  if (!status.is_there()) return;
  if (!status.is_folder()) {
    if (const std::optional<std::string> why = refusal_of(group, path, *real, license)) {
      group.refused.push_back({path, fmt::format("{} is not added: it {}. --add {} if it is wanted", printable(path),
                                                 printable(*why), shell_word(path))});
      // What a package's installation wrote, texlive's formats and aspell's dictionaries, comes with one
      // flag.
      if (const std::string folder = state_folder(*real); !folder.empty() && folder != state_folder(path)) {
        group.refused.back() = {
            folder, fmt::format("{} leads to {}, which lies in {} and is not added: --add {} if it is wanted",
                                printable(path), printable(*real), printable(folder), shell_word(folder))};
      }
      return;
    }
    if (!status.is_file()) return;
    if (license == License::user || !leave_to_target(path, *real)) add_file(group, path, *real, destination);
    return;
  }
  // A link to a folder. One that leads to where the package's files are found anyway (vim82 -> vim90) or to a
  // folder of everybody's says nothing about what is needed.
  constexpr uint64_t most = 16'000'000;
  const bool leads_up = path.starts_with(*real + "/");
  const bool is_inside = (license == License::user_folder || license == License::own_tree) &&
                         (*real + "/").starts_with(group.folder + "/");
  const bool refused = license != License::user && license != License::named_set && !is_inside &&
                       refusal_by_place(*real) && !knowledge::is_generated(*real + "/x");
  // The named set's business.
  const bool is_certificates = real->starts_with("/etc/ssl/") || real->starts_with("/etc/pki/");
  if (refused && !leads_up && !is_certificates && database_ != nullptr && database_->owner_id(path)) {
    // A package that ships a link to a folder of settings reads them: LibreOffice does nothing without. Those that are
    // as shipped are anybody's.
    if (add_public_below(group, *real, destination)) return;
    hint(path, fmt::format("{} leads to {}, which is not added: --add {} if it is wanted", printable(path),
                           printable(*real), shell_word(path)));
  }
  if (leads_up || refused || is_broad_folder(*real) || is_left_out(*real)) return;
  Group inside;
  inside.folder = group.folder;
  inside.is_beside = group.is_beside;
  for (const std::string& below : files_below(*real)) {
    if (kind(below) == Is::folder || is_left_out(below)) continue;
    add(inside, below, destination + below.substr(real->size()), license);
  }
  // As copies, whether the content is there under another name or not.
  uint64_t size = 0;
  for (const Found& found : inside.files) size += found.size;
  if (size > most && license != License::user && license != License::user_folder) {
    // Another name of what the same package has under its own (java-1.17.0 -> java-17) is no loss.
    const std::vector<PackageId> there = database_ == nullptr ? std::vector<PackageId>() : database_->owners(*real);
    const std::optional<PackageId> mine = database_ == nullptr ? std::nullopt : database_->owner_id(path);
    const bool same_package = mine && std::find(there.begin(), there.end(), *mine) != there.end();
    if (same_package) return;
    hint(path, fmt::format("{} leads to {}, {}: add it by --add {}", printable(path), printable(*real),
                           human_size(size), shell_word(path)));
    return;
  }
  std::move(inside.refused.begin(), inside.refused.end(), std::back_inserter(group.refused));
  group.size += inside.size;
  for (Found& found : inside.files) {
    found.why = group.why;
    if (group.destinations.insert(found.destination).second) group.files.push_back(std::move(found));
  }
}

/// What of a folder in /etc is as its packages ship it. Whether that is all there is.
bool Collector::add_public_below(Group& group, const std::string& real, const std::string& destination) {
  if (!real.starts_with("/etc/")) return false;
  bool is_all = true;
  for (const std::string& below : files_below(real)) {
    const std::optional<std::string> file = root_.real(below);
    if (!file || root_.kind(*file) != Is::file) continue;
    if (is_public(below, *file)) {
      add(group, below, destination + below.substr(real.size()), License::settings);
    } else {
      is_all = false;
    }
  }
  linked_settings_.push_back({destination, real});
  return is_all;
}

/// A driver's library that a package ships or a run used: whether it is the target's, which is noted then.
bool Collector::leave_to_target(const std::string& path, const std::string& real) {
  const std::string_view name = base_name(path);
  if (name.find(".so") == std::string_view::npos) return false;
  if (!options_.target_has.has(name) && !options_.target_has.has(base_name(real))) return false;
  discovery_.left_to_target.push_back({std::string(name), "", true});
  return true;
}

void Collector::add_file(Group& group, const std::string& path, const std::string& real,
                         const std::string& destination) {
  Found found;
  found.source = source_of(real);
  const machine::Status status = root_.look(real);
  if (!status.is_there()) return;
  found.destination = destination;
  const auto [at, is_new] = looked_.kinds.try_emplace(found.source);
  if (is_new) at->second = file_kind(*open(real), machine_);
  found.kind = at->second;
  found.why = group.why;
  found.is_beside = group.is_beside;
  found.size = status.size;
  found.mode = (status.mode & 0111U) != 0 ? 0755 : 0644;
  if (database_ != nullptr) found.package = database_->owner(path).value_or(database_->owner(real).value_or(Package{}));
  if (!group.destinations.insert(destination).second) return;
  if (!first_.contains(found.source)) group.size += found.size;
  group.files.push_back(std::move(found));
}

void Collector::commit(Group&& group, const Cost& cost) {
  Finding item;
  static_cast<Reason&>(item) = group;
  item.path = group.path;
  item.package = group.package;
  item.size = cost.own;
  item.dragged = cost.dragged;
  item.may_go = group.may_go || group.strength == Strength::likely;
  item.goes_last = group.goes_last;
  item.is_needed = group.is_needed;
  item.key = group.key;
  item.places = telling_places(group.path, group.files);
  for (Found& found : group.files) {
    if (!taken_.insert(found.destination).second) continue;
    const auto [first, is_new] = first_.emplace(found.source, found.destination);
    if (!is_new) found.same_as = first->second;
    if (item.files == 0) item.same_as = found.same_as;
    ++item.files;
    found.rule = group.rule;
    found.evidence = group.evidence;
    found.strength = group.strength;
    if (found.kind != Kind::data && closer_) {
      for (const Dragged& object : dragged_by(found)) brought_.insert(object.source);
    }
    discovery_.found.push_back(std::move(found));
  }
  if (cost.own > 0) item.same_as.clear();
  if (item.files > 0) discovery_.findings.push_back(std::move(item));
}

/// What is told once may have several files, and several reasons.
void Collector::leave_out(Hint said, const std::string& evidence, std::vector<std::string> files) {
  if (hinted_.insert(said.path).second) discovery_.hints.push_back(said);
  discovery_.left_out.push_back({std::move(said), evidence, std::move(files)});
}

/// Of a group for which little speaks, each file says no more than the group.
void Collector::leave_refused(Group& group) {
  for (Hint& refused : group.refused) {
    refused.rule = group.rule;
    if (group.strength != Strength::weak) {
      leave_out(refused, group.evidence, {refused.path});
    } else {
      discovery_.left_out.push_back({refused, group.evidence, {refused.path}});
    }
  }
}

void Collector::leave_unsaid(Hint said, const std::string& evidence) {
  said.strength = Strength::weak;
  std::vector<std::string> files = {said.path};
  discovery_.left_out.push_back({std::move(said), evidence, std::move(files)});
}

void Collector::hint(std::string path, std::string text, std::string rule, uint64_t size, bool is_lacking) {
  if (hinted_.insert(path).second) {
    if (rule.empty()) rule = rule_;
    discovery_.hints.push_back(
        {std::move(path), std::move(text), std::move(rule), size, Strength::certain, is_lacking});
  }
}

void Collector::hint_named(const std::string& path, const std::string& by) {
  const size_t before = discovery_.hints.size();
  hint(path, fmt::format("{} names {}: --add it if wanted", by, printable(path)));
  if (discovery_.hints.size() > before) discovery_.hints.back().by = by;
}

std::vector<Found> Collector::take_new() {
  std::vector<Found> out;
  for (; handed_out_ < discovery_.found.size(); ++handed_out_) {
    const Found& found = discovery_.found[handed_out_];
    if (found.kind != Kind::data && found.same_as.empty()) out.push_back(found);
  }
  return out;
}

/// What one finding left out another may have taken since, or told by the folder, below, in which all of it lies that
/// is not taken: /usr/share/poppler is a hint at its cMap alone.
bool Collector::is_told_elsewhere(const Hint& hint) const {
  if (taken_.contains(hint.path)) return true;
  const auto left = std::find_if(discovery_.left_out.begin(), discovery_.left_out.end(), [&](const LeftOut& one) {
    return one.hint.path == hint.path && one.hint.text == hint.text;
  });
  if (left == discovery_.left_out.end() || left->files.size() < 2) return false;
  const auto is_told = [&](const std::string& file) {
    if (taken_.contains(file)) return true;
    for (std::string_view folder = folder_name(file); folder.size() > hint.path.size(); folder = folder_name(folder)) {
      if (hinted_.contains(std::string(folder))) return true;
    }
    return false;
  };
  return std::all_of(left->files.begin(), left->files.end(), is_told);
}

Discovery Collector::result() const {
  Discovery sorted = discovery_;
  std::erase_if(sorted.hints, [&](const Hint& hint) { return is_told_elsewhere(hint); });
  std::sort(sorted.found.begin(), sorted.found.end(),
            [](const Found& a, const Found& b) { return a.destination < b.destination; });
  // Where all that lies behind a link was found by its own name as well, the link is another name of the folder.
  for (const FolderName& link : linked_settings_) {
    const std::string prefix = link.path + "/";
    const auto lies_there = [&](const std::string& path) {
      return taken_.contains(link.stored + path.substr(link.path.size()));
    };
    auto at = taken_.lower_bound(prefix);
    while (at != taken_.end() && at->starts_with(prefix) && lies_there(*at)) ++at;
    const bool is_all = at == taken_.end() || !at->starts_with(prefix);
    if (is_all && has_below(link.stored)) sorted.folder_names.push_back(link);
  }
  return sorted;
}

}  // namespace bundle::discover
