// See absence.h.
#include "run/absence.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/collector.h"
#include "discover/family.h"
#include "discover/file_kind.h"
#include "discover/refusal.h"
#include "knowledge/drivers.h"
#include "knowledge/folders.h"
#include "knowledge/sets.h"

namespace bundle::run {

Absences::Absences(const BundleOptions& options, const Plan& plan, const Followed& followed, machine::Root& root,
                   const packages::Database* packages)
    : options_(options), plan_(plan), followed_(followed), root_(root), packages_(packages) {
  for (size_t i = 0; i < followed.left_out.size(); ++i) {
    const discover::LeftOut& left = followed.left_out[i];
    for (const std::string& file : left.files) noted_[file].push_back(i);
    if (left.files != std::vector<std::string>{left.hint.path}) of_listed_.insert(left.hint.text);
  }
  const std::string roots = plan.home + "/root";
  for (const Item& item : plan.items) {
    if (item.package.known()) ++of_package_[item.package.name];
    if (item.kind != Kind::data && item.kind != Kind::program && item.kind != Kind::library) continue;
    if (!item.path.starts_with(roots + "/")) continue;
    for (std::string folder(folder_name(item.path.substr(roots.size()))); folder.size() > 1;
         folder = folder_name(folder))
      ++folders_[folder];
  }
}

/// What rules said of this very path.
void Absences::add_noted(const std::string& path, std::vector<Absence>& out) const {
  const auto add = [&](const discover::Hint& hint, const std::string& evidence) {
    const bool is_known =
        std::any_of(out.begin(), out.end(), [&](const Absence& absence) { return absence.text == hint.text; });
    if (!is_known) out.push_back({hint.text, hint.rule, evidence});
  };
  if (const auto noted = noted_.find(path); noted != noted_.end()) {
    for (const size_t index : noted->second) add(followed_.left_out[index].hint, followed_.left_out[index].evidence);
  }
  for (const discover::Hint& hint : followed_.hints) {
    if (hint.path == path) add(hint, "");
  }
}

/// What was said of the nearest folder that holds it. Where a rule listed the files that it means, it does not mean
/// others.
void Absences::add_above(const std::string& path, std::vector<Absence>& out) const {
  const discover::Hint* nearest = nullptr;
  for (const discover::Hint& hint : followed_.hints) {
    const bool is_nearer = nearest == nullptr || hint.path.size() > nearest->path.size();
    if (is_nearer && is_below(path, hint.path) && !of_listed_.contains(hint.text)) nearest = &hint;
  }
  if (nearest != nullptr) out.push_back({nearest->text, nearest->rule, ""});
}

const LeftToTarget* Absences::left_to_target(const std::string& path) const {
  const auto left = std::find_if(plan_.left_to_target.begin(), plan_.left_to_target.end(),
                                 [&](const LeftToTarget& item) { return item.name == base_name(path); });
  return left == plan_.left_to_target.end() ? nullptr : &*left;
}

/// What the user's options keep out.
void Absences::add_option(const std::string& path, std::vector<Absence>& out) const {
  if (const LeftToTarget* const left = left_to_target(path)) {
    out.push_back({left->by.empty()
                       ? "is left to the target"
                       : fmt::format("is left to the target: {} by {}", left->by_name ? "opened" : "needed", left->by),
                   "", ""});
  }
  if (const std::optional<std::string> glob = discover::excluding_glob(options_.discover, path)) {
    out.push_back({fmt::format("is left out by --exclude {}", shell_word(*glob)), "", ""});
  }
}

bool Absences::is_as_shipped(const std::string& path, const std::string& real) const {
  return packages_ != nullptr && (packages_->owner_id(path) || packages_->owner_id(real)) &&
         packages_->is_as_shipped(real);
}

/// What no rule takes, whatever names it.
void Absences::add_refusal(const std::string& path, const std::string& real, bool with_content,
                           std::vector<Absence>& out) const {
  std::optional<std::string> refusal = discover::refusal_by_place(path);
  if (!refusal) refusal = discover::refusal_by_place(real);
  if (!refusal && root_.is_made_by_kernel(real)) refusal = "is made up by the kernel when it is read";
  if (!refusal && with_content && root_.kind(real) == machine::Kind::file) {
    refusal = discover::refusal_by_mode(root_, real);
    const bool is_closed = refusal.has_value();
    if (!refusal) refusal = discover::refusal_by_name(path);
    if (!refusal) refusal = discover::secret_in(real, root_.map_source(root_.at(real))->bytes());
    if (!is_closed && refusal && is_as_shipped(path, real)) refusal.reset();
  }
  if (refusal) out.push_back({fmt::format("{}, and is taken only where it is named", *refusal), "refusal", ""});
}

/// What no rule looks at.
void Absences::add_kind(const std::string& path, std::vector<Absence>& out) {
  if (const std::string_view folder = discover::left_out_folder(path); !folder.empty()) {
    out.push_back({fmt::format("lies in {}: documentation, translations, caches and their like are left out", folder),
                   "left-out", ""});
  } else if (discover::has_left_out_name(path)) {
    out.push_back({"is by its name a thing to compile or debug with, a translation or a cache, which are left out",
                   "left-out", ""});
  }
}

Absences::Absence Absences::unseen(const std::string& path, const std::string& real) const {
  if (!options_.discover.enabled) return {"is not looked for: --no-discover was given", "", ""};
  std::string text = "no rule saw it: nothing of the bundle names it";
  std::string folder(folder_name(path));
  while (folder.size() > 1 && !folders_.contains(folder)) folder = folder_name(folder);
  if (folder.size() > 1 && !knowledge::is_broad_folder(folder)) {
    return {fmt::format("{}, though {} files of {} are there", text, folders_.at(folder), printable(folder)), "", ""};
  }
  const std::optional<Package> package = packages_ == nullptr ? std::nullopt : packages_->owner(path);
  const std::optional<Package> owner = package || packages_ == nullptr ? package : packages_->owner(real);
  if (const auto others = owner ? of_package_.find(owner->name) : of_package_.end(); others != of_package_.end()) {
    return {fmt::format("{}, though {} files of its package are there", text, others->second), "", ""};
  }
  return {std::move(text), "", ""};
}

std::vector<report::Answer::Absence> Absences::all(const std::string& path, const std::string& real,
                                                   bool with_content) const {
  std::vector<Absence> out;
  add_option(path, out);
  add_noted(path, out);
  if (out.empty() && real != path) add_noted(real, out);
  if (out.empty()) add_kind(path, out);
  if (out.empty()) add_above(path, out);
  if (out.empty()) add_refusal(path, real, with_content, out);
  if (out.empty()) out.push_back(unseen(path, real));
  return out;
}

std::vector<report::Answer::Absence> Absences::of(const std::string& path, const std::string& real) const {
  return all(path, real, true);
}

report::Answer::Absence Absences::first_of(const std::string& path, const std::string& real) const {
  return all(path, real, false).front();
}

std::vector<report::Answer::Absence> Absences::of_missing(const std::string& path) const {
  std::vector<Absence> out;
  add_option(path, out);
  const std::string name(base_name(path));
  for (const discover::Hint& hint : followed_.hints) {
    if (hint.path == path || (hint.is_lacking && hint.text.find(name) != std::string::npos))
      out.push_back({hint.text, hint.rule, ""});
  }
  if (out.empty()) {
    out.push_back(
        {root_.is_host() ? "no file of this machine has that name" : "no file in the sysroot has that name", "", ""});
  }
  return out;
}

std::vector<std::string> Absences::options(const std::string& path, const std::string& real,
                                           const discover::Machine& machine) const {
  const machine::Status status = root_.look(real);
  if (root_.is_made_by_kernel(real) || (!status.is_file() && !status.is_folder())) return {};
  std::vector<std::string> out;
  if (const LeftToTarget* const left = left_to_target(path)) {
    const bool is_drivers = knowledge::is_driver(left->name);
    out.emplace_back(is_drivers ? "--target-has none" : "leave its name out of --target-has");
  }
  if (const std::optional<std::string> glob = discover::excluding_glob(options_.discover, path))
    return {fmt::format("leave out --exclude {}", shell_word(*glob))};
  for (const knowledge::SetPlace& place : knowledge::set_places) {
    if ((path + "/").find(place.part) != std::string::npos) out.emplace_back(place.option);
  }
  bool is_library = false;
  if (status.is_file()) {
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file = root_.map(real, error_number);
    if (file == nullptr) return {};
    is_library = discover::file_kind(*file, machine) == Kind::library;
  }
  out.push_back(fmt::format("{} {}", is_library ? "--plugin" : "--add", shell_word(path)));
  return out;
}

}  // namespace bundle::run
