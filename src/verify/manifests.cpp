// See manifests.h.
#include "verify/manifests.h"

#include <optional>
#include <utility>

namespace bundle::verify {

namespace {

constexpr uint64_t longest_manifest = 256U << 20U;

}  // namespace

std::vector<Told> manifests_of(const Opened& bundle) {
  std::vector<Told> all;
  for (const OpenedFile& file : bundle.files()) {
    std::optional<std::string> folder = report::folder_of_manifest(file.path);
    if (!folder || !file.is_file()) continue;
    std::optional<report::Manifest> manifest = report::parse_manifest(bundle.content(file, longest_manifest));
    if (!manifest || !report::is_in_its_place(*manifest, file.path)) continue;
    all.push_back({file.path, std::move(*folder), std::move(*manifest)});
  }
  return all;
}

}  // namespace bundle::verify
