#include "discover/collector.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>

#include "base/error.h"
#include "base/fault.h"
#include "base/folder.h"
#include "base/human_size.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "discover/family.h"
#include "discover/file_kind.h"
#include "discover/refusal.h"

namespace bundle::discover {

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

bool is_made_by_kernel(const std::string& path) {
  struct statfs system = {};
  if (uninterrupted([&] { return ::statfs(path.c_str(), &system); }) != 0) return false;
  // linux/magic.h, and fs/fuse/control.c and fs/configfs/mount.c for the last two.
  static constexpr std::array<long, 15> kernels = {
      PROC_SUPER_MAGIC,   SYSFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
      SECURITYFS_MAGIC,   SELINUX_MAGIC,  BPF_FS_MAGIC,       EFIVARFS_MAGIC,      PSTOREFS_MAGIC,
      DEVPTS_SUPER_MAGIC, BINFMTFS_MAGIC, TRACEFS_MAGIC,      0x65735543,          0x62656570};
  return std::find(kernels.begin(), kernels.end(), static_cast<long>(system.f_type)) != kernels.end();
}

Is Collector::kind(const std::string& path) const {
  const machine::Root::Place place = root_.locate(path);
  return place.error_number == 0 ? kind_of(place.host) : Is::absent;
}

std::vector<std::string> Collector::files_below(const std::string& folder, std::vector<Hint>* unread) const {
  constexpr size_t most = 200'000;  // a folder of more files is no program's data
  std::vector<std::string> out;
  const machine::Root::Place place = root_.locate(folder);
  if (place.error_number != 0) return out;
  const auto inside = [&](const std::string& outside) { return folder + outside.substr(place.host.size()); };
  Walk walk;
  walk.each = [&](const std::string& path, Node node) {
    if (node != Node::folder && out.size() < most) out.push_back(inside(path));
    if (node == Node::folder && is_made_by_kernel(path)) {  // /proc of a chroot
      if (unread != nullptr) {
        unread->push_back({inside(path), fmt::format("{} is not added: the kernel makes it up when it is read",
                                                     printable(inside(path)))});
      }
      return false;
    }
    return out.size() < most;
  };
  if (unread != nullptr) {
    walk.unreadable = [&](const std::string& path, int error_number) {
      unread->push_back({inside(path), fmt::format("{} is not added: it cannot be read: {}", printable(inside(path)),
                                                   std::generic_category().message(error_number))});
    };
  }
  walk_folder(place.host, walk);
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

bool Collector::is_excluded(const std::string& destination) const {
  return std::any_of(options_.exclude.begin(), options_.exclude.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), destination.c_str(), 0) == 0 ||
           ::fnmatch((glob + "/*").c_str(), destination.c_str(), 0) == 0;
  });
}

std::optional<std::string> Collector::refusal_of(const Group& group, const std::string& path, const std::string& real,
                                                 License license) const {
  if (license == License::user) return std::nullopt;
  const auto judge_place = [&](const std::string& where) {
    std::optional<std::string> why = refusal_by_place(where);
    if (license == License::own_tree && where.starts_with(group.folder + "/")) why.reset();
    if (license == License::named_set) why.reset();
    if (license == License::unmodified_etc && where.starts_with("/etc/")) why.reset();
    if (license == License::user_folder && (where == path || where.starts_with(group.folder + "/"))) why.reset();
    return why;
  };
  if (std::optional<std::string> why = judge_place(path)) return why;
  if (std::optional<std::string> why = judge_place(real)) {
    const bool is_shipped = database_ != nullptr && database_->owner_id(path) && database_->is_as_shipped(real);
    // What the user added by its own path may be found by a link to it, too.
    if (!is_shipped && !is_ca_bundle(real) && !first_.contains(source_of(real)))
      return fmt::format("leads to {}, which {}", printable(real), *why);
  }
  std::optional<std::string> why = refusal_by_name(path);
  if (!why && real != path) why = refusal_by_name(real);
  // A package's own file holds nobody's secret: the key of a test, a sample of settings.
  if (why && !is_public(path, real)) return why;
  const std::string source = source_of(real);
  if (is_made_by_kernel(source)) return "is made up by the kernel when it is read";
  // The modes of the folders above the tree of what the user named do not count.
  const std::string top =
      license == License::own_tree ? source_of(group.folder) : source.substr(0, source.size() - real.size());
  if (std::optional<std::string> mode = refusal_by_mode(source, top)) return mode;
  std::optional<std::string> secret = secret_in(source);
  if (secret && is_public(path, real)) secret.reset();
  return secret;
}

bool Collector::is_public(const std::string& path, const std::string& real) const {
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
  std::vector<std::string> out;
  const std::string folder(folder_name(glob.substr(0, glob.find_first_of("*?[\\")) + "x"));
  for (const std::string& path : files_below(folder)) {
    if (::fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME) == 0) out.push_back(path);
  }
  return out;
}

void Collector::add(Group& group, const std::string& path, const std::string& destination, License license) {
  check_interrupted();
  if (taken_.contains(destination) || is_excluded(destination)) return;
  const std::optional<std::string> real = root_.real(path);
  if (!real) {
    if (license == License::user_folder) {
      group.refused.push_back({path, fmt::format("{} is not added: it leads nowhere", printable(path))});
    }
    return;
  }
  const std::optional<struct stat> status = status_of(source_of(*real));
  if (!status) return;
  if (!S_ISDIR(status->st_mode)) {
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
    if (!S_ISREG(status->st_mode)) return;
    if (license == License::user || !leave_to_target(path, *real)) add_file(group, path, *real, destination);
    return;
  }
  // A link to a folder. One that leads to where the package's files are found anyway (vim82 -> vim90) or to a
  // folder of everybody's says nothing about what is needed.
  constexpr uint64_t most = 16'000'000;
  const bool leads_up = path.starts_with(*real + "/");
  const bool is_inside = (license == License::user_folder || license == License::own_tree) &&
                         (*real + "/").starts_with(group.folder + "/");
  const bool refused =
      license != License::user && license != License::named_set && !is_inside && refusal_by_place(*real);
  const bool is_certificates = real->starts_with("/etc/ssl/");  // the named set's business
  if (refused && !leads_up && !is_certificates && database_ != nullptr && database_->owner_id(path)) {
    // A package that ships a link to a folder of settings reads them: LibreOffice does nothing without.
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
  const std::optional<struct stat> status = status_of(found.source);
  if (!status) return;
  found.destination = destination;
  found.what = file_kind(found.source, machine_);
  found.why = group.why;
  found.is_beside = group.is_beside;
  found.size = static_cast<uint64_t>(status->st_size);
  found.mode = (status->st_mode & 0111U) != 0 ? 0755 : 0644;
  if (database_ != nullptr) found.package = database_->owner(path).value_or(database_->owner(real).value_or(Package{}));
  if (!group.destinations.insert(destination).second) return;
  if (!first_.contains(found.source)) group.size += found.size;
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
    hint(group.path,
         fmt::format("{} ({}, {}) is not added, for its size: --add {} if it is wanted", printable(group.path),
                     human_size(size), printable(group.why), shell_word(group.path)));
    return false;
  }
  if (discovery_.size + size > options_.data_limit) {
    hint(group.path,
         fmt::format("{} ({}, {}) is not added: the data would be over the limit of {}. Raise it by "
                     "--data-limit if it is wanted",
                     printable(group.path), human_size(size), printable(group.why), human_size(options_.data_limit)));
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
    if (item.files == 0) item.same_as = found.same_as;
    ++item.files;
    discovery_.found.push_back(std::move(found));
  }
  if (size > 0) item.same_as.clear();
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
