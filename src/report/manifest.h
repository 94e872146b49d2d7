// lib/NAME/manifest.json: what is in the bundle, from where, and why.
//
// Stable bytes for the same inputs: keys sorted, no clock, no host, no path outside the system's folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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

/// What a manifest says of one file of its bundle.
struct ListedFile {
  std::string path;
  uint64_t size = 0;
  std::string sha256;
};
struct Manifest {
  std::string name;
  std::vector<std::string> programs;  // their names, as the user named them
  std::vector<ListedFile> files;
};
/// Reads what render_manifest wrote. Nothing for any other text, JSON or not.
std::optional<Manifest> parse_manifest(std::string_view text);

/// A path as a manifest has it: JSON is UTF-8, and what is not well-formed in a file's name stands there replaced.
std::string manifest_spelling(const std::string& path);

}  // namespace bundle::report
