// Ctrl-C while a bundle is being written: the work stops at the next step, destructors take away what is half done, and
// the process then ends by the very signal, as a shell expects.
#pragma once

namespace bundle {

/// Thrown by check_interrupted(). Not an Error: nothing went wrong.
struct Interrupted {
  int signal;
};

/// From here on SIGINT, SIGTERM and SIGHUP only take a note. A signal that is ignored stays ignored.
void catch_interrupts();

/// Throws Interrupted when one of those signals came. Called wherever work is done in steps.
void check_interrupted();

/// Ends this process by `signal`, as if it had never been caught.
[[noreturn]] void die_by(int signal);

}  // namespace bundle
