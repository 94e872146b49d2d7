// Where a bundle runs when the user does not say: as its manifest tells it. What `run` and `slim` share, so that a
// layer is slimmed where it would be run.
#pragma once

#include <string>
#include <vector>

#include "verify/manifests.h"
#include "verify/sandbox.h"

namespace bundle::cli {

/// Sets the target, by its name or, where that is empty, by the first manifest that tells of one that is known; by
/// that manifest the prefix, too, where it is another than the target's and the place has none. A root becomes
/// absolute.
void complete_place(verify::Place& place, const std::string& target, const std::vector<verify::Told>& manifests);

}  // namespace bundle::cli
