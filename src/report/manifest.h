// lib/NAME/manifest.json: what is in the bundle, from where, and why.
//
// Stable bytes for the same inputs: keys sorted, no clock, no host, no path outside the system's folders.
#pragma once

#include <functional>
#include <map>
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

/// What a manifest says of one file of its bundle. Each is as render_manifest wrote it, and empty where it did not.
struct ListedFile {
  std::string path;
  uint64_t size = 0;
  std::string sha256;
  std::string kind;  // "library"; see kind_name in manifest.cpp
  std::string why;
  std::string source;  // on the source machine
  std::vector<std::string> also;
  std::string package, version;
  bool is_rewritten = false;
};
struct ListedProgram {
  std::string name;  // as the user named it
  std::string launcher, program, loader;
  std::vector<std::string> environment;
};
struct Manifest {
  std::string name, prefix;
  std::string target;  // empty: the default one
  std::vector<ListedProgram> programs;
  std::map<std::string, std::vector<std::string>> left_to_target;  // who asks, by what is asked for
  std::vector<ListedFile> files;
};
/// Reads what render_manifest wrote. Nothing for any other text, JSON or not.
std::optional<Manifest> parse_manifest(std::string_view text);

/// The manifest `text` of a bundle that lost files: without those that `stays` denies, by their paths as the manifest
/// spells them, and with `made` in place of or beside what it says of these paths. Throws Error (cannot_bundle) for
/// what parse_manifest() does not read.
std::string trimmed_manifest(std::string_view text, const std::function<bool(const std::string& path)>& stays,
                             const std::vector<ListedFile>& made);

/// Of a path in an output, "tools/rig/lib/rig/manifest.json": the folder that its bundle lies in, "tools/rig/" or "",
/// where it may be a manifest. Nothing for any other path.
std::optional<std::string> folder_of_manifest(const std::string& path);
/// Whether a manifest that lies at `path` is that of the bundle it lies in, and no copy that somebody put elsewhere.
bool is_in_its_place(const Manifest& manifest, const std::string& path);

/// A path as a manifest has it: JSON is UTF-8, and a byte that is not well-formed in a file's name stands there as
/// U+FFFD and its two hex digits, so that no two names become one.
std::string manifest_spelling(const std::string& path);

}  // namespace bundle::report
