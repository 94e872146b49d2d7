// `bundle PROGRAM… -o layer.zip`: resolve, discover, plan, rewrite, pack, report.
#pragma once

#include "cli/options.h"

namespace bundle::cli {

/// Does what the request says, prints the report. Throws Error; what was not finished is not there.
void bundle_programs(const Request& request);

}  // namespace bundle::cli
