// What the bundle leaves to the target: said, and made to work.
//
// A library of the target is loaded into a process whose libc is the bundle's. Its own DT_NEEDED on parts of libc
// (libdl.so.2, libm.so.6) must lead to those that fit, so they come along.
#pragma once

#include <vector>

#include "plan/layout.h"
#include "plan/plan.h"
#include "resolve/closure.h"
#include "run/follow.h"

namespace bundle::run {

/// What the programs, and what was found for them, leave to the target; sorted, each once. Where there is any, each
/// glibc program opens the parts of its libc that its closure does not have.
std::vector<LeftToTarget> leave_to_target(std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                          resolve::Resolver& resolver);

/// Whether what is opened needs something of the target's.
bool any_is_left(const std::vector<Opening>& openings);

/// "left to the target: libcuda.so.1, needed by m"
std::vector<std::string> describe(const std::vector<LeftToTarget>& left);

}  // namespace bundle::run
