// What a run of the program uses: by ptrace here and now (--trace), or from a log that strace wrote
// (--trace-input).
//
// The only part of discovery that runs anything, and only on the user's word. A seccomp filter that the child
// sets on itself stops it at the few system calls that name files (ptrace(2), SECCOMP_RET_TRACE), so
// everything else runs at full speed; children and threads are followed. x86_64 and aarch64. Files that were
// written, and paths given as arguments, are the run's input and output and not the program's data: they are
// left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "discover/found.h"

namespace bundle::discover {

struct Trace {
  std::vector<TracedFile> files;  // sorted by path, each once, with its strongest use
  int exit_status = 0;            // of the program; 128 + N when signal N ended it
};

/// Runs arguments[0] (a path) with `arguments`, this process's environment, folder and standard streams, to
/// its end. Throws Error (machine) when tracing is refused here, as in most containers without CAP_SYS_PTRACE
/// on old kernels, Error (cannot_bundle) when the program cannot be started.
Trace trace_program(const std::vector<std::string>& arguments);

/// The successful calls of a log by `strace -f` (with or without -y, -e trace=file, times or process numbers
/// ahead of the call). Relative paths count from `folder`, and from where chdir calls led. Lines that are no
/// calls are passed over.
std::vector<TracedFile> parse_strace(std::string_view log, const std::string& folder);

}  // namespace bundle::discover
