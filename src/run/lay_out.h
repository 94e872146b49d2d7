// From what goes in to the plan: what the user asked of the layout, and what the objects themselves ask of it.
#pragma once

#include <vector>

#include "machine/root.h"
#include "plan/layout.h"
#include "run/follow.h"
#include "run/options.h"

namespace bundle::run {

/// The plan of the whole bundle. `root`: what the sources lie in. `left` is what goes to it by
/// leave_to_target(). Throws what plan::make_layout() throws.
Plan lay_out(const BundleOptions& options, const plan::Target& target, const machine::Root& root,
             const std::vector<plan::NamedProgram>& programs, const Followed& followed,
             const std::vector<LeftToTarget>& left);

}  // namespace bundle::run
