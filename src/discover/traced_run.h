// What the calls of a run say of its files: one reader for --trace, which sees the calls itself, and for a log of
// strace.
//
// Strongest use of each file, less what the run wrote and what it was given as arguments. A call is read in the same
// way wherever it was seen. Internal to discover.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "discover/found.h"
#include "machine/file_calls.h"

namespace bundle::discover {

using machine::Shape;
using machine::shape_of;

class TracedRun {
 public:
  /// A call that named `path`, relative ones counted from `base`. `flags` are open's, where the shape has them.
  void see(Shape shape, const std::string& base, const std::string& path, long flags);
  /// An argument of the first program; `folder` is where relative ones count from. Also the FILE of --option=FILE. What
  /// lies where packages install is data all the same.
  void add_argument(const std::string& argument, const std::string& folder);
  bool empty() const { return uses_.empty(); }

  /// Sorted by path.
  std::vector<TracedFile> result() const;

 private:
  std::map<std::string, TracedFile::Use> uses_;
  std::set<std::string> written_, arguments_;
};

}  // namespace bundle::discover
