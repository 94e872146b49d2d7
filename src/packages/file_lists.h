// The file lists of all installed packages, with a hash index from path to packages.
//
// Internal to the drivers. A line is kept as it stands in its list when it is a path as dpkg writes it: absolute, tidy,
// of a length that the kernel takes. What else stands there (a list that was cut short or made by hand) is passed over,
// so that whoever walks up from a path comes to "/". A path's key leaves out the "/usr" that the merged folders make
// redundant, so that both spellings meet.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packages/database.h"

namespace bundle::packages {

/// `path` without its "/usr" when the folder below it is one of `merged` ("/usr/lib/x" -> "/lib/x").
inline std::string_view canonical_view(std::string_view path, const std::vector<std::string>& merged) {
  if (!path.starts_with("/usr/")) return path;
  const std::string_view rest = path.substr(4);
  for (const std::string& folder : merged) {
    if (rest.starts_with(folder) && (rest.size() == folder.size() || rest[folder.size()] == '/')) return rest;
  }
  return path;
}

/// Those of "/bin", "/lib" and their like that are links into /usr in `root`.
std::vector<std::string> merged_folders(machine::Root& root);

class FileLists {
 public:
  /// Of `count` packages, in PackageId order; `text_of` gives a package's paths, one a line, and is asked from several
  /// threads.
  FileLists(size_t count, const std::function<std::string(size_t)>& text_of, std::vector<std::string> merged);

  std::vector<PackageId> owners(std::string_view canonical_path) const;
  std::vector<std::string> files(PackageId id) const;
  std::vector<std::pair<PackageId, std::string>> by_base_name(std::string_view name) const;

 private:
  struct Line {
    uint64_t start = 0;  // of the line in its package's text
    uint32_t length = 0;
    PackageId package = 0;
    uint32_t hash = 0;        // of the canonical path
    uint32_t next = no_line;  // another package's line of the same path
  };
  static constexpr uint32_t no_line = UINT32_MAX;

  std::string_view line(const Line& at) const {
    return std::string_view(texts_[at.package]).substr(at.start, at.length);
  }
  std::vector<Line> lines_of(PackageId id) const;
  void index();
  void index_base_names() const;
  size_t chain_of(std::string_view base_name) const;
  size_t slot_of(std::string_view canonical_path, uint32_t hash) const;

  std::vector<std::string> merged_;
  std::vector<std::string> texts_;    // by package
  std::vector<Line> lines_;           // of one package after the other
  std::vector<uint64_t> first_line_;  // by package, and one behind the last
  std::vector<uint32_t> slots_;       // open addressing, a power of two
  // Lines by their base names' hashes, made by the first question for one: the first line of each chain, and by line
  // the next one in its chain.
  mutable std::once_flag chained_;
  mutable std::vector<uint32_t> chains_, next_in_chain_;
};

}  // namespace bundle::packages
