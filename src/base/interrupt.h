// Ctrl-C while a bundle is being made: the work stops at the next step, destructors take away what is half done, and
// the process then ends by the very signal, as a shell expects.
//
// Work that takes no step for longer than people wait is ended all the same: a timer set by the first signal takes away
// what is half done, by system calls alone, and ends the process. So a signal is heard everywhere within a second, and
// one that comes twice (timeout(1) sends it to the process and to its group) does no more than one.
#pragma once

#include <string>

namespace bundle {

/// Thrown by check_interrupted(). Not an Error: nothing went wrong.
struct Interrupted {
  int signal;
};

/// From here on SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE and SIGXCPU only take a note. A signal that is ignored stays
/// ignored, but for SIGCHLD, which tells of programs that were started. SIGXFSZ becomes the error of the write that was
/// too long (EFBIG).
void catch_interrupts();

/// Throws Interrupted when one of those signals came, and Error when an input shrank under a mapping (base/mapping.h).
/// Called wherever work is done in steps; costs two loads.
void check_interrupted();

/// Ends this process by `signal`, as if it had never been caught.
[[noreturn]] void die_by(int signal);

/// Whatever lies at `path`, file or folder, is taken away should a signal end this process before its destructors do.
/// `path` stays where and what it is until no_litter() is called with it.
void litter(const std::string& path);
void no_litter(const std::string& path);

}  // namespace bundle
