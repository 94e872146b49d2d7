#include "machine/root.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/folder.h"

namespace bundle::machine {

namespace {

constexpr int most_links = 40;  // MAXSYMLINKS of the kernel

bool is_folder_here(const std::string& host) {
  const std::optional<struct stat> status = status_of(host);
  return status && S_ISDIR(status->st_mode);
}

/// The target of a symlink; nothing, with errno in `error_number`, when it is none or not there.
std::optional<std::string> link_target(const std::string& host, int& error_number) {
  char buffer[PATH_MAX];
  const ssize_t length = uninterrupted([&] { return ::readlink(host.c_str(), buffer, sizeof buffer); });
  if (length < 0) {
    error_number = errno;
    throw_machine_fault(host, "readlink", error_number);
    return std::nullopt;
  }
  error_number = 0;
  return std::string(buffer, static_cast<size_t>(length));
}

/// Whether `path` is `top` or lies below it.
bool is_at_or_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

}  // namespace

Root::Root(const std::string& sysroot) {
  if (sysroot.empty() || sysroot == "/") {
    try {
      working_folder_ = absolute_path(".");
    } catch (const Error&) {
      working_folder_ = "/";  // a working folder that is gone: relative names lead nowhere anyway
    }
    return;
  }
  const std::optional<std::string> real = real_path(sysroot);
  if (!real || !is_folder_here(*real)) {
    throw Error(Exit::usage, sysroot,
                "is not a folder. --sysroot takes the root of a system, the folder that holds its usr/ and etc/");
  }
  sysroot_ = *real == "/" ? "" : *real;
  named_ = absolute_path(sysroot);
  working_folder_ = "/";
  if (const std::optional<std::string> inside = inside_of(real_path(".").value_or("/"))) working_folder_ = *inside;
}

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
  is_folder_.clear();
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
  // However the user spells the way to the sysroot. What the path names in it may be a link, and is not followed here.
  const std::string folder = real_path(std::string(folder_name(outside))).value_or("");
  for (const std::string& path : {outside, folder + "/" + std::string(base_name(outside))}) {
    std::optional<std::string> inside = inside_of(path);
    if (inside && real(*inside)) return inside;
  }
  std::string same = normal_path(named.starts_with('/') ? named : "/" + named);
  return real(same) ? std::optional(std::move(same)) : std::nullopt;
}

Root::Resolved Root::walk(const std::string& inside) const {
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
    const std::optional<std::string> target = link_target(at(next), error_number);
    if (!target) {
      if (error_number == ENOENT && leads_to_laid_in(next)) error_number = EINVAL;
      if (error_number != EINVAL) return {"", error_number};
      // A part that more follows must be a folder. The next readlink tells, but for dots: "file/../other" is not other.
      const bool dots = !pending.empty() && (pending.back().empty() || pending.back()[0] == '.');
      if (dots && !is_folder_here(at(next)) && !leads_to_laid_in(next)) return {"", ENOTDIR};
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
  return folders_.emplace(folder, walk(folder)).first->second;
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
    for (; links <= most_links; ++links) {
      int error_number = 0;
      const std::optional<std::string> target = link_target(at(path), error_number);
      if (!target) return error_number == EINVAL ? std::optional(path) : std::nullopt;
      if (target->empty() || *target == "." || *target == "..") break;
      if (target->find('/') == std::string::npos) {
        path = prefix + *target;
      } else if (target->starts_with('/') && links < most_links) {
        return real(*target, links + 1);  // its folder is most often one that is known by then
      } else {
        break;
      }
    }
  }
  const Resolved resolved = walk(inside);
  return resolved.error_number == 0 ? std::optional(resolved.inside) : std::nullopt;
}

Root::Place Root::locate(const std::string& inside) {
  if (is_host()) return {inside, 0};
  const Resolved resolved = walk(inside);
  if (resolved.error_number != 0) return {"", resolved.error_number};
  return {at(resolved.inside), 0};
}

bool Root::is_folder(const std::string& inside) {
  const auto known = is_folder_.find(inside);
  if (known != is_folder_.end()) return known->second;
  const Place place = locate(inside);
  return is_folder_.emplace(inside, place.error_number == 0 && is_folder_here(place.host)).first->second;
}

bool Root::is_executable(const std::string& inside) {
  const Place place = locate(inside);
  if (place.error_number != 0) return false;
  const std::optional<struct stat> status = status_of(place.host);
  return status && S_ISREG(status->st_mode) && (status->st_mode & 0111U) != 0;
}

std::vector<std::string> Root::list(const std::string& inside) {
  std::vector<std::string> names;
  const Place place = locate(inside);
  if (place.error_number != 0) return names;
  int why_not = 0;
  for (auto& [name, node] : list_folder(place.host, why_not)) names.push_back(std::move(name));
  return names;
}

std::optional<std::string> Root::read(const std::string& inside) {
  const Place place = locate(inside);
  if (place.error_number != 0) return std::nullopt;
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = MappedFile::try_open(place.host, error_number);
  if (file == nullptr) return std::nullopt;
  return std::string(file->bytes().text());
}

}  // namespace bundle::machine
