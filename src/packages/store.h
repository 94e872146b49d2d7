// The driver of stores in which each package has a folder of its own: Nix's and Guix's. See database.h for what it
// answers, knowledge/stores.h for where they are.
//
// A folder of the store is a package, all that lies in it is what the package ships, and what it needs are the other
// folders that its files name: so the tools' database has it (tables ValidPaths and Refs of db.sqlite, schema 10; nix
// src/libstore/schema.sql), and where there is none, as in images and copied closures, so it is found here in the way
// the tools found it, by the hashes in the files' bytes (src/libstore/references.cc). Both are read when they are first
// asked for. Invariants: an answer names paths of this store only; no reading goes further than the files' own bytes.
#pragma once

#include <map>
#include <mutex>
#include <unordered_map>

#include "knowledge/stores.h"
#include "packages/database.h"
#include "packages/sqlite_file.h"

namespace bundle::packages {

class StoreDatabase : public Database {
 public:
  /// Null when `root`, which outlives it, has no store with a package in it. Throws Error (cannot_bundle) when a
  /// store's database is there and cannot be read.
  static std::unique_ptr<StoreDatabase> open(machine::Root& root);

  std::vector<PackageId> owners(std::string_view path) const override;
  std::vector<std::string> files_of(PackageId id) const override;
  /// Of what lies straight in the folders of programs and libraries, where others look for it: a store holds more files
  /// than anyone wants to list.
  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override;
  std::vector<PackageId> depends_of(PackageId id) const override;
  /// None: a store knows no weaker relation.
  std::vector<PackageId> recommends_of(PackageId id) const override;
  /// Never said: what lies in a store may have been written there by whoever configured the machine, and nothing says
  /// of a single file what it was.
  bool is_as_shipped(const std::string& path) const override;
  bool is_as_installed(const std::string& path) const override;
  std::optional<Advice> how_to_get(std::string_view soname) const override;

 private:
  explicit StoreDatabase(machine::Root& root) : root_(root) {}
  void add_packages(const knowledge::Store& store);
  void read_references(const SqliteFile& file);
  std::vector<PackageId> scanned(PackageId id) const;

  machine::Root& root_;
  const knowledge::Store* first_ = nullptr;                            // the store that advice is given for
  std::vector<std::string> paths_;                                     // by PackageId, sorted
  std::unordered_map<std::string_view, PackageId> by_path_, by_hash_;  // views of paths_
  mutable std::mutex lock_;
  mutable std::map<PackageId, std::vector<PackageId>> references_;
  mutable std::optional<std::unordered_multimap<std::string, std::pair<PackageId, std::string>>> by_base_name_;
};

/// The driver's row in the table of database.cpp.
std::unique_ptr<Database> open_store(machine::Root& root);

/// "openssl-3.0.8-dev" -> {"openssl-dev", "3.0.8", "", "openssl-3.0.8"}, by the tools' own rule: a version begins
/// behind the first dash that no letter follows (nix src/libexpr/names.cc). The output, where it is one that is known,
/// goes to the name; what has no version has none.
Package package_of_store_name(std::string_view name);

}  // namespace bundle::packages
