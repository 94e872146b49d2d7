// `bundle diff`: what differs between two bundles, as data and in words.
//
// Files are the same when what a program could see of them is: path, content, permissions. What only the archive says
// of itself (times, compression, the order of its entries) is no difference, and is told as such.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/listed.h"

namespace bundle::report {

/// One thing that differs in a file that both have. Of a list ("needs") `before` and `after` hold what the other lacks,
/// of all else one value, or none where it has none.
struct Change {
  std::string what;
  bool is_list = false;
  std::vector<std::string> before, after;
};

/// A file that is not the same in both. One that was moved has two paths, and may have changed as well.
struct Differing {
  std::optional<Content> before, after;
  std::vector<Change> changes;  // of one that is in both

  bool is_moved() const { return before && after && before->path != after->path; }
};

/// What a package has in each; its versions, of which there may be several, sorted.
struct PackageDifference {
  std::string name;
  std::vector<std::string> before, after;
  uint64_t size_before = 0, size_after = 0;
};

struct Extent {
  size_t files = 0;
  uint64_t size = 0;
};

struct Difference {
  std::vector<Differing> files;             // by their paths, in `after` where they are there
  std::vector<PackageDifference> packages;  // of which the versions or the sizes differ, by name
  Extent before, after;                     // of all files, the same ones among them
  bool archives_differ = false;             // where no file does: two archives of other bytes

  bool is_same() const { return files.empty(); }
};

/// The changes between what is known of one file in both; of its content whether it is the same. That its package is of
/// another version is one only where something of the file is.
std::vector<Change> changes_between(const Content& before, const Content& after, bool same_content);

/// What differs and a last line that sums it up, or that they are the same. At most `most` lines a list. Printable.
std::string render_diff(const Difference& difference, size_t most);
/// The same for scripts, all of it.
std::string render_diff_json(const Difference& difference);

}  // namespace bundle::report
