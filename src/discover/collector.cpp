#include "discover/collector.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "discover/family.h"
#include "discover/file_kind.h"
#include "discover/refusal.h"

namespace bundle::discover {

namespace fs = std::filesystem;

namespace {

/// The certificates that everybody trusts, which update-ca-certificates puts together in /etc.
bool is_ca_bundle(const std::string& path) {
  return path == "/etc/ssl/certs/ca-certificates.crt" || path == "/etc/ssl/certs/java/cacerts" ||
         path == "/etc/pki/tls/certs/ca-bundle.crt";
}

/// "/var/lib/NAME" or "/var/cache/NAME" of a path below; empty elsewhere.
std::string state_folder(const std::string& path) {
  for (const std::string_view place : {"/var/lib/", "/var/cache/"}) {
    if (!path.starts_with(place)) continue;
    const size_t end = path.find('/', place.size());
    return end == std::string::npos ? std::string() : path.substr(0, end);
  }
  return {};
}

}  // namespace

std::string size_text(uint64_t bytes) {
  if (bytes >= 10'000'000) return fmt::format("{} MB", (bytes + 500'000) / 1'000'000);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  if (bytes >= 1'000) return fmt::format("{} KB", (bytes + 500) / 1'000);
  return fmt::format("{} bytes", bytes);
}

std::vector<std::string> Collector::files_below(const std::string& folder) {
  constexpr size_t most = 200'000;  // a folder of more files is no program's data
  std::vector<std::string> out;
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed);
  for (const fs::recursive_directory_iterator end; !failed && at != end && out.size() < most; at.increment(failed)) {
    std::error_code ignored;
    if (!fs::is_directory(at->symlink_status(ignored))) out.push_back(at->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool Collector::is_excluded(const std::string& destination) const {
  return std::any_of(options_.exclude.begin(), options_.exclude.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), destination.c_str(), 0) == 0 ||
           ::fnmatch((glob + "/*").c_str(), destination.c_str(), 0) == 0;
  });
}

std::optional<std::string> Collector::refusal_of(const std::string& path, const std::string& real, License license,
                                                 const std::string& tree) const {
  if (license == License::user) return std::nullopt;
  const auto judge_place = [&](const std::string& where) {
    std::optional<std::string> why = refusal_by_place(where);
    if (license == License::own_tree && where.starts_with(tree + "/")) why.reset();
    if (license == License::named_set) why.reset();
    if (license == License::unmodified_etc && where.starts_with("/etc/")) why.reset();
    return why;
  };
  if (std::optional<std::string> why = judge_place(path)) return why;
  if (std::optional<std::string> why = judge_place(real)) {
    const bool is_public = database_ != nullptr && database_->owner_id(path) && database_->is_as_shipped(real);
    // What the user added by its own path may be found by a link to it, too.
    if (!is_public && !is_ca_bundle(real) && !first_.contains(real))
      return fmt::format("leads to {}, which {}. --add {} if it is wanted", printable(real), *why, printable(path));
  }
  if (std::optional<std::string> why = refusal_by_name(path)) return why;
  if (std::optional<std::string> why = refusal_by_name(real)) return why;
  return license == License::own_tree ? refusal_by_content(real, tree) : refusal_by_content(real);
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

std::vector<std::string> Collector::matching(const std::string& glob) {
  std::vector<std::string> out;
  const std::string folder(folder_name(glob.substr(0, glob.find_first_of("*?[\\")) + "x"));
  for (const std::string& path : files_below(folder)) {
    if (::fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME) == 0) out.push_back(path);
  }
  return out;
}

void Collector::add(Group& group, const std::string& path, const std::string& destination, License license) {
  if (taken_.contains(destination) || is_excluded(destination)) return;
  const std::optional<std::string> real = real_path(path);
  if (!real) return;
  struct stat status = {};
  if (::stat(real->c_str(), &status) != 0) return;
  if (!S_ISDIR(status.st_mode)) {
    if (const std::optional<std::string> why = refusal_of(path, *real, license, group.tree)) {
      group.refused.push_back({path, fmt::format("{} is not added: it {}", printable(path), *why)});
      // What a package's installation wrote, texlive's formats and aspell's dictionaries, comes with one
      // flag.
      if (const std::string folder = state_folder(*real); !folder.empty() && folder != state_folder(path)) {
        group.refused.back() = {
            folder, fmt::format("{0} leads to {1}, which lies in {2} and is not added: --add {2} if it is wanted",
                                printable(path), printable(*real), printable(folder))};
      }
      return;
    }
    if (S_ISREG(status.st_mode)) add_file(group, path, *real, destination);
    return;
  }
  // A link to a folder. One that leads to where the package's files are found anyway (vim82 -> vim90) or to a
  // folder of everybody's says nothing about what is needed.
  constexpr uint64_t most = 16'000'000;
  const bool leads_up = path.starts_with(*real + "/");
  const bool refused = license != License::user && license != License::named_set &&
                       !(license == License::own_tree && real->starts_with(group.tree + "/")) &&
                       refusal_by_place(*real);
  const bool is_certificates = real->starts_with("/etc/ssl/");  // the named set's business
  if (refused && !leads_up && !is_certificates && database_ != nullptr && database_->owner_id(path)) {
    // A package that ships a link to a folder of settings reads them: LibreOffice does nothing without.
    hint(path, fmt::format("{0} leads to {1}, which is not added: --add {0} if it is wanted", printable(path),
                           printable(*real)));
  }
  if (leads_up || refused || is_broad_folder(*real) || is_left_out(*real)) return;
  Group inside;
  inside.tree = group.tree;
  inside.is_beside = group.is_beside;
  for (const std::string& below : files_below(*real)) {
    std::error_code ignored;
    if (fs::is_directory(below, ignored) || is_left_out(below)) continue;
    add(inside, below, destination + below.substr(real->size()), license);
  }
  // As copies, whether the content is there under another name or not.
  uint64_t size = 0;
  for (const Found& found : inside.files) size += found.size;
  if (size > most && license != License::user) {
    // Another name of what the same package has under its own (java-1.17.0 -> java-17) is no loss.
    const std::vector<PackageId> there = database_ == nullptr ? std::vector<PackageId>() : database_->owners(*real);
    const std::optional<PackageId> mine = database_ == nullptr ? std::nullopt : database_->owner_id(path);
    const bool same_package = mine && std::find(there.begin(), there.end(), *mine) != there.end();
    if (same_package) return;
    hint(path, fmt::format("{} leads to {}, {}: add it by --add {}", path, *real, size_text(size), path));
    return;
  }
  group.size += inside.size;
  for (Found& found : inside.files) {
    found.why = group.why;
    if (group.destinations.insert(found.destination).second) group.files.push_back(std::move(found));
  }
}

void Collector::add_file(Group& group, const std::string& path, const std::string& real,
                         const std::string& destination) {
  struct stat status = {};
  if (::stat(real.c_str(), &status) != 0) return;
  Found found;
  found.source = real;
  found.destination = destination;
  found.what = file_kind(real, machine_);
  found.why = group.why;
  found.is_beside = group.is_beside;
  found.size = static_cast<uint64_t>(status.st_size);
  found.mode = (status.st_mode & 0111U) != 0 ? 0755 : 0644;
  if (database_ != nullptr) found.package = database_->owner(path).value_or(database_->owner(real).value_or(Package{}));
  if (!group.destinations.insert(destination).second) return;
  if (!first_.contains(real)) group.size += found.size;
  group.files.push_back(std::move(found));
}

uint64_t Collector::new_bytes(const Group& group) const {
  // Links inside the group count once.
  std::set<std::string> sources;
  uint64_t size = 0;
  for (const Found& found : group.files) {
    if (!first_.contains(found.source) && sources.insert(found.source).second) size += found.size;
  }
  return size;
}

bool Collector::take(Group&& group, std::optional<uint64_t> limit) {
  for (Hint& refused : group.refused) hint(std::move(refused.path), std::move(refused.text));
  if (group.files.empty()) return false;
  const uint64_t size = new_bytes(group);
  if (limit && size > *limit) {
    hint(group.path, fmt::format("{} ({}, {}) is not added, for its size: --add {} if it is wanted", group.path,
                                 size_text(size), group.why, group.path));
    return false;
  }
  if (discovery_.size + size > options_.data_limit) {
    hint(group.path, fmt::format("{} ({}, {}) is not added: the data would be over the limit of {}. Raise it by "
                                 "--data-limit if it is wanted",
                                 group.path, size_text(size), group.why, size_text(options_.data_limit)));
    return false;
  }
  commit(std::move(group), size);
  return true;
}

void Collector::take_unlimited(Group&& group) {
  for (Hint& refused : group.refused) hint(std::move(refused.path), std::move(refused.text));
  const uint64_t size = new_bytes(group);
  commit(std::move(group), size);
}

void Collector::commit(Group&& group, uint64_t size) {
  discovery_.size += size;
  FoundItem item{group.path, group.why, group.package, 0, size};
  for (Found& found : group.files) {
    if (!taken_.insert(found.destination).second) continue;
    const auto [first, is_new] = first_.emplace(found.source, found.destination);
    if (!is_new) found.same_as = first->second;
    ++item.files;
    discovery_.found.push_back(std::move(found));
  }
  if (item.files > 0) discovery_.items.push_back(std::move(item));
}

void Collector::hint(std::string path, std::string text) {
  if (hinted_.insert(path).second) discovery_.hints.push_back({std::move(path), std::move(text)});
}

std::vector<Found> Collector::take_new() {
  std::vector<Found> out;
  for (; handed_out_ < discovery_.found.size(); ++handed_out_) {
    const Found& found = discovery_.found[handed_out_];
    if (found.what != Found::What::data && found.same_as.empty()) out.push_back(found);
  }
  return out;
}

Discovery Collector::result() const {
  Discovery sorted = discovery_;
  std::sort(sorted.found.begin(), sorted.found.end(),
            [](const Found& a, const Found& b) { return a.destination < b.destination; });
  return sorted;
}

}  // namespace bundle::discover
