// The files of all packages of rpm's, and the index from a path to who ships it.
//
// A header names its files by folder and base name, as they were packaged: Fedora lists /lib64/ld-linux-x86-64.so.2
// where /lib64 is a link to usr/lib64. So paths are held against one another with the links in their folders resolved
// inside the root. Left out is what no package put there: ghosts, files of a state other than normal, and the links by
// build-id that every package has. Folders that a package's files lie in count as its own, as they do with dpkg.
// Invariant: each path is absolute and tidy; what else a header names is passed over.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "machine/root.h"
#include "packages/database.h"
#include "packages/rpm_header.h"

namespace bundle::packages {

class RpmFiles {
 public:
  enum class Kind : uint8_t { file, folder, link };
  /// What the package itself says that it is for.
  enum class Use : uint8_t { its_programs, documentation, licence };

  struct File {
    PackageId package = 0;
    uint32_t folder = 0;  // number of the folder that it lies in
    Kind kind = Kind::file;
    Use use = Use::its_programs;
    uint8_t colour = 0;  // 1: 32-bit ELF, 2: 64-bit, 0: neither or not known
    std::string_view name = {};
    std::string_view digest = {};  // of a file, in hexadecimal
    std::string_view target = {};  // of a link
  };

  /// Takes the files of the next package. Throws Error (cannot_bundle) when the header contradicts itself.
  void add(const RpmHeader& header);
  /// Resolves the folders in `root` and makes the index. To be called once, before what stands below.
  void index(machine::Root& root);

  /// All that are listed at `path`, of which the folders may be spelled in any way.
  std::vector<const File*> at(std::string_view path) const;
  /// Those of a base name, in the order of their packages.
  std::vector<const File*> named(std::string_view name) const;
  /// Those of a package, the first and one behind the last. Also before index().
  std::pair<const File*, const File*> of(PackageId id) const;
  /// As it was listed.
  std::string path_of(const File& file) const;

 private:
  struct Chains {
    std::vector<uint32_t> heads, next;  // by hash, a power of two of them; by file
  };
  static constexpr uint32_t none = UINT32_MAX;

  uint32_t folder_number(std::string_view folder);
  void add_folders(std::vector<uint32_t> folders, PackageId id);
  std::string real_spelling(std::string_view path) const;
  template <class Hash>
  void chain(Chains& chains, const Hash& hash) const;

  std::vector<File> files_;                                      // of one package after the other
  std::vector<size_t> first_of_ = {0};                           // by package, and one behind the last
  std::deque<std::string> texts_;                                // by package, what its files' views lead to
  std::deque<std::string> folders_;                              // "" is the root
  std::unordered_map<std::string_view, uint32_t> numbers_;       // of folders
  std::vector<std::string> real_folders_;                        // by number
  std::unordered_map<std::string, std::string> linked_folders_;  // links to folders: where they lead
  Chains by_path_, by_name_;
};

}  // namespace bundle::packages
