// The files of a case: what a run asked for, in a folder that stands for the root of the machine it ran on.
//
// What was read is there whole, what was only looked at or listed as a file of that size and mode without content, each
// symlink on the way as such, and what was not there is not there. Names are those of CaseNames.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "run/save_case_names.h"

namespace bundle::run {

/// Whether what lies there is a package's, and public.
bool is_shipped(const std::string& inside);

class CaseTree {
 public:
  /// What stands in the place of a content that is not saved, and why it is not.
  struct Withheld {
    std::string why;
    std::string content;  // empty: nothing but the size
  };
  using Withhold = std::function<std::optional<Withheld>(const std::string& inside, mode_t mode, Bytes content)>;

  /// Below `folder`, which is there and empty. `sysroot` is what the run was told, without symlinks, or "". `hidden`:
  /// paths of this machine that were not there when the run began.
  CaseTree(std::string folder, std::string sysroot, const CaseNames& names, std::set<std::string> hidden,
           Withhold withhold);

  /// By paths of this machine's disk. What cannot be had is as if it were not there. Throws Error (machine) when the
  /// case cannot be written.
  void look_at(const std::string& path);
  void list(const std::string& path);
  void read(const std::string& path);
  /// The permissions of folders, behind all else.
  void finish();

  uint64_t files() const { return contents_.size(); }  // that are there whole
  uint64_t bytes() const { return bytes_; }
  /// Files of no system's folder that are there whole, as the case names them.
  const std::set<std::string>& own_files() const { return own_files_; }
  const std::map<std::string, std::string>& withheld() const { return withheld_; }  // why, by their names here

 private:
  struct Place {
    std::string inside;  // without symlinks
    struct stat status;
  };
  /// Goes there part by part, and makes each of them; a file at the end only with `with_file`.
  std::optional<Place> place(const std::string& base, const std::string& path, bool with_file = true);
  std::optional<Place> walk(const std::string& base, Place from, const std::string& path, bool with_file);
  void make(const std::string& base, const std::string& inside, const struct stat& status);
  /// What stands ahead of the path in the source machine's root, and that path.
  std::string base_of(const std::string& path) const;
  std::string inside(const std::string& path) const;
  std::string target(const std::string& inside) const { return folder_ + names_.in_text(inside); }

  std::string folder_, sysroot_;
  const CaseNames& names_;
  Withhold withhold_;
  std::set<std::string> hidden_;
  std::set<std::string> made_, contents_, own_files_;
  std::map<std::string, mode_t> folders_;
  std::map<std::string, std::optional<Place>> known_;  // folders of this machine, for most files lie in a few
  std::map<std::string, std::string> withheld_;
  uint64_t bytes_ = 0;
};

}  // namespace bundle::run
