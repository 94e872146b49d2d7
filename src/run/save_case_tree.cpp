// See save_case_tree.h.
#include "run/save_case_tree.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "plan/paths.h"

namespace bundle::run {

namespace {

constexpr int most_links = 40;  // path_resolution(7)

void set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return;
  const int error_number = errno;
  throw system_error(path, "its mode cannot be set", error_number);
}

}  // namespace

/// What packages ship is public. Their database is theirs, too.
bool is_shipped(const std::string& inside) {
  return (plan::is_system_path(inside) && !is_below(inside, "/usr/local")) || is_below(inside, "/var/lib");
}

CaseTree::CaseTree(std::string folder, std::string sysroot, const CaseNames& names, std::set<std::string> hidden,
                   Withhold withhold)
    : folder_(std::move(folder)),
      sysroot_(std::move(sysroot)),
      names_(names),
      withhold_(std::move(withhold)),
      hidden_(std::move(hidden)) {}

std::string CaseTree::base_of(const std::string& path) const {
  return !sysroot_.empty() && is_at_or_below(path, sysroot_) ? sysroot_ : "";
}

std::string CaseTree::inside(const std::string& path) const {
  std::string inside = path.substr(base_of(path).size());
  return inside.empty() ? "/" : inside;
}

void CaseTree::make(const std::string& base, const std::string& inside, const struct stat& status) {
  if (hidden_.count(base + inside) > 0 || !made_.insert(inside).second) return;
  const std::string path = target(inside);
  if (S_ISDIR(status.st_mode)) {
    make_folders(path);
    folders_[path] = (status.st_mode & 0777U) | 0700U;
  } else if (S_ISLNK(status.st_mode)) {
    int error_number = 0;
    const std::optional<std::string> text = link_text(base + inside, error_number);
    if (!text) return;
    const std::string to = names_.in_text(*text);
    if (::symlink(to.c_str(), path.c_str()) != 0) {
      const int why_not = errno;
      throw system_error(path, "this symlink cannot be made", why_not);
    }
  } else if (S_ISREG(status.st_mode)) {
    write_new_file(path, std::string_view(), 0600);
    if (::truncate(path.c_str(), status.st_size) != 0) {
      const int error_number = errno;
      throw system_error(path, "its size cannot be set", error_number);
    }
    set_mode(path, status.st_mode & 0777U);
  }
}

std::optional<CaseTree::Place> CaseTree::place(const std::string& base, const std::string& path, bool with_file) {
  Place top{"", {}};
  top.status.st_mode = S_IFDIR | 0755;
  const std::string folder(folder_name(path)), name(base_name(path));
  if (name.empty() || name == "." || name == "..") return walk(base, top, path, with_file);
  auto known = known_.find(base + folder);
  if (known == known_.end()) known = known_.emplace(base + folder, walk(base, top, folder, true)).first;
  return known->second ? walk(base, *known->second, name, with_file) : std::nullopt;
}

std::optional<CaseTree::Place> CaseTree::walk(const std::string& base, Place at, const std::string& path,
                                              bool with_file) {
  std::vector<std::string> pending = split(path, "/");
  std::reverse(pending.begin(), pending.end());
  for (int links = 0; !pending.empty();) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at.inside.resize(at.inside.rfind('/') == std::string::npos ? 0 : at.inside.rfind('/'));
      at.status.st_mode = S_IFDIR | 0755;
      continue;
    }
    const std::string next = at.inside + "/" + part;
    const std::optional<struct stat> status = link_status_of(base + next);
    if (!status) return std::nullopt;
    if (with_file || !S_ISREG(status->st_mode)) make(base, next, *status);
    if (!S_ISLNK(status->st_mode)) {
      at = {next, *status};
      continue;
    }
    int error_number = 0;
    const std::optional<std::string> text = link_text(base + next, error_number);
    if (!text || ++links > most_links) return std::nullopt;
    if (text->starts_with('/')) at.inside.clear();
    std::vector<std::string> parts = split(*text, "/");
    pending.insert(pending.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
  }
  return at;
}

void CaseTree::look_at(const std::string& path) { (void)place(base_of(path), inside(path)); }

void CaseTree::list(const std::string& path) {
  const std::string base = base_of(path);
  const std::optional<Place> folder = place(base, inside(path));
  if (!folder || !S_ISDIR(folder->status.st_mode)) return;
  int error_number = 0;
  for (const auto& [name, node] : list_folder(base + folder->inside + "/", error_number)) {
    const std::string child = folder->inside + "/" + name;
    if (const std::optional<struct stat> status = link_status_of(base + child)) make(base, child, *status);
  }
}

void CaseTree::read(const std::string& path) {
  const std::string base = base_of(path);
  const std::optional<Place> file = place(base, inside(path), false);
  if (!file || !S_ISREG(file->status.st_mode) || !contents_.insert(file->inside).second) return;
  int error_number = 0;
  const std::shared_ptr<const MappedFile> mapped = MappedFile::try_open(base + file->inside, error_number);
  if (mapped == nullptr) {
    contents_.erase(file->inside);
    return make(base, file->inside, file->status);
  }
  std::string content;
  if (std::optional<Withheld> withheld = withhold_(file->inside, file->status.st_mode, mapped->bytes())) {
    contents_.erase(file->inside);
    withheld_[file->inside] = withheld->why;
    if (withheld->content.empty()) return make(base, file->inside, file->status);
    content = std::move(withheld->content);
  } else {
    content = names_.in_content(std::string(mapped->bytes().text()), file->inside, is_shipped(file->inside));
    if (!is_shipped(file->inside) && !is_below(file->inside, "/etc")) own_files_.insert(names_.in_text(file->inside));
    bytes_ += content.size();
  }
  const std::string to = target(file->inside);
  // Who looked at it before made a file without content.
  if (!made_.insert(file->inside).second) (void)remove_tree(to);
  write_new_file(to, content, file->status.st_mode & 0777U);
}

void CaseTree::finish() {
  for (auto at = folders_.rbegin(); at != folders_.rend(); ++at) set_mode(at->first, at->second);
}

}  // namespace bundle::run
