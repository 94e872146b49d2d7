// `bundle PROGRAM… -o layer.zip` from the first look to the last byte: resolve, discover, plan, make, write. bundle.cpp
// is the page on which that is told, and nothing else knows the order.
#pragma once

#include "report/summary.h"
#include "run/options.h"

namespace bundle::run {

/// Does what the options say. Prints nothing: what there is to say is in the summary. Throws Error; what was not
/// finished is not there.
report::Summary bundle_programs(const BundleOptions& options);

}  // namespace bundle::run
