// --why PATH: what is known of one path once it is known what goes in. Nothing is looked for again.
#pragma once

#include <vector>

#include "packages/installed.h"
#include "plan/plan.h"
#include "report/why.h"
#include "resolve/closure.h"
#include "run/follow.h"
#include "run/options.h"

namespace bundle::run {

/// One answer a path of BundleOptions::why. That is a path of the source machine, absolute or from here; of a file or
/// folder in the bundle, as lib/rig/libz.so.1; or the bare name of a library. `sizes` by the index of plan.items.
std::vector<report::Answer> explain(const BundleOptions& options, const Plan& plan, const std::vector<uint64_t>& sizes,
                                    const std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                    resolve::Resolver& resolver, packages::Installed& installed);

}  // namespace bundle::run
