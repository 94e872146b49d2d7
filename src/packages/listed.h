// A database whose packages list their paths and say by names what they need and provide: all that is not a family's
// own.
//
// A driver reads its files into Listed, one a package, and adds the sums of single files and the family's words for
// getting what is missing. Names are matched whole and versions are not compared: the family's own tool has. A name
// that begins with "/" is that of a file, and means who ships it. Invariants: paths in answers are as they lie, through
// no folder that is a link (/lib, /usr/lib64, a formula's opt/NAME), however a package spells them; questions may be
// spelled either way.
#pragma once

#include <map>
#include <mutex>
#include <unordered_map>

#include "packages/file_lists.h"

namespace bundle::packages {

/// What a driver reads of a package.
struct Listed {
  Record record;
  std::vector<std::string> depends, recommends, provides;  // plain names
  std::vector<std::string> paths;                          // absolute; those that are untidy are passed over
  std::string sums;  // where the driver finds the sums of its files: a path, or the text itself
};

class ListedDatabase : public Database {
 public:
  std::vector<PackageId> owners(std::string_view path) const override;
  std::vector<std::string> files_of(PackageId id) const override;
  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override;
  std::vector<PackageId> depends_of(PackageId id) const override;
  std::vector<PackageId> recommends_of(PackageId id) const override;
  /// By the sum that the package's own list has.
  bool is_as_shipped(const std::string& path) const override;
  /// None of these families keeps what was asked at installation.
  bool is_as_installed(const std::string&) const override { return false; }

 protected:
  /// `links`: folders that are links and the real folders that they lead to, beside the usual ones of `root`.
  ListedDatabase(machine::Root& root, std::vector<Listed> packages, std::map<std::string, std::string> links = {});

  /// The sum of a file by its package's list, in lower-case hexadecimal; its length tells whether MD5, SHA-1 or
  /// SHA-256. Empty when there is none. `is_it` tells whether a path as the package spells it is the one asked for.
  using IsIt = std::function<bool(const std::string& path)>;
  virtual std::string sum_of(PackageId id, const IsIt& is_it) const = 0;

  const std::string& sums_of(PackageId id) const { return packages_.at(id).sums; }
  machine::Root& root() const { return root_; }

 private:
  std::string canonical(std::string_view path) const;
  std::vector<PackageId> resolve(const std::vector<std::string>& names) const;

  machine::Root& root_;
  std::map<std::string, std::string, std::less<>> links_;
  std::vector<Listed> packages_;  // by PackageId, their records and paths moved out
  std::unordered_multimap<std::string, PackageId> by_name_, by_provided_;
  std::unique_ptr<const FileLists> lists_;
};

/// What a package whose family has no word for it is there for, by its files below `prefix` ("" for a whole machine):
/// who ships a program is one, else who ships a shared library is a library, else data where it is for every machine or
/// holds no machine code.
Role role_by_files(const std::vector<std::string>& paths, std::string_view prefix, bool is_machine_code);

/// Whether a name can be one of a package or library of these families, and go into a path or a command line as it is.
bool is_plain_name(std::string_view name);

/// What is left of a library's name without what each has: "libpng16.so.16" -> "png". For families that search their
/// packages by a part of the name. Nothing where nothing is left, or what could not stand in a command line.
std::optional<std::string> stem_of_library(std::string_view soname);

/// What a relation names: "so:libz.so.1=1.3" -> "so:libz.so.1", "glibc>=2.38" -> "glibc".
std::string name_in_relation(std::string_view relation);

/// The Error of a database that is there and cannot be understood: `fault` says where in it and what, and `next` how
/// its own tool repairs it.
Error unreadable_database(const std::string& path, const std::string& fault, const std::string& next);

}  // namespace bundle::packages
