// Where in the bundle a plugin is found that the user names by --plugin without saying where.
//
// A program opens a plugin at the path that it knows, so a full path stays what it is: the redirect library answers it.
// A path below a home, or one that was typed as relative, is the builder's own: it goes into the bundle only where an
// object of the bundle has it in its bytes anyway, and is otherwise exchanged for one in /usr/lib/plugins. A folder of
// plugins (--plugins) stays where it is, and one that was typed as relative lies as far from the program as here, as what
// --add brings does: the program may look beside itself.
#pragma once

#include <vector>

#include "discover/options.h"
#include "machine/root.h"
#include "plan/layout.h"

namespace bundle::run {

/// `options`, whose paths are of `root`, with a destination for each of its plugins.
discover::Options with_plugin_places(discover::Options options, const std::vector<plan::NamedProgram>& programs,
                                     machine::Root& root);

}  // namespace bundle::run
