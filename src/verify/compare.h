// What differs between two bundles, of whatever form each is.
//
// Both are read whole, file by file, and compared by what they hold: nothing is believed of what a manifest or a
// directory says of a content. Of a path that is twice in an archive the last counts, as for who unpacks it.
#pragma once

#include "report/diff.h"
#include "verify/opened.h"

namespace bundle::verify {

/// Throws Error (cannot_bundle) for what is damaged or cannot be read.
report::Difference compare(const Opened& before, const Opened& after);

}  // namespace bundle::verify
