// Who owns a file of a source machine, what a package ships, and what it needs: a package database, of whatever kind.
//
// One driver a kind (dpkg.h); open_database() takes the one that the Root holds. A driver tells what a package is for
// in terms that all families share, and how its people get what is missing: nothing above this knows of sections,
// suffixes or tools. Paths are absolute and inside the root; where folders are merged (/lib is a link into /usr) both
// spellings are one path. Invariants: a PackageId is an index of records(); what a driver says does not change while it
// lives; the questions may be asked from several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/root.h"
#include "plan/plan.h"

namespace bundle::packages {

/// An installed package: its index in Database::records().
using PackageId = uint32_t;

/// What a package is there for.
enum class Role {
  program,        // what users start, with what belongs to it
  library,        // what programs link
  data,           // files for every machine: modules of an interpreter, fonts, a dictionary
  development,    // what others are compiled with
  documentation,  // what people read
};

struct Record {
  Package package;  // `source` is the name of what it was built from; its own where nothing else is said
  Role role = Role::program;
  std::string group;  // a family's word for the field it is of; two of one group do the same sort of work
  bool brings_libc_headers = false;  // whoever leads to it compiles
  std::string licence;               // in the package's own words; empty where the database has none
};

class Database {
 public:
  virtual ~Database() = default;

  const std::vector<Record>& records() const { return records_; }
  const Record& record(PackageId id) const { return records_.at(id); }
  const Package& package(PackageId id) const { return records_.at(id).package; }
  std::optional<PackageId> find(std::string_view name) const;

  /// All packages that list `path`; folders have many.
  virtual std::vector<PackageId> owners(std::string_view path) const = 0;
  /// The package that a file came with. Nothing for files that no package ships; for what several share the first.
  std::optional<PackageId> owner_id(std::string_view path) const;
  std::optional<Package> owner(std::string_view path) const;

  /// The absolute paths that a package ships, folders among them, but for what it says itself is documentation or a
  /// licence's text: its programs do without, for people may install it without.
  virtual std::vector<std::string> files_of(PackageId id) const = 0;
  /// The paths of its licence's texts, where the database says which they are.
  virtual std::vector<std::string> licence_texts_of(PackageId) const { return {}; }
  /// Installed packages that ship a file of that base name, with its path.
  virtual std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const = 0;

  /// Installed packages that `id` depends on, in the order in which it says so; of alternatives all that are installed.
  virtual std::vector<PackageId> depends_of(PackageId id) const = 0;
  virtual std::vector<PackageId> recommends_of(PackageId id) const = 0;

  /// Whether `path` has the very content that its package brought: that is public, wherever it lies.
  virtual bool is_as_shipped(const std::string& path) const = 0;
  /// Whether `path` has the content that its package's installation made up here, and nobody changed since. No package
  /// ships that, and it may hold what was asked then.
  virtual bool is_as_installed(const std::string& path) const = 0;

  /// Where a library that is not installed could come from: "by its name it would be in the package libfoo1", and what
  /// to type for it; nothing when its name says nothing.
  struct Advice {
    std::string where;
    std::string command;
  };
  virtual std::optional<Advice> how_to_get(std::string_view soname) const = 0;

 protected:
  Database() = default;
  std::vector<Record> records_;
};

/// Whether a path is one as package tools write it: absolute, tidy, of a length that the kernel takes, not "/". What
/// else stands in a database is passed over, so that whoever walks up from a path of its comes to "/".
bool is_listed_path(std::string_view path);

/// The database of the packages that are installed in `root`, which outlives it; null when there is none that is
/// known. What is there and cannot be read is an Error (cannot_bundle).
std::unique_ptr<Database> open_database(machine::Root& root);

}  // namespace bundle::packages
