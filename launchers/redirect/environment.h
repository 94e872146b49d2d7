// Variables that libc alone is to see: where its gconv modules, locales and time zones lie in the bundle.
//
// libc reads GCONV_PATH, LOCPATH and TZDIR, or if it is musl's MUSL_LOCPATH and TZ, from `environ` itself, and opens
// what they name by calls that cannot be answered. So `environ` points to a copy that has them, for as long as one of
// libc's functions reads them, where the caller has none of its own; in it TZ leads musl to the bundle's zone.
// Invariant: whatever the program reads, changes, hands on or passes to a child is its own environment. One lock is
// held over each exchange and over each change of the environment.
#pragma once

namespace redirect {

using Strings = char* const*;

/// `environ` as the program has it.
Strings caller_environment();
/// `given` as it is meant: the program's own where it is the copy (by another thread, in the midst of an
/// exchange).
Strings caller_environment(Strings given);

/// In a child of fork(): system()'s part of what other threads of the parent held.
void after_fork();

/// To be called ahead of a stream's opening: a mode with ",ccs=" wants conversions.
void before_stream(const char* mode);

}  // namespace redirect
