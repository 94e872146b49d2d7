// Which failures of a system call speak of the machine and not of the file that was asked for.
//
// That there is no such file, or that it may not be read, is an answer: who looks for something goes on elsewhere. A
// disk that fails, a table of open files that is full, memory that is short are none: whoever took them for "not there"
// would leave a library out without a word. Invariant: every look at the disk in src/ goes by one of the functions of
// base/ that throw for these (fault.h, folder.h, file.h, source.h).
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "base/interrupt.h"

namespace bundle {

/// Whether this errno, of a call that reads or looks, is no answer about the file.
bool is_machine_fault(int error_number);

/// Throws Error (machine), "PATH: cannot be read: open: Too many open files", for a fault of the machine.
void throw_machine_fault(const std::string& path, std::string_view call, int error_number);

/// The result of `call`, tried again while a signal that is none of ours cuts it short (EINTR): not for ever, for a
/// file system that says so each time has a fault. Leaves errno as the call did.
template <class Call>
auto uninterrupted(const Call& call) {
  constexpr int most = 100;
  for (int tries = 1;; ++tries) {
    const auto result = call();
    if (result >= 0 || errno != EINTR || tries == most) return result;
    check_interrupted();
  }
}

}  // namespace bundle
