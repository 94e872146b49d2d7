// lib/NAME/manifest.json: what is in the bundle, from where, and why.
//
// Stable bytes for the same inputs: keys sorted, no clock, no host, no path outside the system's folders.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace bundle::report {

/// What is known of a bundled file once its content stands.
struct FileFacts {
  uint64_t size = 0;
  std::string sha256;
};

/// `facts` by the index of plan.items; the manifest's own item is left out.
std::string render_manifest(const Plan& plan, const std::vector<FileFacts>& facts);

}  // namespace bundle::report
