// The record of what runs of a bundle used: what `slim` writes, and `bundle … --only-used` goes by.
//
// Files go by where the programs know them on the source machine, which holds after an upgrade of packages and
// whatever the bundle is called: "/usr/share/rig/words", "/lib/x86_64-linux-gnu/libz.so.1"; a folder ends with '/'.
// What lies outside of the system's folders goes by its place in the bundle, "libmine.so": no record tells of a user's
// own folders. Stable bytes for the same runs: sorted, no clock, no host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/manifest.h"

namespace bundle::report {

struct Record {
  std::vector<std::string> programs;  // that the bundle was made for
  std::vector<std::string> keep;      // globs of files that stay whatever used them
  std::vector<std::string> used;      // files, and folders in which nothing was used but they themselves
};

std::string render_record(const Record& record);
/// Sorted, each once. `path` is the record's own, for messages. Throws Error (cannot_bundle) for what is no record.
Record parse_record(std::string_view text, const std::string& path);

/// What a record calls a file of a bundle: `path` is below the bundle's root, `home` is "lib/rig", `source` where it
/// came from, "" where its manifest does not say.
std::string record_name(const std::string& path, const std::string& home, const std::string& source);

}  // namespace bundle::report
