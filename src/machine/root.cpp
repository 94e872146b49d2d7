#include "machine/root.h"

#include <fnmatch.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "machine/locale_archive.h"

namespace bundle::machine {

namespace {

constexpr int most_links = 40;  // MAXSYMLINKS of the kernel

}  // namespace

Root::Root(const std::string& sysroot, std::shared_ptr<const Disk> disk)
    : disk_(asked_once(with_locale_folders(std::move(disk)))) {
  if (sysroot.empty() || sysroot == "/") {
    try {
      working_folder_ = absolute_path(".");
    } catch (const Error&) {
      working_folder_ = "/";  // a working folder that is gone: relative names lead nowhere anyway
    }
    return;
  }
  const std::optional<std::string> real = real_path(sysroot);
  if (!real || !disk_->status(*real).is_folder()) {
    throw Error(Exit::usage, sysroot,
                "is not a folder. --sysroot takes the root of a system, the folder that holds its usr/ and etc/");
  }
  sysroot_ = *real == "/" ? "" : *real;
  is_host_ = sysroot_.empty();
  named_ = absolute_path(sysroot);
  working_folder_ = "/";
  if (const std::optional<std::string> inside = inside_of(real_path(".").value_or("/"))) working_folder_ = *inside;
}

Root::Root(std::shared_ptr<const Disk> disk)
    : disk_(with_locale_folders(std::move(disk))), is_host_(false), working_folder_("/") {}

std::string Root::absolute(std::string_view path) const {
  if (path.starts_with('/')) return std::string(path);
  return (working_folder_ == "/" ? "" : working_folder_) + "/" + std::string(path);
}

std::optional<std::string> Root::inside_of(const std::string& host) const {
  for (const std::string& top : {sysroot_, named_}) {
    if (host == top) return "/";
    if (is_at_or_below(host, top)) return host.substr(top.size());
  }
  if (laid_in_above(host) != nullptr) return host;
  return std::nullopt;
}

void Root::lay_in(const std::string& host) {
  if (is_host() || laid_in_above(host) != nullptr) return;
  laid_in_.push_back(host);
  folders_.clear();
}

const std::string* Root::laid_in_above(std::string_view inside) const {
  const auto found = std::find_if(laid_in_.begin(), laid_in_.end(),
                                  [&](const std::string& path) { return is_at_or_below(inside, path); });
  return found == laid_in_.end() ? nullptr : &*found;
}

bool Root::leads_to_laid_in(std::string_view folder) const {
  return std::any_of(laid_in_.begin(), laid_in_.end(),
                     [&](const std::string& path) { return is_at_or_below(path, folder); });
}

std::string Root::at(const std::string& inside) const {
  return laid_in_above(inside) != nullptr ? inside : sysroot_ + inside;
}

std::optional<std::string> Root::meant_by(const std::string& named) {
  const std::string outside = absolute_path(named);
  if (is_host()) return outside;
  if (sysroot_.empty()) return real(outside) ? std::optional(outside) : std::nullopt;
  // However the user spells the way to the sysroot. What the path names in it may be a link, and is not followed here.
  const std::string folder = real_path(std::string(folder_name(outside))).value_or("");
  for (const std::string& path : {outside, folder + "/" + std::string(base_name(outside))}) {
    std::optional<std::string> inside = inside_of(path);
    if (inside && real(*inside)) return inside;
  }
  std::string same = normal_path(named.starts_with('/') ? named : "/" + named);
  return real(same) ? std::optional(std::move(same)) : std::nullopt;
}

Root::Resolved Root::resolved(const std::string& inside) const {
  // `pending` holds the parts still to go, the next one last.
  const std::string* start = laid_in_above(inside);
  std::vector<std::string> pending = split(start == nullptr ? inside : inside.substr(start->size()), "/");
  std::reverse(pending.begin(), pending.end());
  std::string done = start == nullptr ? "" : *start;
  int links = 0;
  while (!pending.empty()) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      done.resize(done.rfind('/') == std::string::npos ? 0 : done.rfind('/'));
      continue;
    }
    if (done.size() + part.size() + 1 >= PATH_MAX) return {"", ENAMETOOLONG};
    const std::string next = done + "/" + part;
    int error_number = 0;
    const std::optional<std::string> target = disk_->link_target(at(next), error_number);
    if (!target) {
      if (error_number == ENOENT && leads_to_laid_in(next)) error_number = EINVAL;
      if (error_number != EINVAL) return {"", error_number};
      // A part that more follows must be a folder. The next readlink tells, but for dots: "file/../other" is not other.
      const bool dots = !pending.empty() && (pending.back().empty() || pending.back()[0] == '.');
      if (dots && !disk_->status(at(next)).is_folder() && !leads_to_laid_in(next)) return {"", ENOTDIR};
      done = next;
      continue;
    }
    if (++links > most_links) return {"", ELOOP};
    if (target->starts_with('/')) done.clear();
    std::vector<std::string> parts = split(*target, "/");
    pending.insert(pending.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
  }
  return {done.empty() ? "/" : done, 0};
}

