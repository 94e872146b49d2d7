#include "discover/family.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/file.h"

namespace bundle::discover {

namespace {

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

using knowledge::unmerged;

}  // namespace

const FileTables::Table& FileTables::of(const packages::Database& database, const std::vector<PackageId>& packages) {
  const auto [at, is_new] = tables_.try_emplace(packages);
  Table& table = at->second;
  if (!is_new) return table;
  for (const PackageId id : packages) {
    for (std::string& path : database.files_of(id)) table.emplace_back(std::move(path), id);
  }
  std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) {
    const std::string_view first = unmerged(a.first), second = unmerged(b.first);
    return first == second ? a < b : first < second;
  });
  return table;
}

Family::Family(const packages::Database& database, FileTables& tables, std::vector<PackageId> own)
    : database_(&database), tables_(&tables), own_(std::move(own)) {
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
  data_.insert(all_.begin() + static_cast<std::ptrdiff_t>(inner_.size()), all_.end());
  for (PackageId id = 0; id < database.records().size(); ++id) {
    if (std::any_of(own_.begin(), own_.end(), [&](PackageId mine) { return source(mine) == source(id); })) {
      all_.push_back(id);
    }
  }
  sort_unique(inner_);
  sort_unique(all_);
  for (const PackageId id : inner_) sources_.insert(source(id));
}

const FileTables::Table& Family::files() const {
  static const FileTables::Table none;
  return tables_ == nullptr ? none : tables_->of(*database_, all_);
}

std::vector<Family::File> Family::neighbours() const {
  std::vector<File> out;
  if (data_.empty()) return out;
  std::set<std::string_view> folders;
  for (const auto& [path, id] : files()) {
    if (std::binary_search(inner_.begin(), inner_.end(), id)) folders.insert(folder_name(unmerged(path)));
  }
  for (const auto& [path, id] : files()) {
    if (!data_.contains(id)) continue;
    const std::string_view folder = folder_name(unmerged(path));
    // Where an interpreter has all its modules, none is another's neighbour.
    const bool is_shared = is_broad_folder(folder) || knowledge::is_modules_folder(base_name(folder));
    if (folders.contains(folder) && !is_shared) out.push_back({path, id});
  }
  return out;
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
  for (const auto& [path, id] : files()) {
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
  // By a package's own name, too: what a store's was built from has its version in the name.
  const auto is_named_so = [&](PackageId id) { return database_->package(id).name == base_name(folder); };
  const bool is_own = folder.starts_with("/usr/share/") &&
                      (sources_.contains(base_name(folder)) || std::any_of(inner_.begin(), inner_.end(), is_named_so));
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
  const FileTables::Table& all = files();
  auto at = std::lower_bound(all.begin(), all.end(), prefix,
                             [](const auto& file, std::string_view text) { return unmerged(file.first) < text; });
  for (; at != all.end() && unmerged(at->first).starts_with(prefix); ++at) out.push_back({at->first, at->second});
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
  for (const auto& [path, id] : files()) {
    if (std::binary_search(inner_.begin(), inner_.end(), id)) out.push_back({path, id});
  }
  return out;
}

}  // namespace bundle::discover
