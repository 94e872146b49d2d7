// The Debian package database, read from disk: who owns a file, what a package ships, what it depends on.
//
// No dpkg is run. The format is that of dpkg's lib/dpkg (deb822 stanzas in `status`, one path a line in
// info/*.list, three lines a diversion); images without dpkg (distroless) have one stanza a file in status.d,
// with the paths in NAME.md5sums. Only packages whose files are there count as installed (dpkg(1), "package
// states"). The stanzas are read by open(), the file lists by the first question about a file: a thousand
// lists cost some 20 ms. Paths are absolute and inside the sysroot. Where /lib, /bin … are symlinks into /usr
// (Debian's merged /usr), the two spellings are one path.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/file.h"
#include "plan/plan.h"

namespace bundle::discover {

/// An installed package: its index in DpkgDatabase::packages().
using PackageId = uint32_t;

/// What `status` says of one installed package.
struct PackageRecord {
  Package package;                      // `source` is the name alone; the package's own where there is no Source field
  bool same_architecture_only = false;  // Multi-Arch: same, so its list is NAME:ARCH.list
  /// The relation fields as they stand, Pre-Depends and Depends joined.
  std::string depends, recommends, provides;
  std::string section;    // "libdevel", without the area ("non-free/libs")
  std::string conffiles;  // the field as it stands, a "PATH MD5" a line
};

class DpkgDatabase {
 public:
  /// Nothing when there is no database under `sysroot` ("" or "/" for this machine). What is there and cannot
  /// be read is an Error (cannot_bundle).
  static std::optional<DpkgDatabase> open(const std::string& sysroot);

  const std::vector<PackageRecord>& packages() const { return packages_; }

  /// The package that a file came with, diversions undone. Nothing for files that no package ships, and for
  /// folders that several share the first in name order.
  std::optional<Package> owner(std::string_view path) const;
  std::optional<PackageId> owner_id(std::string_view path) const;
  /// All packages that list `path`; folders have many.
  std::vector<PackageId> owners(std::string_view path) const;

  /// The absolute paths that a package ships, folders among them, where they lie after diversions.
  std::vector<std::string> files_of(PackageId id) const;
  std::vector<std::string> files_of(const Package& package) const;

  std::optional<PackageId> find(std::string_view name) const;
  /// Installed packages that the Depends and Pre-Depends of `id` lead to; of alternatives all that are
  /// installed, a virtual package stands for its installed providers. Versions are not compared: dpkg has.
  std::vector<PackageId> depends_of(PackageId id) const;
  std::vector<PackageId> recommends_of(PackageId id) const;

  /// Whether `path` has the very content that its package brought (MD5 in Conffiles or info/*.md5sums): that
  /// is public, wherever it lies.
  bool is_as_shipped(const std::string& path) const;

  /// Installed packages that ship a file of that name, with its path. For "libfoo.so.1 is missing, but …".
  std::vector<std::pair<Package, std::string>> find_by_base_name(std::string_view name) const;

 private:
  struct Listing;  // the file lists and their index, made when first asked for

  DpkgDatabase() = default;
  void parse_stanzas(std::string_view text);
  const Listing& listing() const;
  std::string list_path(const PackageRecord& record) const;
  std::string canonical(std::string_view path) const;
  std::vector<PackageId> resolve_relation(std::string_view relation) const;

  std::string sysroot_;  // without a trailing slash
  std::string folder_;   // its var/lib/dpkg, links in the sysroot followed inside it
  bool distroless_ = false;
  std::vector<std::string> merged_;  // "/lib", "/bin" …: those that are symlinks into /usr here
  std::vector<PackageRecord> packages_;
  std::unordered_multimap<std::string, PackageId> by_name_;
  std::unordered_multimap<std::string, PackageId> by_provided_;
  struct Diversion {
    std::string original, diverted;  // canonical
    std::string package;             // ":" for a local one: no package keeps the original name
  };
  std::vector<Diversion> diversions_;
  mutable std::shared_ptr<Listing> listing_;
  mutable std::shared_ptr<std::once_flag> listed_;
};

/// The name that Debian policy 8.1 gives the package of a library: "libfoo.so.1" -> "libfoo1", "libfoo2.so.1"
/// -> "libfoo2-1", "libfoo-1.2.so" -> "libfoo-1.2". Nothing for names of another shape.
std::optional<std::string> package_name_for_soname(std::string_view soname);

}  // namespace bundle::discover
