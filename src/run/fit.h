// A bundle that would be over its target's limit does without what is only likely, before it gives up.
#pragma once

#include "run/follow.h"

namespace bundle::run {

/// follow(), and as long as all that was found is over `limit` (bytes, unpacked) again without the largest of what is
/// likely, what is essential for text behind all else; a hint says what was dropped. With nothing left to drop the last
/// answer is returned, large as it is. What is weighed are the files as they lie on the source machine, and a guess at
/// what a bundle has beyond them.
Followed follow_within(const BundleOptions& options, uint64_t limit, std::vector<plan::NamedProgram>& programs,
                       resolve::Resolver& resolver, const packages::Database* packages);

}  // namespace bundle::run
