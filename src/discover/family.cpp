#include "discover/family.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "knowledge/folders.h"

namespace bundle::discover {

namespace {

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

using knowledge::is_triplet;
using knowledge::unmerged;

}  // namespace

Family::Family(const packages::Database& database, std::vector<PackageId> own)
    : database_(&database), own_(std::move(own)) {
  sort_unique(own_);
  const auto source = [&](PackageId id) -> const std::string& { return database.package(id).source; };
  const auto leads_to = [&](PackageId id) {
    std::vector<PackageId> ids = database.depends_of(id);
    for (const PackageId more : database.recommends_of(id)) ids.push_back(more);
    return ids;
  };
  inner_ = own_;
  for (size_t i = 0; i < inner_.size(); ++i) {
    for (const PackageId id : leads_to(inner_[i])) {
      if (source(id) == source(inner_[i]) && std::find(inner_.begin(), inner_.end(), id) == inner_.end()) {
        inner_.push_back(id);
      }
    }
  }
  all_ = inner_;
  const auto add_data = [&](const std::vector<PackageId>& ids) {
    for (const PackageId id : ids) {
      const bool is_data = database.record(id).role == packages::Role::data;
      if (is_data && std::find(all_.begin(), all_.end(), id) == all_.end()) all_.push_back(id);
    }
  };
  for (const PackageId mine : inner_) add_data(leads_to(mine));
  // What a data package depends on is data of the same program: festival's voice, and the voice's lexicon.
  for (size_t i = inner_.size(); i < all_.size(); ++i) add_data(database.depends_of(all_[i]));
  const std::set<PackageId> data(all_.begin() + static_cast<std::ptrdiff_t>(inner_.size()), all_.end());
  for (PackageId id = 0; id < database.records().size(); ++id) {
    if (std::any_of(own_.begin(), own_.end(), [&](PackageId mine) { return source(mine) == source(id); })) {
      all_.push_back(id);
    }
  }
  sort_unique(inner_);
  sort_unique(all_);
  for (const PackageId id : inner_) sources_.insert(source(id));
  for (const PackageId id : all_) {
    for (const std::string& path : database.files_of(id)) files_.emplace_back(path, id);
  }
  std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
    const std::string_view first = unmerged(a.first), second = unmerged(b.first);
    return first == second ? a < b : first < second;
  });
  std::set<std::string_view> folders;
  for (const auto& [path, id] : files_) {
    if (std::binary_search(inner_.begin(), inner_.end(), id)) folders.insert(folder_name(unmerged(path)));
  }
  for (const auto& [path, id] : files_) {
    const std::string_view folder = folder_name(unmerged(path));
    if (data.contains(id) && folders.contains(folder) && !is_broad_folder(folder)) neighbours_.push_back({path, id});
  }
}

bool Family::extends_inner(PackageId id) const {
  if (std::binary_search(inner_.begin(), inner_.end(), id)) return false;
  if (!sources_.contains(database_->package(id).source)) return false;
  const std::vector<PackageId> depends = database_->depends_of(id);
  return std::any_of(depends.begin(), depends.end(),
                     [&](PackageId other) { return std::binary_search(inner_.begin(), inner_.end(), other); });
}

std::vector<Family::File> Family::branches(std::string_view program) const {
  const std::string_view beside = unmerged(folder_name(program));
  if (is_broad_folder(beside)) return {};
  std::set<std::string_view> folders;
  for (const auto& [path, id] : files_) {
    if (!std::binary_search(inner_.begin(), inner_.end(), id)) continue;
    const std::string_view folder = folder_name(unmerged(path));
    if (!is_broad_folder(folder)) folders.insert(folder);
  }
  std::vector<File> out;
  for (const PackageId id : all_) {
    if (!extends_inner(id)) continue;
    const std::vector<std::string> files = database_->files_of(id);
    const bool has_plugin = std::any_of(files.begin(), files.end(), [&](const std::string& path) {
      return unmerged(folder_name(path)) == beside && base_name(path).find(".so") != std::string_view::npos;
    });
    if (!has_plugin) continue;
    for (const std::string& listed : files) {
      const std::string_view path = unmerged(listed);
      for (std::string_view folder = folder_name(path); folder.size() > 1; folder = folder_name(folder)) {
        if (!folders.contains(folder)) continue;
        out.push_back({listed, id});
        break;
      }
    }
  }
  return out;
}

bool Family::leaves_out(std::string_view path) const {
  const std::string_view folder = left_out_folder(path);
  const bool is_own = folder.starts_with("/usr/share/") && sources_.contains(base_name(folder));
  return is_own ? has_left_out_name(path) : is_left_out(path);
}

bool Family::starts_something(PackageId id) const {
  if (database_->record(id).role != packages::Role::program) return false;
  const std::vector<std::string> files = database_->files_of(id);
  return std::any_of(files.begin(), files.end(), [](const std::string& path) { return is_in_program_folder(path); });
}

bool Family::is_own(std::string_view path) const {
  if (database_ == nullptr) return false;
  const std::vector<PackageId> ids = database_->owners(path);
  return std::any_of(ids.begin(), ids.end(),
                     [&](PackageId id) { return std::binary_search(inner_.begin(), inner_.end(), id); });
}

bool Family::contains(PackageId id) const { return std::binary_search(all_.begin(), all_.end(), id); }