const Root::Resolved& Root::real_folder(const std::string& folder) {
  const auto known = folders_.find(folder);
  if (known != folders_.end()) return known->second;
  return folders_.emplace(folder, resolved(folder)).first->second;
}

std::optional<std::string> Root::real(const std::string& inside, int links) {
  // Almost every file lies in one of a few folders, so the folder is resolved once and the file takes one
  // readlink.
  const std::string folder(folder_name(inside));
  const std::string name(base_name(inside));
  const bool plain = !name.empty() && name != "." && name != "..";
  if (plain) {
    const Resolved& above = real_folder(folder);
    if (above.error_number != 0) return std::nullopt;
    const std::string prefix = (above.inside == "/" ? "" : above.inside) + "/";
    std::string path = prefix + name;
    // libz.so.1 -> libz.so.1.2.13: a link into its own folder is followed in place.
    for (;; ++links) {
      int error_number = 0;
      const std::optional<std::string> target = disk_->link_target(at(path), error_number);
      if (!target) return error_number == EINVAL ? std::optional(path) : std::nullopt;
      if (links == most_links) return std::nullopt;  // ELOOP
      if (target->empty() || *target == "." || *target == "..") break;
      if (target->find('/') == std::string::npos) {
        path = prefix + *target;
      } else if (target->starts_with('/')) {
        return real(*target, links + 1);  // its folder is most often one that is known by then
      } else {
        break;
      }
    }
  }
  const Resolved whole = resolved(inside);
  return whole.error_number == 0 ? std::optional(whole.inside) : std::nullopt;
}

Root::Place Root::locate(const std::string& inside) {
  if (is_host()) return {inside, 0};
  const Resolved whole = resolved(inside);
  if (whole.error_number != 0) return {"", whole.error_number};
  return {at(whole.inside), 0};
}

Status Root::look(const std::string& inside) {
  const Place place = locate(inside);
  return place.error_number == 0 ? disk_->status(place.host) : Status{};
}

Status Root::look_at_link(const std::string& inside) {
  const std::string name(base_name(inside));
  const bool is_plain = !name.empty() && name != "." && name != "..";
  if (is_host() || !is_plain) return is_host() ? disk_->link_status(inside) : look(inside);
  const Resolved& above = real_folder(std::string(folder_name(inside)));
  if (above.error_number != 0) return {};
  return disk_->link_status(at((above.inside == "/" ? "" : above.inside) + "/" + name));
}

Kind Root::kind(const std::string& inside) {
  const Kind kind = look(inside).kind;
  return kind == Kind::other ? Kind::absent : kind;
}

