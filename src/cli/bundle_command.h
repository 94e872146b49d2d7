// `bundle PROGRAM… -o layer.zip`: resolve, discover, plan, rewrite, pack, report.
#pragma once

#include "cli/options.h"

namespace bundle::cli {

/// Does what the request says, prints the report. Throws Error; what was not finished is not there.
void bundle_programs(const Request& request);

/// The absolute path of a program that the user named: a path, or a name found in PATH. Throws Error (cannot_bundle).
std::string find_program(const std::string& named);

}  // namespace bundle::cli
