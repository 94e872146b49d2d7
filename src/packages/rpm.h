// The driver of rpm's package database, read from disk. See database.h for what it answers.
//
// No rpm is run. All headers are read by open(), in one pass over the container (rpmdb.h); the folders of their files
// are resolved by the first question about a file. What a package needs are capabilities: whoever provides one answers
// it, and where that is nobody, whoever ships a path of that name. What only its installation's scripts need is left
// out. Of one package for two architectures each leads to those of its own, and a file is that one's whose colour is
// the file's ELF class. A family are the packages of one source rpm.
#pragma once

#include <map>
#include <mutex>
#include <unordered_map>

#include "packages/database.h"
#include "packages/rpm_files.h"

namespace bundle::packages {

class RpmDatabase : public Database {
 public:
  /// Null when there is no such database in `root`, which outlives it, or no package in it. What is there and cannot be
  /// read is an Error (cannot_bundle).
  static std::unique_ptr<RpmDatabase> open(machine::Root& root);

  std::vector<PackageId> owners(std::string_view path) const override;
  std::vector<std::string> files_of(PackageId id) const override;
  /// By %license.
  std::vector<std::string> licence_texts_of(PackageId id) const override;
  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override;
  std::vector<PackageId> depends_of(PackageId id) const override;
  std::vector<PackageId> recommends_of(PackageId id) const override;
  /// By the digests in the headers.
  bool is_as_shipped(const std::string& path) const override;
  /// Never: what scripts make, no header knows.
  bool is_as_installed(const std::string&) const override { return false; }
  /// By the capability that a library of that name provides.
  std::optional<Advice> how_to_get(std::string_view soname) const override;

 private:
  /// What a header says of a package beyond its Record and files.
  struct Notes {
    std::vector<std::string> requires_, recommends;
    uint64_t digest_algorithm = 0;
  };

  explicit RpmDatabase(machine::Root& root) : root_(root) {}
  void add(const RpmHeader& header);
  const RpmFiles& files() const;
  std::vector<PackageId> providers(const std::string& capability, const std::string& architecture) const;
  std::vector<PackageId> found(PackageId id, const std::vector<std::string>& requirements) const;
  std::vector<std::string> paths_of(PackageId id, RpmFiles::Use use) const;

  machine::Root& root_;
  std::vector<Notes> notes_;  // by PackageId
  std::unordered_multimap<std::string, PackageId> by_provided_;
  bool is_64_bit_ = false;  // its libraries' capabilities end in "()(64bit)"
  mutable RpmFiles files_;
  mutable std::once_flag indexed_;
};

/// The driver's row in the table of database.cpp.
std::unique_ptr<Database> open_rpm(machine::Root& root);

}  // namespace bundle::packages