Disk::Names Root::entries(const std::string& inside, int& error_number) {
  const Place place = locate(inside);
  error_number = place.error_number;
  return error_number == 0 ? disk_->list(place.host, error_number) : Disk::Names();
}

std::vector<std::string> Root::list(const std::string& inside) {
  std::vector<std::string> names;
  int why_not = 0;
  for (auto& [name, node] : entries(inside, why_not)) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> Root::matching(const std::string& pattern) {
  // Part by part, for below /usr/lib lies more than can be asked for at each start.
  std::vector<std::string> paths = {""};
  for (const std::string& part : split(pattern, "/")) {
    if (part.empty()) continue;
    std::vector<std::string> longer;
    for (const std::string& path : paths) {
      if (part.find_first_of("*?[\\") == std::string::npos) {
        longer.push_back(path + "/" + part);
        continue;
      }
      for (const std::string& name : list(path.empty() ? "/" : path)) {
        if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) longer.push_back(path + "/" + name);
      }
    }
    paths = std::move(longer);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void Root::walk(const std::string& inside, const Walk& walk) {
  walk_folder(inside, walk, [&](const std::string& path, int& error_number) { return entries(path, error_number); });
}

std::shared_ptr<const OpenFile> Root::open(const std::string& inside, int& error_number) {
  const Place place = locate(inside);
  error_number = place.error_number;
  return error_number == 0 ? disk_->open(place.host, error_number) : nullptr;
}

std::shared_ptr<const MappedFile> Root::map(const std::string& inside, int& error_number) {
  const Place place = locate(inside);
  error_number = place.error_number;
  return error_number == 0 ? disk_->map(place.host, error_number) : nullptr;
}

std::shared_ptr<const MappedFile> Root::map_source(const std::string& source) const {
  int error_number = 0;
  std::shared_ptr<const MappedFile> file = disk_->map(source, error_number);
  if (file == nullptr) throw cannot_open(source, error_number);
  return file;
}

std::shared_ptr<const OpenFile> Root::open_source(const std::string& source) const {
  int error_number = 0;
  std::shared_ptr<const OpenFile> file = disk_->open(source, error_number);
  if (file == nullptr) throw cannot_open(source, error_number);
  return file;
}

std::optional<std::string> Root::read(const std::string& inside) {
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = map(inside, error_number);
  return file == nullptr ? std::nullopt : std::optional(std::string(file->bytes().text()));
}

std::optional<std::string> Root::read_source(const std::string& source) const {
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = source.empty() ? nullptr : disk_->map(source, error_number);
  if (file != nullptr) return std::string(file->bytes().text());
  if (error_number == 0 || error_number == ENOENT || error_number == ENOTDIR) return std::nullopt;
  throw Error(Exit::cannot_bundle, source, unreadable(error_number));
}

std::optional<std::string> Root::read_listed(const std::string& inside) { return read_source(locate(inside).host); }

std::optional<std::string> Root::link_text(const std::string& inside) {
  const Resolved& above = real_folder(std::string(folder_name(inside)));
  if (above.error_number != 0) return std::nullopt;
  int error_number = 0;
  return disk_->link_target(at((above.inside == "/" ? "" : above.inside) + "/" + std::string(base_name(inside))),
                            error_number);
}

bool Root::is_made_by_kernel(const std::string& inside) {
  const Place place = locate(inside);
  return place.error_number == 0 && disk_->is_made_by_kernel(place.host);
}

std::string Root::as_it_lies(const std::string& path) {
  for (const char* folder : {"/lib", "/lib64", "/lib32", "/bin", "/sbin"}) {
    if (!is_at_or_below(path, folder) || path == folder) continue;
    const auto known = is_merged_.find(folder);
    const bool is_merged = known != is_merged_.end()
                               ? known->second
                               : is_merged_.emplace(folder, real(folder) == std::string("/usr") + folder).first->second;
    return is_merged ? "/usr" + path : path;
  }
  return path;
}

}  // namespace bundle::machine
