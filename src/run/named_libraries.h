// The libraries that --library names: whatever in the bundle opens one by its bare name finds it.
//
// A name is searched as any program's loader would; a path says where the file lies, and then the name is its SONAME.
#pragma once

#include <vector>

#include "discover/discover.h"
#include "machine/root.h"

namespace bundle::run {

/// One each. Throws Error (usage) for a path that leads to no library for `machine`, and for what can be no name.
std::vector<discover::Wish> wishes_of_user(const discover::Options& options, const discover::Machine& machine,
                                           machine::Root& root);

}  // namespace bundle::run
