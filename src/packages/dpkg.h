// The driver of Debian's package database, read from disk. See database.h for what it answers.
//
// No dpkg is run. The format is that of dpkg's lib/dpkg (deb822 stanzas in `status`, one path a line in
// info/*.list, three lines a diversion); images without dpkg (distroless) have one stanza a file in status.d,
// with the paths in NAME.md5sums. Only packages whose files are there count as installed (dpkg(1), "package
// states"). The stanzas are read by open(), the file lists by the first question about a file: a thousand
// lists cost some 20 ms. Versions in relations are not compared: dpkg has. A virtual package stands for its installed
// providers.
#pragma once

#include <mutex>
#include <unordered_map>

#include "packages/file_lists.h"

namespace bundle::packages {

class DpkgDatabase : public Database {
 public:
  /// Null when there is no such database in `root`, which outlives it. What is there and cannot be read is an Error
  /// (cannot_bundle).
  static std::unique_ptr<DpkgDatabase> open(machine::Root& root);

  std::vector<PackageId> owners(std::string_view path) const override;
  std::vector<std::string> files_of(PackageId id) const override;
  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override;
  std::vector<PackageId> depends_of(PackageId id) const override;
  std::vector<PackageId> recommends_of(PackageId id) const override;
  /// By the MD5 sums in Conffiles or info/*.md5sums.
  bool is_as_shipped(const std::string& path) const override;
  bool is_as_installed(const std::string& path) const override;
  std::optional<Advice> how_to_get(std::string_view soname) const override;

 protected:
  explicit DpkgDatabase(machine::Root& root) : root_(root) {}
  /// Whether there is one in `folder`, and in it anything that is installed.
  bool load(const std::string& folder);
  /// Whether a package's section says what it is for.
  bool has_section(PackageId id) const { return !stanzas_[id].section.empty(); }

 private:
  /// What `status` says of a package beyond its Record.
  struct Stanza {
    bool same_architecture_only = false;  // Multi-Arch: same, so its list is NAME:ARCH.list
    /// The relation fields as they stand, Pre-Depends and Depends joined.
    std::string depends, recommends, provides;
    std::string section;    // "libdevel", without the area ("non-free/libs")
    std::string conffiles;  // the field as it stands, a "PATH MD5" a line
  };
  struct Diversion {
    std::string original, diverted;  // canonical
    std::string package;             // ":" for a local one: no package keeps the original name
  };

  void parse_stanzas(std::string_view text);
  void read_diversions(const std::string& text);
  const FileLists& listing() const;
  std::string list_path(PackageId id) const;
  std::string canonical(std::string_view path) const;
  std::vector<PackageId> resolve_relation(std::string_view relation) const;

  machine::Root& root_;
  std::string folder_;  // its var/lib/dpkg
  bool distroless_ = false;
  std::vector<std::string> merged_;  // "/lib", "/bin" …: those that are symlinks into /usr here
  std::vector<Stanza> stanzas_;      // by PackageId
  std::unordered_multimap<std::string, PackageId> by_name_;
  std::unordered_multimap<std::string, PackageId> by_provided_;
  std::vector<Diversion> diversions_;
  mutable std::unique_ptr<const FileLists> listing_;  // made by the first question about a file
  mutable std::once_flag listed_;
};

/// The driver's row in the table of database.cpp.
std::unique_ptr<Database> open_dpkg(machine::Root& root);

/// The name that Debian policy 8.1 gives the package of a library: "libfoo.so.1" -> "libfoo1", "libfoo2.so.1"
/// -> "libfoo2-1", "libfoo-1.2.so" -> "libfoo-1.2". Nothing for names of another shape.
std::optional<std::string> package_name_for_soname(std::string_view soname);

}  // namespace bundle::packages