std::vector<Family::File> Family::with_prefix(std::string_view prefix) const {
  std::vector<File> out;
  auto at = std::lower_bound(files_.begin(), files_.end(), prefix,
                             [](const auto& file, std::string_view text) { return unmerged(file.first) < text; });
  for (; at != files_.end() && unmerged(at->first).starts_with(prefix); ++at) out.push_back({at->first, at->second});
  return out;
}

std::vector<Family::File> Family::files_under(std::string_view folder) const {
  return with_prefix(std::string(unmerged(folder)) + "/");
}

std::vector<Family::File> Family::files_beside(std::string_view path) const {
  return with_prefix(std::string(unmerged(path)) + ".");
}

std::vector<Family::File> Family::files_matching(const std::string& glob) const {
  const std::string plain(unmerged(glob));
  std::vector<File> out;
  for (File& file : with_prefix(plain.substr(0, plain.find_first_of("*?[\\")))) {
    if (::fnmatch(plain.c_str(), std::string(unmerged(file.path)).c_str(), FNM_PATHNAME) == 0)
      out.push_back(std::move(file));
  }
  return out;
}

std::vector<Family::File> Family::inner_files() const {
  std::vector<File> out;
  for (const auto& [path, id] : files_) {
    if (std::binary_search(inner_.begin(), inner_.end(), id)) out.push_back({path, id});
  }
  return out;
}

std::string_view left_out_folder(std::string_view path) {
  static constexpr std::array<std::string_view, 49> folders = {"/usr/share/doc",
                                                               "/usr/share/man",
                                                               "/usr/share/info",
                                                               "/usr/share/locale",
                                                               "/usr/share/gtk-doc",
                                                               "/usr/share/help",
                                                               "/usr/share/bash-completion",
                                                               "/usr/share/zsh",
                                                               "/usr/share/fish",
                                                               "/usr/share/lintian",
                                                               "/usr/share/applications",
                                                               "/usr/share/icons",
                                                               "/usr/share/pixmaps",
                                                               "/usr/share/metainfo",
                                                               "/usr/share/appdata",
                                                               "/usr/share/doc-base",
                                                               "/usr/share/bug",
                                                               "/usr/share/menu",
                                                               "/usr/share/pkgconfig",
                                                               "/usr/share/aclocal",
                                                               "/usr/share/reportbug",
                                                               "/usr/share/initramfs-tools",
                                                               "/usr/share/gdb/auto-load",
                                                               "/usr/share/polkit-1",
                                                               "/usr/share/dbus-1",
                                                               "/usr/share/debhelper",
                                                               "/usr/share/apport",
                                                               "/usr/share/binfmts",
                                                               "/usr/share/emacs",
                                                               "/usr/share/vala",
                                                               "/usr/share/gir-1.0",
                                                               "/usr/share/systemtap",
                                                               "/usr/share/mime",
                                                               "/usr/share/mime-info",
                                                               "/usr/share/wayland-sessions",
                                                               "/usr/share/xsessions",
                                                               "/usr/include",
                                                               "/lib/debug",
                                                               "/lib/systemd",
                                                               "/lib/udev",
                                                               "/lib/tmpfiles.d",
                                                               "/lib/sysusers.d",
                                                               "/lib/modprobe.d",
                                                               "/lib/sysctl.d",
                                                               "/lib/modules-load.d",
                                                               "/lib/cmake",
                                                               "/lib/pkgconfig",
                                                               "/lib/binfmt.d",
                                                               "/lib/environment.d"};
  path = unmerged(path);
  const auto at = std::find_if(folders.begin(), folders.end(),
                               [&](std::string_view folder) { return is_at_or_below(path, folder); });
  return at == folders.end() ? std::string_view() : *at;
}

bool has_left_out_name(std::string_view path) {
  path = unmerged(path);
  if (path.starts_with("/lib/")) {
    const size_t slash = path.find('/', 5);
    if (slash != std::string_view::npos && is_triplet(path.substr(5, slash - 5))) {
      const std::string_view rest = path.substr(slash);
      for (const std::string_view folder : {"/pkgconfig", "/cmake", "/girepository-1.0"}) {
        if (is_at_or_below(rest, folder)) return true;
      }
    }
  }
  // Manual pages in a folder of the package's own, and the headers of perl's modules.
  if (path.find("/man/man") != std::string_view::npos) return true;
  if (path.ends_with(".h") && path.find("/CORE/") != std::string_view::npos) return true;
  if (path.find("/__pycache__/") != std::string_view::npos || path.find("/LC_MESSAGES/") != std::string_view::npos) {
    return true;
  }
  // .pyc and .jsa are held against the time of the file that they were made from, which a bundle does not
  // keep.
  static constexpr std::array<std::string_view, 6> endings = {".a", ".pyc", ".jsa", ".debug", ".jmod", ".dpkg-new"};
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view end) { return path.ends_with(end); });
}

bool is_left_out(std::string_view path) { return !left_out_folder(path).empty() || has_left_out_name(path); }

bool is_in_program_folder(std::string_view path) {
  const std::string_view folder = base_name(folder_name(path));
  return folder == "bin" || folder == "sbin" || folder == "games";
}

bool is_in_library_folder(std::string_view path) {
  const std::string_view folder = unmerged(folder_name(path));
  if (folder == "/lib" || folder == "/lib64" || folder == "/lib32" || folder == "/usr/local/lib") return true;
  return folder.starts_with("/lib/") && is_triplet(folder.substr(5));
}

}  // namespace bundle::discover
