// What the calls of a run say of its files: one reader for --trace, which sees the calls itself, and for a log of
// strace.
//
// Strongest use of each file, less what the run wrote and what it was given as arguments. Which calls name files, and
// in what shape, is one table; a call is read in the same way wherever it was seen. Internal to discover.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "discover/found.h"

namespace bundle::discover {

/// Where a call has its path and its flags.
enum class Shape : uint8_t { open, openat, openat2, creat, stat, statat, execute, executeat, chdir, fchdir, fork };

struct FileCall {
  std::string_view name;
  Shape shape;
};
constexpr std::array file_calls = {
    FileCall{"open", Shape::open},          FileCall{"creat", Shape::creat},       FileCall{"openat", Shape::openat},
    FileCall{"openat2", Shape::openat2},    FileCall{"stat", Shape::stat},         FileCall{"lstat", Shape::stat},
    FileCall{"stat64", Shape::stat},        FileCall{"lstat64", Shape::stat},      FileCall{"access", Shape::stat},
    FileCall{"newfstatat", Shape::statat},  FileCall{"fstatat64", Shape::statat},  FileCall{"statx", Shape::statat},
    FileCall{"faccessat", Shape::statat},   FileCall{"faccessat2", Shape::statat}, FileCall{"execve", Shape::execute},
    FileCall{"execveat", Shape::executeat}, FileCall{"chdir", Shape::chdir},       FileCall{"fchdir", Shape::fchdir},
    FileCall{"fork", Shape::fork},          FileCall{"vfork", Shape::fork},        FileCall{"clone", Shape::fork},
    FileCall{"clone3", Shape::fork},
};

constexpr std::optional<Shape> shape_of(std::string_view name) {
  for (const FileCall& call : file_calls) {
    if (call.name == name) return call.shape;
  }
  return std::nullopt;
}

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
