// The programs that the user named: found, resolved as their own loaders would, and refused where they could not start.
#pragma once

#include <vector>

#include "packages/installed.h"
#include "plan/layout.h"
#include "resolve/closure.h"
#include "run/options.h"

namespace bundle::run {

/// How the libraries of a bundling run are searched for.
resolve::Options resolver_options(const BundleOptions& options);

/// All of options.programs, in their order and complete. `installed` is asked where a missing library
/// could come from. Throws Error: cannot_bundle for what is no program, and once for all that is missing; limit
/// when a symbol version that an object needs is not defined where its name led.
std::vector<plan::NamedProgram> resolve_programs(const BundleOptions& options, resolve::Resolver& resolver,
                                                 packages::Installed& installed);

}  // namespace bundle::run
