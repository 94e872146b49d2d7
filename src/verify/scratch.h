// A folder that holds what is unpacked to be looked at: the ELF files of an archive, under numbers.
//
// On disk and not in memory, however large they are; each is opened anew for each look, so that nothing that was read
// of it stays in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/source.h"
#include "base/temporary_folder.h"

namespace bundle::verify {

class Scratch {
 public:
  /// Appends to the file that is being written. Throws Error (machine) when nothing can be written there.
  void write(Bytes bytes);
  /// What was written since the last call, as a file: its path in the scratch.
  std::string finish();
  /// For a file of another name that lies there, too.
  std::string path_for(const std::string& name) const { return folder_.path() + "/" + name; }
  /// Forgets it instead.
  void drop();

 private:
  std::string next() const { return path_for(std::to_string(count_)); }

  [[noreturn]] void fail(int error_number) const;

  TemporaryFolder folder_;
  uint64_t count_ = 0;
  std::unique_ptr<Descriptor> open_;
};

}  // namespace bundle::verify
