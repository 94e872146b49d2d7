// A folder for the time of a command, in TMPDIR or /tmp; gone with all in it when the command ends, by a signal too.
#pragma once

#include <string>

#include "base/error.h"

namespace bundle {

class TemporaryFolder {
 public:
  /// Throws Error (machine), which names the folder that it cannot be made in.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Absolute. For its owner and nobody else until somebody changes that.
  const std::string& path() const { return path_; }

  /// What to do about an Error of what is written into it: -o names no other place for that, but TMPDIR does. Of any
  /// other file's nothing changes.
  void explain(Error& error) const;

 private:
  std::string path_;
};

}  // namespace bundle
