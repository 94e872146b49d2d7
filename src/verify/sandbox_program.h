// Which file of a bundle a user's word starts.
#pragma once

#include <string>
#include <vector>

#include "verify/opened.h"

namespace bundle::verify {

/// What starts the programs of a bundle, by its manifests; of one without any, the files of bin/. Paths in the bundle.
std::vector<std::string> programs_of(const Opened& bundle);

/// The absolute path inside of what starts the program called `word`: by its name or by a path, absolute or from the
/// bundle's root on. An empty word is the only program that there is. Throws Error (usage) when none is meant.
std::string program_inside(const Opened& bundle, const std::string& prefix, const std::string& word);

}  // namespace bundle::verify
