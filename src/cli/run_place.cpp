// See run_place.h. A manifest's prefix is the private one of its bundle: of a target that keeps bundles in folders of
// their own (tools/NAME) it ends with that folder, and the output lies above.
#include "cli/run_place.h"

#include <string_view>

#include "base/file.h"
#include "plan/target.h"

namespace bundle::cli {

void complete_place(verify::Place& place, const std::string& target, const std::vector<verify::Told>& manifests) {
  place.target = target.empty() ? &plan::default_target() : plan::find_target(target);
  if (!place.root.empty()) place.root = absolute_path(place.root);
  if (!target.empty()) return;
  for (const verify::Told& told : manifests) {
    const plan::Target* const made_for =
        told.manifest.target.empty() ? &plan::default_target() : plan::find_target(told.manifest.target);
    if (made_for == nullptr) continue;
    place.target = made_for;
    std::string_view prefix = told.manifest.prefix;
    if (!told.folder.empty() && prefix.ends_with(told.folder.substr(0, told.folder.size() - 1))) {
      prefix.remove_suffix(told.folder.size());
    }
    const bool is_a_place = prefix.starts_with('/') && prefix != "/" && normal_path(prefix) == prefix;
    if (place.prefix.empty() && is_a_place && prefix != made_for->prefix) place.prefix = prefix;
    return;
  }
}

}  // namespace bundle::cli
