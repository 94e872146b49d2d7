// What a run asks of a disk, taken down: for a bug report that has to hold all that the answer went by, and no more.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "machine/disk.h"

namespace bundle::machine {

/// Paths of the disk, as they were asked for, whether anything is there or not.
struct Asked {
  std::set<std::string> looked_at;  // what it is, what a link leads to
  std::set<std::string> listed;     // the names in a folder
  std::set<std::string> read;       // what a file holds
};

/// For several threads.
class Recording {
 public:
  void add_looked_at(const std::string& path) { add(asked_.looked_at, path); }
  void add_listed(const std::string& path) { add(asked_.listed, path); }
  /// An empty path is none.
  void add_read(const std::string& path) { add(asked_.read, path); }
  Asked asked() const;

 private:
  void add(std::set<std::string>& to, const std::string& path);

  mutable std::mutex mutex_;
  Asked asked_;
};

/// The same disk, which tells `recording` what it is asked.
std::shared_ptr<const Disk> recorded(std::shared_ptr<const Disk> disk, std::shared_ptr<Recording> recording);

}  // namespace bundle::machine
