// The manifests in a bundle: what it says of itself. An output may hold several bundles, unpacked over one another or
// side by side, and a bundle that others made holds none.
#pragma once

#include <string>
#include <vector>

#include "report/manifest.h"
#include "verify/opened.h"

namespace bundle::verify {

struct Told {
  std::string at;      // the manifest's own path
  std::string folder;  // that its bundle lies in, "tools/rig/" or ""; what it says of paths is below that
  report::Manifest manifest;
};

/// Sorted by path; those that cannot be read as one are none. Throws Error (cannot_bundle) for one that is damaged.
std::vector<Told> manifests_of(const Opened& bundle);
/// The same, but those that are damaged are none, too: for who says so elsewhere.
std::vector<Told> readable_manifests_of(const Opened& bundle);

}  // namespace bundle::verify
