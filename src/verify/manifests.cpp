// See manifests.h.
#include "verify/manifests.h"

#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"

namespace bundle::verify {

namespace {

constexpr uint64_t longest_manifest = 256U << 20U;

/// `read` gives a file's text, or nothing.
std::vector<Told> told_by(const Opened& bundle,
                          const std::function<std::optional<std::string>(const OpenedFile&)>& read) {
  std::vector<Told> all;
  for (const OpenedFile& file : bundle.files()) {
    std::optional<std::string> folder = report::folder_of_manifest(file.path);
    if (!folder || !file.is_file()) continue;
    const std::optional<std::string> text = read(file);
    std::optional<report::Manifest> manifest = text ? report::parse_manifest(*text) : std::nullopt;
    if (!manifest || !report::is_in_its_place(*manifest, file.path)) continue;
    all.push_back({file.path, std::move(*folder), std::move(*manifest)});
  }
  return all;
}

}  // namespace

std::vector<Told> manifests_of(const Opened& bundle) {
  return told_by(bundle, [&](const OpenedFile& file) { return bundle.content(file, longest_manifest); });
}

std::vector<Told> readable_manifests_of(const Opened& bundle) {
  return told_by(bundle, [&](const OpenedFile& file) -> std::optional<std::string> {
    try {
      return bundle.content(file, longest_manifest);
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      return std::nullopt;
    }
  });
}

}  // namespace bundle::verify
