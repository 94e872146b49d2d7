// bubblewrap as a process: found, started, waited for within limits, its signals where they belong. Internal to verify.
//
// The process that is started is bubblewrap's own, which waits for the program in the new namespaces: a signal from the
// terminal would end that one first, and everything with it. So it is traced, for signals alone where nothing else is
// to be seen, and gets none of them; the program gets each as it would here. Where tracing is refused, Ctrl-C ends all.
#pragma once

#include <string>
#include <vector>

#include "machine/tracer.h"
#include "verify/sandbox.h"

namespace bundle::verify {

/// Runs it to its end. `tracing` as its caller wants to see it; the rest of it is set here.
Ended run_bubblewrap(const Place& place, const std::vector<std::string>& arguments, machine::Tracing tracing);

}  // namespace bundle::verify
