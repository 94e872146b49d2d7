// A Place and a command made ready for bubblewrap: the launcher of a bundle without run bits, the emulator of another
// architecture. Internal to verify.
#pragma once

#include <string>
#include <vector>

#include "base/temporary_folder.h"
#include "verify/sandbox.h"

namespace bundle::verify {

class Start {
 public:
  /// Throws Error: cannot_bundle when there is no such program, machine when what is to run it is not installed.
  Start(Place place, std::vector<std::string> arguments);

  const Place& place() const { return place_; }
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  void give_run_bit(const std::string& program);

  Place place_;
  std::vector<std::string> arguments_;
  TemporaryFolder copies_;
};

}  // namespace bundle::verify
