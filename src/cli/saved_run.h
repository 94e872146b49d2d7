// A bundling run that is saved as a case (--save-case), however it ends.
#pragma once

#include "cli/options.h"
#include "report/summary.h"

namespace bundle::cli {

/// Bundles, saves the case and says what is in it, on standard error. `app` has parsed the command line. Throws what
/// the bundling throws, once the case is saved; Error (usage, machine) when that cannot be.
report::Summary bundle_and_save(Request& request, const CLI::App& app);

}  // namespace bundle::cli
