// The packages that belong together with a program or a library, and the files that they ship.
//
// Three rings around the packages that own the file: packages of the same source that they depend on or
// recommend (python3.11-minimal -> libpython3.11-stdlib), all installed packages of the same source
// (perl-base -> perl-modules), and data packages that the inner ones depend on or
// recommend (tesseract-ocr -> tesseract-ocr-eng). Only what a program names is taken from the outer two.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/folders.h"
#include "knowledge/left_out.h"
#include "knowledge/stores.h"
#include "packages/database.h"

namespace bundle::discover {

using packages::PackageId;

/// The files of sets of packages, each made when it is first asked for: one source's packages are in many families, and
/// most of those ship the same.
class FileTables {
 public:
  /// As they are listed, sorted by their spelling without the "/usr" of merged folders.
  using Table = std::vector<std::pair<std::string, PackageId>>;
  const Table& of(const packages::Database& database, const std::vector<PackageId>& packages);

 private:
  std::map<std::vector<PackageId>, Table> tables_;
};

class Family {
 public:
  /// Without a database: every file belongs to it.
  Family() = default;
  /// `own`: the packages of the file itself, maybe none. All three outlive it.
  Family(const packages::Database& database, FileTables& tables, std::vector<PackageId> own);

  bool is_known() const { return database_ != nullptr; }
  bool empty() const { return own_.empty(); }
  bool contains(PackageId id) const;
  /// Whether a package of the outer rings is there for the inner ones, and they do without it.
  bool is_extension(PackageId id) const { return database_ != nullptr && extends_inner(id); }
  /// Whether it ships a program for users.
  bool starts_something(PackageId id) const;
  /// Whether an inner package ships this path.
  bool is_own(std::string_view path) const;
  /// is_left_out(), but for a folder that is named after the family's source package: /usr/share/zsh holds
  /// other packages' completions for everybody else, and zsh's functions for zsh.
  bool leaves_out(std::string_view path) const;
  /// The file's own packages and those of the same source that they lead to.
  const std::vector<PackageId>& inner() const { return inner_; }
  const std::vector<PackageId>& all() const { return all_; }

  struct File {
    std::string path;  // as its package lists it
    PackageId package = 0;
  };
  /// Files of all the packages below `folder` (either spelling of the merged /usr), folders left out where
  /// they are known to be such by their entries; sorted.
  std::vector<File> files_under(std::string_view folder) const;
  /// Files whose path is `path` plus a dot and more: "/usr/share/misc/magic" -> "….mgc".
  std::vector<File> files_beside(std::string_view path) const;
  /// Files that match a shell glob whose '*' does not match '/'.
  std::vector<File> files_matching(const std::string& glob) const;
  /// Files of the inner packages.
  std::vector<File> inner_files() const;
  /// Files of data packages that lie straight in a folder where inner packages have files, too: a dictionary
  /// beside aspell's own tables.
  std::vector<File> neighbours() const;
  /// Files of the installed packages of the same source that depend on inner ones, that nothing inner leads to, and
  /// that put libraries straight beside `program`, in a folder of its own: LibreOffice's writer. Those below a folder
  /// of the inner ones.
  std::vector<File> branches(std::string_view program) const;

 private:
  const FileTables::Table& files() const;  // of all_
  std::vector<File> with_prefix(std::string_view prefix) const;
  bool extends_inner(PackageId id) const;

  const packages::Database* database_ = nullptr;
  FileTables* tables_ = nullptr;
  std::vector<PackageId> own_, inner_, all_;  // sorted
  std::set<PackageId> data_;
  std::set<std::string, std::less<>> sources_;  // of inner_
};

using knowledge::has_left_out_name;
using knowledge::is_broad_folder;
using knowledge::is_found_by_search;
using knowledge::is_in_library_folder;
using knowledge::is_in_program_folder;
using knowledge::is_left_out;
using knowledge::left_out_folder;
using knowledge::names_its_package;

}  // namespace bundle::discover
